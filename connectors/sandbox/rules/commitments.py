"""Which service level a ticket is under: matched when it is created or updated, and only then."""

from __future__ import annotations

from typing import NamedTuple

from connectors.sandbox.records import Ticket
from connectors.sandbox.rules.conditions import Happening, fits
from connectors.sandbox.rules.order import in_order
from connectors.sandbox.rules.records import Promise, Schedule, Target
from connectors.sandbox.state import Commitment, Desk


class Shift(NamedTuple):
    """The commitment before and after an update."""

    before: Commitment | None
    after: Commitment | None


def commit(desk: Desk, ticket: Ticket, happening: Happening, now: int) -> Shift:
    """Match the policies in their order; the first that fits is promised until the next update."""
    past = desk.commitments.get(ticket.id, [])
    before = past[-1] if past else None
    promise = next(
        (
            policy.promise
            for policy in in_order(desk.rules.policies)
            if fits(policy.filter, ticket, happening)
        ),
        None,
    )
    kept = before is not None and (before.promise, before.priority) == (promise, ticket.priority)
    if kept or (promise is None and (before is None or before.promise is None)):
        return Shift(before, before)
    after = Commitment(now, promise, ticket.priority)
    desk.commitments[ticket.id] = [*past, after]
    return Shift(before, after)


def targets(commitment: Commitment) -> list[Target]:
    """What is promised to a ticket of this priority; to one without priority nothing is."""
    promise: Promise | None = commitment.promise
    if promise is None:
        return []
    return [row for row in promise.targets if row.priority == commitment.priority]


def hours(desk: Desk, target: Target) -> Schedule | None:
    """The schedule a target counts in: the account's first, and none for one in calendar hours."""
    return next(iter(desk.rules.schedules), None) if target.business_hours else None
