"""Changing and creating tickets: what was sent is checked as a whole, then done and audited.

Bulk jobs and single calls both end here; HTTP does not enter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.sandbox import counters
from connectors.sandbox.audits import beginnings, changed, current, next_audit, said
from connectors.sandbox.reading import READERS, custom_fields
from connectors.sandbox.records import Audit, Comment, FieldValue, Ticket, User
from connectors.sandbox.refusals import outdated, record_invalid
from connectors.sandbox.state import Desk, Effect
from connectors.sandbox.tags import couple, joined, split, without
from connectors.sandbox.wire import stamp

Wish = dict[str, Any]
"""The ``ticket`` object a client sent, as decoded JSON."""

COMMENT_LIMIT = 65_536
TAG_KEYS = frozenset({"additional_tags", "remove_tags"})
STAMP_KEYS = frozenset({"id", "safe_update", "updated_stamp"})


def update(desk: Desk, ticket: Ticket, wish: Wish, author: User, channel: str) -> Audit:
    """Apply one client's wish to a ticket, all of it or nothing."""
    check_stamp(ticket, wish)
    if ticket.status == "closed":
        raise record_invalid({"status": "Status: closed prevents ticket update"})
    plain = {name: value for name, value in wish.items() if name not in TAG_KEYS}
    return _apply(desk, ticket, plain, author, channel)


def update_in_bulk(desk: Desk, ticket: Ticket, wish: Wish, author: User, queued_at: int) -> Audit:
    """The same within a job: always safe, and tags of a closed ticket may still be added and removed.

    Without a stamp of its own the wish holds for the ticket as it was when the job was queued.
    """
    if "safe_update" in wish or "updated_stamp" in wish:
        check_stamp(ticket, {"safe_update": True, **wish})
    elif ticket.updated_at > queued_at:
        raise outdated()
    if ticket.status == "closed" and set(wish) - STAMP_KEYS - TAG_KEYS:
        raise record_invalid({"status": "Status: closed prevents ticket update"})
    tags = split(wish["tags"]) if "tags" in wish else ticket.tags
    tags = without(joined(tags, split(wish.get("additional_tags"))), split(wish.get("remove_tags")))
    return _apply(desk, ticket, {**wish, "tags": tags}, author, "api")


def check_stamp(ticket: Ticket, wish: Wish) -> None:
    """Refuse an outdated wish. ``safe_update`` asks for the check whatever its value, even false."""
    if "safe_update" in wish and wish.get("updated_stamp") != stamp(ticket.updated_at):
        raise outdated()


def create(desk: Desk, wish: Wish, author: User, channel: str, requester: User) -> tuple[Ticket, Audit]:
    """A new ticket. Tags of the requester and of the ticket's organization are copied onto it, once."""
    now = desk.clock.wall()
    body = _body(wish.get("comment") or {"body": wish.get("description")})
    organization = desk.organizations.get(requester.organization_id)
    inherited = joined(requester.tags, organization.tags if organization else ())
    edits = _edits(desk, Ticket(id=0, created_at=now, updated_at=now), wish, inherited)
    if edits.get("assignee_id") is not None and "status" not in edits:
        edits["status"] = "open"
    ticket = Ticket(
        id=desk.tickets.next_id(),
        subject=_text(edits.pop("subject", None)),
        description=body,
        channel=channel,
        requester_id=requester.id,
        submitter_id=author.id,
        organization_id=requester.organization_id,
        created_at=now,
        updated_at=now,
    )
    desk.tickets.add(ticket)
    edits.pop("requester_id", None)
    comment = {**(wish.get("comment") or {}), "body": body, "author_id": requester.id}
    audit = _commit(desk, ticket, {**wish, "comment": comment}, edits, author, channel, new=True)
    return ticket, audit


def _apply(desk: Desk, ticket: Ticket, wish: Wish, author: User, channel: str) -> Audit:
    edits = _edits(desk, ticket, wish, ())
    if wish.get("comment") is not None:
        _body(wish["comment"])
    return _commit(desk, ticket, wish, edits, author, channel)


def _edits(desk: Desk, ticket: Ticket, wish: Wish, inherited: Any) -> dict[str, FieldValue]:
    """New values by field, only real differences; every invalid one is named at once."""
    faults: dict[str, str] = {}
    edits: dict[str, FieldValue] = {}
    for name, read in READERS.items():
        if name in wish:
            try:
                edits[name] = read(desk, wish[name])
            except ValueError as fault:
                faults[name] = str(fault)
    wished, wrong = custom_fields(desk, wish)
    if faults or wrong:
        raise record_invalid({**faults, **wrong})
    edits |= _tagged(desk, ticket, wish, wished, inherited)
    return {name: value for name, value in edits.items() if value != current(ticket, name)}


def _tagged(
    desk: Desk, ticket: Ticket, wish: Wish, wished: dict[int, FieldValue], inherited: Any
) -> dict[str, FieldValue]:
    if "tags" not in wish and not wished and not inherited:
        return {}
    tags = joined(split(wish["tags"]) if "tags" in wish else ticket.tags, inherited)
    coupled, values = couple(desk.ticket_fields, ticket.tags, tags, wished)
    return {"tags": coupled, **{str(key): value for key, value in values.items()}}


def _commit(
    desk: Desk,
    ticket: Ticket,
    wish: Wish,
    edits: dict[str, FieldValue],
    author: User,
    channel: str,
    *,
    new: bool = False,
) -> Audit:
    """Do what was decided; a wish that changes nothing leaves the stamps alone."""
    now = desk.clock.wall()
    audit_id = next_audit(desk)
    events = [_set(desk, ticket, name, value, author, channel, now) for name, value in edits.items()]
    if new:
        events = []
    if wish.get("comment") is not None:
        events.insert(0, _add_comment(desk, ticket, wish["comment"], audit_id, author, channel, now))
    metadata = wish.get("metadata")
    audit = Audit(
        id=audit_id,
        ticket_id=ticket.id,
        author_id=author.id,
        channel=channel,
        events=events,
        made=beginnings(ticket) if new else {},
        custom=metadata if isinstance(metadata, dict) else {},
        created_at=now,
    )
    if events:
        counters.follow_author(ticket, author.id, now)
        desk.tickets.touch(ticket, now)
        desk.audits.setdefault(ticket.id, []).append(audit)
    return audit


def _set(
    desk: Desk, ticket: Ticket, name: str, value: FieldValue, author: User, channel: str, now: int
) -> Wish:
    before = current(ticket, name)
    if name.isdigit():
        ticket.custom_fields = {**ticket.custom_fields, int(name): value}
    else:
        setattr(ticket, name, value)
    if name in FOLLOWERS:
        FOLLOWERS[name](ticket, before, now)
    desk.ledger.effects.append(Effect(now, "ticket", ticket.id, name, before, value, author.id, channel))
    return changed(desk, name, before, value)


FOLLOWERS: dict[str, Callable[[Ticket, FieldValue, int], None]] = {
    "status": lambda ticket, before, now: counters.follow_status(ticket, str(before), now),
    "assignee_id": lambda ticket, _, now: counters.follow_assignee(ticket, now),
    "group_id": lambda ticket, _, __: counters.follow_group(ticket),
}
"""What has to be counted when a field moves."""


def _add_comment(
    desk: Desk, ticket: Ticket, wish: Wish, audit_id: int, author: User, channel: str, now: int
) -> Wish:
    writer = desk.users.get(wish.get("author_id")) or author
    comment = Comment(
        id=desk.serial(),
        audit_id=audit_id,
        author_id=writer.id,
        body=_body(wish),
        public=wish.get("public") is not False,
        channel=channel,
        created_at=now,
    )
    desk.comments.setdefault(ticket.id, []).append(comment)
    counters.follow_comment(ticket, comment, writer)
    desk.ledger.effects.append(
        Effect(now, "ticket", ticket.id, "comment", None, comment.id, writer.id, channel)
    )
    return said(comment)


def _body(wish: object) -> str:
    """The text of a comment, cut silently where the vendor cuts it."""
    body = wish.get("body") if isinstance(wish, dict) else None
    if not isinstance(body, str) or not body.strip():
        raise record_invalid({"comment": "Comment: body cannot be blank"})
    return body[:COMMENT_LIMIT]


def _text(value: FieldValue) -> str | None:
    return value if isinstance(value, str) else None
