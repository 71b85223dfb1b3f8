"""Field definitions: those every desk has, and short ways to add one's own."""

from __future__ import annotations

import msgspec

from connectors.sandbox.records import PRIORITIES, STATUSES, TYPES, FieldDefinition, Group, Option
from connectors.sandbox.shelves import Shelf
from connectors.sandbox.state import Desk

SYSTEM_FIELDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Subject", "subject", ()),
    ("Description", "description", ()),
    ("Status", "status", STATUSES[:-1]),
    ("Type", "tickettype", TYPES),
    ("Priority", "priority", PRIORITIES),
    ("Group", "group", ()),
    ("Assignee", "assignee", ()),
)
"""Title, type and choices of the ticket fields that no account can remove."""

FIRST_CUSTOM = 300_001

CHOICE_TYPES = ("tagger", "multiselect", "dropdown")
"""Field types that have options."""

SWITCHES = (
    "required",
    "required_in_portal",
    "visible_in_portal",
    "editable_in_portal",
    "collapsed_for_agents",
)
"""What can be switched on for a ticket field; the desk keeps it and nothing here acts on it."""


def add_system_fields(desk: Desk, at: int) -> None:
    """The ticket fields every desk has, since ``at``."""
    for number, (title, kind, values) in enumerate(SYSTEM_FIELDS, 1):
        options = _options(number, {value: value.capitalize() for value in values})
        desk.ticket_fields.add(
            FieldDefinition(
                id=number,
                title=title,
                type=kind,
                options=options,
                removable=False,
                created_at=at,
                updated_at=at,
            )
        )


def add_ticket_field(desk: Desk, title: str, kind: str, choices: dict[str, str], at: int) -> int:
    """A ticket field of the account's own; ``choices`` are value to name. Gives its id."""
    key = max(desk.ticket_fields.next_id(), FIRST_CUSTOM)
    options = _options(key, choices)
    desk.ticket_fields.add(
        FieldDefinition(id=key, title=title, type=kind, options=options, created_at=at, updated_at=at)
    )
    return key


def add_keyed_field(
    shelf: Shelf[FieldDefinition], key: str, kind: str, values: tuple[str, ...], at: int
) -> None:
    """A field of users or organizations, addressed by its key."""
    number = shelf.next_id()
    title = key.replace("_", " ").capitalize()
    options = _options(number, {value: value.replace("_", " ").capitalize() for value in values})
    shelf.add(
        FieldDefinition(
            id=number, title=title, type=kind, key=key, options=options, created_at=at, updated_at=at
        )
    )


def as_set(desk: Desk, field: FieldDefinition) -> FieldDefinition:
    """The field as the account has it: in trouble its priorities are only two."""
    if field.type == "priority" and desk.trouble.strikes("low-priorities-hidden"):
        return msgspec.structs.replace(field, sub_type_id=1)
    return field


def offered(field: FieldDefinition) -> tuple[Option, ...]:
    """The options that can be chosen: a priority field of sub type 1 hides the lowest and the highest."""
    if field.type == "priority" and field.sub_type_id == 1:
        return tuple(option for option in field.options if option.value in ("normal", "high"))
    return field.options


def priorities(desk: Desk) -> tuple[str, ...]:
    """The priorities that this account uses."""
    field = next((one for one in desk.ticket_fields if one.type == "priority"), None)
    return PRIORITIES if field is None else tuple(one.value for one in offered(as_set(desk, field)))


def add_group(desk: Desk, name: str, at: int) -> int:
    """A team; gives its id."""
    group = Group(id=desk.groups.next_id(), name=name, created_at=at, updated_at=at)
    desk.groups.add(group)
    return group.id


def _options(field: int, choices: dict[str, str]) -> tuple[Option, ...]:
    return tuple(
        Option(id=field * 1000 + number, name=name, value=value)
        for number, (value, name) in enumerate(choices.items(), 1)
    )
