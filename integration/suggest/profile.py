"""What each trait is worth: how often it is known, how it spreads, how well it separates an outcome."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from integration.suggest.people import People
from policies.standing import Value


@dataclass(frozen=True, slots=True)
class Profile:
    """One trait over everybody who was looked at."""

    trait: str
    fill: float
    """The share of customers who have a value."""
    distinct: int
    spread: tuple[float, float, float] | None
    """Quartiles of a number; of a date, in days before now."""
    separation: float | None
    """From 0 (the outcome does not depend on it) to 1 (it decides it alone); None where it cannot be told,
    and for a trait that says the outcome itself."""


def profiles(found: People, dates: frozenset[str], giving_away: frozenset[str]) -> list[Profile]:
    """A profile of every trait, the best separating first."""
    every = [
        _profile(name, values, found, date=name in dates, blind=name in giving_away)
        for name, values in found.values.items()
    ]
    return sorted(every, key=lambda one: (-(one.separation or 0), one.trait))


def _profile(name: str, values: Sequence[Value], found: People, *, date: bool, blind: bool) -> Profile:
    known = [value for value in values if value is not None]
    numbers = sorted(float(value) for value in known if isinstance(value, (int, float)))
    if date:
        numbers = sorted((found.now - value) / 86400 for value in numbers)
    flags = all(isinstance(value, bool) for value in known)
    return Profile(
        trait=name,
        fill=len(known) / max(len(values), 1),
        distinct=len({str(value) for value in known}),
        spread=quartiles(numbers) if numbers and not flags else None,
        separation=None if blind else separation(values, found.befell),
    )


def quartiles(numbers: Sequence[float]) -> tuple[float, float, float]:
    """The values below which a quarter, a half and three quarters of sorted numbers lie."""
    low, half, high = (numbers[int(len(numbers) * part)] for part in (0.25, 0.5, 0.75))
    return low, half, high


def separation(values: Sequence[Value], befell: Sequence[bool | None]) -> float | None:
    """How well a trait tells those whom the outcome befell from the others, among who has both.

    For numbers twice the distance of the rank statistic from chance; for others the distance between the two
    groups' shares of each value.
    """
    pairs = [
        (value, hit)
        for value, hit in zip(values, befell, strict=True)
        if value is not None and hit is not None
    ]
    hits = [value for value, hit in pairs if hit]
    others = [value for value, hit in pairs if not hit]
    if not hits or not others:
        return None
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value, _ in pairs):
        return _ranked([float(str(one)) for one in hits], sorted(float(str(one)) for one in others))
    return _shares([str(one) for one in hits], [str(one) for one in others])


def _ranked(hits: Sequence[float], others: Sequence[float]) -> float:
    below = sum(bisect_left(others, one) + bisect_right(others, one) for one in hits)
    return abs(below / (len(hits) * len(others)) - 1)


def _shares(hits: Sequence[str], others: Sequence[str]) -> float:
    first, second = Counter(hits), Counter(others)
    apart: defaultdict[str, float] = defaultdict(float)
    for name in first | second:
        apart[name] = abs(first[name] / len(hits) - second[name] / len(others))
    return sum(apart.values()) / 2
