"""Bulk updates: queued, worked off in order when their time has come, kept for a day."""

from __future__ import annotations

import secrets
from collections import deque

import msgspec

from connectors.sandbox.changes import Wish, update_in_bulk
from connectors.sandbox.records import User
from connectors.sandbox.refusals import RefusedError, too_many_jobs
from connectors.sandbox.state import Desk
from connectors.sandbox.wire import Json, stamp

AT_ONCE = 30
KEPT = 86_400
DELAY = 0.2


class Job(msgspec.Struct, kw_only=True):
    """One bulk update. ``due`` is monotonic; ``results`` stands once the job has been done.

    What was asked is forgotten then, so that a day of jobs stays small; only ``total`` is kept of it.
    """

    id: str
    items: list[Wish]
    total: int
    author: User
    queued_at: int
    queued: float
    due: float
    finished_at: int = 0
    results: list[Json] | None = None
    killed: bool = False
    """Whether trouble ended it half way; then nobody is told of results."""


class Jobs:
    """All jobs of one desk. ``delay`` is how long one takes, in seconds."""

    def __init__(self, desk: Desk, delay: float = DELAY) -> None:
        self._desk = desk
        self._jobs: dict[str, Job] = {}
        self._open: deque[Job] = deque()
        self._done: deque[Job] = deque()
        self._delay = delay

    def queue(self, items: list[Wish], author: User) -> Job:
        """Ask for tickets to be changed; refused while thirty jobs are on their way."""
        if len(self._open) >= AT_ONCE:
            raise too_many_jobs([job.id for job in self._open])
        clock = self._desk.clock
        job = Job(
            id=secrets.token_hex(16),
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
            self._work(job)
            job.finished_at = wall
            self._done.append(job)
        while self._done and self._done[0].finished_at + KEPT <= wall:
            self._jobs.pop(self._done.popleft().id, None)

    def _work(self, job: Job) -> None:
        trouble = self._desk.trouble
        job.killed = trouble.strikes("job-killed")
        items = job.items[: len(job.items) // 2] if job.killed else job.items
        job.results = [self._do(job, item) for item in items]
        job.items = []
        if trouble.strikes("job-lost"):
            del self._jobs[job.id]

    def _do(self, job: Job, item: Wish) -> Json:
        key = item["id"]
        failed = {"id": key, "action": "update", "success": False}
        ticket = self._desk.present(key)
        if ticket is None:
            return {**failed, "error": "RecordNotFound", "details": "Not found"}
        if self._desk.trouble.strikes("job-item-fails"):
            return {**failed, "error": "TicketUpdateFailed", "details": "The desk could not save this ticket"}
        try:
            self._desk.limits.take_ticket(job.author.id, key)
            update_in_bulk(self._desk, ticket, item, job.author, job.queued_at)
        except RefusedError as refusal:
            return {**failed, **_failure(refusal)}
        return {"id": key, "action": "update", "success": True, "status": "Updated"}

    @property
    def running(self) -> int:
        """Jobs that are queued or being worked off."""
        return len(self._open)

    def find(self, key: str) -> Job | None:
        return self._jobs.get(key)

    def report(self, job: Job, base: str) -> Json:
        """A job as it stands now."""
        status = self._status(job)
        return {
            "id": job.id,
            "job_type": "Bulk Update Ticket",
            "url": f"{base}/api/v2/job_statuses/{job.id}.json",
            "total": job.total,
            "progress": None if status == "queued" else len(job.results or ()),
            "status": status,
            "message": f"Completed at {stamp(job.finished_at)}" if status == "completed" else None,
            "results": None if job.killed else job.results,
        }

    def _status(self, job: Job) -> str:
        if job.results is not None:
            return "killed" if job.killed else "completed"
        half = job.queued + (job.due - job.queued) / 2
        return "working" if self._desk.clock.mono() >= half else "queued"


def _failure(refusal: RefusedError) -> Json:
    """A refusal as plain text, the way job results carry it."""
    details = refusal.body.get("details")
    if not isinstance(details, dict):
        return {"error": refusal.body["error"], "details": refusal.body["description"]}
    texts = [entry["description"] for entries in details.values() for entry in entries]
    return {"error": "TicketUpdateFailed", "details": "; ".join(texts)}
