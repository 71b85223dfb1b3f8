"""What a term of a search means for each kind of record: one row a property."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from connectors.sandbox.query import Term, instants
from connectors.sandbox.records import PRIORITIES, STATUSES, Group, Organization, Ticket, User
from connectors.sandbox.state import Desk

Record = Ticket | User | Organization | Group


class Asked(NamedTuple):
    """Who searches what, and when."""

    desk: Desk
    actor: User
    now: int


Test = Callable[[Asked, Any, Term], bool]
"""Whether a term holds for a record."""


def fields_of(record: Record) -> Mapping[Any, Any]:
    if isinstance(record, Ticket):
        return record.custom_fields
    if isinstance(record, User):
        return record.user_fields
    return record.organization_fields if isinstance(record, Organization) else {}


def _text(asked: Asked, record: Record) -> str:
    if isinstance(record, Ticket):
        said = (one.body for one in asked.desk.comments.get(record.id, ()))
        words: Iterable[str | None] = (
            record.subject,
            record.description,
            *said,
            *record.tags,
            str(record.id),
        )
    elif isinstance(record, User):
        words = (
            record.name,
            record.email,
            record.phone,
            record.notes,
            record.details,
            record.alias,
            *record.tags,
        )
    elif isinstance(record, Organization):
        words = (record.name, record.notes, record.details, *record.domain_names, *record.tags)
    else:
        words = (record.name,)
    return " ".join(filter(None, words)).lower()


def says(asked: Asked, record: Record, term: Term) -> bool:
    return term.value.strip("*") in _text(asked, record)


def whole_text(asked: Asked, record: Record, term: Term) -> bool:
    """A property nobody knows is searched as if it were text."""
    return f"{term.key}{term.sign}{term.value}" in _text(asked, record)


def _like(value: object, wanted: str) -> bool:
    """Equal whatever the case; ``*`` at an end leaves it open, alone it means anything, ``none`` nothing."""
    held = "" if value is None else str(value).lower()
    if wanted == "none":
        return not held
    if wanted == "*":
        return bool(held)
    if wanted.endswith("*"):
        return held.startswith(wanted[:-1])
    return held == wanted


def _value(name: str) -> Test:
    return lambda _, record, term: _like(getattr(record, name), term.value)


def _holding(name: str) -> Test:
    """The words stand in the property."""

    def test(_: Asked, record: Any, term: Term) -> bool:
        held = (getattr(record, name) or "").lower()
        return _like(held, term.value) or (term.value not in ("none", "*") and term.value.strip("*") in held)

    return test


def _compared(sign: str, held: int, low: int, high: int) -> bool:
    signs = {">": held > high, "<": held < low, ">=": held >= low, "<=": held <= high}
    return signs.get(sign, low <= held <= high)


def _ranked(name: str, ranks: tuple[str, ...]) -> Test:
    def test(_: Asked, record: Any, term: Term) -> bool:
        value = getattr(record, name)
        if term.sign in (":", "") or term.value not in ranks or value is None:
            return _like(value, term.value) and term.sign in (":", "")
        place = ranks.index(term.value)
        return _compared(term.sign, ranks.index(value), place, place)

    return test


def _time(read: Callable[[Any], int | None]) -> Test:
    def test(asked: Asked, record: Any, term: Term) -> bool:
        held = read(record)
        if held is None:
            return term.value == "none"
        return term.value != "none" and _compared(term.sign, held, *instants(term.value, asked.now))

    return test


def _tags(_: Asked, record: Any, term: Term) -> bool:
    """Several in one pair of quotes must all be there."""
    if term.value in ("none", "*"):
        return bool(record.tags) == (term.value == "*")
    return all(any(_like(tag, word) for tag in record.tags) for word in term.value.replace(",", " ").split())


def _person(names: tuple[str, ...]) -> Test:
    def test(asked: Asked, record: Any, term: Term) -> bool:
        held = [key for name in names for key in _several(getattr(record, name))]
        if term.value in ("none", "*"):
            return bool(held) == (term.value == "*")
        return any(_is(asked, key, term.value) for key in held)

    return test


def _several(value: Any) -> list[int]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _is(asked: Asked, key: int, wanted: str) -> bool:
    """By number, by any address, by name or part of it, or as oneself."""
    if wanted == "me":
        return key == asked.actor.id
    if wanted.isdigit():
        return key == int(wanted)
    if "@" in wanted:
        return asked.desk.users.emails.bearer(wanted) == key
    user = asked.desk.users.get(key)
    return user is not None and wanted.strip("*") in user.name.lower()


def _named(name: str, shelf: Callable[[Desk], Any]) -> Test:
    """A company or a team, by number or by name."""

    def test(asked: Asked, record: Any, term: Term) -> bool:
        key = getattr(record, name)
        if term.value in ("none", "*") or key is None:
            return (key is None) == (term.value == "none")
        if term.value.isdigit():
            return bool(key == int(term.value))
        found = shelf(asked.desk).get(key)
        return found is not None and (
            _like(found.name, term.value) or found.name.lower().startswith(term.value)
        )

    return test


def custom(asked: Asked, record: Any, term: Term) -> bool:
    key = term.key.removeprefix("custom_field_")
    return key.isdigit() and _field(asked, fields_of(record).get(int(key)), term)


def keyed(asked: Asked, record: Any, term: Term) -> bool:
    return _field(asked, fields_of(record).get(term.key), term)


def _field(_: Asked, value: Any, term: Term) -> bool:
    if term.sign == ":":
        return any(_like(one, term.value) for one in (value if isinstance(value, list) else [value]))
    try:
        wanted = float(term.value)
    except ValueError:
        return False
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return numeric and {">": value > wanted, "<": value < wanted}.get(term.sign, value == wanted)


def _any_field(asked: Asked, record: Any, term: Term) -> bool:
    return any(_field(asked, value, term) for value in fields_of(record).values() if value is not None)


def _email(asked: Asked, record: Any, term: Term) -> bool:
    rows = asked.desk.addresses.get(record.id, ())
    held = [row.value for row in rows if row.type == "email"] or [record.email]
    return any(_like(one, term.value) or (one is not None and one.endswith(f"@{term.value}")) for one in held)


COMMON: dict[str, Test] = {
    "created": _time(lambda record: int(record.created_at)),
    "updated": _time(lambda record: int(record.updated_at)),
    "created_at": _time(lambda record: int(record.created_at)),
    "updated_at": _time(lambda record: int(record.updated_at)),
    "id": _value("id"),
}
FOUND_BY: dict[str, Test] = {
    **COMMON,
    "tags": _tags,
    "external_id": _value("external_id"),
    "fieldvalue": _any_field,
    "notes": _holding("notes"),
    "details": _holding("details"),
    "name": _holding("name"),
}
PROPERTIES: dict[str, dict[str, Test]] = {
    "ticket": {
        **COMMON,
        "tags": _tags,
        "external_id": _value("external_id"),
        "fieldvalue": _any_field,
        "solved": _time(lambda ticket: ticket.metrics.solved_at),
        "status": _ranked("status", STATUSES),
        "priority": _ranked("priority", PRIORITIES),
        "ticket_type": _value("type"),
        "type": _value("type"),
        "via": _value("channel"),
        "subject": _holding("subject"),
        "description": _holding("description"),
        "requester": _person(("requester_id",)),
        "submitter": _person(("submitter_id",)),
        "assignee": _person(("assignee_id",)),
        "cc": _person(("email_cc_ids", "collaborator_ids")),
        "requester_id": _value("requester_id"),
        "assignee_id": _value("assignee_id"),
        "group": _named("group_id", lambda desk: desk.groups),
        "group_id": _value("group_id"),
        "organization": _named("organization_id", lambda desk: desk.organizations),
        "organization_id": _value("organization_id"),
    },
    "user": {
        **FOUND_BY,
        "role": _value("role"),
        "email": _email,
        "phone": _holding("phone"),
        "organization": _named("organization_id", lambda desk: desk.organizations),
        "organization_id": _value("organization_id"),
    },
    "organization": FOUND_BY,
    "group": {**COMMON, "name": _holding("name")},
}
"""The properties each kind of record can be searched by."""
