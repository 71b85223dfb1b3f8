"""Conditions as chance draws them: every operator and function, missing values, accents, zeros."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from random import Random
from typing import Any

from policies.language import read
from policies.typed import ConditionError
from policies.vocabulary import Type
from tests.policies.slow import Node, apart, call, chain, day, joined, literal, matching, name, quoted

TEXTS = [
    "",
    "team",
    "Team",
    "TEAM",
    "équipe",
    "e\u0301quipe",
    "ÉQUIPE",
    "it's",
    "%",
    "null",
    "1",
    " team",
    "😀_",
]
PATTERNS = [
    "%",
    "",
    "team",
    "%ea%",
    "_eam",
    "T%",
    "é_____",
    "e\u0301%",
    "%_",
    "[t]%",
    "*",
    "?eam",
    "😀\\_",
    "__",
]
DAYS = [
    "2026-01-31",
    "2024-02-29",
    "1969-12-31T23:59:59Z",
    "2000-02-29T12:00+05:30",
    "0001-01-01",
    "9999-12-31",
]
_ORDER = ["=", "!=", "<", "<=", ">", ">="]


class Drawn:
    """Draws conditions over names of given types."""

    def __init__(self, random: Random, scope: Mapping[str, Type]) -> None:
        self.random = random
        self.scope = dict(scope)
        self.refused = 0

    def names(self, type_: Type) -> list[str]:
        """The names of that type."""
        return [one for one, of in self.scope.items() if of == type_]

    def condition(self, depth: int = 2) -> Node:
        """A condition that the language admits; one that reaches too far or too deep is drawn again."""
        while True:
            drawn = self.loose(depth)
            with suppress(ConditionError):
                read(drawn.text, self.scope)
                return drawn
            self.refused += 1

    def loose(self, depth: int) -> Node:
        """A chain of ``or`` over chains of ``and``, without brackets, as SQL reads them."""
        widths = [1, 1, 2, 3] if depth else [1]
        ands = [
            chain("and", [self._part(depth) for _ in range(self.one_of(widths))])
            for _ in range(self.one_of(widths))
        ]
        return chain("or", ands)

    def one_of(self, choices: Any) -> Any:
        """One of them, by chance."""
        return self.random.choice(list(choices))

    def _part(self, depth: int) -> Node:
        kind = self.one_of(["simple", "apart", "not", "not apart"]) if depth else "simple"
        inner = self._simple() if kind in ("simple", "not") else apart(self.loose(depth - 1))
        return Node("not", (inner,), f"not {inner.text}") if kind.startswith("not") else inner

    def _simple(self) -> Node:
        simple: Node = self.one_of(_SIMPLE)(self)
        return simple

    def number(self, depth: int) -> Node:
        """A number in which operators stand in brackets."""
        return self.one_of(_NUMBERS)(self, depth) if depth else self.known_number()

    def known_number(self) -> Node:
        """A name or a literal."""
        names = self.names("number")
        if names and self.one_of([True, True, False]):
            return name(self.one_of(names))
        return literal(self.one_of([0, 1, 2, 7, 0.5, 2.25, 100, 0.1, 19.99, 123456789012345]))

    def sum_of_products(self) -> Node:
        """A sum of products without brackets, as SQL reads it."""
        node = joined(self.one_of("*/"), self.number(1), self.number(1))
        for _ in range(self.one_of([0, 1, 2])):
            product = joined(self.one_of("*/"), self.number(1), self.number(0))
            node = joined(self.one_of("+-"), node, product)
        return node

    def length(self) -> Node:
        """A length of time."""
        if self.one_of([True, False]):
            return call(self.one_of(["minutes", "hours", "days", "weeks"]), self.number(1))
        return apart(joined("-", self.date(0), self.date(0)))

    def date(self, depth: int = 1) -> Node:
        """An instant."""
        known = name(self.one_of([*self.names("date"), "now"]))
        date = self.one_of([known, known, day(self.one_of(DAYS))])
        if depth and self.one_of([True, False]):
            return joined(self.one_of("+-"), date, self.length())
        return call(self.one_of(["least", "greatest", "coalesce"]), date, known) if depth else date

    def text(self) -> Node:
        """A text."""
        names = self.names("text")
        text = name(self.one_of(names)) if names and self.one_of([1, 1, 0]) else quoted(self.one_of(TEXTS))
        kind = self.one_of(["plain", "plain", "lower", "upper", "trim", "coalesce"])
        if kind == "coalesce":
            return call("coalesce", text, quoted(self.one_of(TEXTS)))
        return text if kind == "plain" else call(kind, text)

    def flag(self) -> Node:
        """A yes or no that stands by itself."""
        flag: Node = self.one_of([*map(name, self.names("boolean")), *map(literal, (True, False))])
        return flag


def _compared(draw: Drawn) -> Node:
    side, signs = draw.one_of(_SIDES)
    return joined(draw.one_of(signs), side(draw), side(draw))


def _between(draw: Drawn) -> Node:
    side = draw.one_of([_number, Drawn.date, Drawn.length])
    one, low, high = (side(draw) for _ in range(3))
    return Node("between", (one, low, high), f"{one.text} between {low.text} and {high.text}")


def _listed(draw: Drawn) -> Node:
    side = draw.one_of([_number, Drawn.text, Drawn.date])
    first, *others = (side(draw) for _ in range(draw.one_of([2, 3, 4])))
    return Node("in", (first, *others), f"{first.text} in ({', '.join(other.text for other in others)})")


def _in_set(draw: Drawn) -> Node:
    if not draw.names("set"):
        return draw.flag()
    text, within = draw.text(), name(draw.one_of(draw.names("set")))
    return Node("in set", (text, within), f"{text.text} in {within.text}")


def _is_null(draw: Drawn) -> Node:
    inner = apart(draw.one_of([_number, Drawn.text, Drawn.date, lambda draw: draw.loose(0)])(draw))
    return Node("is null", (inner,), f"{inner.text} is null")


def _within_text(draw: Drawn) -> Node:
    return call(draw.one_of(["starts_with", "ends_with", "contains"]), draw.text(), draw.text())


def _like(draw: Drawn) -> Node:
    return matching(draw.text(), draw.one_of(PATTERNS))


def _number(draw: Drawn) -> Node:
    return draw.number(2)


def _operators(draw: Drawn, depth: int) -> Node:
    signs = draw.one_of(["+-", "*/"])
    node = draw.number(depth - 1)
    for _ in range(draw.one_of([1, 2])):
        node = joined(draw.one_of(signs), node, draw.number(depth - 1))
    return apart(node)


def _negative(draw: Drawn, depth: int) -> Node:
    inner = apart(draw.number(depth - 1))
    return Node("negative", (inner,), f"-{inner.text}")


def _of_one(draw: Drawn, depth: int) -> Node:
    return call(draw.one_of(["abs", "round_down"]), draw.number(depth - 1))


def _of_two(draw: Drawn, depth: int) -> Node:
    word = draw.one_of(["least", "greatest", "coalesce"])
    return call(word, draw.number(depth - 1), draw.number(depth - 1))


def _of_a_date(draw: Drawn, depth: int) -> Node:
    part = draw.one_of(["year", "month", "day", "weekday", "hour", "years_since"])
    return call(part, draw.date(0 if depth < 2 else 1))


def _of_a_text(draw: Drawn, depth: int) -> Node:
    return call("length", draw.text())


def _of_a_set(draw: Drawn, depth: int) -> Node:
    names = draw.names("set")
    return call("size", name(draw.one_of(names))) if names else draw.known_number()


_NUMBERS: list[Callable[[Drawn, int], Node]] = [
    *[lambda draw, depth: draw.known_number(), _operators] * 3,
    *[_negative, _of_one, _of_two, _of_a_date, _of_a_text, _of_a_set],
]
_SIDES: list[tuple[Callable[[Drawn], Node], list[str]]] = [
    (_number, _ORDER),
    (Drawn.sum_of_products, _ORDER),
    (Drawn.date, _ORDER),
    (Drawn.length, _ORDER),
    (Drawn.text, ["=", "!="]),
    (Drawn.flag, ["=", "!="]),
]
_SIMPLE: list[Callable[[Drawn], Node]] = [
    *[_compared] * 5,
    Drawn.flag,
    _between,
    _listed,
    _in_set,
    _is_null,
    _within_text,
    _like,
]
