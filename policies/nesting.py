"""How deeply the SQL of a condition is nested, counted as SQLite's parser does.

It holds 100 symbols at most, of which the statement around a condition takes up to half.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from policies.typed import FORM, ConditionError

DEEPEST = 44
"""Symbols that the parser may hold on the way to the innermost part of one condition."""

_ON_THE_WAY: dict[type[exp.Expr], dict[str, int]] = {
    exp.Paren: {"this": 1},
    exp.Not: {"this": 1},
    exp.Neg: {"this": 1},
    exp.Between: {"low": 2, "high": 4},
    exp.In: {"expressions": 5},
    exp.Case: {"ifs": 4, "default": 4},
    exp.If: {"true": 2},
    exp.Abs: {"this": 4},
    exp.Nullif: {"this": 4, "expression": 5},
    exp.Coalesce: {"this": 4, "expressions": 5},
}
"""Symbols held while a part of a node is read, by the part; 0 for what is not here: it is read first."""

_OF_A_BINARY = {"expression": 2}

_OF_A_FORM = {
    "lower": 5,
    "upper": 5,
    "trim": 5,
    "like": 3,
    "contains": 6,
    "length": 8,
    "years": 10,
    "starts_with": 10,
    "ends_with": 14,
    "round_down": 18,
    "year": 18,
    "month": 18,
    "day": 18,
    "hour": 18,
    "weekday": 20,
    "ymd": 18,
    "has_entry": 24,
    "size": 24,
}
"""Symbols held on the way to the deepest operand of a form."""


def refuse_deep(tree: exp.Expr) -> None:
    """Refuse a checked tree whose SQL some database could not read."""
    waiting = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        if depth > DEEPEST:
            raise ConditionError(
                "too many brackets and functions inside one another",
                "Split it into lines of all, any and none.",
            )
        waiting += [(part, depth + held) for part, held in _parts(node)]


def _parts(node: exp.Expr) -> Iterator[tuple[exp.Expr, int]]:
    """The parts of a node, each with the symbols held while it is read."""
    on_the_way = _ON_THE_WAY.get(type(node), _OF_A_BINARY if isinstance(node, exp.Binary) else {})
    form = _OF_A_FORM[node.name.removeprefix(FORM)] if isinstance(node, exp.Anonymous) else None
    for part in node.iter_expressions():
        yield part, on_the_way.get(part.arg_key or "", 0) if form is None else form
