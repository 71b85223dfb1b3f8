"""A trait and its value as a line for people, in plain English: "Yearly revenue: €48,000"."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from policies.catalogue import row_scope
from policies.guard import protected
from policies.model import Policy, Trait
from policies.rules import compiled
from policies.standing import Value
from policies.vocabulary import TICKET, Type

_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}
_DAY = 86400


def facts_line(policy: Policy, trait: str, value: Value, now: int) -> str | None:
    """What is known of ``trait``, fit to be read aloud; None for a protected trait, which is never a reason.

    Days are those of UTC.
    """
    if trait in protected(policy):
        return None
    written = policy.traits.get(trait)
    label = written.label if written else in_words(trait)
    return f"{label}: {_shown(policy, trait, written, value, now)}"


def shown(policy: Policy, trait: str, value: Value, now: int) -> str:
    """A trait's value alone, as people write it."""
    return _shown(policy, trait, policy.traits.get(trait), value, now)


def in_words(name: str) -> str:
    """A name as the label it has when none is written: ``last_ticket`` is "Last ticket"."""
    return name.replace("_", " ").capitalize()


def _shown(policy: Policy, name: str, trait: Trait | None, value: Value, now: int) -> str:
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value) or "none"
    if isinstance(value, str):
        return value
    if type_of(policy, name) == "date":
        return _date(value, now)
    return _NUMBERS[trait.format if trait else None](value, trait)


def type_of(policy: Policy, name: str) -> Type | None:
    """What kind of value a trait has, or a column of the ticket; None for a name that is neither."""
    meaning = compiled(policy)
    found = meaning.definitions.get(name)
    return found.type if found else row_scope(TICKET, meaning.definitions).get(name)


def _plain(value: float, trait: Trait | None) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}".rstrip("0").rstrip(".")


def _percent(value: float, trait: Trait | None) -> str:
    return f"{value * 100:.0f}%"


def _money(value: float, trait: Trait | None) -> str:
    currency = (trait.currency if trait else None) or ""
    sign = _SIGNS.get(currency, f"{currency} ")
    amount = f"{abs(value):,.0f}" if float(value).is_integer() else f"{abs(value):,.2f}"
    return f"{'-' if value < 0 else ''}{sign}{amount}"


_NUMBERS: dict[str | None, Callable[[float, Trait | None], str]] = {
    None: _plain,
    "percent": _percent,
    "money": _money,
}


def _date(value: float, now: int) -> str:
    try:
        day = datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        return "not a date"
    apart = int(value) // _DAY - now // _DAY
    return f"{day:%b} {day.day}, {day.year} ({_apart(apart)})"


def _apart(days: int) -> str:
    if abs(days) <= 1:
        return {0: "today", 1: "tomorrow", -1: "yesterday"}[days]
    return f"in {days:,} days" if days > 0 else f"{-days:,} days ago"
