"""The operators of the condition language, a row each, with their types and their SQL.

Reading text into a tree is ``language.py``; the functions are ``functions.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from policies.typed import FORM, AnyType, ConditionError, Reach, Typed

__all__ = [
    "ARITHMETIC",
    "COMPARISONS",
    "FORM",
    "AnyType",
    "ConditionError",
    "Typed",
    "arithmetic",
    "compared",
]

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

_REACHES: dict[type[exp.Expr], Callable[[Reach, Reach], Reach]] = {
    exp.Add: Reach.plus,
    exp.Sub: Reach.plus,
    exp.Mul: Reach.times,
    exp.Div: Reach.over,
}

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
    reach = _REACHES[type(node)](left.reach, right.reach).checked()
    divisor = right.sql
    if isinstance(node, exp.Div):
        divisor = exp.Nullif(this=right.sql, expression=exp.Literal.number(0))
    return Typed(type(node)(this=left.sql, expression=divisor), result, reach)


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
    frozenset({"date", "text"}): "Compare a date with date('2026-01-31') or now, plus or minus days(n).",
    frozenset({"date", "number"}): "Compare a date with date('2026-01-31') or now, plus or minus days(n).",
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
