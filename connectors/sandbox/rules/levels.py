"""The service level of a ticket as clients see it: ``slas.policy_metrics[]``, one row a promised metric."""

from __future__ import annotations

from connectors.sandbox.records import Ticket
from connectors.sandbox.rules.commitments import hours, targets
from connectors.sandbox.rules.courses import CLOCKS, Course, courses, latest
from connectors.sandbox.rules.history import history
from connectors.sandbox.rules.records import Target
from connectors.sandbox.state import Commitment, Desk
from connectors.sandbox.wire import Json, stamp

UNITS = (("days", 86_400), ("hours", 3_600), ("minutes", 60))
"""Remaining time is told in the greatest unit of which there are at least two."""


def levels(desk: Desk, ticket: Ticket) -> Json:
    """The side-load of one ticket; without a promise, and once it is deleted, its list is empty."""
    past = desk.commitments.get(ticket.id)
    rows = targets(past[-1]) if past else []
    if not rows or ticket.status == "deleted":
        return {"policy_metrics": []}
    clocks = {CLOCKS.get(row.metric, row.metric) for row in rows}
    found = courses(history(desk, ticket, desk.audits.get(ticket.id, ())), clocks)
    live = [(row, course) for row in rows if (course := latest(found, row.metric)) is not None]
    now = desk.clock.wall()
    return {"policy_metrics": [_level(desk, row, course, now) for row, course in live]}


def next_breach(desk: Desk, found: list[Course], commitment: Commitment | None) -> int | None:
    """The soonest instant at which a promise that is running breaks, or broke."""
    rows = targets(commitment) if commitment else []
    live = [(row, course) for row in rows if (course := latest(found, row.metric)) and course.running]
    instants = (course.reaches(hours(desk, row), row.target * 60) for row, course in live)
    return min((at for at in instants if at is not None), default=None)


def _level(desk: Desk, row: Target, course: Course, now: int) -> Json:
    schedule = hours(desk, row)
    if course.fulfilled is not None:
        return {"metric": row.metric, "stage": "achieved", "breach_at": None}
    breach = course.reaches(schedule, row.target * 60)
    shown = {"metric": row.metric, "breach_at": None if breach is None else stamp(breach)}
    if not course.running:
        return {**shown, "stage": "paused"}
    return {**shown, "stage": "active", **_remaining(row.target * 60 - course.elapsed(schedule, now))}


def _remaining(seconds: int) -> Json:
    """What is left, cut to whole units; negative once the promise is broken."""
    unit, size = next(((unit, size) for unit, size in UNITS if abs(seconds) >= 2 * size), UNITS[-1])
    return {unit: int(seconds / size)}
