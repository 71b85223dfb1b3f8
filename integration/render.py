"""Words, numbers, times and pages for people: the one template environment and every formatting function.

What is said is decided elsewhere; the places where text of customers is made safe to look at are here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import (
    format_date,
    format_skeleton,
    format_timedelta,
    get_datetime_format,
    get_timezone_location,
)
from babel.numbers import format_currency, format_decimal, format_percent
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from policies.openings import filled

TEMPLATES = Path(__file__).resolve().parent.parent / "sidebar_templates"
"""Beside the package in a checkout and in an installed wheel alike."""

_MINUTE, _HOUR, _DAY = 60, 3600, 86400

_NUMERALS = {
    "arab": str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"),
    "arabext": str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"),
}
"""By the numbering system of a locale in CLDR: Babel writes its marks, but not its digits."""

_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Control, zero-width and direction characters. The joiners stay: Persian words and emoji need them."""

_BLANKS = re.compile(r"[ \t\r\n\u2028\u2029]+")

Moment = int
"""UTC seconds."""


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Templates from ``sidebar_templates``: escaping always on, unknown names are errors.

    Sentences are said by the ``words`` that each page is given.
    """
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.filters["unindented"] = unindented
    cast(Any, made).install_gettext_callables(_gettext, _no_counts, newstyle=True)
    return made


@pass_context
def _gettext(context: Context, text: str) -> str:
    return str(context["words"].found("", text, "", 1))


def _no_counts(one: str, many: str, count: int) -> str:
    raise TypeError("sentences about numbers are made where numbers are formatted, not in a template")


def page(name: str, **values: object) -> str:
    """The template of that name, filled in."""
    return environment().get_template(name).render(**values)


def unindented(script: str) -> str:
    """A script as it is sent: the blanks that lines begin with are for whoever reads its source."""
    return re.sub(r"(?m)^ +", "", script)


def sample(template: str, values: Mapping[str, str]) -> str | None:
    """An opening line as plain text, or None where it needs a value we do not have."""
    return filled(template, values)


def visible(text: str, limit: int = 200) -> str:
    """Foreign text on one line, with characters that hide or reorder others replaced by a mark."""
    flat = _HIDDEN.sub("\N{REPLACEMENT CHARACTER}", _BLANKS.sub(" ", text).strip())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


def inside(line: str) -> str:
    """A line as it reads inside a sentence: with a small first letter, but for abbreviations."""
    return line[:1].lower() + line[1:] if line[1:2].islower() else line


@lru_cache(maxsize=512)
def language(locale: str) -> Locale:
    """The nearest locale we can format for, English at last: ``pt-BR``, then ``pt``, then ``en``."""
    for tag in (locale, locale.replace("_", "-").partition("-")[0]):
        try:
            return Locale.parse(tag.replace("-", "_"))
        except (ValueError, UnknownLocaleError):
            continue
    return Locale("en")


def number(value: float, locale: str) -> str:
    """Up to one decimal: ``4,812``, ``4.6``."""
    return _decimal(round(value, 1), "#,##0.#", locale)


def quantity(value: float, locale: str) -> str:
    """Up to two decimals, as a trait is told: ``0.25``."""
    return _decimal(round(value, 2), "#,##0.##", locale)


@lru_cache(maxsize=4096)
def _decimal(value: float, pattern: str, locale: str) -> str:
    known = language(locale)
    return _numerals(format_decimal(value, pattern, locale=known, numbering_system="default"), known)


def money(value: float, currency: str, locale: str, *, exact: bool = False) -> str:
    """Whole units, as yearly values are read: ``€48,000``; with ``exact`` cents, too, where there are any."""
    known = language(locale)
    pattern = known.currency_formats["standard"].pattern
    rounded = not exact or float(value).is_integer()
    text = format_currency(
        round(value) if rounded else value,
        currency,
        format=pattern.replace(".00", "") if rounded else pattern,
        locale=known,
        currency_digits=False,
        numbering_system="default",
    )
    return _numerals(text, known)


def percent(value: float, locale: str) -> str:
    """Whole percent of a share between 0 and 1."""
    known = language(locale)
    return _numerals(format_percent(round(value, 2), locale=known, numbering_system="default"), known)


def day(at: Moment | date, *, zone: str, locale: str) -> str:
    """A day with its year, in that time zone: ``Nov 22, 2026``."""
    when, known = at if isinstance(at, date) else _local(at, zone), language(locale)
    return _numerals(format_date(when, format="medium", locale=known), known)


def month(at: Moment, *, zone: str, locale: str) -> str:
    """A month with its year: ``Mar 2023``."""
    return _skeleton("yMMM", _local(at, zone), locale)


def clock(at: Moment, *, zone: str, locale: str) -> str:
    """The time of day on a 24 hour clock: ``11:30``."""
    return _skeleton("Hm", _local(at, zone), locale)


def moment(at: Moment, *, now: Moment, zone: str, locale: str) -> str:
    """The clock time, with the day before it when that is not today, and the year when not this one."""
    then, today = _local(at, zone), _local(now, zone)
    time = clock(at, zone=zone, locale=locale)
    if then.date() == today.date():
        return time
    day = _skeleton("MMMd" if then.year == today.year else "yMMMd", then, locale)
    return str(get_datetime_format("medium", locale=language(locale))).format(time, day)


def _skeleton(skeleton: str, when: datetime, locale: str) -> str:
    known = language(locale)
    return _numerals(format_skeleton(skeleton, when, locale=known), known)


def span(seconds: int, locale: str) -> str:
    """A length of time in one unit, rounded down: ``38 minutes``, ``26 hours``."""
    return _spoken(seconds, locale, direction=False)


def relative(seconds: int, locale: str) -> str:
    """Time to go, or passed when negative: ``in 38 minutes``, ``38 minutes ago``. Rounded towards now."""
    return _spoken(seconds, locale, direction=True)


def relative_days(days: int, locale: str) -> str:
    """Days to go, or passed when negative: ``in 18 days``, ``400 days ago``; never in months."""
    return _length(days * _DAY, "day", locale, threshold=1_000_000, direction=True)


def promise(seconds: int, locale: str) -> str:
    """A target as it was promised, in whole hours where it is: ``30 minutes``, ``1 hour``, ``24 hours``."""
    unit: Literal["hour", "minute"] = "hour" if seconds % _HOUR == 0 else "minute"
    # The high threshold keeps days out: nobody promises "1 day" and means 24 hours.
    return _length(seconds, unit, locale, threshold=10_000, direction=False)


def _spoken(seconds: int, locale: str, *, direction: bool) -> str:
    length = abs(seconds)
    unit = next((size for size in (_DAY, _HOUR) if length >= 2 * size), _MINUTE)
    whole = max(length // unit, 1) * unit
    return _length(whole if seconds >= 0 else -whole, "minute", locale, threshold=2, direction=direction)


def _length(
    seconds: int, unit: Literal["day", "hour", "minute"], locale: str, *, threshold: int, direction: bool
) -> str:
    known = language(locale)
    text = format_timedelta(
        timedelta(seconds=seconds),
        granularity=unit,
        threshold=threshold,
        add_direction=direction,
        locale=known,
    )
    return _numerals(text, known)


def _numerals(text: str, locale: Locale) -> str:
    """The digits of the locale, where they are not ours."""
    return text.translate(_NUMERALS.get(locale.default_numbering_system, {}))


def days_until(at: Moment, *, now: Moment, zone: str) -> int:
    """Calendar days from today to that day; negative when it has passed."""
    return (_local(at, zone).date() - _local(now, zone).date()).days


def today(now: Moment, zone: str) -> date:
    """The day it is there."""
    return _local(now, zone).date()


def place(zone: str, locale: str = "en") -> str | None:
    """The city of a time zone's name, or None when the name is not one we can tell the time for."""
    try:
        known = ZoneInfo(zone)
    except (LookupError, ValueError, OSError):
        return None
    try:
        city = get_timezone_location(known, locale=language(locale), return_city=True)
    except (LookupError, ValueError):
        city = zone.replace("_", " ")
    return city.rpartition("/")[2]


def line(values: Sequence[float], *, width: int, height: int) -> str:
    """The points of a small chart of shares between 0 and 1, from left to right and with 1 on top."""
    step = (width - 6) / max(len(values) - 1, 1)
    return " ".join(
        f"{3 + index * step:.1f},{3 + (1 - value) * (height - 6):.1f}" for index, value in enumerate(values)
    )


def _local(at: Moment, zone: str) -> datetime:
    return datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(zone))
