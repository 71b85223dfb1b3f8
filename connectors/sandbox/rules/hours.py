"""Business time: which spans of real time lie within a schedule, summed and counted forward.

A stretch of time is cut where the zone's offset changes; within a piece local time runs evenly, so that
daylight saving needs no special case: hours that do not exist are not open, and doubled ones are open twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from connectors.sandbox.rules.days import zone
from connectors.sandbox.rules.records import Schedule

DAY = 86_400
SUNDAY = 4
"""What to add to days since 1970, a Thursday, to count from Sunday."""

HORIZON = 2 * 366 * DAY
"""Seconds ahead after which a moment counts as never."""

Span = tuple[int, int]
"""From and until, UTC seconds."""


def open_spans(schedule: Schedule, start: int, end: int) -> Iterator[Span]:
    """The open spans between two instants, in order."""
    week = _week(schedule.intervals)
    for begin, stop, offset in _pieces(zone(schedule.time_zone), start, end):
        for day in range((begin + offset) // DAY, (stop + offset - 1) // DAY + 1):
            if any(holiday.first <= day <= holiday.last for holiday in schedule.holidays):
                continue
            midnight = day * DAY - offset
            for opens, closes in week[(day + SUNDAY) % 7]:
                span = max(begin, midnight + opens), min(stop, midnight + closes)
                if span[0] < span[1]:
                    yield span


def seconds_between(schedule: Schedule | None, start: int, end: int) -> int:
    """Business seconds between two instants; without a schedule all time is business."""
    if schedule is None:
        return max(end - start, 0)
    return sum(closes - opens for opens, closes in open_spans(schedule, start, end))


def seconds_after(schedule: Schedule | None, start: int, seconds: int) -> int | None:
    """The instant at which so many business seconds have passed since ``start``; None when that is never."""
    if schedule is None:
        return start + seconds
    left = seconds
    for opens, closes in open_spans(schedule, start, start + HORIZON):
        if left <= closes - opens:
            return opens + left
        left -= closes - opens
    return None


def _week(intervals: tuple[tuple[int, int], ...]) -> list[list[Span]]:
    """The open spans of each weekday, Sunday first, in seconds since local midnight."""
    week: list[list[Span]] = [[] for _ in range(7)]
    for start, end in intervals:
        for day in range(start // 1440, (end - 1) // 1440 + 1):
            opens, closes = max(start - day * 1440, 0), min(end - day * 1440, 1440)
            week[day].append((opens * 60, closes * 60))
    return week


def _pieces(where: ZoneInfo, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """The stretch in pieces of one offset each: from, until, offset."""
    begin, at, offset = start, start, _offset(where, start)
    while at < end:
        later = min(at + DAY, end)
        if _offset(where, later) != offset:
            turn = _turn(where, at, later)
            if begin < turn:
                yield begin, turn, offset
            begin, offset = turn, _offset(where, turn)
            later = turn
        at = later
    if begin < end:
        yield begin, end, offset


def _turn(where: ZoneInfo, low: int, high: int) -> int:
    """The first second of the new offset, which holds at ``high`` and not yet at ``low``."""
    old = _offset(where, low)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(where, middle) == old:
            low = middle
        else:
            high = middle
    return high


def _offset(where: ZoneInfo, at: int) -> int:
    gap = datetime.fromtimestamp(at, where).utcoffset()
    return 0 if gap is None else int(gap.total_seconds())
