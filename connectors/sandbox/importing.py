"""Tickets brought in from elsewhere with their history: no rules run and no promises are attached."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from connectors.sandbox import drafting
from connectors.sandbox.audits import creation, next_audit
from connectors.sandbox.changes import COMMENT_LIMIT, Wish
from connectors.sandbox.counters import follow_comment
from connectors.sandbox.reading import READERS, custom_fields
from connectors.sandbox.records import Comment, Ticket, User
from connectors.sandbox.refusals import record_invalid
from connectors.sandbox.state import Desk
from connectors.sandbox.tags import couple, split


def import_ticket(desk: Desk, wish: Wish, author: User) -> Ticket:
    """A ticket as a client describes it, with the times it had there."""
    values, faults = _values(desk, wish)
    fields, wrong = custom_fields(desk, wish)
    comments = [entry for entry in _listed(wish.get("comments")) if _text(entry)]
    if not comments and not isinstance(wish.get("description"), str):
        faults["comment"] = "Comment: must have a description or comments"
    if faults or wrong:
        raise record_invalid({**faults, **wrong})
    person = drafting.requester(desk, wish, author)
    made = _time(wish, "created_at", desk.clock.wall())
    first = comments[0] if comments else {"body": wish["description"], "author_id": person.id}
    tags, coupled = couple(desk.ticket_fields, (), split(wish.get("tags")), fields)
    ticket = Ticket(
        **{**values, "requester_id": person.id},
        id=desk.tickets.next_id(),
        description=_text(first),
        channel="api",
        submitter_id=author.id,
        tags=tags,
        custom_fields=coupled,
        created_at=made,
        updated_at=_time(wish, "updated_at", made),
        generated_timestamp=desk.clock.wall(),
    )
    if "organization_id" not in values:
        ticket.organization_id = person.organization_id
    if ticket.status in ("solved", "closed"):
        ticket.metrics.solved_at = _time(wish, "solved_at", ticket.updated_at)
    desk.tickets.add(ticket)
    for entry in comments or [first]:
        _say(desk, ticket, entry, person)
    return ticket


def _values(desk: Desk, wish: Wish) -> tuple[dict[str, Any], dict[str, str]]:
    values: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for name, read in READERS.items():
        if name in wish and name != "requester_id":
            try:
                values[name] = read(desk, wish[name])
            except ValueError as fault:
                faults[name] = str(fault)
    return values, faults


def _say(desk: Desk, ticket: Ticket, entry: Wish, person: User) -> None:
    writer = desk.users.get(entry.get("author_id")) or person
    comment = Comment(
        id=desk.serial(),
        audit_id=next_audit(desk),
        author_id=writer.id,
        body=_text(entry)[:COMMENT_LIMIT],
        public=entry.get("public") is not False,
        channel="api",
        created_at=_time(entry, "created_at", ticket.created_at),
    )
    desk.comments.setdefault(ticket.id, []).append(comment)
    audit = creation(ticket, comment)
    kept = desk.audits.setdefault(ticket.id, [])
    kept.append(msgspec.structs.replace(audit, made={}) if kept else audit)
    follow_comment(ticket, comment, writer)


def _time(wish: Wish, name: str, otherwise: int) -> int:
    """UTC seconds of an ISO time; one that cannot be read counts as not sent."""
    try:
        return int(datetime.fromisoformat(str(wish[name]).replace("Z", "+00:00")).timestamp())
    except (KeyError, ValueError):
        return otherwise


def _text(entry: Wish) -> str:
    value = entry.get("value") or entry.get("body")
    return value if isinstance(value, str) else ""


def _listed(value: object) -> list[Wish]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
