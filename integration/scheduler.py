"""When jobs run: a table of them, an APScheduler inside the process that writes, and never two at once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.background import BackgroundScheduler

from connectors.errors import ConnectorError
from integration import jobs
from integration.app import App
from integration.progress import silent
from policies.faults import PolicyError

log = logging.getLogger("deskcue.scheduler")


@dataclass(frozen=True, slots=True)
class Timed:
    """A job and how many seconds lie between its starts."""

    name: str
    run: Callable[[App], object]
    seconds: Callable[[App], float]


def _cycle(app: App) -> object:
    return jobs.cycle(app, silent)


TABLE: tuple[Timed, ...] = (
    Timed("cycle", _cycle, lambda app: 60 * app.settings.schedule.sync_minutes),
    Timed("tidy plans", jobs.tidy_plans, lambda _app: 24 * 3600),
)


@dataclass(slots=True)
class Scheduler:
    """Runs the table for one app, in this process, until stopped."""

    app: App
    table: tuple[Timed, ...] = TABLE
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _engine: BackgroundScheduler | None = None

    def start(self) -> None:
        """Start every job's clock; the first runs come one interval from now.

        A process that slept over many slots catches up once (``coalesce``, no grace limit), and a job
        that is still running is not started again.
        """
        defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        self._engine = BackgroundScheduler(timezone="UTC", job_defaults=defaults)
        self._engine.add_listener(_report, EVENT_JOB_ERROR)
        for timed in self.table:
            self._engine.add_job(
                self._run, "interval", args=(timed,), seconds=timed.seconds(self.app), id=timed.name
            )
        self._engine.start()

    def next_cycle(self) -> int | None:
        """When the desk is read next, in UTC seconds; None when nothing is scheduled."""
        job = self._engine.get_job("cycle") if self._engine else None
        return int(job.next_run_time.timestamp()) if job and job.next_run_time else None

    def stop(self) -> None:
        """Stop the clocks and wait for a running job to end."""
        if self._engine is not None:
            self._engine.shutdown(wait=True)
            self._engine = None

    def _run(self, timed: Timed) -> None:
        with self._turn:
            try:
                timed.run(self.app)
            except (ConnectorError, PolicyError, jobs.ObserveError) as fault:
                log.warning("%s stopped: %s", timed.name, fault)
            else:
                log.info("%s is done", timed.name)


def _report(event: JobExecutionEvent) -> None:
    # The exception itself may quote customer data; its kind and the job's name are enough to look for.
    log.error("%s failed: %s", event.job_id, type(event.exception).__name__)
