"""Working time: deadlines over nights, weekends, holidays and changes of clocks, against a slow reading."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from policies.hours import DAYS, Calendar, deadline, is_off, opening

MINUTE, HOUR = 60, 3600
OFFICE = {"zone": "Europe/Berlin", "hours": {"mon-fri": "09:00-17:00"}, "holidays": {"country": "DE"}}


def at(text: str, zone: str = "Europe/Berlin") -> int:
    """The instant of a time on the wall."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


def calendar(**changed: object) -> Calendar:
    """An office, some of it changed."""
    return Calendar.model_validate(frozen(OFFICE | changed))


def frozen(value: object) -> object:
    """Plain values as the loader gives them: lists are tuples."""
    if isinstance(value, dict):
        return {key: frozen(inner) for key, inner in value.items()}
    return tuple(map(frozen, value)) if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("start", "span", "due"),
    [
        ("2026-06-01T10:00", 2 * HOUR, "2026-06-01T12:00"),
        ("2026-06-01T16:00", 2 * HOUR, "2026-06-02T10:00"),
        ("2026-06-01T09:00", 8 * HOUR, "2026-06-01T17:00"),
        ("2026-06-05T16:30", HOUR, "2026-06-08T09:30"),
        ("2026-06-06T12:00", HOUR, "2026-06-08T10:00"),
        ("2026-12-24T16:00", 2 * HOUR, "2026-12-28T10:00"),
        ("2026-06-01T03:00", 40 * HOUR, "2026-06-05T17:00"),
    ],
)
def test_f_sch_07_nights_weekends_and_holidays_do_not_count(start: str, span: int, due: str) -> None:
    """A promise of working hours is due when that much of them has passed."""
    assert deadline(calendar(), at(start), span) == at(due)


def test_f_sch_07_a_week_of_the_change_has_the_hours_it_has() -> None:
    """Round the clock the spring night is an hour short on the wall, and a span stays a span."""
    always = calendar(hours={"mon-sun": "00:00-24:00"}, holidays={})
    start = at("2026-03-28T12:00")
    assert deadline(always, start, 24 * HOUR) == start + 24 * HOUR == at("2026-03-29T13:00")
    night = calendar(hours={"sun": "01:00-04:00"}, holidays={})
    assert deadline(night, at("2026-03-29T00:00"), 2 * HOUR) == at("2026-03-29T04:00")
    assert deadline(night, at("2026-10-25T00:00"), 4 * HOUR) == at("2026-10-25T04:00")


def test_holidays_of_a_region_of_ones_own_and_worked_ones() -> None:
    """Corpus Christi is one in Bavaria and none in Berlin; own days are added and taken out."""
    corpus = date(2026, 6, 4)
    assert is_off(calendar(holidays={"country": "DE", "region": "BY"}), corpus)
    assert not is_off(calendar(holidays={"country": "DE", "region": "BE"}), corpus)
    own = {"country": "DE", "also": ["2026-06-02"], "worked": ["2026-12-25"]}
    assert is_off(calendar(holidays=own), date(2026, 6, 2))
    assert not is_off(calendar(holidays=own), date(2026, 12, 25))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"zone": "Berlin"}, "no such time zone"),
        ({"hours": {"mon": "17:00-09:00"}}, "follow one another"),
        ({"hours": {"mon": ["09:00-12:00", "11:00-13:00"]}}, "follow one another"),
        ({"hours": {"monday": "09:00-12:00"}}, "pattern"),
        ({"hours": {"mon": "9-12"}}, "pattern"),
        ({"hours": {}}, "at least 1"),
        ({"holidays": {"country": "XX"}}, "no holidays are known for XX"),
        ({"holidays": {"country": "DE", "region": "QQ"}}, "no holidays are known for DE QQ"),
        ({"holidays": {"region": "BY"}}, "a region needs its country"),
    ],
)
def test_calendars_that_make_no_sense_are_refused(changed: dict[str, object], said: str) -> None:
    """The message says what is wrong with it."""
    with pytest.raises(ValidationError, match=said):
        calendar(**changed)


def test_a_calendar_that_hardly_opens_is_an_error_and_no_endless_loop() -> None:
    """A minute every week is not two hundred in three years."""
    with pytest.raises(ValueError, match="hardly ever open"):
        deadline(calendar(hours={"mon": "09:00-09:01"}), at("2026-06-01T00:00"), 200 * MINUTE)


def test_open_now_and_until_when() -> None:
    """Hours that meet are one stretch; closed tells when it opens."""
    of = calendar(hours={"mon-fri": ["09:00-12:00", "12:00-17:00"]})
    assert opening(of, at("2026-06-01T10:00")) == (True, at("2026-06-01T17:00"))
    assert opening(of, at("2026-06-05T17:00")) == (False, at("2026-06-08T09:00"))


ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Africa/Casablanca",
)
CHANGES = (
    "2026-03-29",
    "2026-10-25",
    "2026-03-08",
    "2026-11-01",
    "2026-04-05",
    "2026-10-04",
    "2011-12-29",
    "2026-02-15",
)


def slowly(of: Calendar, start: int, span: int) -> int:
    """Minute by minute: does the clock on the wall say that people are at work?"""
    zone, left, now = ZoneInfo(of.zone), span // MINUTE, start
    while left:
        wall = datetime.fromtimestamp(now, UTC).astimezone(zone)
        left -= works(of, wall)
        now += MINUTE
    return now


def works(of: Calendar, wall: datetime) -> bool:
    """Whether a minute on the wall is a working one."""
    if is_off(of, wall.date()):
        return False
    today, clock = DAYS[wall.weekday()], f"{wall:%H:%M}"
    for days, openings in of.hours.items():
        first, _, last = days.partition("-")
        if today in DAYS[DAYS.index(first) : DAYS.index(last or first) + 1]:
            texts = [openings] if isinstance(openings, str) else openings
            return any(text.split("-")[0] <= clock < text.split("-")[1] for text in texts)
    return False


@st.composite
def offices(draw: st.DrawFn) -> Calendar:
    """Calendars of one or two spans a day, with holidays near the drawn instants."""
    marks = sorted(draw(st.sets(st.integers(0, 96), min_size=4, max_size=4)))
    clock = [f"{mark // 4:02}:{mark % 4 * 15:02}" for mark in marks]
    twice = [f"{clock[0]}-{clock[1]}", f"{clock[2]}-{clock[3]}"]
    spans = twice if draw(st.booleans()) else f"{clock[0]}-{clock[3]}"
    days = draw(st.sampled_from(["mon-fri", "mon-sun", "tue-sat", "sun"]))
    also = draw(st.sets(st.sampled_from(CHANGES), max_size=2))
    body = {"zone": draw(st.sampled_from(ZONES)), "hours": {days: spans}, "holidays": {"also": sorted(also)}}
    return Calendar.model_validate(frozen(body))


@pytest.mark.parametrize("examples", [80, pytest.param(10_000, marks=pytest.mark.full)])
def test_f_sch_07_deadlines_equal_a_slow_reading(examples: int) -> None:
    """Six zones, around their changes of clocks and days off: the same minute as counting one by one."""

    @given(offices(), st.sampled_from(CHANGES), st.integers(-2 * 1440, 2 * 1440), st.integers(1, 12 * 60))
    @settings(max_examples=examples, deadline=None)
    def same(of: Calendar, day: str, minutes: int, span: int) -> None:
        start = int(
            (datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(minutes=minutes)).timestamp()
        )
        assert deadline(of, start, span * MINUTE) == slowly(of, start, span * MINUTE)

    same()
