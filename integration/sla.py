"""The clock of a promise: when it began, whether it runs, what it has used, and when it falls due.

Pure: a ticket, what is kept of its course, and a service level give the same clock always. A promise is read
with the priority that the ticket had when its clock began; a later change of priority moves nothing.

Where a desk runs clocks of its own, theirs count and these do not: Zendesk reads the priority of now.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from connectors.records import PRIORITIES, UNSOLVED, Priority, Ticket
from integration.store.steps import Step
from policies.hours import Calendar, due, worked
from policies.serving import Metric, ServiceLevel

State = Literal["running", "paused", "ended"]

PAUSED: frozenset[str] = frozenset({"pending", "hold"})
"""In which statuses a resolution waits for somebody else: the customer, or a third party."""

UNSET: Priority = "normal"
"""What a ticket without a priority is treated as."""


@dataclass(frozen=True, slots=True)
class SlaClock:
    """One promise on one ticket at one instant. Seconds are working seconds where there is a calendar."""

    metric: Metric
    state: State
    began: int
    priority: Priority
    target: int
    """Seconds promised."""
    used: int
    """Seconds on the clock."""
    due: int | None
    """When it falls or fell due; None while it is paused with time left, or ended in time."""
    ended: int | None = None
    since: int | None = None
    """Since when the course is known, where that is later than the beginning: before it is taken as running,
    with the first priority that was seen."""

    @property
    def kept(self) -> bool | None:
        """Whether the promise was kept; None while that is open."""
        if self.used > self.target:
            return False
        return True if self.state == "ended" else None


class _Promise(NamedTuple):
    """What every metric is counted with."""

    level: ServiceLevel
    calendar: Calendar | None
    now: int
    at_least: str | None


def sla_clock(
    metric: Metric,
    ticket: Ticket,
    steps: Sequence[Step],
    level: ServiceLevel,
    calendar: Calendar | None,
    now: int,
    *,
    at_least: str | None = None,
) -> SlaClock | None:
    """The clock of one metric, None where it does not count: no target, or nobody waits.

    ``first_reply`` begins with the ticket and never pauses. ``next_reply`` begins when the customer begins to
    wait again. ``resolution`` begins with the ticket, pauses while it is pending or on hold, ends when it is
    solved, and goes on from what was used when it is opened again.

    ``at_least`` is the priority that the policy asks for: it counts from the beginning, though it is written
    a while later.
    """
    promise = _Promise(level, calendar, now, at_least)
    if metric == "first_reply":
        return _first_reply(ticket, steps, promise)
    if metric == "next_reply":
        return _next_reply(ticket, steps, promise)
    return _resolution(ticket, steps, promise)


def _first_reply(ticket: Ticket, steps: Sequence[Step], promise: _Promise) -> SlaClock | None:
    answered = None
    if ticket.first_reply_minutes is not None:
        answered = ticket.created_at + 60 * ticket.first_reply_minutes
    elif ticket.status not in UNSOLVED:
        return None
    return _straight("first_reply", ticket.created_at, answered, ticket, steps, promise)


def _next_reply(ticket: Ticket, steps: Sequence[Step], promise: _Promise) -> SlaClock | None:
    if ticket.waiting_since is None:
        return None
    return _straight("next_reply", ticket.waiting_since, None, ticket, steps, promise)


def _straight(
    metric: Metric, began: int, ended: int | None, ticket: Ticket, steps: Sequence[Step], promise: _Promise
) -> SlaClock | None:
    """A clock that nothing pauses."""
    priority = raised(promise.at_least, priority_at(began, ticket, steps))
    target = promise.level.target(metric, priority)
    if target is None:
        return None
    used = worked(promise.calendar, began, max(began, promise.now if ended is None else ended))
    late = ended is None or used > target
    return SlaClock(
        metric, "running" if ended is None else "ended", began, priority, target, used,
        due(promise.calendar, began, target) if late else None, ended, _since(began, ticket, steps),
    )  # fmt: skip


def _resolution(ticket: Ticket, steps: Sequence[Step], promise: _Promise) -> SlaClock | None:
    priority = raised(promise.at_least, priority_at(ticket.created_at, ticket, steps))
    target = promise.level.target("resolution", priority)
    if target is None:
        return None
    used, reached = 0, None
    status: str = ticket.status
    for start, end, status in _stretches(ticket, steps, promise.now):
        if status in PAUSED or status not in UNSOLVED:
            continue
        took = worked(promise.calendar, start, end)
        if reached is None and used + took >= target:
            reached = due(promise.calendar, start, target - used)
        used += took
    state, ended = _end(status, ticket)
    if reached is None and state == "running":
        reached = due(promise.calendar, promise.now, target - used)
    late = state != "ended" or used > target
    return SlaClock(
        "resolution", state, ticket.created_at, priority, target, used, reached if late else None, ended,
        _since(ticket.created_at, ticket, steps),
    )  # fmt: skip


def _end(status: str, ticket: Ticket) -> tuple[State, int | None]:
    if status in UNSOLVED:
        return ("paused" if status in PAUSED else "running"), None
    return "ended", _changed(ticket)


def _stretches(ticket: Ticket, steps: Sequence[Step], now: int) -> Iterator[tuple[int, int, str]]:
    """From the ticket's beginning until now: from, until, and the status it had meanwhile.

    Before the first step nothing is known: it is taken as running, so that no promise is made too late.
    """
    course = [(ticket.created_at, "open"), *((step.at, step.status) for step in steps if step.at <= now)]
    if course[-1][1] != ticket.status:  # newer than the last step, or there is none
        course.append((_changed(ticket), ticket.status))
    ends = [*(at for at, _ in course[1:]), now]
    for (start, status), end in zip(course, ends, strict=True):
        yield start, max(start, end), status


def _changed(ticket: Ticket) -> int:
    """Since when, as far as the ticket itself tells, it has the status it has."""
    at_rest = ticket.status not in UNSOLVED
    return ticket.solved_at if at_rest and ticket.solved_at is not None else ticket.updated_at


def priority_at(at: int, ticket: Ticket, steps: Sequence[Step]) -> Priority:
    """The priority a ticket had at an instant: the first one it was given later, where it had none."""
    before = [step.priority for step in steps if step.at <= at and step.priority is not None]
    after = (step.priority for step in steps if step.at > at and step.priority is not None)
    return before[-1] if before else next(after, ticket.priority or UNSET)


def raised(asked: str | None, had: Priority | None) -> Priority:
    """The priority a ticket has once at least ``asked`` is asked for."""
    ranks = [PRIORITIES.index(one) for one in (asked, had or UNSET) if one in PRIORITIES]
    return PRIORITIES[max(ranks)]


def _since(began: int, ticket: Ticket, steps: Sequence[Step]) -> int | None:
    known = steps[0].at if steps else ticket.updated_at
    return known if known > began else None
