"""The operators and functions of the condition language, a row each, with their types and their SQL.

Reading text into a tree is ``language.py``; this module says what each admitted node means.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from policies.vocabulary import Type

AnyType = Type | Literal["duration"]
"""``duration`` exists only inside a condition: the difference of two dates, or ``days(n)``."""

HAS_ENTRY = "HAS_ENTRY"
"""``HAS_ENTRY(set, text)``: a node no database knows; ``dialects.py`` says what it becomes."""


class ConditionError(Exception):
    """A condition that has no meaning; ``remedy`` says what to write."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Typed:
    """A checked part of a condition: its SQL and its type."""

    sql: exp.Expr
    type: AnyType


ARITHMETIC: dict[type[exp.Expr], Mapping[tuple[AnyType, AnyType], AnyType]] = {
    exp.Add: {
        ("number", "number"): "number",
        ("date", "duration"): "date",
        ("duration", "date"): "date",
        ("duration", "duration"): "duration",
    },
    exp.Sub: {
        ("number", "number"): "number",
        ("date", "duration"): "date",
        ("date", "date"): "duration",
        ("duration", "duration"): "duration",
    },
    exp.Mul: {("number", "number"): "number"},
    exp.Div: {("number", "number"): "number"},
}
"""What two operands give; a pair that is not here is refused."""

_ORDERED: frozenset[AnyType] = frozenset({"number", "date", "duration"})
_EQUAL: frozenset[AnyType] = _ORDERED | {"text", "boolean"}

COMPARISONS: dict[type[exp.Expr], frozenset[AnyType]] = {
    exp.EQ: _EQUAL,
    exp.NEQ: _EQUAL,
    exp.LT: _ORDERED,
    exp.LTE: _ORDERED,
    exp.GT: _ORDERED,
    exp.GTE: _ORDERED,
    exp.Between: _ORDERED,
    exp.In: _EQUAL - {"duration", "boolean"},
}
"""The types that each comparison takes; both sides must have the same one."""


def arithmetic(node: exp.Expr, left: Typed, right: Typed) -> Typed:
    """``left`` and ``right`` joined by the operator of ``node``."""
    result = ARITHMETIC[type(node)].get((left.type, right.type))
    if result is None:
        raise ConditionError(
            f"{_SIGNS[type(node)]} does not join {left.type} and {right.type}",
            "Add and subtract numbers, or a date and days(n); multiply and divide numbers.",
        )
    if isinstance(node, exp.Div):
        return Typed(quotient(left.sql, right.sql), result)
    return Typed(type(node)(this=left.sql, expression=right.sql), result)


def quotient(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """Division in real numbers that is unknown when the divisor is zero, on every database."""
    real = exp.Cast(this=left, to=exp.DataType.build("double"))
    return exp.Div(this=real, expression=exp.Nullif(this=right, expression=exp.Literal.number(0)))


_SIGNS: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/"}


def compared(node: exp.Expr, first: Typed, *others: Typed) -> None:
    """Refuse a comparison whose sides have different types, or a type it does not take."""
    for other in others:
        if first.type != other.type:
            raise ConditionError(
                f"compares {first.type} with {other.type}: {node.sql()}",
                _REMEDIES.get(_pair(first, other), _SAME),
            )
    if first.type not in COMPARISONS[type(node)]:
        raise ConditionError(
            f"{first.type} cannot be compared like this: {node.sql()}",
            "Sets take 'x' in the_set; texts and yes/no values take = and !=; only numbers and dates order.",
        )


_SAME = "Compare values of one type."
_REMEDIES: dict[frozenset[AnyType], str] = {
    frozenset({"number", "text"}): "Write numbers without quotes and texts with single quotes.",
    frozenset({"date", "text"}): "Compare a date with now, or with now plus or minus days(n).",
    frozenset({"date", "number"}): "Compare a date with now, or with now plus or minus days(n).",
    frozenset({"duration", "number"}): "Write the length of time as days(n) or hours(n).",
    frozenset(
        {"boolean", "text"}
    ): "Write a yes/no trait by its name alone, or compare it with true or false.",
    frozenset(
        {"boolean", "number"}
    ): "Write a yes/no trait by its name alone, or compare it with true or false.",
    frozenset({"set", "text"}): "Write 'x' in the_set.",
}


def _pair(first: Typed, other: Typed) -> frozenset[AnyType]:
    return frozenset({first.type, other.type})


def _lasting(seconds: int) -> Callable[[str, list[Typed]], Typed]:
    def build(name: str, given: list[Typed]) -> Typed:
        _takes(name, given, ["number"])
        product = exp.Mul(this=exp.Paren(this=given[0].sql), expression=exp.Literal.number(seconds))
        return Typed(exp.Paren(this=product), "duration")

    return build


def _lower(name: str, given: list[Typed]) -> Typed:
    _takes(name, given, ["text"])
    return Typed(exp.Lower(this=given[0].sql), "text")


def _coalesce(name: str, given: list[Typed]) -> Typed:
    if len(given) < 2:
        raise ConditionError(f"{name} needs two values or more", "Write coalesce(trait, 0).")
    _takes(name, given, [given[0].type] * len(given))
    first, *others = (part.sql for part in given)
    return Typed(exp.Coalesce(this=first, expressions=others), given[0].type)


def _takes(name: str, given: list[Typed], wanted: list[AnyType]) -> None:
    found = [part.type for part in given]
    if found != wanted:
        raise ConditionError(
            f"{name}({', '.join(found)}) does not exist", f"Write {name}({', '.join(wanted) or ''})."
        )


FUNCTIONS: dict[str, Callable[[str, list[Typed]], Typed]] = {
    "days": _lasting(86400),
    "hours": _lasting(3600),
    "lower": _lower,
    "coalesce": _coalesce,
}
"""By the name an admin writes. ``lower`` folds A to Z only, so that every database agrees."""
