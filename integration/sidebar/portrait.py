"""Who the customer is, in four rows of facts: lifecycle, value, satisfaction and local time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from connectors.records import Customer, Rating
from integration import render
from integration.sidebar.model import Fact, Setting, Trend
from integration.sidebar.reasons import Reasons
from integration.words import later

_RECENT = 10
"""Ratings that satisfaction is told from."""
_WINDOW = 4
"""Ratings that one point of the line stands for."""
_CLEAR = 0.2
"""A smaller difference between the older and the newer half is called steady."""

_TRENDS = {"rising": later("rising"), "falling": later("falling"), "steady": later("steady")}


def portrait(
    customer: Customer, ratings: Sequence[Rating], reasons: Reasons, setting: Setting
) -> tuple[Fact, ...]:
    """Four rows; what is not known says so instead of leaving a gap."""
    _ = setting.words.gettext
    return (
        _fact(
            _("Lifecycle"), _lifecycle(customer, reasons, setting), _("Needs the date they joined"), setting
        ),
        _fact(_("Value"), _value(reasons, setting), _("Needs an amount on record"), setting),
        _satisfaction(ratings, setting),
        _fact(_("Local time"), _local_time(customer, setting), _("Needs a time zone"), setting),
    )


def _fact(label: str, value: str | None, need: str, setting: Setting) -> Fact:
    return Fact(label, value) if value else Fact(label, setting.words.gettext("Not known"), need)


def _lifecycle(customer: Customer, reasons: Reasons, setting: Setting) -> str | None:
    label, top = reasons.first_label("lifecycle", "journey"), reasons.first_label()
    # What stands on top as the segment is not said again.
    if customer.created_at is None or (label and label != top):
        return label
    month = render.month(customer.created_at, zone=setting.zone, locale=setting.locale)
    return setting.words.gettext("Known since %(month)s", month=month)


def _value(reasons: Reasons, setting: Setting) -> str | None:
    """The first amount of money known of the customer, else the label of a segment that says it."""
    for trait, value in reasons.open_values():
        if trait.currency and isinstance(value, int | float):
            amount = render.money(value, trait.currency, setting.locale)
            label = setting.words.inside(trait.label)
            return setting.words.gettext("%(amount)s %(label)s", amount=amount, label=label)
    return reasons.first_label("value", "price")


def _local_time(customer: Customer, setting: Setting) -> str | None:
    zone = customer.time_zone
    place = render.place(zone, setting.locale) if zone else None
    if zone is None or place is None:
        return None
    return setting.words.joined([render.clock(setting.now, zone=zone, locale=setting.locale), place])


def _satisfaction(ratings: Sequence[Rating], setting: Setting) -> Fact:
    recent, _ = ratings[-_RECENT:], setting.words.gettext
    if not recent:
        return Fact(_("Satisfaction"), _("No ratings yet"))
    good = render.number(sum(rating.score == "good" for rating in recent), setting.locale)
    trend = _trend([float(rating.score == "good") for rating in ratings])
    told = _("%(good)s of %(count)s good", good=good, count=render.number(len(recent), setting.locale))
    if trend:
        told = setting.words.joined([told, _(_TRENDS[trend.word])])
    since = render.day(recent[0].created_at, zone=setting.zone, locale=setting.locale)
    return Fact(_("Satisfaction"), told, note=_("Since %(day)s", day=since), trend=trend)


def _trend(scores: Sequence[float]) -> Trend | None:
    """Where satisfaction goes, from at least four ratings; fewer say nothing."""
    if len(scores) < 4:
        return None
    recent = scores[-_RECENT:]
    half = len(recent) // 2
    means = [_mean(scores[max(0, end - _WINDOW) : end]) for end in range(1, len(scores) + 1)][-_RECENT:]
    points = render.line(means, width=56, height=16)
    x, _, y = points.rpartition(" ")[2].partition(",")
    return Trend(points, (x, y), _word(_mean(recent[half:]) - _mean(recent[:half])))


def _word(change: float) -> Literal["rising", "falling", "steady"]:
    if change <= -_CLEAR:
        return "falling"
    return "rising" if change >= _CLEAR else "steady"


def _mean(scores: Sequence[float]) -> float:
    return sum(scores) / len(scores)
