"""How the clocks of a ticket ran: one course for each time a metric was activated, worked out from the past.

Nothing of this is kept: a hundred thousand tickets would be a hundred thousand clocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from connectors.sandbox.rules.history import AGENT, CUSTOMER, Moment
from connectors.sandbox.rules.hours import seconds_after, seconds_between
from connectors.sandbox.rules.records import Schedule

ENDED = frozenset({"solved", "closed", "deleted"})

RUNNING: dict[str, frozenset[str]] = {
    "reply_time": frozenset({"new", "open", "pending", "hold"}),
    "requester_wait_time": frozenset({"new", "open", "hold"}),
    "agent_work_time": frozenset({"new", "open"}),
    "pausable_update_time": frozenset({"new", "open", "hold"}),
    "periodic_update_time": frozenset({"new", "open", "pending", "hold"}),
    "resolution_time": frozenset({"new", "open", "pending", "hold"}),
}
"""In which statuses each clock runs; in the other unsolved ones it pauses."""

CLOCKS = {
    "total_resolution_time": "resolution_time",
    "first_reply_time": "reply_time",
    "next_reply_time": "reply_time",
}
"""The clock behind a policy's metric, where its name is another."""


class Course(msgspec.Struct):
    """One activation of a clock. ``spans`` are when it ran, an open end meaning still.

    ``metric`` is the name policies use, ``number`` counts the activations of the clock on this ticket;
    ``carried`` is time of earlier activations that counts in.
    """

    clock: str
    metric: str
    number: int
    began: int
    carried: tuple[tuple[int, int | None], ...] = ()
    spans: list[tuple[int, int | None]] = []
    fulfilled: int | None = None

    @property
    def running(self) -> bool:
        return bool(self.spans) and self.spans[-1][1] is None

    def run(self, at: int, *, on: bool) -> None:
        """Start or stop the clock, unless it already does."""
        if on and not self.running:
            self.spans.append((at, None))
        elif not on and self.running:
            self.spans[-1] = (self.spans[-1][0], at)

    def fulfil(self, at: int) -> None:
        """What was promised is done."""
        self.run(at, on=False)
        self.fulfilled = at

    def elapsed(self, schedule: Schedule | None, until: int) -> int:
        """Seconds on the clock at an instant; business seconds with a schedule."""
        return sum(
            seconds_between(schedule, start, until if end is None else min(end, until))
            for start, end in (*self.carried, *self.spans)
            if start < until
        )

    def reaches(self, schedule: Schedule | None, seconds: int) -> int | None:
        """When the clock has shown, or if it goes on like this will show, so many seconds."""
        left = seconds
        for start, end in (*self.carried, *self.spans):
            if end is None:
                return seconds_after(schedule, start, left)
            took = seconds_between(schedule, start, end)
            if took >= left:
                return seconds_after(schedule, start, left)
            left -= took
        return None


def courses(moments: list[Moment], clocks: Iterable[str] = tuple(RUNNING)) -> list[Course]:
    """All activations of these clocks, each clock's in order."""
    return [course for clock in clocks for course in READERS[clock](clock, moments)]


def latest(found: Iterable[Course], metric: str) -> Course | None:
    """The last activation that counts for a policy's metric."""
    mine = [course for course in found if course.metric == metric]
    return mine[-1] if mine else None


def _total(clock: str, moments: list[Moment]) -> list[Course]:
    """From the ticket's creation until it is solved, and on from there when it is opened again."""
    metric = "total_resolution_time" if clock == "resolution_time" else clock
    found: list[Course] = []
    live: Course | None = None
    for moment in moments:
        if moment.status in ENDED:
            if live is not None:
                live.fulfil(moment.at)
            live = None
            continue
        if live is None:
            carried = (*found[-1].carried, *found[-1].spans) if found else ()
            live = Course(clock, metric, len(found) + 1, moment.at, carried)
            found.append(live)
        live.run(moment.at, on=moment.status in RUNNING[clock])
    return found


def _replies(clock: str, moments: list[Moment]) -> list[Course]:
    """From the first unanswered words of the customer to the answer; solving ends the wait as well."""
    found: list[Course] = []
    live: Course | None = None
    answered = False
    for moment in moments:
        if live is not None and (moment.voice == AGENT or moment.status in ENDED):
            live.fulfil(moment.at)
            live = None
        answered = answered or moment.voice == AGENT
        if live is None and moment.voice == CUSTOMER and moment.status not in ENDED:
            metric = "next_reply_time" if answered else "first_reply_time"
            live = Course(clock, metric, len(found) + 1, moment.at)
            live.run(moment.at, on=True)
            found.append(live)
    return found


def _updates(clock: str, moments: list[Moment]) -> list[Course]:
    """From a public answer to the next; solving ends it, and it starts afresh with the next answer."""
    found: list[Course] = []
    live: Course | None = None
    for moment in moments:
        if live is not None and (moment.voice == AGENT or moment.status in ENDED):
            live.fulfil(moment.at)
            live = None
        if moment.voice == AGENT and moment.status not in ENDED:
            live = Course(clock, clock, len(found) + 1, moment.at)
            found.append(live)
        if live is not None:
            live.run(moment.at, on=moment.status in RUNNING[clock])
    return found


READERS: dict[str, Callable[[str, list[Moment]], list[Course]]] = {
    "reply_time": _replies,
    "requester_wait_time": _total,
    "agent_work_time": _total,
    "pausable_update_time": _updates,
    "periodic_update_time": _updates,
    "resolution_time": _total,
}
"""How each clock is read from the past."""
