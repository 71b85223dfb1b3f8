"""What Zendesk's jobs say: which run, which ended, and what became of each ticket."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec

from connectors.answer import Answer, strict_json
from connectors.changes import Outcome, Result
from connectors.zendesk.faults import shown
from connectors.zendesk.wire import WireItem, WireJob
from connectors.zendesk.write import joined

BATCH = 100
"""Jobs in one question that the vendor takes."""

TICKET_WINDOW = 600.0
"""Seconds in which one ticket takes thirty updates of one user."""

CODES: Mapping[str, Result] = {
    "UpdateConflict": "conflict",
    "RecordNotFound": "gone",
    "Forbidden": "forbidden",
    "TooManyRequests": "later",
    "APIRateLimitExceeded": "later",
}
"""The vendor's names of faults. Its sentences are not looked at: a read-back tells what they cannot."""

RUNNING = ("queued", "working")
FINISHED = ("completed", "failed", "killed")

_JOB = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)


def job_ids(ids: Sequence[str]) -> str:
    """Job ids as a query takes them; RejectedError for one that cannot be an id."""
    return joined(ids, _JOB, "job")


def started(answer: Answer) -> str:
    """The id of the job that a call has started; ValueError when the answer names none."""
    return msgspec.convert(strict_json(answer.body).get("job_status"), WireJob).id


def jobs(answer: Answer) -> list[WireJob]:
    """The jobs in an answer; ValueError when it is not whole."""
    return msgspec.convert(strict_json(answer.body).get("job_statuses"), list[WireJob])


def results(job: WireJob) -> list[Outcome]:
    """What a finished job says, ticket by ticket; a ticket it does not speak of is absent."""
    entries = job.results if isinstance(job.results, list) else []
    return [outcome for outcome in map(_outcome, entries) if outcome is not None]


def _outcome(entry: object) -> Outcome | None:
    try:
        item = msgspec.convert(entry, WireItem)
    except msgspec.ValidationError:
        return None
    ticket = str(item.id)
    if item.success is None:
        return None
    if item.success:
        return Outcome(ticket_id=ticket, result="accepted")
    reason = ": ".join(part for part in (shown(item.error), shown(_text(item.details))) if part)
    result = CODES.get(item.error or "", "rejected")
    return Outcome(
        ticket_id=ticket,
        result=result,
        reason=reason or "the desk gives no reason",
        wait=TICKET_WINDOW if result == "later" else 0.0,
    )


def _text(details: object) -> str:
    if isinstance(details, str) or details is None:
        return details or ""
    return msgspec.json.encode(details).decode()
