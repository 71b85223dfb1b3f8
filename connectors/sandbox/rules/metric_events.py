"""The diary of a ticket's clocks: activated, paused, fulfilled, promised, broken.

It is worked out only when somebody asks, from the ticket's past before and after each update; what is new is
kept in the order in which it became known, so that an export has something to follow. Breaches are foretold
with the time at which they will happen; one that will not happen after all is told again with ``deleted``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from connectors.sandbox.records import Ticket
from connectors.sandbox.rules.commitments import hours, targets
from connectors.sandbox.rules.courses import RUNNING, Course, courses
from connectors.sandbox.rules.history import history
from connectors.sandbox.rules.records import MetricEvent, Target
from connectors.sandbox.state import Commitment, Desk, Untold

NEVER = 1 << 62
AT_ONCE = 1_000
"""Updates that one request works off, half a second's worth."""


class Entry(NamedTuple):
    """One thing in the diary; two that are equal are the same thing."""

    clock: str
    number: int
    type: str
    at: int
    more: tuple[Any, ...] = ()


def catch_up(desk: Desk) -> bool:
    """Work out what the updates since the last time mean; False when there were too many for one go."""
    for _ in range(min(len(desk.untold), AT_ONCE)):
        update = desk.untold.popleft()
        ticket = desk.tickets.get(update.ticket_id)
        if ticket is not None:
            _tell(desk, ticket, update)
    return not desk.untold


def _tell(desk: Desk, ticket: Ticket, update: Untold) -> None:
    audits = desk.audits.get(ticket.id, [])[: update.audits]
    moments = history(desk, ticket, audits)
    promised = desk.commitments.get(ticket.id, [])
    before, after = promised[: update.promised[0]], promised[: update.promised[1]]
    created = len(audits) == 1 and bool(audits[0].made)
    former = [] if created else diary(desk, ticket, courses(moments[:-1]), before)
    note(desk, ticket, former, diary(desk, ticket, courses(moments), after), update.at)


def diary(
    desk: Desk, ticket: Ticket, found: Sequence[Course], commitments: Sequence[Commitment]
) -> list[Entry]:
    """Everything that these courses of a ticket's clocks tell, in order of time."""
    entries = [Entry(clock, 0, "measure", ticket.created_at) for clock in RUNNING]
    for course in found:
        entries += _run(desk, course)
        entries += _promises(desk, course, commitments)
    return sorted(entries, key=lambda entry: entry.at)


def _run(desk: Desk, course: Course) -> Iterator[Entry]:
    for start, end in course.spans or [(course.began, course.began)]:
        yield Entry(course.clock, course.number, "activate", start)
        if end is None:
            continue
        if end != course.fulfilled:
            yield Entry(course.clock, course.number, "pause", end)
            yield _status(desk, course, end)
    if course.fulfilled is not None:
        yield Entry(course.clock, course.number, "fulfill", course.fulfilled)
        yield _status(desk, course, course.fulfilled)


def _status(desk: Desk, course: Course, at: int) -> Entry:
    """How many minutes the clock shows, of all time and of business time."""
    schedule = next(iter(desk.rules.schedules), None)
    shown = (course.elapsed(None, at) // 60, course.elapsed(schedule, at) // 60)
    return Entry(course.clock, course.number, "update_status", at, shown)


def _promises(desk: Desk, course: Course, commitments: Sequence[Commitment]) -> Iterator[Entry]:
    """What was promised while the clock was alive, and where each promise breaks."""
    ends = [*(commitment.at for commitment in commitments[1:]), NEVER]
    for commitment, until in zip(commitments, ends, strict=False):
        since, over = max(commitment.at, course.began), min(until, course.fulfilled or NEVER)
        if since >= over:
            continue
        for row in targets(commitment):
            if row.metric == course.metric:
                yield Entry(course.clock, course.number, "apply_sla", since, (row, commitment.promise))
                yield from _breach(desk, course, row, over)


def _breach(desk: Desk, course: Course, row: Target, over: int) -> Iterator[Entry]:
    at = course.reaches(hours(desk, row), row.target * 60)
    if at is not None and at < over:
        yield Entry(course.clock, course.number, "breach", at)


def note(desk: Desk, ticket: Ticket, before: Sequence[Entry], after: Sequence[Entry], now: int) -> None:
    """Keep what an update added to the diary, and what it made void."""
    known, foretold = set(before), set(after)
    for entry in before:
        if entry.type == "breach" and entry not in foretold:
            _void(desk, ticket, entry, now)
    for entry in dict.fromkeys(after):
        if entry not in known:
            _keep(desk, ticket, entry, now)


def _keep(desk: Desk, ticket: Ticket, entry: Entry, now: int) -> None:
    event = MetricEvent(
        id=desk.serial(),
        ticket_id=ticket.id,
        clock=entry.clock,
        number=entry.number,
        type=entry.type,
        at=entry.at,
        more=entry.more,
        updated_at=now,
    )
    desk.metric_events.add(event)
    if entry.type == "breach":
        desk.breaches[ticket.id, entry.clock, entry.number, entry.at] = event


def _void(desk: Desk, ticket: Ticket, entry: Entry, now: int) -> None:
    event = desk.breaches.pop((ticket.id, entry.clock, entry.number, entry.at), None)
    if event is not None:
        event.deleted = True
        desk.metric_events.touch(event, now)
