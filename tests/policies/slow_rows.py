"""A slow, obviously right reading of computations over rows: lists of dictionaries, sorted and counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.policies.desk import DAY, NOW

Row = Mapping[str, Any]


def value(trait: Mapping[str, Any], rows: Sequence[Row], now: int = NOW) -> Any:
    """What a trait is over these rows of one customer. ``where`` is a function here; spans are seconds."""
    way = next(word for word in _WAYS if word in trait)
    if way == "trend":
        shift = trait.get("before", trait["within"])
        later, earlier = (
            _TRENDS[trait[way] == "tickets"](_values(trait, rows, now, end)) for end in (0, shift)
        )
        return None if later is None or not earlier else later / earlier - 1
    return _WAYS[way](_values(trait, rows, now, trait.get("before", 0)), now)


def _values(trait: Mapping[str, Any], rows: Sequence[Row], now: int, end: int) -> list[Any]:
    """What the rows contribute, oldest first; of two made at once the one with the lower number is older."""
    way = next(word for word in _WAYS if word in trait)
    last = now - end
    first = last - trait["within"] if "within" in trait else -(10**12)
    counted = [
        row
        for row in sorted(rows, key=lambda row: (row["created_at"], int(row["id"])))
        if row["created_at"] <= now and first < row["created_at"] <= last and trait.get("where", _any)(row)
    ]
    column = trait[way].removeprefix("ticket.")
    found = [1 if column == "tickets" else row[column] for row in counted]
    return [one for one in found if one is not None]


def _any(row: Row) -> bool:
    return True


def _median(values: list[Any], now: int) -> Any:
    ordered, middle = sorted(values), len(values) // 2
    if not ordered:
        return None
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _since(values: list[Any], now: int) -> Any:
    past = [one for one in values if one <= now]
    return (now - (max(past) if past else min(values))) // DAY if values else None


def _until(values: list[Any], now: int) -> Any:
    ahead = [one for one in values if one >= now]
    return ((min(ahead) if ahead else max(values)) - now) // DAY if values else None


def _mean(values: list[Any]) -> Any:
    return sum(values) / len(values) if values else None


_TRENDS: dict[bool, Callable[[list[Any]], Any]] = {True: len, False: _mean}

_WAYS: dict[str, Callable[[list[Any], int], Any]] = {
    "count": lambda values, now: len(values),
    "sum": lambda values, now: sum(values) if values else None,
    "average": lambda values, now: _mean(values),
    "minimum": lambda values, now: min(values) if values else None,
    "maximum": lambda values, now: max(values) if values else None,
    "median": _median,
    "distinct": lambda values, now: len(set(values)),
    "first": lambda values, now: values[0] if values else None,
    "last": lambda values, now: values[-1] if values else None,
    "days_since": _since,
    "days_until": _until,
    "trend": lambda values, now: None,
}
