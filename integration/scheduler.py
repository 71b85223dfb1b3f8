"""When jobs run: a table of them, an APScheduler inside the process that writes, and never two at once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.background import BackgroundScheduler

from connectors.errors import ConnectorError
from integration import jobs
from integration.app import App
from integration.check import NotAssignedError
from integration.plan_file import PlanError
from integration.progress import silent
from integration.store import due, status
from integration.store.engine import StoreError
from policies.faults import PolicyError

log = logging.getLogger("deskcue.scheduler")

GRACE = 10.0
"""Seconds that a running job is given to end when the process is told to stop."""


@dataclass(frozen=True, slots=True)
class Timed:
    """A job and how many seconds lie between its starts."""

    name: str
    run: Callable[[App], object]
    seconds: Callable[[App], float]
    last: Callable[[App], int | None] = lambda app: app.clock.wall()
    """When it was last done, in UTC seconds: its next turn is one interval later. None: it is due now."""
    sooner: Callable[[App], int | None] = lambda _app: None
    """An instant that its next turn must not miss, in UTC seconds; asked for after every job."""


def _last_sync(app: App) -> int | None:
    with app.store.read() as connection:
        return status.freshness(connection).synced_at


def _cycle(app: App) -> object:
    cycle = jobs.cycle(app, silent)
    for stream, read in cycle.synced.streams.items():
        if read.fault:
            log.warning("%s could not be read to the end: %s", stream, read.fault)
    for reason in cycle.waits:
        log.warning("writing waits for `deskcue approve`: %s", reason)
    return cycle


def _import(app: App) -> object:
    for taken in jobs.import_rows(app, silent):
        if taken.stopped:
            log.warning("the import %s stopped: %s", taken.name, taken.stopped)
        elif taken.refused:
            log.warning("%d rows of the import %s cannot be understood", taken.refused, taken.name)
    return None


def _follow(app: App) -> object:
    """Again until none waits: a start that falls into a running job is left out by the scheduler."""
    while (followed := jobs.follow_hints(app, silent)).hints:
        log.info("%d webhooks led to %d changed records", followed.hints, followed.changed)
    return None


WEBHOOKS = "webhooks"
"""The job that is also started by a webhook; by itself it looks for what a crash has left waiting."""


def _check(app: App) -> object:
    """Nothing is repaired: a difference is a fault of ours, and whoever looks for it needs to find it."""
    checked = jobs.check_assignments(app, silent)
    if checked.differences:
        log.error(
            "%d of %d customers are stored otherwise than they are: run `deskcue assign --check`",
            len(checked.differences),
            checked.customers,
        )
    return checked


def _next_due(app: App) -> int | None:
    with app.store.read() as connection:
        return due.earliest(connection)


_TOLD = (ConnectorError, PolicyError, StoreError, PlanError, NotAssignedError, jobs.ObserveError)
"""What a job may end with that its message explains."""

TABLE: tuple[Timed, ...] = (
    Timed("cycle", _cycle, lambda app: 60 * app.settings.schedule.sync_minutes, _last_sync),
    Timed("imports", _import, lambda app: 60 * app.settings.imports.minutes, lambda _app: None),
    Timed(WEBHOOKS, _follow, lambda _app: 60),
    Timed("clock", jobs.keep_time, lambda _app: 60, sooner=_next_due),
    Timed("check", _check, lambda _app: 24 * 3600),
    Timed("tidy inbox", jobs.tidy_inbox, lambda _app: 24 * 3600),
    Timed("tidy history", jobs.tidy_history, lambda _app: 24 * 3600),
    Timed("tidy plans", jobs.tidy_plans, lambda _app: 24 * 3600),
)


@dataclass(slots=True)
class Scheduler:
    """Runs the table for one app, in this process, until stopped."""

    app: App
    table: tuple[Timed, ...] = TABLE
    grace: float = GRACE
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _engine: BackgroundScheduler | None = None

    def start(self) -> None:
        """Start every job's clock; what is overdue runs at once, so that a restart delays nothing.

        A process that slept over many slots catches up once (``coalesce``, no grace limit), and a job
        that is still running is not started again.
        """
        defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        self._engine = BackgroundScheduler(timezone="UTC", job_defaults=defaults)
        self._engine.add_listener(_report, EVENT_JOB_ERROR)
        for timed in self.table:
            self._engine.add_job(
                self._run,
                "interval",
                args=(timed,),
                seconds=timed.seconds(self.app),
                id=timed.name,
                next_run_time=self._first(timed),
            )
        self._engine.start()
        self._hasten()

    def next_cycle(self) -> int | None:
        """When the desk is read next, in UTC seconds; None when nothing is scheduled."""
        job = self._engine.get_job("cycle") if self._engine else None
        return int(job.next_run_time.timestamp()) if job and job.next_run_time else None

    def hurry(self) -> None:
        """A webhook has been remembered: look at it now, or as soon as the running job has ended."""
        engine = self._engine
        if engine is not None and engine.get_job(WEBHOOKS):
            engine.modify_job(WEBHOOKS, next_run_time=datetime.fromtimestamp(self.app.clock.wall(), UTC))

    def _first(self, timed: Timed) -> datetime:
        now, last = self.app.clock.wall(), timed.last(self.app)
        due = now if last is None else max(now, last + timed.seconds(self.app))
        return datetime.fromtimestamp(due, UTC)

    def stop(self) -> None:
        """Stop the clocks and let a running job end, but not for longer than ``grace``.

        A cycle may take many minutes; it is made to be broken off anywhere, and goes on at the next start.
        """
        if self._engine is not None:
            self._engine.shutdown(wait=False)
            self._engine = None
            if self._turn.acquire(timeout=self.grace):
                self._turn.release()
            else:
                log.warning("a job is still running and is broken off; it goes on at the next start")

    def _run(self, timed: Timed) -> None:
        with self._turn:
            try:
                timed.run(self.app)
            except _TOLD as fault:
                log.warning("%s stopped: %s", timed.name, fault)
            else:
                log.info("%s is done", timed.name)
            self._hasten()

    def _hasten(self) -> None:
        """Bring forward what has an instant to meet before its interval is over."""
        now = self.app.clock.wall()
        for timed in self.table:
            engine, at = self._engine, timed.sooner(self.app)
            job = engine.get_job(timed.name) if engine and at is not None else None
            if engine and job and at is not None and job.next_run_time.timestamp() > at:
                # Never at once again: an instant that cannot be settled must not keep the process busy.
                engine.modify_job(timed.name, next_run_time=datetime.fromtimestamp(max(at, now + 1), UTC))


def _report(event: JobExecutionEvent) -> None:
    # The exception itself may quote customer data; its kind and the job's name are enough to look for.
    log.error("%s failed: %s", event.job_id, type(event.exception).__name__)
