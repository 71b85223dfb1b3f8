"""What may be sent for each property of a person or a company: one reader a row, refusing with a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors.sandbox.reading import keyed_fields
from connectors.sandbox.records import FieldDefinition
from connectors.sandbox.shelves import Shelf
from connectors.sandbox.state import Desk
from connectors.sandbox.tags import split

Reader = Callable[[Desk, object], Any]
"""Gives the value to store; raises ValueError with what is wrong."""

ROLES = ("end-user", "agent", "admin")
LONGEST_NAME = 255


def _text(title: str) -> Reader:
    def read(_: Desk, value: object) -> str | None:
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)  # as external ids are often sent
        raise ValueError(f"{title}: must be text")

    return read


def _name(_: Desk, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("Name: is too short (minimum is 1 characters)")
    if len(value) > LONGEST_NAME:
        raise ValueError(f"Name: is too long (maximum is {LONGEST_NAME} characters)")
    return value


def address(_: Desk, value: object) -> str | None:
    """An e-mail address, at least by its look; in lower case, as the desk keeps them."""
    if value is None or value == "":
        return None
    name, at, host = value.partition("@") if isinstance(value, str) else ("", "", "")
    if not name or not at or "." not in host or any(sign.isspace() for sign in name + host):
        raise ValueError(f"Email: {value} is not properly formatted")
    return f"{name}@{host}".lower()


def _phone(_: Desk, value: object) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not any(sign.isdigit() for sign in value):
        raise ValueError("Phone number: is invalid")
    return value


def _role(_: Desk, value: object) -> str:
    if isinstance(value, str) and value in ROLES:
        return value
    raise ValueError(f"Role: is not one of {', '.join(ROLES)}")


def _truth(title: str) -> Reader:
    def read(_: Desk, value: object) -> bool:
        if isinstance(value, bool):
            return value
        raise ValueError(f"{title}: must be true or false")

    return read


def _words(_: Desk, value: object) -> list[str]:
    return split(value)


def _domains(_: Desk, value: object) -> list[str]:
    """Domains as a list or as one text; the desk keeps them in lower case."""
    return split(value.replace(",", " ") if isinstance(value, str) else value)


def _known(title: str, find: Callable[[Desk, object], bool]) -> Reader:
    def read(desk: Desk, value: object) -> int | None:
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and find(desk, value):
            return value
        raise ValueError(f"{title}: is invalid")

    return read


USER: Mapping[str, Reader] = {
    "name": _name,
    "role": _role,
    "external_id": _text("External"),
    "phone": _phone,
    "locale": _text("Locale"),
    "time_zone": _text("Time zone"),
    "alias": _text("Alias"),
    "details": _text("Details"),
    "notes": _text("Notes"),
    "signature": _text("Signature"),
    "suspended": _truth("Suspended"),
    "tags": _words,
    "organization_id": _known("Organization", lambda desk, key: desk.organizations.alive(key) is not None),
    "default_group_id": _known("Group", lambda desk, key: key in desk.groups),
}
"""The properties of a person a call may set; the address has rules of its own, anything else is ignored."""

COMPANY: Mapping[str, Reader] = {
    "name": _name,
    "external_id": _text("External"),
    "domain_names": _domains,
    "details": _text("Details"),
    "notes": _text("Notes"),
    "tags": _words,
    "group_id": _known("Group", lambda desk, key: key in desk.groups),
    "shared_tickets": _truth("Shared tickets"),
    "shared_comments": _truth("Shared comments"),
}
"""The same of a company."""

TEAM: Mapping[str, Reader] = {
    "name": _name,
    "description": _text("Description"),
    "is_public": _truth("Is public"),
}
"""The same of a team."""


def read(
    desk: Desk, wish: Mapping[str, Any], readers: Mapping[str, Reader]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The properties a wish sets, and what is wrong with some."""
    values: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for name, reader in readers.items():
        if name in wish:
            try:
                values[name] = reader(desk, wish[name])
            except ValueError as fault:
                faults[name] = str(fault)
    return values, faults


def own_fields(
    shelf: Shelf[FieldDefinition], held: Mapping[str, Any], wish: object, faults: dict[str, str]
) -> dict[str, Any]:
    """All field values of a record once the listed ones have been changed."""
    values, wrong = keyed_fields(shelf, wish)
    faults.update(wrong)
    return {**held, **values}
