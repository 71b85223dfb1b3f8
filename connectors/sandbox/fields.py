"""Making, changing and removing fields and their options: checked as a whole, then done.

What goes takes its values along: a removed option empties the field where it was chosen, and its
tag leaves the ticket. HTTP does not enter.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from connectors.sandbox.definitions import CHOICE_TYPES, FIRST_CUSTOM, SWITCHES
from connectors.sandbox.ledger import Effect
from connectors.sandbox.options import check_values, read_options, values_taken
from connectors.sandbox.records import FieldDefinition, FieldValue, Option, Ticket
from connectors.sandbox.refusals import duplicate, record_invalid
from connectors.sandbox.shelves import Shelf
from connectors.sandbox.state import Desk
from connectors.sandbox.tags import without
from connectors.sandbox.wire import Json

TICKET_TYPES = (
    "text",
    "textarea",
    "checkbox",
    "date",
    "integer",
    "decimal",
    "regexp",
    "partialcreditcard",
    "multiselect",
    "tagger",
    "lookup",
)
KEYED_TYPES = (
    "text",
    "textarea",
    "checkbox",
    "date",
    "integer",
    "decimal",
    "regexp",
    "dropdown",
    "multiselect",
    "lookup",
)
TEXTS = ("description", "agent_description", "title_in_portal", "regexp_for_validation")

_KEY = re.compile(r"(?![0-9]+$)[a-z0-9_]{1,100}", re.ASCII)


class Kind(NamedTuple):
    """One of the desk's three collections of fields, and who holds values of it."""

    shelf: Callable[[Desk], Shelf[FieldDefinition]]
    types: tuple[str, ...]
    keyed: bool
    clear: Callable[[Desk, FieldDefinition, frozenset[str] | None], None]
    """Empties the field where it holds one of these values, or any value where there are none given."""


def create(desk: Desk, kind: Kind, wish: Json) -> FieldDefinition:
    """A field of the account's own."""
    form = wish.get("type", "text")
    if faults := _faults(desk, kind, form, wish):
        raise record_invalid(faults)
    options = read_options(desk, wish.get("custom_field_options"), ()) if form in CHOICE_TYPES else ()
    if not kind.keyed:
        check_values(desk, options, beside=None)
    now = desk.clock.wall()
    field = FieldDefinition(
        id=max(kind.shelf(desk).next_id(), 1 if kind.keyed else FIRST_CUSTOM),
        title=str(wish["title"]),
        type=str(form),
        key=wish.get("key") if kind.keyed else None,
        options=options,
        created_at=now,
        updated_at=now,
    )
    _describe(desk, field, wish)
    kind.shelf(desk).add(field)
    return field


def change(desk: Desk, kind: Kind, field: FieldDefinition, wish: Json) -> None:
    """Change what is named; a list of options replaces the one there, and what it leaves out is gone."""
    faults = _title_faults(wish["title"]) if "title" in wish else {}
    if faults:
        raise record_invalid(faults)
    if field.removable:
        if field.type in CHOICE_TYPES and "custom_field_options" in wish:
            set_options(desk, kind, field, read_options(desk, wish["custom_field_options"], field.options))
        field.title = str(wish.get("title", field.title))
    _describe(desk, field, wish)
    field.updated_at = desk.clock.wall()


def set_options(desk: Desk, kind: Kind, field: FieldDefinition, options: tuple[Option, ...]) -> None:
    """Give a field these options; values that none of them has any more are taken from whoever holds them."""
    if not kind.keyed:
        check_values(desk, options, beside=field)
    lost = {option.value for option in field.options} - {option.value for option in options}
    field.options = options
    field.updated_at = desk.clock.wall()
    if lost:
        kind.clear(desk, field, frozenset(lost))


def remove(desk: Desk, kind: Kind, field: FieldDefinition) -> None:
    """Take a field away with all its values; tags that it had set stay where they are."""
    if not field.removable:
        raise record_invalid({"base": f"{field.title}: is a system field and cannot be removed"})
    kind.clear(desk, field, None)
    kind.shelf(desk).remove(field.id)


def reorder(desk: Desk, kind: Kind, ids: list[int]) -> None:
    """Put these first, in this order; the others follow as they were."""
    shelf = kind.shelf(desk)
    first = [field for key in dict.fromkeys(ids) if (field := shelf.get(key)) is not None]
    rest = sorted((field for field in shelf if field not in first), key=lambda field: field.place)
    for place, field in enumerate([*first, *rest], 1):
        field.position = place


def _faults(desk: Desk, kind: Kind, form: object, wish: Json) -> dict[str, str]:
    """What keeps a new field from being made, by property."""
    faults = _title_faults(wish.get("title"))
    if form not in kind.types:
        faults["type"] = f"Type: is not one of {', '.join(kind.types)}"
    if kind.keyed:
        faults |= _key_faults(desk, kind, wish.get("key"))
    if form in CHOICE_TYPES and not wish.get("custom_field_options"):
        faults["custom_field_options"] = "Custom field options: must be present"
    return faults


def _title_faults(title: object) -> dict[str, str]:
    return {} if isinstance(title, str) and title.strip() else {"title": "Title: cannot be blank"}


def _key_faults(desk: Desk, kind: Kind, key: object) -> dict[str, str]:
    if not isinstance(key, str) or _KEY.fullmatch(key) is None:
        return {"key": "Key: may hold letters, digits and underscores, and not only digits"}
    if any(field.key == key for field in kind.shelf(desk)):
        raise duplicate("key", f"Key: {key} is already taken")
    return {}


def _describe(desk: Desk, field: FieldDefinition, wish: Json) -> None:
    """The properties that any field has and that may change at any time."""
    texts = {name: wish[name] for name in TEXTS if isinstance(wish.get(name), str)}
    switches = {name: wish[name] for name in SWITCHES if isinstance(wish.get(name), bool)}
    field.extras = {**field.extras, **texts, **switches}
    if isinstance(wish.get("active"), bool):
        field.active = wish["active"]
    if type(wish.get("position")) is int:
        field.position = wish["position"]
    if wish.get("sub_type_id") in (0, 1):
        field.sub_type_id = int(wish["sub_type_id"])
    if field.type == "checkbox" and isinstance(wish.get("tag"), str):
        _take_tag(desk, field, wish["tag"])


def _take_tag(desk: Desk, field: FieldDefinition, tag: str) -> None:
    if field.key is None and tag in values_taken(desk, beside=field):
        raise duplicate("tag", f"Tag: {tag} is used by another field")
    field.tag = tag or None


def _clear_tickets(desk: Desk, field: FieldDefinition, values: frozenset[str] | None) -> None:
    """Without an audit, as no ticket event is produced; only the export's own stamp moves."""
    for ticket in desk.tickets:
        held = ticket.custom_fields.get(field.id)
        if held is None:
            continue
        kept = _left(held, values)
        if kept != held:
            _empty(desk, ticket, field, kept, values)


def _empty(
    desk: Desk, ticket: Ticket, field: FieldDefinition, kept: FieldValue, values: frozenset[str] | None
) -> None:
    now, before = desk.clock.wall(), ticket.custom_fields[field.id]
    ticket.custom_fields = {key: value for key, value in ticket.custom_fields.items() if key != field.id}
    if kept is not None:
        ticket.custom_fields[field.id] = kept
    tags = without(ticket.tags, values or ())
    for name, old, new in ((str(field.id), before, kept), ("tags", ticket.tags, tags)):
        if old != new:
            desk.ledger.effects.append(Effect(now, "ticket", ticket.id, name, old, new, None, "system"))
    ticket.tags = tags
    stamped = ticket.updated_at
    desk.tickets.touch(ticket, now)
    ticket.updated_at = stamped


def _left(held: FieldValue, values: frozenset[str] | None) -> FieldValue:
    """What stays of a field's value once these are gone."""
    if values is None:
        return None
    if isinstance(held, list):
        return [value for value in held if isinstance(value, str) and value not in values] or None
    return None if held in values else held


def _clear_users(desk: Desk, field: FieldDefinition, values: frozenset[str] | None) -> None:
    for user in desk.users:
        user.user_fields = _without_value(user.user_fields, field, values)


def _clear_organizations(desk: Desk, field: FieldDefinition, values: frozenset[str] | None) -> None:
    for company in desk.organizations:
        company.organization_fields = _without_value(company.organization_fields, field, values)


def _without_value(
    held: dict[str, FieldValue], field: FieldDefinition, values: frozenset[str] | None
) -> dict[str, FieldValue]:
    return {
        key: _left(value, values) if key == field.key else value
        for key, value in held.items()
        if key != field.key or values is not None
    }


TICKETS = Kind(lambda desk: desk.ticket_fields, TICKET_TYPES, keyed=False, clear=_clear_tickets)
USERS = Kind(lambda desk: desk.user_fields, KEYED_TYPES, keyed=True, clear=_clear_users)
ORGANIZATIONS = Kind(
    lambda desk: desk.organization_fields, KEYED_TYPES, keyed=True, clear=_clear_organizations
)
