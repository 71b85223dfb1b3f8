"""The governor: one for a desk, asked before every request of every thread, told after every answer.

It keeps the agents' share of the desk's limits free, follows what the desk says is left, and waits. Which
limits there are, and how headers state them, is the vendors' affair.
"""

from __future__ import annotations

import logging
import math
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import msgspec

from connectors.clock import Clock
from connectors.errors import RetryableError
from connectors.window import Kept, Limit, ParkedError, Reading, Window

_log = logging.getLogger(__name__)

SHARE = 0.5
"""Part of each limit that agents live on, too, which we may use."""

NOTICEABLE = 5.0
"""Seconds of waiting that a person is told about."""

INSTANT = 1e-3
"""Seconds too short to wait for."""

MOST_WINDOWS = 1_000
"""Windows of single records that may stand before the idle ones are forgotten."""

_ACCOUNT = "account"
_ID = re.compile(r"(?<=/)[0-9]+(?=/|$)", re.ASCII)


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A documented limit and which requests count for it.

    ``path`` is a pattern for the whole path. ``each`` means that every path has the limit for itself.
    """

    limit: Limit
    method: str
    path: str
    each: bool = False


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """A vendor's limits: the account's, those of endpoints, and how an answer's headers state them.

    ``read`` gives readings by limit name, the account's under the name of ``account``; ``jobs`` is the name
    of the reading that counts jobs and not requests, and how many there may be before one was read.
    """

    account: Limit = Limit(name=_ACCOUNT)
    endpoints: tuple[Endpoint, ...] = ()
    read: Callable[[Mapping[str, str]], Sequence[Reading]] = lambda _: ()
    jobs: tuple[str, int] = ("", 1)


class Pass(msgspec.Struct, frozen=True):
    """Leave for one request: its route and its number in each window that it counts for."""

    route: str
    numbers: Mapping[str, int]


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """What so many requests will take at the desk's present budget, at least.

    ``measured`` tells whether the desk has stated the limits, or the documented ones had to do.
    """

    requests: int
    seconds: float
    measured: bool


class Governor:
    """Lets requests of any number of threads pass, or waits; ``longest`` seconds at most for one request."""

    def __init__(
        self, clock: Clock, limits: Limits | None = None, *, share: float = SHARE, longest: float = 900.0
    ) -> None:
        self._clock = clock
        self._limits = limits or Limits()
        self._share = share
        self._longest = longest
        self._lock = threading.Lock()
        self._windows: dict[str, Window] = {_ACCOUNT: Window(self._limits.account)}
        self._routes: dict[str, tuple[str, ...]] = {}
        """Limits that the desk has named in answers of a route, beyond those that are documented."""
        self._left = self._limits.jobs[1]
        """Jobs that may yet be started, all of the account together."""
        self._ours = 0
        """Jobs of ours that are under way."""
        self._stated = False
        """Whether the desk has stated what is left since a job of ours was started."""
        self._watchers: list[Callable[[float], None]] = []

    @property
    def share(self) -> float:
        return self._share

    @share.setter
    def share(self, part: float) -> None:
        if not 0 < part <= 1:
            raise ValueError(f"The share must be above 0 and at most 1, not {part:g}.")
        self._share = part

    def admit(self, method: str, path: str) -> Pass:
        """Count a request and let it go, after a wait where one is due.

        Raises ParkedError, and counts nothing, when that would take longer than a request may wait.
        """
        waited = 0.0
        while True:
            with self._lock:
                names = self._names(method, path)
                now = self._clock.mono()
                wait = max(self._window(name).wait(self._share, now) for name in names)
                if wait < INSTANT:
                    numbers = {name: self._window(name).send(now) for name in names}
                    return Pass(_route(method, path), numbers)
            if waited + wait > self._longest:
                raise ParkedError(
                    f"The help desk's limits leave no request to us for another {wait:.0f} seconds.",
                    wait=wait,
                )
            self._tell(wait)
            self._clock.sleep(wait)
            waited += wait

    def heard(self, leave: Pass, headers: Mapping[str, str]) -> None:
        """Take in what the headers of the answer say of the limits; names are in lower case."""
        readings = self._limits.read(headers)
        with self._lock:
            now = self._clock.mono()
            for reading in readings:
                if reading.name == self._limits.jobs[0]:
                    self._left, self._stated = reading.remaining, True
                else:
                    self._hear(reading, leave, now)

    def refused(
        self, leave: Pass, headers: Mapping[str, str], error: RetryableError, wait: float
    ) -> RetryableError:
        """Keep the peace that the desk asks for; gives the error to raise, a ParkedError where it is long.

        A limit of one endpoint does not silence the others. More than ``longest`` is not believed: the desk
        is asked again after that, as absurd waits have been seen and must not silence a desk for good.
        """
        parked = wait > self._longest
        with self._lock:
            now = self._clock.mono()
            for name in self._blamed(leave, headers, error):
                self._window(name).close(now, min(wait, self._longest), parked=parked)
        if not parked:
            return error
        message = f"{error.message} It asks for {wait:.0f} seconds of peace."
        return ParkedError(message, status=error.status, wait=wait)

    @property
    def jobs(self) -> int:
        """How many jobs of ours may be under way together: our share of what others leave, at least one."""
        with self._lock:
            return max(1, math.floor((self._left + self._ours) * self._share))

    def job_started(self) -> None:
        """A job of ours is under way; what its answer said of what is left has been heard."""
        with self._lock:
            if not self._stated:
                self._left = max(0, self._left - 1)
            self._ours, self._stated = self._ours + 1, False

    def job_ended(self) -> None:
        """A job of ours has ended, and another one may take its place."""
        with self._lock:
            self._left, self._ours = self._left + 1, max(0, self._ours - 1)

    def forecast(self, calls: Mapping[tuple[str, str], int]) -> Forecast:
        """What these calls, by method and path, will take from now on, others going on as they do."""
        needs: dict[str, int] = {}
        with self._lock:
            for (method, path), count in calls.items():
                for name in self._names(method, path):
                    needs[name] = needs.get(name, 0) + count
            now = self._clock.mono()
            times = [self._window(name).lasts(count, self._share, now) for name, count in needs.items()]
            measured = self._windows[_ACCOUNT].told
        return Forecast(requests=sum(calls.values()), seconds=max(times, default=0.0), measured=measured)

    def stated(self, wall: int) -> str:
        """What the desk has said of its limits, as text for the next process; empty before the first answer.

        ``wall`` is the present wall time: the next process has a monotonic clock of its own.
        """
        with self._lock:
            now = self._clock.mono()
            found = {
                name: kept
                for name, one in self._windows.items()
                if " " not in name and (kept := one.kept(now, wall))
            }
        return msgspec.json.encode(found).decode() if found else ""

    def resume(self, stated: str, wall: int) -> None:
        """Go on with what ``stated`` gave; text that is not of its kind is as good as none."""
        try:
            found = msgspec.json.decode(stated or "{}", type=dict[str, Kept])
        except msgspec.MsgspecError:
            return
        limits = {each.limit.name: each.limit for each in self._limits.endpoints if not each.each}
        limits[_ACCOUNT] = self._limits.account
        with self._lock:
            now = self._clock.mono()
            for name, kept in found.items():
                if name in limits:
                    self._windows.setdefault(name, Window(limits[name])).resume(kept, now, wall)

    @contextmanager
    def watched(self, tell: Callable[[float], None]) -> Iterator[None]:
        """``tell`` gets the seconds of every noticeable wait that begins inside, in the thread that waits."""
        self._watchers.append(tell)
        try:
            yield
        finally:
            self._watchers.remove(tell)

    def _names(self, method: str, path: str) -> list[str]:
        """Every window that a request counts for; documented limits of single records have one a path."""
        if len(self._windows) >= MOST_WINDOWS:
            self._tidy()
        names = [_ACCOUNT]
        for endpoint in self._limits.endpoints:
            if endpoint.method == method and re.fullmatch(endpoint.path, path):
                name = f"{endpoint.limit.name} {path}" if endpoint.each else endpoint.limit.name
                self._windows.setdefault(name, Window(endpoint.limit))
                names.append(name)
        route = _route(method, path)
        return [*names, *(name for name in self._routes.get(route, ()) if name not in names)]

    def _tidy(self) -> None:
        now = self._clock.mono()
        idle = [key for key, window in self._windows.items() if key != _ACCOUNT and window.idle(now)]
        for key in idle:
            del self._windows[key]

    def _window(self, name: str) -> Window:
        return self._windows.setdefault(name, Window(Limit(name=name)))

    def _hear(self, reading: Reading, leave: Pass, now: float) -> None:
        name = _ACCOUNT if reading.name == self._limits.account.name else reading.name
        keyed = next((key for key in leave.numbers if key.startswith(f"{name} ")), name)
        if keyed in leave.numbers:
            self._window(keyed).hear(reading, leave.numbers[keyed], now)
        elif len(self._routes) < MOST_WINDOWS:
            known = self._routes.get(leave.route, ())
            self._routes[leave.route] = (*known, name) if name not in known else known
            window = self._window(name)
            window.hear(reading, window.send(now), now)

    def _blamed(self, leave: Pass, headers: Mapping[str, str], error: RetryableError) -> Sequence[str]:
        """Whose limit a refusal is of: the account's unless the answer points at one of the endpoint."""
        readings = {reading.name: reading.remaining for reading in self._limits.read(headers)}
        account = readings.get(self._limits.account.name)
        if error.status != 429 or account == 0:
            return [_ACCOUNT]
        spent = [key for key in leave.numbers if key != _ACCOUNT and readings.get(key.partition(" ")[0]) == 0]
        if spent:
            return spent
        if account is None:
            return [_ACCOUNT]
        narrow = [key for key in leave.numbers if key != _ACCOUNT]
        if not narrow:
            self._routes[leave.route] = (leave.route,)
            return [leave.route]
        return narrow

    def _tell(self, wait: float) -> None:
        if wait >= NOTICEABLE:
            _log.info("waiting %.0f s for the help desk's limit", wait)
            for tell in list(self._watchers):
                tell(wait)


def _route(method: str, path: str) -> str:
    """A request's address with its ids left open."""
    return f"{method} {_ID.sub('{id}', path)}"
