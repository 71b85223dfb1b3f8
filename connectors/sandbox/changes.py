"""Changing and creating tickets: what was sent is checked as a whole, then done and audited.

Bulk jobs and single calls both end here; HTTP does not enter.
"""

from __future__ import annotations

from connectors.sandbox import counters
from connectors.sandbox.audits import beginnings, current, next_audit, said
from connectors.sandbox.edits import Hand, Wish, differences, set_field
from connectors.sandbox.ledger import Effect
from connectors.sandbox.records import Audit, Comment, FieldValue, Ticket, User
from connectors.sandbox.refusals import outdated, record_invalid
from connectors.sandbox.rules.conditions import Happening
from connectors.sandbox.rules.following import conclude
from connectors.sandbox.state import Desk
from connectors.sandbox.tags import joined, split, without
from connectors.sandbox.wire import stamp

__all__ = ["Wish", "check_stamp", "create", "update", "update_in_bulk"]

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
    edits = differences(desk, Ticket(id=0, created_at=now, updated_at=now), wish, inherited)
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
    edits = differences(desk, ticket, wish)
    if wish.get("comment") is not None:
        _body(wish["comment"])
    return _commit(desk, ticket, wish, edits, author, channel)


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
    """Do what was decided, then let the desk's rules follow; a wish that changes nothing leaves no trace."""
    hand, audit_id = Hand(author.id, channel, desk.clock.wall()), next_audit(desk)
    before = {} if new else {name: current(ticket, name) for name in edits}
    events = [set_field(desk, ticket, name, value, hand) for name, value in edits.items()]
    comment = _comment(desk, ticket, wish, audit_id, author, hand)
    if new:
        events = []
    if comment is not None:
        events.insert(0, said(comment))
    metadata = wish.get("metadata")
    audit = Audit(
        id=audit_id,
        ticket_id=ticket.id,
        author_id=author.id,
        channel=channel,
        events=events,
        made=beginnings(ticket) if new else {},
        custom=metadata if isinstance(metadata, dict) else {},
        created_at=hand.now,
    )
    if events:
        counters.follow_author(ticket, author.id, hand.now)
        happening = Happening("Create" if new else "Change", channel, author, before, comment)
        conclude(desk, ticket, audit, happening)
    return audit


def _comment(
    desk: Desk, ticket: Ticket, wish: Wish, audit_id: int, author: User, hand: Hand
) -> Comment | None:
    """The comment of a wish, added to the conversation."""
    said_by_wish = wish.get("comment")
    if said_by_wish is None:
        return None
    writer = desk.users.get(said_by_wish.get("author_id")) or author
    comment = Comment(
        id=desk.serial(),
        audit_id=audit_id,
        author_id=writer.id,
        body=_body(said_by_wish),
        public=said_by_wish.get("public") is not False,
        channel=hand.channel,
        created_at=hand.now,
    )
    desk.comments.setdefault(ticket.id, []).append(comment)
    counters.follow_comment(ticket, comment, writer)
    effect = Effect(hand.now, "ticket", ticket.id, "comment", None, comment.id, writer.id, hand.channel)
    desk.ledger.effects.append(effect)
    return comment


def _body(wish: object) -> str:
    """The text of a comment, cut silently where the vendor cuts it."""
    body = wish.get("body") if isinstance(wish, dict) else None
    if not isinstance(body, str) or not body.strip():
        raise record_invalid({"comment": "Comment: body cannot be blank"})
    return body[:COMMENT_LIMIT]


def _text(value: FieldValue) -> str | None:
    return value if isinstance(value, str) else None
