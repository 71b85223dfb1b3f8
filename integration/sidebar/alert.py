"""What changes what the agent should do: the next step, and a renewal that is near."""

from __future__ import annotations

from collections.abc import Iterable

from integration import render
from integration.sidebar.model import Notice, Setting
from integration.sidebar.reasons import Reasons
from integration.sidebar.writing import sentence
from policies.model import Trait
from policies.standing import Value
from policies.treatment import Decision

RENEWAL_NEAR = 30
"""Days before a renewal in which it is worth an alert of its own."""


def alert(decision: Decision, reasons: Reasons, setting: Setting) -> Notice | None:
    """The next step and a renewal that is near, in one; None when there is neither."""
    step = sentence(decision.next_step.value) if decision.next_step else ""
    near = renewal(reasons.open_values(), setting)
    if near:
        return Notice(near, step)
    return Notice(setting.words.gettext("Next step."), step) if step else None


def renewal(known: Iterable[tuple[Trait, Value]], setting: Setting) -> str:
    """How near the renewal is, read from a date whose label speaks of one."""
    for trait, value in known:
        if "renewal" in trait.label.lower() and trait.type == "date" and isinstance(value, int | float):
            days = render.days_until(int(value), now=setting.now, zone=setting.zone)
            if 0 <= days <= RENEWAL_NEAR:
                return _renewal_in(days, setting)
    return ""


def _renewal_in(days: int, setting: Setting) -> str:
    words = setting.words
    if days <= 1:
        return words.gettext("Renewal tomorrow.") if days else words.gettext("Renewal today.")
    return words.ngettext("Renewal in %(count)s day.", "Renewal in %(count)s days.", days)
