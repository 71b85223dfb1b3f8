"""What a policy would have done to the tickets of the past, each looked at as it was when it came in.

Every ticket is decided for at its own instant, with the tickets, ratings and events there were by then, and
with customer and company as they were. What nobody kept of that time is taken as it is today, and the result
says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

from connectors.records import UNSOLVED, Priority, Ticket
from integration.backtest import found as words
from integration.backtest.found import BackTest, Example, Kept, Load
from integration.backtest.past import Past, past
from integration.census import cuts_for
from integration.progress import Progress
from integration.sla import priority_at, raised, sla_clock
from integration.store.engine import Store
from integration.store.steps import Step
from policies.hours import due
from policies.model import Policy, ServiceLevel
from policies.serving import Metric
from policies.treatment import Decision

MET_BY: tuple[Metric, ...] = ("first_reply", "resolution")
"""The promises whose keeping can be told afterwards; of next replies nobody kept the times."""

NO_GROUP = "no group"
HIGH_ENOUGH = "high enough already"


class _Count:
    """The counting of one look back."""

    def __init__(self, policy: Policy, groups: Mapping[str, str], now: int, result: BackTest) -> None:
        self._policy, self._now, self.result = policy, now, result
        self._called = {key: name for name, key in groups.items()}
        self._urgent: Counter[int] = Counter()
        self._hours: Counter[tuple[str, int]] = Counter()
        self.unkept = 0
        """Tickets of whose course nothing was kept."""

    def count(self, one: Decision, at: int, ticket: Ticket, course: tuple[Step, ...]) -> None:
        """Count one ticket."""
        result, had = self.result, priority_at(at, ticket, course)
        result.tickets += 1
        self.unkept += not course
        result.segments.update(one.segments)
        for name in ("tags", "priority", "service_level", "route", "note"):
            if getattr(one, name):
                result.fields[name] += 1
        if one.priority:
            self._priority(one.priority.value, at, had, unset=_unset(ticket, course))
        self._hours[self._group(one, ticket), at // 3600] += 1
        self._promises(one, ticket, course, had)

    def _priority(self, asked: str, at: int, had: Priority, *, unset: bool) -> None:
        enough = not unset and raised(asked, had) == had
        said = HIGH_ENOUGH if enough else f"{'none' if unset else had} → {asked}"
        self.result.priorities[said] += 1
        if asked in ("high", "urgent"):
            self._urgent[at // 3600] += 1

    def _group(self, one: Decision, ticket: Ticket) -> str:
        if one.route:
            return one.route.value
        if ticket.group_id is None:
            return NO_GROUP
        return self._called.get(ticket.group_id, f"group {ticket.group_id}")

    def _promises(self, one: Decision, ticket: Ticket, course: tuple[Step, ...], had: Priority) -> None:
        level = _level(self._policy, one)
        if level is None or one.service_level is None:
            return
        calendar = self._policy.calendars[level.calendar] if level.calendar else None
        asked = _asked(one)
        for metric in MET_BY:
            if level.target(metric, raised(asked, had)) is None:
                continue
            kept = self.result.promises.setdefault(one.service_level.value, {}).setdefault(metric, Kept())
            clock = sla_clock(metric, ticket, course, level, calendar, self._now, at_least=asked)
            kept.count(clock.kept if clock and _told(metric, ticket) else None)

    def end(self, kept_since: int | None, minutes: int | None) -> BackTest:
        """What was counted, with the busiest hours and what is not as it was."""
        result = self.result
        result.busiest = max(self._urgent.values(), default=0)
        for (group, hour), count in sorted(self._hours.items()):
            load = result.groups.setdefault(group, Load())
            load.tickets += count
            if count > load.busiest:
                load.busiest, load.busiest_at = count, hour * 3600
            load.minutes = None if minutes is None else load.tickets * minutes
        result.assumed = (*words.ASSUMED, *self._not_kept(kept_since))
        return result

    def _not_kept(self, since: int | None) -> list[str]:
        if since is None:
            said = [words.NEVER_CHANGED]
        else:
            said = [words.CHANGED.format(day=datetime.fromtimestamp(since, UTC).strftime("%Y-%m-%d"))]
        if self.unkept:
            count = f"{self.unkept:,} ticket{'' if self.unkept == 1 else 's'}"
            said.append(words.NO_COURSE.format(count=count))
        return said


def back_test(
    store: Store,
    policy: Policy,
    since: int,
    until: int,
    now: int,
    sample: int,
    progress: Progress,
    *,
    groups: Mapping[str, str] | None = None,
    minutes: int | None = None,
) -> BackTest:
    """Decide for every ticket that came in from ``since`` on and before ``until``; nothing is stored.

    ``groups`` are the ids of the desk's groups by what they are called, ``minutes`` what a ticket takes.
    """
    result = BackTest(policy.version, since, until)
    counting = _Count(policy, groups or {}, now, result)
    cuts = cuts_for(store, policy, now)
    with past(store.path) as then:
        total = then.count(since, until)
        every = max(1, total // sample) if sample else 0
        for customer, came in then.customers(since, until):
            result.customers += 1
            for ticket, at in came:
                _look(then, policy, counting, (customer, ticket, at, cuts), every, sample)
            progress("Looking at tickets of the past", result.tickets, total)
        return counting.end(then.kept_since, minutes)


def _look(
    then: Past, policy: Policy, counting: _Count, asked: tuple[str, str, int, str], every: int, sample: int
) -> None:
    """Look at one ticket, and keep it as an example where its turn has come."""
    _, ticket, at, _ = asked
    decision = then.decided(policy, *asked)
    if decision is None:
        return
    shown, course = then.became(ticket)
    counting.count(decision, at, shown, course)
    result = counting.result
    if every and (result.tickets - 1) % every == 0 and len(result.sample) < sample:
        result.sample.append(_example(policy, decision, at, shown, course))


def _asked(one: Decision) -> str | None:
    return one.priority.value if one.priority else None


def _told(metric: Metric, ticket: Ticket) -> bool:
    """Whether anybody wrote down what a promise is held against."""
    if metric == "first_reply":
        return ticket.first_reply_minutes is not None or ticket.replies == 0
    return ticket.status in UNSOLVED or ticket.solved_at is not None


def _unset(ticket: Ticket, course: tuple[Step, ...]) -> bool:
    """Whether nobody ever gave the ticket a priority."""
    return ticket.priority is None and all(step.priority is None for step in course)


def _level(policy: Policy, one: Decision) -> ServiceLevel | None:
    return policy.service_levels.get(one.service_level.value) if one.service_level else None


def _due(policy: Policy, one: Decision, at: int, priority: Priority) -> dict[Metric, int]:
    """By metric, when the service level's promise would have fallen due, counted from the arrival."""
    level = _level(policy, one)
    if level is None:
        return {}
    calendar = policy.calendars[level.calendar] if level.calendar else None
    targets = {metric: level.target(metric, priority) for metric in MET_BY}
    return {metric: due(calendar, at, span) for metric, span in targets.items() if span is not None}


def _example(policy: Policy, one: Decision, at: int, ticket: Ticket, course: tuple[Step, ...]) -> Example:
    parts = [*one.tags, *(part for part in (one.priority, one.service_level) if part)]
    had = priority_at(at, ticket, course)
    return Example(
        ticket_id=one.ticket_id,
        at=at,
        segments=one.segments,
        situations=one.situations,
        tags=tuple(part.value for part in one.tags),
        had=None if _unset(ticket, course) else had,
        priority=one.priority.value if one.priority else None,
        service_level=one.service_level.value if one.service_level else None,
        due=_due(policy, one, at, raised(_asked(one), had)),
        reasons=tuple(part.won.reason for part in parts),
    )
