"""Until when to answer: by the clock of the desk where it runs one, else by the service level's."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from connectors.records import PRIORITIES, Ticket
from integration import render
from integration.sidebar.model import ReplyBy, Setting
from integration.sla import sla_clock
from integration.store.steps import Step
from integration.words import later
from policies.model import Policy, ServiceLevel
from policies.serving import Metric
from policies.treatment import Decision

REPLIES: frozenset[str] = frozenset({"first_reply", "next_reply"})
"""The targets that an answer meets."""

URGENT = 3600
"""With less than this many seconds left the deadline is shown in red."""

_PRIORITIES = {
    "urgent": later("Urgent"),
    "high": later("High"),
    "normal": later("Normal"),
    "low": later("Low"),
}


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
    _ = setting.words.gettext
    if old:
        return ReplyBy(_("Not known"), _("Needs fresh ticket data"))
    theirs = _theirs(ticket, setting)
    if theirs is not None:
        return theirs
    if ticket.waiting_since is None:
        return ReplyBy(_("No reply due"), _("The next word is the customer's"))
    level = _level(decision, policy)
    if level is None:
        return ReplyBy(_("No target"), _("No service level applies to this ticket"))
    calendar = policy.calendars[level.calendar] if level.calendar else None
    first = ticket.first_reply_minutes is None and ticket.waiting_since <= ticket.created_at
    metric: Metric = "first_reply" if first else "next_reply"
    at_least = _raised(ticket, decision)
    clock = sla_clock(metric, ticket, steps, level, calendar, setting.now, at_least=at_least)
    if clock is None or clock.due is None:
        return ReplyBy(_("No target"), _("No service level applies to this ticket"))
    by = claimant(decision.service_level.won.by) if decision and decision.service_level else ""
    promised = _(
        "%(priority)s: %(span)s (%(level)s)",
        priority=_(_PRIORITIES[clock.priority]),
        span=render.promise(clock.target, setting.locale),
        level=level.label,
    )
    return _deadline(clock.due, setting.words.joined([promised, by]) if by else promised, setting)


def _raised(ticket: Ticket, decision: Decision | None) -> str | None:
    """The priority that was asked for, from the beginning, once the ticket has it.

    Before that nobody keeps the promise: high priority may be full, a person may have set another one, or
    the desk is observed only.
    """
    asked = decision.priority.value if decision and decision.priority else None
    if asked is None or ticket.priority is None:
        return None
    return asked if PRIORITIES.index(ticket.priority) >= PRIORITIES.index(asked) else None


def _theirs(ticket: Ticket, setting: Setting) -> ReplyBy | None:
    """What the desk's own clock says of the reply; None where it runs none, or nobody waits for one."""
    _ = setting.words.gettext
    running = _running(ticket)
    if running is not None:
        asked = _PRIORITIES[ticket.priority or "normal"]
        reason = _("%(priority)s, by the help desk's own clock", priority=_(asked))
        return _deadline(running, reason, setting)
    paused = any(one.metric in REPLIES and one.stage == "paused" for one in ticket.targets)
    if paused and ticket.waiting_since is not None:
        return ReplyBy(_("Paused"), _("The help desk's own clock is paused"))
    return None


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
    left, _ = at - setting.now, setting.words.gettext
    return ReplyBy(
        value=render.moment(at, now=setting.now, zone=setting.zone, locale=setting.locale),
        left=render.relative(left, setting.locale),
        at=at,
        reason=_("Overdue. %(reason)s", reason=reason) if left < 0 else reason,
        urgent=left < URGENT,
    )
