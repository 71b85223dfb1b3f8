"""Groups by recency, frequency and money, with cut points a person can read, and how stable they are."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from integration.suggest.people import People
from policies.model import Kind, Policy
from policies.proposal import Proposal
from policies.rules import compiled

RESAMPLES = 50
SMALLEST = 3
"""Members below which a group is not proposed."""

_DAY = 86400


@dataclass(frozen=True, slots=True)
class Axes:
    """The traits that say how recently, how often and for how much; the last may be missing."""

    recency: str
    frequency: str
    money: str | None


def axes(policy: Policy) -> Axes | None:
    """The policy's own traits for it: newest ticket, count of tickets over the longest time, amount."""
    found = compiled(policy).definitions.values()
    recency = [
        one.name for one in found
        if one.aggregate == "maximum" and one.relation.name == "ticket" and one.column == "created_at"
    ]  # fmt: skip
    counts = [
        one for one in found if one.aggregate == "count" and one.relation.name == "ticket" and not one.where
    ]
    counts.sort(key=lambda one: -(one.within or 10**12))
    money = [
        one.name for one in found if one.level == "customer" and policy.traits[one.name].format == "money"
    ]
    if not recency or not counts:
        return None
    return Axes(recency[0], counts[0].name, money[0] if money else None)


@dataclass(frozen=True, slots=True)
class Cuts:
    """Where recent ends and often begins, and from which amount on somebody pays much."""

    days: int
    times: int
    amount: int | None


@dataclass(frozen=True, slots=True)
class _Group:
    name: str
    label: str
    kind: Kind
    recent: bool | None
    often: bool | None
    much: bool = False


_GROUPS = (
    _Group("recent_and_often", "Here often and lately", "behavioural", recent=True, often=True),
    _Group("recent_and_seldom", "Here lately, not yet often", "lifecycle", recent=True, often=False),
    _Group("silent_after_often", "Was here often, silent now", "lifecycle", recent=False, often=True),
    _Group("silent_and_seldom", "Seldom here", "lifecycle", recent=False, often=False),
    _Group("much_and_often", "Relies on us in many ways", "value", recent=None, often=True, much=True),
    _Group("much_and_silent", "Large account, silent now", "value", recent=False, often=None, much=True),
)

Row = tuple[float | None, float | None, float | None]
"""Days since the last ticket, tickets, amount."""


def groups(policy: Policy, found: People) -> list[Proposal]:
    """The groups that have members, with lines, size and stability; none without the traits they need."""
    chosen = axes(policy)
    if chosen is None or not {chosen.recency, chosen.frequency} <= found.values.keys():
        return []
    rows = _rows(found, chosen)
    cuts = cut(rows)
    if cuts is None:
        return []
    resampled = _resampled(rows)
    return [
        proposal
        for group in _GROUPS
        if (proposal := _proposal(group, chosen, cuts, rows, resampled)) is not None
    ]


def _rows(found: People, chosen: Axes) -> list[Row]:
    def numbers(name: str | None) -> Sequence[float | None]:
        values = found.values.get(name or "", [None] * found.customers)
        return [float(value) if isinstance(value, (int, float)) else None for value in values]

    recency = [None if at is None else (found.now - at) / _DAY for at in numbers(chosen.recency)]
    return list(zip(recency, numbers(chosen.frequency), numbers(chosen.money), strict=True))


def cut(rows: Sequence[Row]) -> Cuts | None:
    """Recent is the most recent half; often and much are the upper third."""
    days, times, amounts = (
        sorted(one for one in column if one is not None) for column in zip(*rows, strict=True)
    )
    if len(days) < 2 * SMALLEST or not times:
        return None
    amount = readable(amounts[len(amounts) * 2 // 3]) if len(amounts) >= 2 * SMALLEST else None
    return Cuts(max(1, round(days[len(days) // 2])), max(2, int(times[len(times) * 2 // 3])), amount)


def readable(number: float) -> int:
    """A number with two digits and zeros after them."""
    whole = int(number)
    step = int(10 ** max(0, len(str(abs(whole))) - 2))
    return whole // step * step


def _resampled(rows: Sequence[Row]) -> list[Cuts]:
    draw = random.Random(7)  # noqa: S311  # resampling, not a secret
    found = (cut(draw.choices(rows, k=len(rows))) for _ in range(RESAMPLES))
    return [one for one in found if one is not None]


def _members(group: _Group, cuts: Cuts, rows: Sequence[Row]) -> set[int]:
    return {place for place, row in enumerate(rows) if _is_in(group, cuts, row)}


def _is_in(group: _Group, cuts: Cuts, row: Row) -> bool:
    days, times, amount = row
    if group.recent is not None and (days is None or (days < cuts.days) is not group.recent):
        return False
    if group.often is not None and (times is None or (times >= cuts.times) is not group.often):
        return False
    return not group.much or (cuts.amount is not None and amount is not None and amount >= cuts.amount)


def _proposal(
    group: _Group, chosen: Axes, cuts: Cuts, rows: Sequence[Row], resampled: Sequence[Cuts]
) -> Proposal | None:
    members = _members(group, cuts, rows)
    if len(members) < SMALLEST:
        return None
    stable = mean_overlap(members, [_members(group, other, rows) for other in resampled])
    figures = (
        f"{len(members):,} of {len(rows):,} customers.",
        f"Stability {stable:.2f}: so much of it comes again when customers are drawn anew.",
    )
    return Proposal(group.name, group.label, group.kind, tuple(_lines(group, chosen, cuts)), figures)


def _lines(group: _Group, chosen: Axes, cuts: Cuts) -> list[str]:
    lines = []
    if group.recent is not None:
        lines.append(f"{chosen.recency} {'>' if group.recent else '<='} now - days({cuts.days})")
    if group.often is not None:
        lines.append(f"{chosen.frequency} {'>=' if group.often else '<'} {cuts.times}")
    if group.much:
        lines.append(f"{chosen.money} >= {cuts.amount}")
    return lines


def mean_overlap(members: set[int], others: Sequence[set[int]]) -> float:
    """How much of a group and its counterparts is shared, from 0 to 1, on the average."""
    if not others:
        return 0.0
    return sum(len(members & other) / max(len(members | other), 1) for other in others) / len(others)
