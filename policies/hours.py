"""Calendars: when people are at work, and when a promise that counts working time only falls due.

Instants are UTC seconds, spans are seconds. A minute is open when the clock on the wall says so: an hour that
a change of clocks leaves out is no working time, one that it repeats is worked twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

import holidays as known_holidays
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from policies.block import Block
from policies.values import Day

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = 86400
LONGEST_WAIT = 3 * 366 * _DAY
"""Seconds after which a calendar that never opens is given up."""


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("there is no such time zone: write Europe/Berlin or America/New_York")
    return value


Zone = Annotated[str, AfterValidator(_zone)]
Days = Annotated[str, StringConstraints(pattern=f"^({'|'.join(DAYS)})(-({'|'.join(DAYS)}))?$")]
"""``mon``, or ``mon-fri``."""
Opening = Annotated[
    str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$")
]
"""``09:00-17:30`` on the wall."""
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class Holidays(Block):
    """Days without work: those of a country or a part of it, and days of one's own."""

    country: Country | None = None
    region: str | None = None
    also: tuple[Day, ...] = ()
    worked: tuple[Day, ...] = ()
    """Holidays on which people work all the same."""

    @model_validator(mode="after")
    def _known(self) -> Holidays:
        if self.region and not self.country:
            raise ValueError("a region needs its country")
        if self.country:
            try:
                known_holidays.country_holidays(self.country, subdiv=self.region)
            except NotImplementedError:
                place = f"{self.country} {self.region or ''}".strip()
                raise ValueError(f"no holidays are known for {place}: list them under also") from None
        return self


class Calendar(Block):
    """The hours in which people are at work."""

    zone: Zone
    hours: dict[Days, Opening | tuple[Opening, ...]] = Field(min_length=1)
    holidays: Holidays = Holidays()

    @model_validator(mode="after")
    def _in_order(self) -> Calendar:
        for spans in _week(tuple(self.hours.items())):
            ends = 0
            for start, end in spans:
                if not ends <= start < end:
                    raise ValueError(
                        "hours must follow one another within a day: 09:00-12:00, then 13:00-17:00"
                    )
                ends = end
        return self


Spans = tuple[tuple[int, int], ...]
"""Seconds since midnight on the wall, from and until, in order."""


@lru_cache(maxsize=64)
def _week(hours: tuple[tuple[str, str | tuple[str, ...]], ...]) -> tuple[Spans, ...]:
    """The open spans of Monday to Sunday."""
    found: dict[str, list[tuple[int, int]]] = {day: [] for day in DAYS}
    for days, openings in hours:
        first, _, last = days.partition("-")
        start, length = DAYS.index(first), (DAYS.index(last or first) - DAYS.index(first)) % 7 + 1
        for offset in range(length):
            texts = (openings,) if isinstance(openings, str) else openings
            found[DAYS[(start + offset) % 7]] += map(_span, texts)
    return tuple(tuple(found[day]) for day in DAYS)


def _span(text: str) -> tuple[int, int]:
    start, end = (int(part[:2]) * 3600 + int(part[3:]) * 60 for part in text.split("-"))
    return start, end


@lru_cache(maxsize=256)
def _off(country: str, region: str | None, year: int) -> frozenset[date]:
    return frozenset(known_holidays.country_holidays(country, subdiv=region, years=year))


def is_off(calendar: Calendar, day: date) -> bool:
    """Whether the day is a holiday there."""
    off = calendar.holidays
    if day in off.worked:
        return False
    return day in off.also or bool(off.country and day in _off(off.country, off.region, day.year))


def deadline(calendar: Calendar, start: int, span: int) -> int:
    """The instant at which ``span`` seconds of working time have passed since ``start``.

    Raises ValueError where the calendar is not open often enough in three years.
    """
    left = span
    for opens, closes in open_from(calendar, start):
        if closes - opens >= left:
            return opens + left
        left -= closes - opens
    raise ValueError("these hours are hardly ever open")


def due(calendar: Calendar | None, start: int, span: int) -> int:
    """When a promise of so many seconds falls due: of working time, or of all time without a calendar."""
    return deadline(calendar, start, span) if calendar else start + span


def worked(calendar: Calendar | None, start: int, end: int) -> int:
    """Seconds of working time from one instant until another; of all time without a calendar."""
    if calendar is None:
        return max(0, end - start)
    total = 0
    for opens, closes in open_from(calendar, start, end):
        if opens >= end:
            break
        total += min(closes, end) - opens
    return total


def open_from(calendar: Calendar, start: int, end: int | None = None) -> Iterator[tuple[int, int]]:
    """The stretches of working time from ``start`` on, each as two instants; for three years unless told."""
    zone, week = ZoneInfo(calendar.zone), _week(tuple(calendar.hours.items()))
    at, last = start, start + LONGEST_WAIT if end is None else end
    while at < last:
        local = datetime.fromtimestamp(at, UTC).astimezone(zone)
        offset = _offset(local)
        midnight = at - (at + offset) % _DAY
        until = _steady(zone, at, midnight + _DAY)
        if not is_off(calendar, local.date()):
            for opens, closes in week[local.weekday()]:
                if max(at, midnight + opens) < min(until, midnight + closes):
                    yield max(at, midnight + opens), min(until, midnight + closes)
        at = until


def _offset(local: datetime) -> int:
    return round((local.utcoffset() or timedelta()).total_seconds())


def _steady(zone: ZoneInfo, at: int, until: int) -> int:
    """The end of the stretch from ``at`` in which clocks there are not changed, ``until`` at the latest."""

    def offset(instant: int) -> int:
        return _offset(datetime.fromtimestamp(instant, UTC).astimezone(zone))

    first = offset(at)
    if offset(until - 1) == first:
        return until
    same, other = at, until - 1
    while other - same > 1:
        middle = (same + other) // 2
        same, other = (middle, other) if offset(middle) == first else (same, middle)
    return other


def opening(calendar: Calendar, at: int) -> tuple[bool, int]:
    """Whether it is open at an instant, and the next instant at which that ends or begins."""
    opens, closes = next(open_from(calendar, at))
    if opens > at:
        return False, opens
    for begins, ends in open_from(calendar, closes):
        if begins > closes:
            break
        closes = ends
    return True, closes
