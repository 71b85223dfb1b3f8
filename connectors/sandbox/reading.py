"""What may be sent for each field of a ticket: one reader a row, refusing with a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from connectors.sandbox.definitions import priorities
from connectors.sandbox.records import STATUSES, TYPES, FieldDefinition, FieldValue
from connectors.sandbox.state import Desk
from connectors.sandbox.wire import stamp

Reader = Callable[[Desk, object], FieldValue]
"""Gives the value to store; raises ValueError with what is wrong."""


def _one_of(title: str, choices: tuple[str, ...], *, empty: bool) -> Reader:
    def read(_: Desk, value: object) -> FieldValue:
        if value is None and empty:
            return None
        if isinstance(value, str) and value in choices:
            return value
        raise ValueError(f"{title}: is not one of {', '.join(choices)}")

    return read


def _priority(desk: Desk, value: object) -> FieldValue:
    return _one_of("Priority", priorities(desk), empty=True)(desk, value)


def _text(title: str) -> Reader:
    def read(_: Desk, value: object) -> FieldValue:
        if value is None or isinstance(value, str):
            return value
        raise ValueError(f"{title}: must be text")

    return read


def _known(title: str, find: Callable[[Desk, int], bool], *, empty: bool) -> Reader:
    def read(desk: Desk, value: object) -> FieldValue:
        if value is None and empty:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and find(desk, value):
            return value
        raise ValueError(f"{title}: is invalid")

    return read


def _is_agent(desk: Desk, key: int) -> bool:
    user = desk.users.get(key)
    return user is not None and user.staff and user.active


def _is_person(desk: Desk, key: int) -> bool:
    user = desk.users.get(key)
    return user is not None and user.active


def _people(title: str) -> Reader:
    def read(desk: Desk, value: object) -> FieldValue:
        keys = value if isinstance(value, list) else None
        if keys is not None and all(type(key) is int and _is_person(desk, key) for key in keys):
            return list(dict.fromkeys(keys))
        raise ValueError(f"{title}: is invalid")

    return read


def _due(_: Desk, value: object) -> FieldValue:
    """An ISO time, kept as the desk writes times."""
    if value is None:
        return None
    try:
        return stamp(int(datetime.fromisoformat(str(value)).timestamp()))
    except (ValueError, OverflowError):
        raise ValueError("Due at: is not a time") from None


def _is_problem(desk: Desk, key: int) -> bool:
    ticket = desk.tickets.get(key)
    return ticket is not None and ticket.type == "problem" and ticket.status != "deleted"


READERS: dict[str, Reader] = {
    "subject": _text("Subject"),
    "status": _one_of("Status", STATUSES, empty=False),
    "priority": _priority,
    "type": _one_of("Type", TYPES, empty=True),
    "external_id": _text("External id"),
    "requester_id": _known("Requester", _is_person, empty=False),
    "assignee_id": _known("Assignee", _is_agent, empty=True),
    "group_id": _known("Group", lambda desk, key: key in desk.groups, empty=True),
    "organization_id": _known("Organization", lambda desk, key: key in desk.organizations, empty=True),
    "collaborator_ids": _people("Collaborators"),
    "follower_ids": _people("Followers"),
    "email_cc_ids": _people("Email ccs"),
    "problem_id": _known("Problem", _is_problem, empty=True),
    "due_at": _due,
}
"""The properties a ticket call may set; anything else that is sent is ignored silently, as the desk does."""


def custom_fields(desk: Desk, wish: dict[str, Any]) -> tuple[dict[int, FieldValue], dict[str, str]]:
    """The custom fields listed in a wish, and what is wrong with some; unknown ids are ignored."""
    values: dict[int, FieldValue] = {}
    faults: dict[str, str] = {}
    listing = wish.get("custom_fields")
    for entry in listing if isinstance(listing, list) else ():
        field = desk.ticket_fields.get(entry.get("id")) if isinstance(entry, dict) else None
        if field is None or not field.removable or not field.active:
            continue
        try:
            values[field.id] = _custom(field, entry.get("value"))
        except ValueError as fault:
            faults[str(field.id)] = str(fault)
    return values, faults


def keyed_fields(
    shelf: Iterable[FieldDefinition], wish: object
) -> tuple[dict[str, FieldValue], dict[str, str]]:
    """The same for fields of people and companies, which are sent as an object by key."""
    values: dict[str, FieldValue] = {}
    faults: dict[str, str] = {}
    given = wish if isinstance(wish, dict) else {}
    for field in shelf:
        if field.key is None or field.key not in given:
            continue
        try:
            values[field.key] = _custom(field, given[field.key])
        except ValueError as fault:
            faults[field.key] = str(fault)
    return values, faults


def _is_text(_: FieldDefinition, value: object) -> bool:
    return isinstance(value, str)


def _is_number(_: FieldDefinition, value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_option(field: FieldDefinition, value: object) -> bool:
    return isinstance(value, str) and any(option.value == value for option in field.options)


def _are_options(field: FieldDefinition, value: object) -> bool:
    return isinstance(value, list) and all(_is_option(field, one) for one in value)


ACCEPTED: dict[str, Callable[[FieldDefinition, object], bool]] = {
    "text": _is_text,
    "textarea": _is_text,
    "date": _is_text,
    "regexp": _is_text,
    "partialcreditcard": _is_text,
    "lookup": lambda field, value: _is_text(field, value) or _is_number(field, value),
    "integer": _is_number,
    "decimal": _is_number,
    "checkbox": lambda _, value: isinstance(value, bool),
    "tagger": _is_option,
    "dropdown": _is_option,
    "multiselect": _are_options,
}
"""Which values a custom field of each type takes."""


def _custom(field: FieldDefinition, value: Any) -> FieldValue:
    if value is None or value in ("", []):
        return None
    fits = ACCEPTED.get(field.type)
    if fits is None or not fits(field, value):
        raise ValueError(f"{field.title}: is invalid for a field of type {field.type}")
    stored: FieldValue = list(dict.fromkeys(value)) if isinstance(value, list) else value
    return stored
