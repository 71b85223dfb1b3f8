"""The options of a field as clients send them: read, numbered, kept apart from those of other fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from connectors.sandbox.records import FieldDefinition, Option
from connectors.sandbox.refusals import duplicate, record_invalid
from connectors.sandbox.state import Desk
from connectors.sandbox.wire import Json

MOST_OPTIONS = 2000
NAME = "custom_field_options"


def read_options(desk: Desk, sent: object, there: Iterable[Option]) -> tuple[Option, ...]:
    """The list as sent, in its order. An entry keeps its id by naming it; any other is a new option.

    So a list without ids replaces every option, even where the values stay the same.
    """
    entries = sent if isinstance(sent, list) else []
    if not entries or not all(isinstance(entry, dict) for entry in entries):
        raise record_invalid({NAME: "Custom field options: must be a list of options"})
    if len(entries) > MOST_OPTIONS:
        raise record_invalid({NAME: f"Custom field options: at most {MOST_OPTIONS} are allowed"})
    known = {option.id: option for option in there}
    return tuple(_read(desk, entry, known) for entry in entries)


def upserted(desk: Desk, there: tuple[Option, ...], entry: Json) -> tuple[tuple[Option, ...], Option, bool]:
    """The options with this one changed (by its id) or added, the one itself, and whether it is new."""
    known = {option.id: option for option in there}
    option = _read(desk, entry, known)
    if option.id in known:
        return tuple(option if one.id == option.id else one for one in there), option, False
    if len(there) >= MOST_OPTIONS:
        raise record_invalid({NAME: f"Custom field options: at most {MOST_OPTIONS} are allowed"})
    return (*there, option), option, True


def check_values(desk: Desk, options: tuple[Option, ...], *, beside: FieldDefinition | None) -> None:
    """Refuse values that come twice or belong to another field of tickets; ``beside`` is the field itself."""
    taken = values_taken(desk, beside=beside)
    seen: set[str] = set()
    for option in options:
        if option.value in taken or option.value in seen:
            raise duplicate(NAME, f"Custom field options: {option.value} is already in use")
        seen.add(option.value)


def values_taken(desk: Desk, *, beside: FieldDefinition | None) -> set[str]:
    """Every value that is a tag of some other ticket field."""
    others = [field for field in desk.ticket_fields if field.removable and field is not beside]
    values = {option.value for field in others for option in field.options}
    return values | {field.tag for field in others if field.tag}


def _read(desk: Desk, entry: Json, known: Mapping[int, Option]) -> Option:
    old = known.get(_id(entry.get("id")))
    name = entry.get("name", old.name if old else None)
    value = entry.get("value", old.value if old else None)
    if not isinstance(name, str) or not name.strip():
        raise record_invalid({NAME: "Custom field options: name cannot be blank"})
    if not isinstance(value, str) or not value.strip() or value.split() != [value]:
        raise record_invalid({NAME: "Custom field options: value must be one word"})
    default = entry.get("default", old.default if old else False)
    key = old.id if old else desk.serial()
    return Option(id=key, name=name, value=value.lower(), default=default is True)


def _id(sent: object) -> int:
    """An id as a number or as text; 0 for anything else."""
    if isinstance(sent, str) and sent.isascii() and sent.isdigit():
        return int(sent)
    return sent if type(sent) is int else 0
