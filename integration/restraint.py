"""Whether a plan may be sent without anybody having read it: caps on its size, and segments that moved.

Pure but for what is remembered between two runs: the sizes of segments when plans were last allowed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from connectors.changes import Field
from integration.plan_file import Foot
from integration.store.ground import Ground

FEW = 100
"""Customers by whom any segment may move: in small ones everybody's coming and going is a large share."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What may happen unasked."""

    tickets: int = 2_000
    """Tickets one plan may change, whatever share of the open ones that is."""
    share: float = 0.2
    """Share of the open tickets one plan may change, however many that are."""
    by_segment: Mapping[str, int] = field(default_factory=dict)
    """Tickets one plan may change whose customers are in a segment, by its name."""
    by_field: Mapping[Field, int] = field(default_factory=dict)
    """Tickets of which one plan may change a field."""
    drift: float = 0.5
    """Share of its members by which a segment may grow or shrink between two runs."""


def over(foot: Foot, open_tickets: int, limits: Limits) -> Iterator[str]:
    """Why a plan is larger than may be sent unasked, in sentences; nothing where it is not."""
    most = max(limits.tickets, int(open_tickets * limits.share))
    if foot.tickets > most:
        yield (
            f"The plan changes {foot.tickets:,} tickets; {most:,} may be changed unasked"
            f" ({limits.tickets:,}, or {limits.share:.0%} of {open_tickets:,} open ones)."
        )
    for segment, most in limits.by_segment.items():
        if foot.segments.get(segment, 0) > most:
            yield f"{foot.segments[segment]:,} tickets of the segment {segment} change; {most:,} may."
    for name, most in limits.by_field.items():
        if foot.fields.get(name, 0) > most:
            yield f"The field {name} changes on {foot.fields[name]:,} tickets; {most:,} may."


def moved(before: Ground, sizes: Mapping[str, int], policy: str, limits: Limits) -> Iterator[str]:
    """Which segments moved further than they may, and the likely reason; nothing where none did.

    A segment that was not there is new and no surprise.
    """
    for segment, former in before.sizes.items():
        size = sizes.get(segment, 0)
        if abs(size - former) > max(FEW, former * limits.drift):
            why = (
                "the policy is another one since"
                if policy != before.policy
                else "the policy is the same, so the records are others: a sync, an import or a new census"
            )
            yield f"The segment {segment} went from {former:,} to {size:,} members; {why}."
