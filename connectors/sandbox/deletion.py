"""Tickets that go, in the vendor's two steps: deleted and restorable, then gone for good and scrubbed."""

from __future__ import annotations

from connectors.sandbox import events, profile_events
from connectors.sandbox.changes import update
from connectors.sandbox.ledger import Effect
from connectors.sandbox.records import Deletion, Ticket, User
from connectors.sandbox.state import Desk

SCRUBBED = "SCRUBBED"
MERGED_TAG = "closed_by_merge"


def delete_ticket(desk: Desk, ticket: Ticket, author: User) -> None:
    """The ticket leaves every list but that of the deleted; the export shows it once more."""
    now = desk.clock.wall()
    ticket.deleted = Deletion(at=now, actor_id=author.id, status=ticket.status)
    _turn(desk, ticket, "deleted", author)
    events.of_ticket(desk, ticket, author.id, [("soft_deleted", {})])


def restore_ticket(desk: Desk, ticket: Ticket, author: User) -> None:
    """The ticket is back as it was."""
    before = ticket.deleted.status if ticket.deleted else "open"
    ticket.deleted = None
    _turn(desk, ticket, before, author)
    events.of_ticket(desk, ticket, author.id, [("undeleted", {})])


def erase_ticket(desk: Desk, ticket: Ticket) -> None:
    """Gone for good: what people wrote is overwritten, the number remains in the export."""
    now = desk.clock.wall()
    was = ticket.deleted or Deletion(at=now, actor_id=desk.owner_id, status="open")
    ticket.deleted = Deletion(at=was.at, actor_id=was.actor_id, status=was.status, for_good=True)
    ticket.subject = ticket.description = SCRUBBED
    ticket.external_id, ticket.custom_fields, ticket.tags = None, {}, []
    desk.comments.pop(ticket.id, None)
    desk.audits.pop(ticket.id, None)
    desk.tickets.touch(ticket, now)
    events.of_ticket(desk, ticket, was.actor_id, [("permanently_deleted", {})])


def restorable(ticket: Ticket | None) -> bool:
    """Whether a ticket is deleted but not for good."""
    return (
        ticket is not None and ticket.status == "deleted" and not (ticket.deleted and ticket.deleted.for_good)
    )


def mark_spam(desk: Desk, ticket: Ticket, author: User) -> None:
    """The ticket is deleted and its requester, unless they work here, suspended."""
    person = desk.users.get(ticket.requester_id)
    if person is not None and not person.staff and not person.suspended:
        person.suspended = True
        desk.users.touch(person, desk.clock.wall())
        profile_events.user_changed(desk, person, {"suspended": False})
    events.of_ticket(desk, ticket, author.id, [("marked_as_spam", {})])
    delete_ticket(desk, ticket, author)


def merge_ticket(desk: Desk, source: Ticket, target: Ticket, wish: dict[str, object], author: User) -> None:
    """The source is closed with a note of where it went, and the target says what came to it."""
    there = wish.get("target_comment") or f"Request #{source.id} was closed and merged into this request."
    here = wish.get("source_comment") or f"This request was closed and merged into request #{target.id}."
    public = {name: wish.get(f"{name}_comment_is_public") is True for name in ("source", "target")}
    update(desk, target, {"comment": {"body": there, "public": public["target"]}}, author, "api")
    closed = {
        "status": "closed",
        "tags": [*source.tags, MERGED_TAG],
        "comment": {"body": here, "public": public["source"]},
    }
    update(desk, source, closed, author, "api")
    events.of_ticket(desk, source, author.id, [("merged", {"target_ticket_id": str(target.id)})])


def _turn(desk: Desk, ticket: Ticket, status: str, author: User) -> None:
    now = desk.clock.wall()
    effect = Effect(now, "ticket", ticket.id, "status", ticket.status, status, author.id, "api")
    desk.ledger.effects.append(effect)
    ticket.status = status
    desk.tickets.touch(ticket, now)
