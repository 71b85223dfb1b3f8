"""Our changes in Zendesk's words, and what its jobs say became of them. Nothing is sent from here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import msgspec

from connectors.answer import Answer, strict_json
from connectors.changes import Change, Field, Outcome, TicketUpdate
from connectors.errors import RejectedError
from connectors.zendesk.faults import shown
from connectors.zendesk.wire import WireItem, WireJob

BATCH = 100
"""Tickets in one call, and jobs in one question, that the vendor takes."""

JOBS = 30
"""Jobs queued or running at once, all integrations of the account together."""

RUNNING = ("queued", "working")
FINISHED = ("completed", "failed", "killed")

_ID = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
_JOB = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)


class Wish(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One ticket's entry in ``update_many``; absent keys stay as they are at the desk."""

    id: int
    safe_update: bool
    updated_stamp: str
    additional_tags: list[str] = []
    remove_tags: list[str] = []
    priority: str | msgspec.UnsetType | None = msgspec.UNSET


class _Wishes(msgspec.Struct):
    tickets: list[Wish]


def _tags(wish: Wish, change: Change, prefix: str) -> None:
    wish.additional_tags += change.added
    wish.remove_tags += change.removed


def _priority(wish: Wish, change: Change, prefix: str) -> None:
    wish.priority = change.after if isinstance(change.after, str) else None


def _service_level(wish: Wish, change: Change, prefix: str) -> None:
    """The desk knows no service level to write; a tag stands for it, and rules there act on the tag."""
    wish.additional_tags += [f"{prefix}sla_{level}" for level in change.added]
    wish.remove_tags += [f"{prefix}sla_{level}" for level in change.removed]


WRITES: Mapping[Field, Callable[[Wish, Change, str], None]] = {
    Field.TAGS: _tags,
    Field.PRIORITY: _priority,
    Field.SERVICE_LEVEL: _service_level,
}


def update_many(updates: Sequence[TicketUpdate], prefix: str) -> bytes:
    """The body of one call that changes these tickets, each only while its stamp holds."""
    if not 0 < len(updates) <= BATCH:
        raise RejectedError(f"One call changes 1 to {BATCH} tickets, not {len(updates)}.")
    return msgspec.json.encode(_Wishes([_wish(update, prefix) for update in updates]))


def ticket_ids(ids: Sequence[str]) -> str:
    """Ids as a query takes them; RejectedError for one that cannot be an id."""
    return _joined(ids, _ID, "ticket")


def job_ids(ids: Sequence[str]) -> str:
    """Job ids as a query takes them; RejectedError for one that cannot be an id."""
    return _joined(ids, _JOB, "job")


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


def _wish(update: TicketUpdate, prefix: str) -> Wish:
    wish = Wish(
        id=int(ticket_ids([update.ticket_id])),
        safe_update=True,
        updated_stamp=update.stamp,
    )
    wish.additional_tags, wish.remove_tags = [], []
    for change in update.changes:
        WRITES[change.field](wish, change, prefix)
    return wish


def _joined(ids: Sequence[str], shape: re.Pattern[str], what: str) -> str:
    if any(shape.fullmatch(entry) is None for entry in ids):
        raise RejectedError(f"One of the {what} ids is none that this help desk can have given.")
    return ",".join(ids)


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
    said = reason.replace(" ", "").lower()
    if "conflict" in said or "safeupdate" in said:
        return Outcome(ticket_id=ticket, result="conflict", reason=reason)
    if "recordnotfound" in said or "notfound" in said:
        return Outcome(ticket_id=ticket, result="gone", reason=reason)
    return Outcome(ticket_id=ticket, result="rejected", reason=reason or "the desk gives no reason")


def _text(details: object) -> str:
    if isinstance(details, str) or details is None:
        return details or ""
    return msgspec.json.encode(details).decode()
