"""One ticket's life, step by step, counted by the same rules as a live change."""

from __future__ import annotations

from typing import Any

from connectors.sandbox import counters
from connectors.sandbox.audits import beginnings, changed, current, next_audit, said
from connectors.sandbox.edits import FOLLOWERS
from connectors.sandbox.records import Audit, Comment, FieldValue, Ticket, User
from connectors.sandbox.state import Desk

Edits = dict[str, FieldValue]
"""New values by field."""


class Story:
    """Adds comments and changes to a ticket that is not on the desk yet; time only moves forward."""

    def __init__(self, desk: Desk, ticket: Ticket) -> None:
        self._desk = desk
        self.ticket = ticket

    def step(
        self, author: User | None, at: int, edits: Edits, body: str = "", *, public: bool = True
    ) -> None:
        """Somebody writes, changes fields, or both in one go; no author means the desk itself."""
        told = self._desk.audits.setdefault(self.ticket.id, [])
        audit_id = next_audit(self._desk)
        events = [self._edit(name, value, at) for name, value in edits.items()]
        if body:
            events.insert(0, self._write(author, at, body, public=public, audit_id=audit_id))
        staff = author is None or author.staff
        audit = Audit(
            id=audit_id,
            ticket_id=self.ticket.id,
            author_id=author.id if author else None,
            channel="web" if staff else self.ticket.channel,
            events=events,
            made={} if told else beginnings(self.ticket),
            created_at=at,
        )
        told.append(audit)
        self.ticket.updated_at = max(self.ticket.updated_at, at)

    def _edit(self, name: str, value: FieldValue, at: int) -> dict[str, Any]:
        before = current(self.ticket, name)
        setattr(self.ticket, name, value)
        if name in FOLLOWERS:
            FOLLOWERS[name](self.ticket, before, at)
        return changed(self._desk, name, before, value)

    def _write(
        self, author: User | None, at: int, body: str, *, public: bool, audit_id: int
    ) -> dict[str, Any]:
        comment = Comment(
            id=self._desk.serial(),
            audit_id=audit_id,
            author_id=author.id if author else None,
            body=body,
            public=public,
            channel="web" if author is None or author.staff else self.ticket.channel,
            created_at=at,
        )
        self._desk.comments.setdefault(self.ticket.id, []).append(comment)
        counters.follow_comment(self.ticket, comment, author)
        return said(comment)
