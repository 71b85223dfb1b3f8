"""A trait and its value as a line in the reader's language: "Yearly revenue: €48,000"."""

from __future__ import annotations

from integration import render
from integration.sidebar.model import Setting
from policies.guard import protected
from policies.model import Policy, Trait
from policies.standing import Value
from policies.wording import in_words, type_of

_LONGEST = 100
"""Of a text that a desk or a file holds; the rest is cut."""
_DAY = 86400


def told(policy: Policy, trait: str, value: Value, setting: Setting) -> str | None:
    """What is known of ``trait``, fit to be read aloud; None for a protected one, which is never a reason."""
    found = told_apart(policy, trait, value, setting)
    return found and setting.words.gettext("%(label)s: %(value)s", label=found[0], value=found[1])


def told_apart(policy: Policy, trait: str, value: Value, setting: Setting) -> tuple[str, str] | None:
    """The label and the value each by itself; None for a protected trait.

    The label is the policy's own. Days are those of UTC.
    """
    if trait in protected(policy):
        return None
    written = policy.traits.get(trait)
    label = render.visible(written.label if written else in_words(trait), _LONGEST)
    return label, _shown(written, value, setting, is_date=type_of(policy, trait) == "date")


def _shown(trait: Trait | None, value: Value, setting: Setting, *, is_date: bool) -> str:
    _ = setting.words.gettext
    if value is None:
        return _("not known")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return render.visible(setting.words.comma.join(value), _LONGEST) or _("none")
    if isinstance(value, str):
        return render.visible(value, _LONGEST)
    return _date(value, setting) if is_date else _figure(trait, value, setting.locale)


def _figure(trait: Trait | None, value: float, locale: str) -> str:
    if trait and trait.format == "percent":
        return render.percent(value, locale)
    if trait and trait.format == "money" and trait.currency:
        return render.money(value, trait.currency, locale, exact=True)
    return render.quantity(value, locale)


def _date(value: float, setting: Setting) -> str:
    _ = setting.words.gettext
    try:
        day = render.day(int(value), zone="UTC", locale=setting.locale)
    except (OverflowError, ValueError, OSError):
        return _("not a date")
    return _("%(day)s (%(apart)s)", day=day, apart=_apart(int(value) // _DAY - setting.now // _DAY, setting))


def _apart(days: int, setting: Setting) -> str:
    _ = setting.words.gettext
    if abs(days) > 1:
        return render.relative_days(days, setting.locale)
    return {0: _("today"), 1: _("tomorrow"), -1: _("yesterday")}[days]
