"""The governor by itself and against the sandbox's limits: what agents, programs and threads can rely on."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.budget import Endpoint, Governor, Limits
from connectors.errors import RetryableError
from connectors.sandbox.limits import Asked
from connectors.sandbox.limits import Limits as SandboxLimits
from connectors.sandbox.refusals import RefusedError
from connectors.sandbox.trouble import Trouble
from connectors.window import Limit, ParkedError
from connectors.zendesk.limits import LIMITS, readings
from tests.clock import FakeClock

EXPORT = ("GET", "/api/v2/incremental/tickets/cursor")
OTHER_EXPORT = ("GET", "/api/v2/incremental/organizations")
UPDATE = ("PUT", "/api/v2/tickets/update_many")
LOOK = ("GET", "/api/v2/tickets/show_many")
ROUTES = {
    EXPORT: "/api/v2/incremental/tickets/cursor",
    OTHER_EXPORT: "/api/v2/incremental/organizations",
    UPDATE: "/api/v2/tickets/update_many",
    LOOK: "/api/v2/tickets/show_many",
}


class BusyClock(FakeClock):
    """A clock on which others live: ``meanwhile`` is told of every second that passes."""

    def __init__(self, meanwhile: Callable[[int], None]) -> None:
        super().__init__()
        self._meanwhile = meanwhile
        self._second = 0

    def advance(self, seconds: float) -> None:
        whole, rest = divmod(seconds, 1.0)
        for step in [1.0] * int(whole) + [rest]:
            super().advance(step)
            while self._second < self.mono() - 1_000:
                self._second += 1
                self._meanwhile(self._second)


class Account:
    """The sandbox's limits behind a governor, without a network: asks, hears, and writes down when."""

    def __init__(self, clock: FakeClock, governor: Governor, limits: SandboxLimits) -> None:
        self._clock, self._governor, self._limits = clock, governor, limits
        self._lock = threading.Lock()
        self.asked: list[tuple[float, tuple[str, str]]] = []
        self.refused: Counter[tuple[str, str]] = Counter()

    def ask(self, what: tuple[str, str]) -> bool:
        """One request; whether the desk took it. A refusal is heard as the door hears it."""
        leave = self._governor.admit(*what)
        with self._lock:
            self.asked.append((self._clock.mono(), what))
            visit = self._limits.visit()
            try:
                visit.account()
                visit.address(what[0], ROUTES[what], Asked(1))
            except RefusedError:
                self.refused[what] += 1
            headers = {name.lower(): value for name, value in visit.headers.items()}
        self._governor.heard(leave, headers)
        if "retry-after" not in headers:
            return True
        error = RetryableError("busy", status=429)
        self._governor.refused(leave, headers, error, float(headers["retry-after"]))
        return False


def account(plan: str = "enterprise", clock: FakeClock | None = None) -> Account:
    time = clock or FakeClock()
    return Account(time, Governor(time, LIMITS), SandboxLimits(time, Trouble(), plan))


def most_in(times: list[float], span: float) -> int:
    """The most of these instants that any span holds, its end left out."""
    most, first = 0, 0
    for last, at in enumerate(times):
        while at - times[first] >= span:
            first += 1
        most = max(most, last - first + 1)
    return most


def test_pitfall_06_exports_are_paced_below_ten_a_minute() -> None:
    """A hundred export calls in a row, of two streams, meet no 429, and any minute has nine at most."""
    clock = FakeClock()
    desk = account(clock=clock)
    for turn in range(100):
        assert desk.ask((EXPORT, OTHER_EXPORT)[turn % 2])
    times = [at for at, _ in desk.asked]
    assert most_in(times, 60) == 9
    assert times[-1] - times[0] < 100 / 9 * 61


def test_acceptance_06_an_exhausted_endpoint_does_not_stop_the_others() -> None:
    """When another program has used up the exports, we wait with exports and go on with everything else."""
    clock = FakeClock()
    limits = SandboxLimits(clock, Trouble())
    for _ in range(10):
        limits.visit().address("GET", ROUTES[EXPORT], Asked(2))
    desk = Account(clock, Governor(clock, LIMITS), limits)
    assert not desk.ask(EXPORT)
    for _ in range(40):
        assert desk.ask(LOOK)
        assert desk.ask(UPDATE)
    assert clock.sleeps == []
    assert desk.ask(OTHER_EXPORT)
    assert clock.sleeps == [60]


def test_f_http_01_a_refusal_of_the_account_stops_everything() -> None:
    """With nothing left for the account, no request of any kind leaves before the time that was given."""
    clock = FakeClock()
    limits = SandboxLimits(clock, Trouble())
    limits.spend(700)
    desk = Account(clock, Governor(clock, LIMITS), limits)
    assert not desk.ask(LOOK)
    assert desk.ask(UPDATE)
    assert sum(clock.sleeps) == 60


@pytest.mark.parametrize("seed", range(0, 1_000, 100))
def test_f_http_01_no_request_leaves_inside_a_window_of_peace(seed: int) -> None:
    """A thousand schedules: the next request leaves when a Retry-After is over, within a second."""
    for number in range(seed, seed + 100):
        _keep_peace(Random(number))


def _keep_peace(chance: Random) -> None:
    clock = FakeClock()
    governor = Governor(clock, LIMITS)
    open_at = 0.0
    for _ in range(30):
        clock.advance(chance.choice((0.0, 0.3, 8.0, 50.0)))
        asked_at = clock.mono()
        leave = governor.admit(*LOOK)
        assert open_at <= clock.mono() + 1e-6
        assert clock.mono() <= max(asked_at, open_at) + 1
        if chance.random() < 0.2:
            wait = chance.randint(1, 120)
            governor.refused(leave, {}, RetryableError("busy", status=429), wait)
            open_at = clock.mono() + wait


@pytest.mark.parametrize("plan", ["team", "professional", "enterprise", "enterprise_plus", "high_volume"])
def test_the_agents_keep_their_half_on_every_plan(plan: str) -> None:
    """However much there is to ask, no minute sees more than half of the plan, and none is refused."""
    clock = FakeClock()
    desk = account(plan, clock)
    for _ in range(3_000):
        assert desk.ask(LOOK)
    total = SandboxLimits(clock, Trouble(), plan).left
    assert most_in([at for at, _ in desk.asked], 60) == total // 2
    assert not desk.refused


@settings(max_examples=60)
@given(
    share=st.floats(0.05, 0.9),
    total=st.integers(10, 900),
    span=st.sampled_from([1.0, 60.0, 600.0]),
    gaps=st.lists(st.sampled_from([0.0, 0.0, 0.0, 0.01, 0.5, 3.0, 59.0, 700.0]), min_size=50, max_size=400),
)
def test_never_more_than_the_share_in_any_window(
    share: float, total: int, span: float, gaps: list[float]
) -> None:
    """Whatever the limit, the share and the moments of asking: no span of the limit's length has too many."""
    clock = FakeClock()
    limits = Limits(account=Limit(name="account", amount=total, seconds=span))
    governor = Governor(clock, limits, share=share, longest=1e9)
    times = []
    for gap in gaps:
        clock.advance(gap)
        governor.admit("GET", "/a")
        times.append(clock.mono())
    assert most_in(times, span) <= max(1, math.floor(total * share))


def test_all_threads_together_keep_to_the_share() -> None:
    """Sixteen threads that ask as fast as they can are held to one budget."""
    clock = FakeClock()
    governor = Governor(clock, LIMITS)
    times: list[float] = []

    def work() -> None:
        for _ in range(40):
            governor.admit(*LOOK)
            times.append(clock.mono())

    with ThreadPoolExecutor(16) as threads:
        for working in [threads.submit(work) for _ in range(16)]:
            working.result()
    assert len(times) == 640
    # A thread may read the clock a little after it was let pass: then the instants only look later.
    assert clock.mono() - 1_000 >= (640 / 100 - 1) * 60
    leave = governor.admit(*LOOK)
    assert leave.numbers["account"] == 640


@settings(max_examples=200)
@given(
    longest=st.floats(1, 1_000),
    asked=st.integers(1, 100_000),
    tries=st.integers(1, 40),
)
def test_no_request_waits_longer_than_it_may(longest: float, asked: int, tries: int) -> None:
    """A request either passes within its time or is handed back with the time that is missing."""
    clock = FakeClock()
    limits = Limits(account=Limit(name="account", amount=4))
    governor = Governor(clock, limits, longest=longest)
    for turn in range(tries):
        before = clock.mono()
        try:
            leave = governor.admit("GET", "/a")
        except ParkedError as parked:
            clock.advance(min(parked.wait or 0, 61))
        else:
            if turn == 0:
                governor.refused(leave, {}, RetryableError("busy", status=503), asked)
        assert clock.mono() - before <= max(longest, 61) + 1e-6
        assert all(slept <= longest for slept in clock.sleeps)


def test_f_http_03_a_day_beside_other_programs() -> None:
    """Beside others whose use swings from none to nearly all, at most one request in a thousand is refused.

    And no minute sees more than our half.
    """
    chance = Random(20_261_018)
    plan, hours = 700, [chance.choice((0, 60, 200, 350, 500, 640)) for _ in range(24)]
    limits: SandboxLimits | None = None

    def others(second: int) -> None:
        pace = hours[second // 3_600 % 24] * chance.uniform(0.5, 1.1) / 60
        if limits is not None:
            limits.spend(int(pace) + (chance.random() < pace % 1))

    clock = BusyClock(others)
    limits = SandboxLimits(clock, Trouble())
    desk = Account(clock, Governor(clock, LIMITS, longest=1e6), limits)
    for quarter in range(96):
        clock.advance(max(0.0, 1_000 + quarter * 900 - clock.mono()))
        work = [EXPORT] * 4 + ([UPDATE] * 60 + [LOOK] * 300 if quarter % 4 == 0 else [UPDATE, LOOK] * 5)
        for what in work:
            while not desk.ask(what):
                pass
            clock.advance(0.15)
    sent = len(desk.asked)
    assert sent > 9_000
    assert sum(desk.refused.values()) <= sent / 1_000
    assert most_in([at for at, _ in desk.asked], 60) <= plan // 2


def test_f_http_03_we_slow_down_when_others_are_busy() -> None:
    """Beside others who use 600 of 700 we take less than what they leave, and everybody gets through."""
    limits: SandboxLimits | None = None

    def others(_: int) -> None:
        if limits is not None:
            limits.spend(10)

    clock = BusyClock(others)
    limits = SandboxLimits(clock, Trouble())
    desk = Account(clock, Governor(clock, LIMITS), limits)
    left = []
    while clock.mono() < 1_000 + 600:
        assert desk.ask(LOOK)
        clock.advance(0.1)
        if clock.mono() > 1_000 + 120:
            left.append(limits.left)
    assert min(left) > 0
    assert 10 < most_in([at for at, _ in desk.asked if at > 1_000 + 120], 60) < 70


def test_limits_unknown_to_us_are_learned_from_their_headers() -> None:
    """An endpoint header that nobody documented holds back its route, and no other."""
    clock = FakeClock()
    governor = Governor(clock, LIMITS)
    leave = governor.admit("GET", "/api/v2/tickets/7/audits")
    governor.heard(leave, {"zendesk-ratelimit-ticket-audits": "total=20; remaining=0; resets=31"})
    governor.admit("GET", "/api/v2/tickets/7")
    assert clock.sleeps == []
    governor.admit("GET", "/api/v2/tickets/8/audits")
    assert 32 <= sum(clock.sleeps) <= 61


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        (
            {"ratelimit-limit": "700", "ratelimit-remaining": "699", "ratelimit-reset": "41"},
            ("account", 700, 699, 41),
        ),
        ({"x-rate-limit": "200", "x-rate-limit-remaining": "0"}, ("account", 200, 0, None)),
        ({"zendesk-ratelimit-x": "resets=2; total=10;remaining=9; more=1; junk"}, ("x", 10, 9, 2)),
        ({"zendesk-ratelimit-x": "total=ten; remaining=9"}, None),
        ({"zendesk-ratelimit-x": "total=10"}, None),
        ({"zendesk-ratelimit-x": "total=0; remaining=0"}, None),
        ({"zendesk-ratelimit-": "total=10; remaining=9"}, None),
        ({"ratelimit-limit": "-1", "ratelimit-remaining": "9"}, None),
        ({"ratelimit-limit": "9" * 50, "ratelimit-remaining": "9"}, None),
        ({}, None),
    ],
)
def test_headers_are_read_whatever_they_hold(
    headers: dict[str, str], found: tuple[str, int, int, int | None] | None
) -> None:
    """Both account families and every endpoint header are understood; nonsense is no reading and no error."""
    read = [(one.name, one.total, one.remaining, one.resets) for one in readings(headers)]
    assert read == ([] if found is None else [found])


def test_one_record_has_its_own_limit() -> None:
    """The 28th update of one ticket in ten minutes waits; other tickets go on meanwhile."""
    clock = FakeClock()
    governor = Governor(clock, LIMITS)
    for _ in range(27):
        governor.admit("PUT", "/api/v2/tickets/1")
    governor.admit("PUT", "/api/v2/tickets/2")
    assert clock.sleeps == []
    governor.admit("PUT", "/api/v2/tickets/1")
    assert sum(clock.sleeps) == pytest.approx(601)


def test_inv_9_windows_of_single_records_are_forgotten() -> None:
    """Updating ever new records leaves a bounded number of windows behind."""
    clock = FakeClock()
    each = Endpoint(limit=Limit(name="one", amount=30), method="PUT", path=r"/t/[0-9]+", each=True)
    governor = Governor(clock, Limits(endpoints=(each,)))
    for number in range(5_000):
        governor.admit("PUT", f"/t/{number}")
        clock.advance(1)
    assert len(governor._windows) <= 1_001


def test_jobs_are_half_of_what_the_account_has_left() -> None:
    """Before the desk speaks half of thirty jobs are ours; then half of what others leave, and never none."""
    governor = Governor(FakeClock(), LIMITS)
    assert governor.jobs == 15
    leave = governor.admit(*UPDATE)
    governor.heard(leave, {"zendesk-ratelimit-inflight-jobs": "total=30; remaining=9; resets=60"})
    governor.job_started()
    assert governor.jobs == 5
    governor.job_started()
    assert governor.jobs == 5, "a job of ours takes nothing from us"
    governor.heard(leave, {"zendesk-ratelimit-inflight-jobs": "total=30; remaining=0; resets=60"})
    governor.job_started()
    assert governor.jobs == 1
    for _ in range(3):
        governor.job_ended()
    assert governor.jobs == 1, "three places are left, and one of them is ours"
    assert governor.admit(*UPDATE)


def test_a_forecast_counts_calls_and_the_time_they_take() -> None:
    """120 update calls take two minutes after the first fifty, by the documented limits and by the stated."""
    clock = FakeClock()
    desk = account(clock=clock)
    governor = desk._governor
    before = governor.forecast({UPDATE: 120, LOOK: 30})
    assert (before.requests, before.seconds, before.measured) == (150, 120, False)
    assert desk.ask(LOOK)
    after = governor.forecast({UPDATE: 120, LOOK: 30})
    assert (after.seconds, after.measured) == (120, True)
    assert governor.forecast({UPDATE: 10}).seconds == 0
    assert governor.forecast({}).seconds == 0


def test_a_forecast_holds() -> None:
    """What was foretold for a run of exports is what it takes, within a window."""
    clock = FakeClock()
    desk = account(clock=clock)
    foretold = desk._governor.forecast({EXPORT: 50}).seconds
    started = clock.mono()
    for _ in range(50):
        desk.ask(EXPORT)
    assert foretold == pytest.approx(clock.mono() - started, abs=60)


def test_a_long_wait_is_told_to_whoever_watches() -> None:
    """Waits of five seconds and more reach the watcher while it watches; shorter ones pass unseen."""
    clock = FakeClock()
    governor = Governor(clock)
    told: list[float] = []
    for wait in (3, 12):
        leave = governor.admit("GET", "/a")
        governor.refused(leave, {}, RetryableError("busy", status=429), wait)
        with governor.watched(told.append):
            governor.admit("GET", "/a")
    assert told == [12]


@pytest.mark.parametrize("share", [0.0, -1.0, 1.5])
def test_a_share_is_a_part(share: float) -> None:
    """Nothing, and more than there is, cannot be our share."""
    governor = Governor(FakeClock())
    with pytest.raises(ValueError, match="share"):
        governor.share = share


def test_the_next_process_knows_what_the_desk_said() -> None:
    """A process that starts within the same minute goes on with what is left, without asking first."""
    clock = FakeClock()
    desk = account("team", clock)
    for _ in range(9):
        assert desk.ask(EXPORT)
    text = desk._governor.stated(clock.wall())
    clock.advance(10)
    later = Governor(clock, LIMITS)
    later.resume(text, clock.wall())
    assert later.forecast({LOOK: 1}).measured
    later.admit(*LOOK)
    assert clock.sleeps == []
    later.admit(*EXPORT)
    assert clock.sleeps == [51]


@pytest.mark.parametrize("text", ["", "{}", "junk", "[]", '{"account": 5}', '{"strange": [1, 2, 3.0]}'])
def test_what_is_remembered_may_be_missing_or_broken(text: str) -> None:
    """Without usable memory the documented limits hold, as on the first day."""
    governor = Governor(FakeClock(), LIMITS)
    governor.resume(text, 0)
    assert not governor.forecast({LOOK: 1}).measured
    assert governor.admit(*LOOK)


def test_no_ticket_is_named_in_what_is_remembered() -> None:
    """Limits of single records stay behind: the text holds numbers of the account and of endpoints only."""
    desk = account()
    leave = desk._governor.admit("PUT", "/api/v2/tickets/4711")
    desk._governor.heard(
        leave, {"zendesk-ratelimit-tickets-update-per-ticket": "total=30; remaining=1; resets=9"}
    )
    assert desk.ask(LOOK)
    assert "4711" not in desk._governor.stated(0)


def test_f_http_03_a_process_that_follows_a_killed_one_keeps_the_agents_half() -> None:
    """What was used in the minute in which it begins may be its predecessor's, and counts as its own."""
    clock = FakeClock()
    first = account("team", clock)
    for _ in range(70):
        assert first.ask(LOOK)
    second = Account(clock, Governor(clock, LIMITS), first._limits)
    began = clock.mono()
    for _ in range(60):
        assert second.ask(LOOK)
    times = [at for at, _ in (*first.asked, *second.asked)]
    assert most_in(times, 60.0) <= 100
    assert clock.mono() - began <= 62.0, "the next minute is waited for, and no longer"


def test_f_http_01_the_next_process_keeps_the_peace_that_was_asked_for() -> None:
    """A restart inside a window of peace asks nothing before its end; an absurd one is not believed."""
    clock = FakeClock()
    one = account("team", clock)
    one.ask(LOOK)
    leave = one._governor.admit(*LOOK)
    one._governor.refused(leave, {}, RetryableError("busy", status=503), 40.0)
    stated = one._governor.stated(clock.wall())
    clock.advance(10)
    later = Governor(clock, LIMITS)
    later.resume(stated, clock.wall())
    began = clock.mono()
    later.admit(*LOOK)
    assert 29.0 <= clock.mono() - began <= 31.0
