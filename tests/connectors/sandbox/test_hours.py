"""Business time against a slow reference that looks at every minute."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sandbox.rules.days import day_number
from connectors.sandbox.rules.hours import open_spans, seconds_after, seconds_between
from connectors.sandbox.rules.records import Holiday, Schedule

OFFICE = tuple((day * 1440 + 540, day * 1440 + 1020) for day in range(1, 6))
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Asia/Kolkata",
)


def schedule(zone: str, intervals: tuple[tuple[int, int], ...], *days: tuple[int, int]) -> Schedule:
    holidays = tuple(Holiday(number, "Holiday", *span) for number, span in enumerate(days))
    return Schedule(id=1, time_zone=zone, intervals=intervals, holidays=holidays, created_at=0, updated_at=0)


def at(text: str, zone: str = "UTC") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


def slowly(where: Schedule, start: int, end: int) -> int:
    """Business seconds of whole minutes, each asked for its local weekday and time."""
    zone, total = ZoneInfo(where.time_zone), 0
    for minute in range(start, end, 60):
        local = datetime.fromtimestamp(minute, zone)
        of_week = local.isoweekday() % 7 * 1440 + local.hour * 60 + local.minute
        day = (local.date() - datetime(1970, 1, 1, tzinfo=UTC).date()).days
        holiday = any(one.first <= day <= one.last for one in where.holidays)
        total += 60 * (not holiday and any(opens <= of_week < closes for opens, closes in where.intervals))
    return total


@st.composite
def weeks(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    """Spans of the week that do not overlap; some cross midnight."""
    cuts = sorted(draw(st.sets(st.integers(0, 10_080), min_size=2, max_size=8)))
    return tuple(zip(cuts[::2], cuts[1::2], strict=False))


TURNS = ("2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2026-04-05", "2026-10-04", "2026-07-15")
STARTS = st.builds(
    lambda day, minute: at(day) - 86_400 + minute * 60, st.sampled_from(TURNS), st.integers(0, 2880)
)


@settings(max_examples=120, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    week=weeks(),
    start=STARTS,
    length=st.integers(1, 2880),
    gap=st.integers(-1, 3),
)
def test_f_sch_07_business_time_equals_the_slow_reference(
    zone: str, week: tuple[tuple[int, int], ...], start: int, length: int, gap: int
) -> None:
    """Over both turns of daylight saving, across midnights and with a holiday, to the second."""
    first = start // 86_400 + gap
    where = schedule(zone, week, *([(first, first)] if gap >= 0 else []))
    end = start + length * 60
    spent = seconds_between(where, start, end)
    assert spent == slowly(where, start, end)
    if spent:
        reached = seconds_after(where, start, spent)
        assert reached is not None
        assert reached <= end
        assert seconds_between(where, start, reached) == spent
        assert seconds_between(where, start, reached - 1) == spent - 1


def test_a_target_jumps_over_the_weekend() -> None:
    """Two business hours from Friday 16:00 in Berlin end on Monday at 10:00, although the clocks change."""
    office = schedule("Europe/Berlin", OFFICE)
    friday, monday = at("2026-10-23T16:00", "Europe/Berlin"), at("2026-10-26T10:00", "Europe/Berlin")
    assert seconds_after(office, friday, 7200) == monday
    assert monday - friday == 2 * 86_400 + 19 * 3600


def test_holidays_are_closed() -> None:
    """Both ends of a holiday count."""
    office = schedule("UTC", OFFICE, (day_number("2026-12-24"), day_number("2026-12-25")))
    assert seconds_between(office, at("2026-12-23T00:00"), at("2026-12-29T00:00")) == 2 * 8 * 3600


@pytest.mark.parametrize("week", [(), ((0, 1),)])
def test_a_desk_that_hardly_opens(week: tuple[tuple[int, int], ...]) -> None:
    """What cannot be reached within two years is never reached."""
    assert seconds_after(schedule("UTC", week), 0, 100_000) is None


def test_without_a_schedule_all_time_counts() -> None:
    """Calendar hours."""
    assert (seconds_between(None, 100, 160), seconds_after(None, 100, 60)) == (60, 160)
    assert list(open_spans(schedule("UTC", OFFICE), 200, 100)) == []
