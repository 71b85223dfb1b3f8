"""What an audit says: fields by the names audits use, and how each thing that happened reads as an event.

Whether something may happen is decided in ``changes.py``; audits as they go out are in ``wire.py``.
"""

from __future__ import annotations

from typing import Any

from connectors.sandbox.records import Audit, Comment, FieldValue, Ticket
from connectors.sandbox.state import Desk

Event = dict[str, Any]

BEGINNINGS = (
    "requester_id",
    "organization_id",
    "subject",
    "type",
    "priority",
    "status",
    "group_id",
    "assignee_id",
    "tags",
)
"""The fields that the audit of a creation tells, where they are set."""


def next_audit(desk: Desk) -> int:
    """An id for an audit; the numbers just above it stay free for what a new ticket begins with."""
    key = desk.serial()
    for _ in BEGINNINGS:
        desk.serial()
    return key


def beginnings(ticket: Ticket) -> dict[str, FieldValue]:
    """The values a ticket begins with."""
    values = {name: current(ticket, name) for name in BEGINNINGS}
    return {name: value for name, value in values.items() if value not in (None, [])}


def current(ticket: Ticket, name: str) -> FieldValue:
    """The value of a field by the name audits use: its own, or a custom field's id."""
    value: FieldValue = ticket.custom_fields.get(int(name)) if name.isdigit() else getattr(ticket, name)
    return value


def changed(desk: Desk, name: str, before: FieldValue, after: FieldValue) -> Event:
    """A field moved."""
    change = {"id": desk.serial(), "type": "Change", "field_name": name}
    return {**change, "value": after, "previous_value": before}


def said(comment: Comment) -> Event:
    """A comment was added."""
    event = {"id": comment.id, "type": "Comment", "author_id": comment.author_id, "body": comment.body}
    return {**event, "public": comment.public}


def creation(ticket: Ticket, comment: Comment) -> Audit:
    """The audit of a ticket that came with its first comment and has not changed since."""
    return Audit(
        id=comment.audit_id,
        ticket_id=ticket.id,
        author_id=comment.author_id,
        channel=comment.channel,
        events=[said(comment)],
        made=beginnings(ticket),
        created_at=comment.created_at,
    )
