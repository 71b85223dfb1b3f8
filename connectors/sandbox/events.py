"""Telling webhooks what happened: one envelope for each thing, written only where somebody listens.

Whoever changes a record calls ``of_ticket``, ``of_user`` or ``of_organization`` once for one action, with the
events it is made of as pairs of type and body; the helpers below make the bodies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from connectors.sandbox.hooks.kinds import FAMILIES, PREFIX
from connectors.sandbox.hooks.queue import enqueue
from connectors.sandbox.hooks.records import ACCOUNT
from connectors.sandbox.records import Comment, FieldDefinition, FieldValue, Organization, Ticket, User
from connectors.sandbox.state import Desk
from connectors.sandbox.wire import Json, iso, stamp

Told = tuple[str, Json]
"""An event: its type without family, such as ``priority_changed``, and the body under ``event``."""

CHANNELS = {"api": "web_service"}
"""Channels that events call by another name than the REST interface does."""

SHOUTED = frozenset({"status", "priority", "type"})
"""Fields whose values come in capitals."""

IDS = frozenset(
    {
        "group_id",
        "assignee_id",
        "organization_id",
        "requester_id",
        "submitter_id",
        "brand_id",
        "ticket_form_id",
    }
)
"""Fields whose values come as text although they are numbers."""


def of_ticket(desk: Desk, ticket: Ticket, actor: int | None, told: Iterable[Told]) -> None:
    """Something happened to a ticket, as one action."""
    _tell(desk, "ticket", ticket.id, told, lambda: ticket_detail(ticket, actor))


def of_user(desk: Desk, user: User, told: Iterable[Told]) -> None:
    """Something happened to a person, as one action."""
    _tell(desk, "user", user.id, told, lambda: user_detail(user))


def of_organization(desk: Desk, organization: Organization, told: Iterable[Told]) -> None:
    """Something happened to a company, as one action."""
    _tell(desk, "organization", organization.id, told, lambda: organization_detail(organization))


def _tell(desk: Desk, family: str, key: int, told: Iterable[Told], detail: Callable[[], Json]) -> None:
    if not desk.hooks.webhooks:
        return
    now, version = desk.clock.wall(), FAMILIES[family][0]
    sequence, shown = desk.hooks.ulid(now), detail()
    for position, (name, body) in enumerate(told, 1):
        kind = f"{PREFIX}{family}.{name}"
        audience = desk.hooks.audience(kind)
        if not audience:
            continue
        envelope = {
            "type": kind,
            "account_id": ACCOUNT,
            "id": desk.hooks.uuid(),
            "time": f"{stamp(now)[:-1]}.{desk.hooks.nanoseconds(now):09}Z",
            "zendesk_event_version": version,
            "subject": f"zen:{family}:{key}",
            "detail": shown,
            "event": {**body, "meta": {"sequence": {"id": sequence, "position": position}}},
        }
        raw = msgspec.json.encode(envelope)
        for hook in audience:
            enqueue(desk, hook, kind, raw)


def changed(current: object, previous: object) -> Json:
    """The body of most changes."""
    return {"current": current, "previous": previous}


def tags(before: Iterable[str], after: Iterable[str]) -> Json:
    """The body of changed tags."""
    old, new = list(before), list(after)
    return {
        "tags_added": [tag for tag in new if tag not in old],
        "tags_removed": [tag for tag in old if tag not in new],
    }


def people(before: Iterable[int], after: Iterable[int]) -> Json:
    """The body of changed followers and copies."""
    old, new = list(map(str, before)), list(map(str, after))
    return {
        "users_added": [key for key in new if key not in old],
        "users_removed": [key for key in old if key not in new],
    }


def custom_field(field: FieldDefinition, current: FieldValue, previous: FieldValue) -> Json:
    """The body of a changed custom field."""
    about = {"id": str(field.id), "title": field.title, "type": field.type}
    return {"custom_field": about, "current": {"value": current}, "previous": {"value": previous}}


def comment(desk: Desk, record: Comment) -> Json:
    """The body of an added comment."""
    author = desk.users.get(record.author_id)
    by = {
        "id": _text(record.author_id),
        "is_staff": author is not None and author.staff,
        "name": author.name if author is not None else "",
    }
    about = {"id": str(record.id), "body": record.body, "html_body": f"<p>{_html(record.body)}</p>"}
    return {"comment": {**about, "is_public": record.public, "author": by}}


def _html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def value(name: str, given: FieldValue) -> FieldValue:
    """A ticket field's value as events write it."""
    if given is None:
        return None
    if name in SHOUTED:
        return str(given).upper()
    return str(given) if name in IDS else given


def _text(key: int | None) -> str | None:
    return None if key is None else str(key)


def ticket_detail(ticket: Ticket, actor: int | None) -> Json:
    """A ticket as events show it; nobody in particular acts as ``-1``."""
    return {
        "actor_id": str(-1 if actor is None else actor),
        "assignee_id": _text(ticket.assignee_id),
        "brand_id": "1",
        "created_at": stamp(ticket.created_at),
        "custom_status": None,
        "description": ticket.description,
        "external_id": ticket.external_id,
        "form_id": None,
        "group_id": _text(ticket.group_id),
        "id": str(ticket.id),
        "is_public": True,
        "organization_id": _text(ticket.organization_id),
        "priority": value("priority", ticket.priority),
        "requester_id": _text(ticket.requester_id),
        "status": value("status", ticket.status),
        "subject": ticket.subject,
        "submitter_id": _text(ticket.submitter_id),
        "tags": ticket.tags,
        "type": value("type", ticket.type),
        "updated_at": stamp(ticket.updated_at),
        "via": {"channel": CHANNELS.get(ticket.channel, ticket.channel)},
    }


def user_detail(user: User) -> Json:
    """A person as events show them: no name and no fields, so that whoever wants them has to ask."""
    return {
        "id": str(user.id),
        "email": user.email,
        "external_id": user.external_id,
        "role": user.role,
        "organization_id": _text(user.organization_id),
        "default_group_id": _text(getattr(user, "default_group_id", None)),
        "created_at": stamp(user.created_at),
        "updated_at": iso(user.updated_at),
    }


def organization_detail(organization: Organization) -> Json:
    """A company as events show it."""
    return {
        "id": str(organization.id),
        "name": organization.name,
        "external_id": organization.external_id,
        "group_id": None,
        "shared_comments": False,
        "shared_tickets": False,
        "created_at": stamp(organization.created_at),
        "updated_at": stamp(organization.updated_at),
    }
