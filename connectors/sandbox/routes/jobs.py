"""Asking how a job is doing."""

from __future__ import annotations

from connectors.sandbox.call import MOST_IDS, Answer, Call, Row, found, ok
from connectors.sandbox.refusals import invalid_attribute


def job(call: Call) -> Answer:
    return ok(job_status=call.jobs.report(found(call.jobs.find(call.params["id"])), call.base))


def several_jobs(call: Call) -> Answer:
    """The jobs of these ids; forgotten ones are missing."""
    ids = [part.strip() for part in call.query.get("ids", "").split(",") if part.strip()]
    if not ids or len(ids) > MOST_IDS:
        raise invalid_attribute("ids", f"must be a list of 1 to {MOST_IDS} job ids")
    known = [found_job for key in ids if (found_job := call.jobs.find(key)) is not None]
    return ok(job_statuses=[call.jobs.report(found_job, call.base) for found_job in known])


def listing(call: Call) -> Answer:
    """The jobs of the last day, newest first."""
    rows = call.jobs.recent()[:MOST_IDS]
    return ok(job_statuses=[call.jobs.report(one, call.base) for one in rows], count=len(rows))


ROWS = (
    Row("GET", "/api/v2/job_statuses", listing),
    Row("GET", "/api/v2/job_statuses/show_many", several_jobs),
    Row("GET", "/api/v2/job_statuses/{id}", job),
)
