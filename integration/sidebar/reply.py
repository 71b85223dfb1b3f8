"""Until when to answer: the first reply target, counted from when the customer began to wait."""

from __future__ import annotations

from collections.abc import Callable

from connectors.records import Ticket
from integration import render
from integration.sidebar.model import ReplyBy, Setting
from policies.hours import due
from policies.model import Policy, ServiceLevel
from policies.treatment import Decision

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
) -> ReplyBy:
    """The deadline, or in words why there is none to keep.

    ``claimant`` gives the label of who asked for the service level, empty for the house.
    """
    if old:
        return ReplyBy("Not known", "Needs fresh ticket data")
    if ticket.waiting_since is None:
        return ReplyBy("No reply due", "The next word is the customer's")
    level = _level(decision, policy)
    if level is None:
        return ReplyBy("No target", "No service level applies to this ticket")
    priority = ticket.priority or "normal"
    target = level.target("first_reply", priority) or 0
    by = claimant(decision.service_level.won.by) if decision and decision.service_level else ""
    promised = render.promise(target, setting.locale)
    reason = f"{priority.capitalize()}: {promised} ({level.label})" + (f", {by}" if by else "")
    calendar = policy.calendars[level.calendar] if level.calendar else None
    return _deadline(due(calendar, ticket.waiting_since, target), reason, setting)


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
