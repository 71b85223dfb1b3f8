"""A slow, obviously right reading of conditions: trees of our own, with the text an admin would write."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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
    """What ``node`` is for this row, which has a value for ``now``; None is unknown. Numbers are doubles."""
    if node.kind in ("name", "literal"):
        found = row[str(node.value)] if node.kind == "name" else node.value
        return float(found) if isinstance(found, int) and not isinstance(found, bool) else found
    if node.kind == "years_since":
        return _years(value(node.parts[0], row), row["now"])
    given = [value(part, row) for part in node.parts]
    if node.kind in _KNOWING:
        return _KNOWING[node.kind](given)
    plain: Value = None if None in given else _PLAIN[node.kind](*given)
    return plain


def every(given: list[Value]) -> Value:
    if False in given:
        return False
    return None if None in given else True


def some(given: list[Value]) -> Value:
    if True in given:
        return True
    return None if None in given else False


def _within(given: list[Value]) -> Value:
    wanted, *entries = given
    return None if wanted is None else some([None if entry is None else entry == wanted for entry in entries])


def _between(given: list[Value]) -> Value:
    """Two comparisons joined by and: one that is false settles it although the other limit is missing."""
    one, low, high = given
    return every([_at_most(low, one), _at_most(one, high)])


def _at_most(low: Any, high: Any) -> Value:
    return None if low is None or high is None else low <= high


def _when(instant: Any) -> datetime | None:
    """The calendar's view of an instant, which ends with the years 1 and 9999."""
    seconds = math.floor(instant + 62_135_596_800.0)  # databases count from the year 1, to some millionths
    inside = -62_135_596_800 <= instant <= 253_402_300_799
    return datetime(1, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds) if inside else None


def _part(name: str) -> Callable[[Any], Value]:
    def part(instant: Any) -> Value:
        when = _when(instant)
        if when is None:
            return None
        return float(when.isoweekday() if name == "weekday" else getattr(when, name))

    return part


def _years(then: Any, now: Any) -> Value:
    """Birthdays since ``then``."""
    first, last = (None if one is None else _when(one) for one in (then, now))
    if first is None or last is None:
        return None
    return float(last.year - first.year - ((last.month, last.day) < (first.month, first.day)))


def _like(text: Any, pattern: Any) -> bool:
    wild = {"%": ".*", "_": "."}
    expression = "".join(wild.get(one, re.escape(one)) for one in pattern)
    return re.fullmatch(expression, text, re.DOTALL) is not None


def _ascii(change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: "".join(change(one) if one.isascii() else one for one in text)


_KNOWING: dict[str, Callable[[list[Value]], Value]] = {
    "and": every,
    "or": some,
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
    "minutes": lambda n: n * 60.0,
    "hours": lambda n: n * 3600.0,
    "days": lambda n: n * 86400.0,
    "weeks": lambda n: n * 604800.0,
    "negative": lambda n: -n,
    "abs": abs,
    "least": min,
    "greatest": max,
    "round_down": lambda n: float(math.floor(n)),
    **{name: _part(name) for name in ("year", "month", "day", "weekday", "hour")},
    "lower": _ascii(str.lower),
    "upper": _ascii(str.upper),
    "trim": lambda t: t.strip(" "),
    "length": lambda t: float(len(t)),
    "starts_with": lambda t, part: t.startswith(part),
    "ends_with": lambda t, part: t.endswith(part),
    "contains": lambda t, part: part in t,
    "like": _like,
    "size": lambda entries: float(len(set(entries))),
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


def day(written: str) -> Node:
    """``date('…')``."""
    when = datetime.fromisoformat(written)
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    seconds = (when - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    return Node("literal", (), f"date('{written}')", seconds)


def matching(text: Node, pattern: str) -> Node:
    """``text like 'pattern'``."""
    return Node("like", (text, quoted(pattern)), f"{text.text} like {quoted(pattern).text}")
