"""A slow, obviously right reading of conditions: trees of our own, with the text an admin would write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Value = str | int | float | bool | list[str] | None
Row = Mapping[str, Value]

DAY = 86400
NOW = 1_780_300_800


@dataclass(frozen=True)
class Node:
    """An operator (or ``name``, ``literal``) with its parts."""

    kind: str
    parts: tuple[Node, ...]
    text: str
    value: Value = None


def value(node: Node, row: Row) -> Value:
    """What ``node`` is for this row; None is unknown."""
    if node.kind == "name":
        return NOW if node.value == "now" else row[str(node.value)]
    if node.kind == "literal":
        return node.value
    given = [value(part, row) for part in node.parts]
    if node.kind in _KNOWING:
        return _KNOWING[node.kind](given)
    found: Value = None if None in given else _PLAIN[node.kind](*given)
    return found


def _all(given: list[Value]) -> Value:
    if False in given:
        return False
    return None if None in given else True


def _any(given: list[Value]) -> Value:
    if True in given:
        return True
    return None if None in given else False


def _within(given: list[Value]) -> Value:
    wanted, *entries = given
    return None if wanted is None else _any([None if entry is None else entry == wanted for entry in entries])


def _between(given: list[Value]) -> Value:
    """Two comparisons joined by and: one that is false settles it although the other limit is missing."""
    one, low, high = given
    return _all([_at_most(low, one), _at_most(one, high)])


def _at_most(low: Any, high: Any) -> Value:
    return None if low is None or high is None else low <= high


_KNOWING: dict[str, Callable[[list[Value]], Value]] = {
    "and": _all,
    "or": _any,
    "in": _within,
    "between": _between,
    "is null": lambda given: given[0] is None,
    "coalesce": lambda given: next((found for found in given if found is not None), None),
}
"""Operators that can know an answer although a part is unknown."""

_PLAIN: dict[str, Callable[..., Any]] = {
    "not": lambda a: not a,
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: None if b == 0 else a / b,
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "days": lambda n: n * DAY,
    "hours": lambda n: n * 3600,
    "negative": lambda n: -n,
    "lower": lambda t: "".join(c.lower() if "A" <= c <= "Z" else c for c in t),
    "in set": lambda t, entries: t in entries,
}
"""Operators that are unknown as soon as a part is."""


def name(word: str) -> Node:
    """A name of the row, or ``now``."""
    return Node("name", (), word, word)


def quoted(text: str) -> Node:
    """A text literal."""
    return Node("literal", (), "'" + text.replace("'", "''") + "'", text)


def literal(found: float) -> Node:
    """A number, or one of the two flags."""
    return Node("literal", (), str(found).lower(), found)


def apart(node: Node) -> Node:
    """The same in brackets."""
    return Node(node.kind, node.parts, f"({node.text})", node.value)


def joined(sign: str, left: Node, right: Node) -> Node:
    """Two sides and the sign between them."""
    return Node(sign, (left, right), f"{left.text} {sign} {right.text}")


def call(word: str, *parts: Node) -> Node:
    """A function and what it is given."""
    return Node(word, parts, f"{word}({', '.join(part.text for part in parts)})")


def chain(word: str, parts: list[Node]) -> Node:
    """Conditions joined by one word, without brackets."""
    return Node(word, tuple(parts), f" {word} ".join(part.text for part in parts))
