"""Bulk work: queued, done in order when its time has come, kept for a day.

What each kind of job does with one item is in ``work.py``.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from connectors.sandbox.changes import Wish, update_in_bulk
from connectors.sandbox.records import User
from connectors.sandbox.refusals import RefusedError, not_found, too_many_jobs
from connectors.sandbox.state import Desk
from connectors.sandbox.wire import Json, stamp

AT_ONCE = 30
KEPT = 86_400
DELAY = 0.2


Work = Callable[[Desk, Wish, User, int], Json]
"""Does one item and gives what the result says beside ``success``: desk, item, who asked, when queued."""


class Kind(NamedTuple):
    """A kind of job: its name at the vendor, what its results call it, and the work on one item.

    ``sums_up`` marks the kinds whose ``results`` are one object for all items.
    """

    title: str
    action: str
    work: Work
    sums_up: bool = False


def _update_ticket(desk: Desk, item: Wish, author: User, queued_at: int) -> Json:
    ticket = desk.present(item["id"])
    if ticket is None:
        raise not_found()
    update_in_bulk(desk, ticket, item, author, queued_at)
    return {"status": "Updated"}


UPDATE_TICKETS = Kind("Bulk Update Ticket", "update", _update_ticket)


class Job(msgspec.Struct, kw_only=True):
    """One piece of bulk work. ``due`` is monotonic; ``results`` stands once the job has been done.

    What was asked is forgotten then, so that a day of jobs stays small; only ``total`` is kept of it.
    """

    id: str
    kind: Kind
    items: list[Wish]
    total: int
    author: User
    queued_at: int
    queued: float
    due: float
    finished_at: int = 0
    results: list[Json] | None = None


class Jobs:
    """All jobs of one desk. ``delay`` is how long one takes, in seconds."""

    def __init__(self, desk: Desk, delay: float = DELAY) -> None:
        self._desk = desk
        self._jobs: dict[str, Job] = {}
        self._open: deque[Job] = deque()
        self._done: deque[Job] = deque()
        self._delay = delay

    def queue(self, items: list[Wish], author: User, kind: Kind = UPDATE_TICKETS) -> Job:
        """Ask for work on these items; refused while thirty jobs are on their way."""
        if len(self._open) >= AT_ONCE:
            raise too_many_jobs([job.id for job in self._open])
        clock = self._desk.clock
        job = Job(
            id=secrets.token_hex(16),
            kind=kind,
            items=items,
            total=len(items),
            author=author,
            queued_at=clock.wall(),
            queued=clock.mono(),
            due=clock.mono() + self._delay,
        )
        self._jobs[job.id] = job
        self._open.append(job)
        return job

    def settle(self) -> None:
        """Do the jobs whose time has come and forget the old; called before every request.

        Nothing can look at the desk but through a request, so no background thread is needed.
        """
        now, wall = self._desk.clock.mono(), self._desk.clock.wall()
        while self._open and self._open[0].due <= now:
            job = self._open.popleft()
            job.results = [self._do(job, item, place) for place, item in enumerate(job.items)]
            job.items = []
            job.finished_at = wall
            self._done.append(job)
        while self._done and self._done[0].finished_at + KEPT <= wall:
            del self._jobs[self._done.popleft().id]

    def _do(self, job: Job, item: Wish, place: int) -> Json:
        """One item's result: what has an id goes by it, what is new by its place in the call."""
        named: Json = {"id": item["id"]} if "id" in item else {"id": None, "index": place}
        result = {**named, "action": job.kind.action, "success": False}
        try:
            said = job.kind.work(self._desk, item, job.author, job.queued_at)
        except RefusedError as refusal:
            return {**result, **_failure(refusal)}
        return {**result, "success": True, **said}

    def recent(self) -> list[Job]:
        """The jobs that are still known, newest first."""
        return list(reversed(self._jobs.values()))

    def find(self, key: str) -> Job | None:
        return self._jobs.get(key)

    def report(self, job: Job, base: str) -> Json:
        """A job as it stands now."""
        status = self._status(job)
        done = job.results is not None
        return {
            "id": job.id,
            "job_type": job.kind.title,
            "url": f"{base}/api/v2/job_statuses/{job.id}.json",
            "total": job.total,
            "progress": None if status == "queued" else len(job.results or ()),
            "status": status,
            "message": f"Completed at {stamp(job.finished_at)}" if done else None,
            "results": {"success": True} if done and job.kind.sums_up else job.results,
        }

    def _status(self, job: Job) -> str:
        if job.results is not None:
            return "completed"
        half = job.queued + (job.due - job.queued) / 2
        return "working" if self._desk.clock.mono() >= half else "queued"


def _failure(refusal: RefusedError) -> Json:
    """A refusal as plain text, the way job results carry it."""
    details = refusal.body.get("details")
    if not isinstance(details, dict):
        error = refusal.body.get("error")
        if isinstance(error, dict):
            return {"error": error["title"], "details": error["message"]}
        return {"error": error, "details": refusal.body.get("description")}
    texts = [entry["description"] for entries in details.values() for entry in entries]
    return {"error": "TicketUpdateFailed", "details": "; ".join(texts)}
