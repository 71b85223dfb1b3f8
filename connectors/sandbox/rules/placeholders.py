"""Texts with placeholders, as triggers send them: ``{{ticket.id}}`` and its like; unknown ones are empty."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from connectors.sandbox.records import Ticket, User
from connectors.sandbox.rules.conditions import Happening
from connectors.sandbox.state import Desk
from connectors.sandbox.wire import stamp

PLACEHOLDER = re.compile(r"\{\{\s*([a-z_.0-9]+)\s*(\|\s*json\s*)?\}\}")
FIELD = re.compile(r"ticket\.ticket_field_(?:option_title_)?(\d{1,18})")


def rendered(text: str, desk: Desk, ticket: Ticket, happening: Happening) -> str:
    """The text with its placeholders filled; the filter ``| json`` quotes what it fills in."""

    def fill(found: re.Match[str]) -> str:
        value = _value(found.group(1), desk, ticket, happening)
        return msgspec.json.encode(value).decode() if found.group(2) else value

    return PLACEHOLDER.sub(fill, text)


def _value(name: str, desk: Desk, ticket: Ticket, happening: Happening) -> str:
    field = FIELD.fullmatch(name)
    if field is not None:
        return _plain(ticket.custom_fields.get(int(field.group(1))))
    prefix, _, rest = name.rpartition(".")
    if prefix in PEOPLE:
        person = desk.users.get(PEOPLE[prefix](ticket, happening))
        return _plain(PERSON[rest](person)) if person is not None and rest in PERSON else ""
    return _plain(TICKET[name](ticket, happening, desk)) if name in TICKET else ""


def _plain(value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return "" if value is None else str(value)


PEOPLE: dict[str, Callable[[Ticket, Happening], int | None]] = {
    "ticket.requester": lambda ticket, _: ticket.requester_id,
    "ticket.assignee": lambda ticket, _: ticket.assignee_id,
    "current_user": lambda _, happening: happening.author.id,
}

PERSON: dict[str, Callable[[User], object]] = {
    "id": lambda user: user.id,
    "name": lambda user: user.name,
    "email": lambda user: user.email,
    "external_id": lambda user: user.external_id,
}

TICKET: dict[str, Callable[[Ticket, Happening, Desk], object]] = {
    "ticket.id": lambda ticket, _, __: ticket.id,
    "ticket.external_id": lambda ticket, _, __: ticket.external_id,
    "ticket.title": lambda ticket, _, __: ticket.subject,
    "ticket.description": lambda ticket, _, __: ticket.description,
    "ticket.status": lambda ticket, _, __: ticket.status.capitalize(),
    "ticket.priority": lambda ticket, _, __: (ticket.priority or "").capitalize(),
    "ticket.ticket_type": lambda ticket, _, __: (ticket.type or "").capitalize(),
    "ticket.tags": lambda ticket, _, __: ticket.tags,
    "ticket.via": lambda ticket, _, __: ticket.channel,
    "ticket.group.id": lambda ticket, _, __: ticket.group_id,
    "ticket.group.name": lambda ticket, _, desk: getattr(desk.groups.get(ticket.group_id), "name", None),
    "ticket.organization.id": lambda ticket, _, __: ticket.organization_id,
    "ticket.organization.name": lambda ticket, _, desk: getattr(
        desk.organizations.get(ticket.organization_id), "name", None
    ),
    "ticket.created_at_with_timestamp": lambda ticket, _, __: stamp(ticket.created_at),
    "ticket.updated_at_with_timestamp": lambda ticket, _, __: stamp(ticket.updated_at),
    "ticket.latest_comment": lambda _, happening, __: happening.comment.body if happening.comment else None,
}
"""What can be said of a ticket. Status, priority and type come as people read them."""
