"""The clock of a promise: against a reckoning second by second, and what its course is kept from."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from connectors.records import PRIORITIES, UNSOLVED, Customer, Priority, Ticket
from integration.sla import PAUSED, SlaClock, raised, sla_clock
from integration.store import records, steps
from integration.store.engine import Store
from integration.store.steps import Step
from policies.hours import DAYS, Calendar, is_off
from policies.serving import Metric, ServiceLevel

HOUR, DAY = 3600, 86_400
START = 1_774_742_400
"""Sunday, 29 March 2026, 00:00 UTC: an hour later Berlin changes its clocks."""

LEVEL = ServiceLevel.model_validate(
    {
        "label": "Fast",
        "first_reply": {"urgent": "30 minutes", "high": "1 hour", "normal": "4 hours", "low": "8 hours"},
        "next_reply": {"urgent": "1 hour", "high": "2 hours", "normal": "8 hours", "low": "16 hours"},
        "resolution": {"urgent": "4 hours", "high": "8 hours", "normal": "24 hours", "low": "48 hours"},
    }
)
OFFICE = Calendar.model_validate(
    {
        "zone": "Europe/Berlin",
        "hours": {"mon-fri": ("09:00-12:30", "13:00-17:00"), "sun": "01:00-04:00"},
        "holidays": {"country": "DE", "also": ("2026-03-31",)},
    }
)


def ticket(**values: object) -> Ticket:
    stated: dict[str, object] = {
        "id": "5", "version": 1, "stamp": "s", "status": "open", "created_at": START, "updated_at": START,
        "waiting_since": START,
    }  # fmt: skip
    return Ticket(**(stated | values))  # type: ignore[arg-type]


def clock(
    metric: Metric, found: Ticket, course: Sequence[Step] = (), now: int = START + HOUR, office: bool = False
) -> SlaClock:
    seen = sla_clock(metric, found, course, LEVEL, OFFICE if office else None, now)
    assert seen is not None
    return seen


def test_the_priority_of_the_beginning_counts() -> None:
    """Raised an hour later the target stays; a ticket that had none has the first it was given."""
    low = Step(START, "open", "low", START)
    assert clock("first_reply", ticket(priority="urgent"), [low, Step(START + HOUR, "open", "urgent", START)]
                 ).target == 8 * HOUR  # fmt: skip
    bare = [Step(START, "new", None, START), Step(START + 60, "open", "high", START)]
    assert clock("first_reply", ticket(priority="urgent"), bare).priority == "high"
    assert clock("first_reply", ticket()).priority == "normal"


def test_a_first_reply_never_pauses_and_ends_with_the_reply() -> None:
    """Pending changes nothing; answered in time it was kept, answered late it was not."""
    pending = [Step(START, "pending", "high", START)]
    running = clock("first_reply", ticket(status="pending", priority="high"), pending, START + HOUR // 2)
    assert (running.state, running.due, running.kept) == ("running", START + HOUR, None)
    in_time = clock("first_reply", ticket(priority="high", first_reply_minutes=60))
    late = clock("first_reply", ticket(priority="high", first_reply_minutes=61), now=START + 2 * HOUR)
    assert (in_time.state, in_time.kept, in_time.due) == ("ended", True, None)
    assert (late.kept, late.due, late.ended) == (False, START + HOUR, START + 61 * 60)


def test_a_next_reply_begins_when_the_customer_waits_again() -> None:
    """From the unanswered word on, with the priority of that instant; nobody waits, nothing runs."""
    course = [Step(START, "open", "low", START), Step(START + DAY, "open", "high", START + DAY)]
    found = clock("next_reply", ticket(first_reply_minutes=5, waiting_since=START + DAY), course, START + DAY)
    assert (found.began, found.target, found.due) == (START + DAY, 2 * HOUR, START + DAY + 2 * HOUR)
    assert sla_clock("next_reply", ticket(waiting_since=None), course, LEVEL, None, START) is None


def test_a_resolution_pauses_goes_on_and_is_carried_over_a_reopening() -> None:
    """Two hours, a day pending, three hours, solved; opened again it goes on from five."""
    course = [
        Step(START, "open", "high", START),
        Step(START + 2 * HOUR, "pending", "high", None),
        Step(START + 26 * HOUR, "open", "high", START + 26 * HOUR),
        Step(START + 29 * HOUR, "solved", "high", None),
    ]
    paused = clock("resolution", ticket(status="pending"), course[:2], START + 20 * HOUR)
    assert (paused.state, paused.used, paused.due) == ("paused", 2 * HOUR, None)
    done = clock(
        "resolution", ticket(status="solved", solved_at=START + 29 * HOUR), course, START + 90 * HOUR
    )
    assert (done.state, done.used, done.kept, done.ended) == ("ended", 5 * HOUR, True, START + 29 * HOUR)
    again = [*course, Step(START + 50 * HOUR, "open", "high", START + 50 * HOUR)]
    opened = clock("resolution", ticket(), again, START + 51 * HOUR)
    assert (opened.state, opened.used, opened.due) == ("running", 6 * HOUR, START + 53 * HOUR)


def test_what_is_not_known_of_the_course_is_said() -> None:
    """First seen on its second day: taken as running before, and the clock says since when it is known."""
    course = [Step(START + DAY, "pending", "low", None)]
    found = clock("resolution", ticket(status="pending"), course, START + 2 * DAY)
    assert (found.used, found.since) == (DAY, START + DAY)
    assert clock("resolution", ticket(), [Step(START, "open", "low", START)]).since is None


def test_a_priority_that_is_asked_for_never_lowers_one() -> None:
    """The higher of what is asked for and what stands."""
    had: tuple[Priority | None, ...] = (None, "low", "high", "urgent")
    assert [raised("high", one) for one in had] == ["high", "high", "high", "urgent"]
    assert raised(None, "low") == "low"


ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
OFFICES = {zone: OFFICE.model_copy(update={"zone": zone}) for zone in ZONES}
WHENS = (START, START + 6 * DAY, 1_792_800_000, 1_793_318_400)
"""Before changes of clocks: of Berlin, Lord Howe, Berlin again and New York."""
MINUTES = st.integers(0, 3 * 24 * 60).map(lambda minute: 60 * minute)


@cache
def open_at(zone: str | None, instant: int) -> bool:
    """Whether the office is open, read from the clock on its wall; without a zone always."""
    if zone is None:
        return True
    local = datetime.fromtimestamp(instant, UTC).astimezone(ZoneInfo(zone))
    if is_off(OFFICES[zone], local.date()):
        return False
    minute = local.hour * 60 + local.minute
    spans = {"sun": [(60, 240)], "sat": []}.get(DAYS[local.weekday()], [(540, 750), (780, 1020)])
    return any(start <= minute < end for start, end in spans)


COURSES = st.lists(
    st.builds(
        Step,
        MINUTES,
        st.sampled_from(("new", "open", "pending", "hold", "solved", "closed")),
        st.sampled_from((*PRIORITIES, None)),
        st.none(),
    ),
    max_size=6,
    unique_by=lambda step: step.at,
)


def runs(course: Sequence[Step], minute: int, zone: str | None) -> bool:
    """Whether the clock of a resolution runs in a minute."""
    status = next((step.status for step in reversed(course) if step.at <= minute), "open")
    return status in UNSOLVED and status not in PAUSED and open_at(zone, minute)


def after(promised: int, ran: Sequence[int], now: int, zone: str | None) -> int:
    """The end of the minute in which a promise runs out, counted on from now where it has not yet."""
    if len(ran) >= promised:
        return ran[promised - 1] + 60
    ahead = (one for one in itertools.count(now, 60) if open_at(zone, one))
    return next(itertools.islice(ahead, promised - len(ran) - 1, None)) + 60


@pytest.mark.parametrize("examples", [100, pytest.param(10_000, marks=pytest.mark.full)])
def test_f_sch_07_a_clock_equals_one_that_is_counted_minute_by_minute(examples: int) -> None:
    """Over changes of clocks in four zones, weekends, holidays, pauses and reopenings, or by no calendar."""

    @settings(max_examples=examples, deadline=None, database=None, derandomize=examples < 1000)
    @given(
        course=COURSES,
        begins=st.sampled_from(WHENS),
        now=MINUTES,
        zone=st.sampled_from((*ZONES, None)),
    )
    def equal(course: list[Step], begins: int, now: int, zone: str | None) -> None:
        moved = [step._replace(at=begins + step.at) for step in course if step.at <= now]
        told = sorted(moved, key=lambda step: step.at)
        compare_resolution(told, begins, begins + now, zone)
        compare_straight(told, begins, begins + now, zone)

    equal()


def shown_after(told: Sequence[Step], begins: int) -> Ticket:
    """The ticket as its last step left it."""
    last = told[-1] if told else Step(begins, "open", None, None)
    solved = None if last.status in UNSOLVED else last.at
    return ticket(
        status=last.status, priority=last.priority, created_at=begins, updated_at=last.at, solved_at=solved
    )


def compare_resolution(told: Sequence[Step], begins: int, now: int, zone: str | None) -> None:
    """The clock after a course beside the minutes in which it ran."""
    shown, calendar = shown_after(told, begins), OFFICES[zone] if zone else None
    found = sla_clock("resolution", shown, told, LEVEL, calendar, now)
    assert found is not None
    ran = [minute for minute in range(begins, now, 60) if runs(told, minute, zone)]
    promised = found.target // 60
    assert found.used == 60 * len(ran)
    if shown.status not in UNSOLVED:
        assert (found.state, found.kept) == ("ended", len(ran) <= promised)
        assert found.due == (None if found.kept else after(promised, ran, now, zone))
    elif shown.status in PAUSED:
        assert found.state == "paused"
        assert found.due == (None if len(ran) < promised else after(promised, ran, now, zone))
    else:
        assert found.state == "running"
        assert found.due == after(promised, ran, now, zone)


def compare_straight(told: Sequence[Step], begins: int, now: int, zone: str | None) -> None:
    """A first reply that is still to come, and one to a word from the middle of it, beside open minutes."""
    shown, calendar = shown_after(told, begins), OFFICES[zone] if zone else None
    middle = begins + (now - begins) // 120 * 60
    waits: tuple[tuple[Metric, int], ...] = (("first_reply", begins), ("next_reply", middle))
    for metric, began in waits:
        open_ticket = structs.replace(shown, status="open", waiting_since=began)
        found = sla_clock(metric, open_ticket, told, LEVEL, calendar, now)
        assert found is not None
        ran = [minute for minute in range(began, now, 60) if open_at(zone, minute)]
        assert (found.state, found.began, found.used) == ("running", began, 60 * len(ran))
        assert found.due == after(found.target // 60, ran, now, zone)


def test_what_is_used_up_at_closing_time_was_due_then_and_not_the_next_morning() -> None:
    """Four hours until 17:00: looked at before, at night, and after a pause in the last second."""
    began = START + DAY + 11 * HOUR  # Monday, 13:00 in Berlin
    course = [Step(began, "open", "urgent", began)]
    urgent = ticket(priority="urgent", created_at=began, updated_at=began)
    for now in (began + 4 * HOUR - 60, began + 4 * HOUR, began + 7 * HOUR):
        assert clock("resolution", urgent, course, now, office=True).due == began + 4 * HOUR
    waits = [*course, Step(began + 4 * HOUR, "pending", "urgent", None)]
    paused = clock("resolution", structs.replace(urgent, status="pending"), waits, began + DAY, office=True)
    assert (paused.state, paused.due, paused.kept) == ("paused", began + 4 * HOUR, None)
    done = [*course, Step(began + 4 * HOUR, "solved", "urgent", None)]
    solved = structs.replace(urgent, status="solved", solved_at=began + 4 * HOUR)
    ended = clock("resolution", solved, done, began + DAY, office=True)
    assert (ended.state, ended.due, ended.kept) == ("ended", None, True)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = Store(tmp_path / "deskcue.db", writer=True)
    yield found
    found.close()


def kept(store: Store, *seen: Ticket | Customer) -> tuple[Step, ...]:
    """The course that is kept after these versions have come in, one by one."""
    for one in seen:
        with store.write() as connection:
            records.save(connection, [one])
    with store.read() as connection:
        return steps.of(connection, ["5"]).get("5", ())


def version(number: int, **values: object) -> Ticket:
    return ticket(version=number, updated_at=START + number, **values)


def test_a_course_is_kept_from_the_first_sync_on(store: Store) -> None:
    """A step where status, priority or waiting moved; what moved otherwise is none."""
    found = kept(
        store,
        version(1, status="new"),
        version(2, status="new", tags=("vip",)),
        version(3, priority="high"),
        version(4, status="pending", priority="high", waiting_since=None),
        version(5, status="solved", priority="high", waiting_since=None),
    )
    assert [(step.at - START, step.status, step.priority) for step in found] == [
        (1, "new", None), (3, "open", "high"), (4, "pending", "high"), (5, "solved", "high"),
    ]  # fmt: skip


def test_inv_6_an_older_version_adds_no_step(store: Store) -> None:
    """Pages that arrive again or late leave the course as it was."""
    first, second = version(1, status="new"), version(3, status="pending")
    assert kept(store, first, second, first, version(2, status="hold"), second) == kept(store)
    assert [step.status for step in kept(store)] == ["new", "pending"]


def test_several_versions_of_one_page_are_as_many_steps(store: Store) -> None:
    """Back to what was stored before the page is a step too; saying the same twice is none."""
    kept(store, version(1))
    with store.write() as connection:
        page = [
            version(2, status="pending"),
            version(3),
            version(4, tags=("vip",)),
            version(5, status="solved"),
        ]
        records.save(connection, page)
    assert [(step.at - START, step.status) for step in kept(store)] == [
        (1, "open"), (2, "pending"), (3, "open"), (5, "solved"),
    ]  # fmt: skip


def test_a_ticket_that_opens_and_rests_within_a_page_has_its_course(store: Store) -> None:
    """Met at rest nothing is kept, but what follows its opening is."""
    with store.write() as connection:
        page = [version(1, status="solved"), version(2), version(3, status="closed")]
        records.save(connection, page)
    assert [step.status for step in kept(store)] == ["open", "closed"]


def test_the_courses_of_an_erased_customer_are_forgotten(store: Store) -> None:
    """Theirs alone; a customer who is only deleted leaves what we had."""
    for key, owner in (("5", "7"), ("6", "8")):
        kept(store, Customer(id=owner, version=1, updated_at=1), version(1, id=key, customer_id=owner))

    def left() -> list[str]:
        with store.read() as connection:
            return sorted(steps.of(connection, ["5", "6"]))

    kept(store, Customer(id="7", version=2, updated_at=2, deleted=True))
    assert left() == ["5", "6"]
    kept(store, Customer(id="7", version=3, updated_at=3, deleted=True, erased=True))
    assert left() == ["6"]


def test_a_ticket_that_is_at_rest_when_it_is_met_has_no_course(store: Store) -> None:
    """The first sync of a desk with years of tickets keeps nothing of what is over."""
    assert kept(store, version(1, status="closed")) == ()
    assert [step.status for step in kept(store, version(2, status="open"))] == ["open"]


def test_old_courses_are_let_go_when_their_ticket_rests(store: Store) -> None:
    """An open ticket keeps its course, however old."""
    kept(store, version(1, status="new"), version(2))
    with store.write() as connection:
        assert steps.tidy(connection, START + DAY, 100) == 0
    kept(store, version(3, status="solved"))
    with store.write() as connection:
        assert steps.tidy(connection, START + DAY, 2) == 2
        assert steps.tidy(connection, START + DAY, 2) == 1
