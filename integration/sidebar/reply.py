"""Until when to answer: by the clock of the desk where it runs one, else by the service level's."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from connectors.records import Ticket
from integration import render
from integration.sidebar.model import ReplyBy, Setting
from integration.sla import sla_clock
from integration.store.steps import Step
from policies.model import Policy, ServiceLevel
from policies.serving import Metric
from policies.treatment import Decision

REPLIES: frozenset[str] = frozenset({"first_reply", "next_reply"})
"""The targets that an answer meets."""

URGENT = 3600
"""With less than this many seconds left the deadline is shown in red."""


def reply_by(
    ticket: Ticket,
    decision: Decision | None,
    policy: Policy,
    setting: Setting,
    *,
    old: bool,
    claimant: Callable[[str], str],
    steps: Sequence[Step] = (),
) -> ReplyBy:
    """The deadline, or in words why there is none to keep: the desk's own where it runs a clock, else ours.

    ``claimant`` gives the label of who asked for the service level, empty for the house.
    """
    if old:
        return ReplyBy("Not known", "Needs fresh ticket data")
    theirs = _running(ticket)
    if theirs is not None:
        priority = ticket.priority or "normal"
        return _deadline(theirs, f"{priority.capitalize()}, by the help desk's own clock", setting)
    if ticket.waiting_since is None:
        return ReplyBy("No reply due", "The next word is the customer's")
    level = _level(decision, policy)
    if level is None:
        return ReplyBy("No target", "No service level applies to this ticket")
    calendar = policy.calendars[level.calendar] if level.calendar else None
    first = ticket.first_reply_minutes is None and ticket.waiting_since <= ticket.created_at
    metric: Metric = "first_reply" if first else "next_reply"
    at_least = decision.priority.value if decision and decision.priority else None
    clock = sla_clock(metric, ticket, steps, level, calendar, setting.now, at_least=at_least)
    if clock is None or clock.due is None:
        return ReplyBy("No target", "No service level applies to this ticket")
    by = claimant(decision.service_level.won.by) if decision and decision.service_level else ""
    promised = render.promise(clock.target, setting.locale)
    reason = f"{clock.priority.capitalize()}: {promised} ({level.label})" + (f", {by}" if by else "")
    return _deadline(clock.due, reason, setting)


def _running(ticket: Ticket) -> int | None:
    """When the first reply target that the desk itself runs falls due; None where it runs none."""
    found = [
        one.breach_at
        for one in ticket.targets
        if one.metric in REPLIES and one.stage == "running" and one.breach_at is not None
    ]
    return min(found, default=None)


def _level(decision: Decision | None, policy: Policy) -> ServiceLevel | None:
    part = decision.service_level if decision else None
    name = part.value if part else policy.house.service_level
    return policy.service_levels.get(name) if name else None


def _deadline(at: int, reason: str, setting: Setting) -> ReplyBy:
    left = at - setting.now
    return ReplyBy(
        value=render.moment(at, now=setting.now, zone=setting.zone, locale=setting.locale),
        left=render.relative(left, setting.locale),
        at=at,
        reason=f"Overdue. {reason}" if left < 0 else reason,
        urgent=left < URGENT,
    )
