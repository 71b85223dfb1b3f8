"""Who the customer is, in four rows of facts: lifecycle, value, satisfaction and local time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from connectors.records import Customer, Rating
from integration import render
from integration.sidebar.model import Fact, Setting, Trend
from integration.sidebar.reasons import Reasons

NOT_KNOWN = "Not known"

_RECENT = 10
"""Ratings that satisfaction is told from."""
_WINDOW = 4
"""Ratings that one point of the line stands for."""
_CLEAR = 0.2
"""A smaller difference between the older and the newer half is called steady."""


def portrait(
    customer: Customer, ratings: Sequence[Rating], reasons: Reasons, setting: Setting
) -> tuple[Fact, ...]:
    """Four rows; what is not known says so instead of leaving a gap."""
    return (
        Fact("Lifecycle", _lifecycle(customer, reasons, setting)),
        Fact("Value", _value(reasons, setting)),
        _satisfaction(ratings, setting),
        Fact("Local time", _local_time(customer, setting)),
    )


def _lifecycle(customer: Customer, reasons: Reasons, setting: Setting) -> str:
    label = reasons.first_label("lifecycle", "journey")
    if label:
        return label
    if customer.created_at is None:
        return NOT_KNOWN
    return f"Known since {render.month(customer.created_at, zone=setting.zone, locale=setting.locale)}"


def _value(reasons: Reasons, setting: Setting) -> str:
    """The first amount of money known of the customer, else the label of a segment that says it."""
    for trait, value in reasons.open_values():
        if trait.currency and isinstance(value, int | float):
            amount = render.money(value, trait.currency, setting.locale)
            return f"{amount} {trait.label[:1].lower()}{trait.label[1:]}"
    return reasons.first_label("value", "price") or NOT_KNOWN


def _local_time(customer: Customer, setting: Setting) -> str:
    place = render.place(customer.time_zone) if customer.time_zone else None
    if customer.time_zone is None or place is None:
        return NOT_KNOWN
    return f"{render.clock(setting.now, zone=customer.time_zone, locale=setting.locale)}, {place}"


def _satisfaction(ratings: Sequence[Rating], setting: Setting) -> Fact:
    recent = ratings[-_RECENT:]
    if not recent:
        return Fact("Satisfaction", "No ratings yet")
    good = sum(rating.score == "good" for rating in recent)
    trend = _trend([float(rating.score == "good") for rating in ratings])
    told = f"{good} of {len(recent)} good" + (f", {trend.word}" if trend else "")
    since = render.day(recent[0].created_at, zone=setting.zone, locale=setting.locale)
    return Fact("Satisfaction", told, note=f"Since {since}", trend=trend)


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
