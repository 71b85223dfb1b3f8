"""The events of people and companies: one for each property that is really another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from connectors.sandbox import events
from connectors.sandbox.events import Told
from connectors.sandbox.records import FieldDefinition, Identity, Organization, OrganizationMembership, User
from connectors.sandbox.state import Desk
from connectors.sandbox.wire import Json

USER = {
    "name": "name_changed",
    "role": "role_changed",
    "external_id": "external_id_changed",
    "time_zone": "time_zone_changed",
    "suspended": "suspended_changed",
    "active": "active_changed",
    "alias": "alias_changed",
    "details": "details_changed",
    "notes": "notes_changed",
}
"""What a changed property of a person is called among events."""

COMPANY = {"name": "name_changed", "external_id": "external_id_changed"}
"""The same for a company."""


def user_changed(desk: Desk, user: User, before: Mapping[str, Any]) -> None:
    """Tell what changed about a person; ``before`` holds the old values by property."""
    told = _changes(user, before, USER, desk.user_fields, "user_fields")
    events.of_user(desk, user, list(told))


def organization_changed(desk: Desk, record: Organization, before: Mapping[str, Any]) -> None:
    """The same for a company."""
    told = _changes(record, before, COMPANY, desk.organization_fields, "organization_fields")
    events.of_organization(desk, record, list(told))


def _changes(
    record: User | Organization,
    before: Mapping[str, Any],
    names: Mapping[str, str],
    fields: Iterable[FieldDefinition],
    holder: str,
) -> Iterator[Told]:
    for name, old in before.items():
        new = getattr(record, name)
        if name == "tags" and new != old:
            yield "tags_changed", events.tags(old, new)
        elif name == holder:
            yield from _fields(fields, old, new)
        elif name in names and new != old:
            yield names[name], events.changed(new, old)


def _fields(fields: Iterable[FieldDefinition], old: Json, new: Json) -> Iterator[Told]:
    for field in fields:
        if field.key is not None and old.get(field.key) != new.get(field.key):
            body = events.custom_field(field, new.get(field.key), old.get(field.key))
            yield "custom_field_changed", body


def membership(desk: Desk, user: User, row: OrganizationMembership, *, made: bool) -> None:
    """A person has come into a company, or has left it."""
    word = "created" if made else "deleted"
    body = {"organization": {"id": str(row.organization_id)}}
    events.of_user(desk, user, [(f"organization_membership_{word}", body)])


def identity(desk: Desk, user: User, row: Identity, *, made: bool) -> None:
    """There is another way to reach a person, or one less."""
    about = {"id": str(row.id), "type": row.type, "value": row.value, "primary": row.primary}
    events.of_user(desk, user, [(f"identity_{'created' if made else 'deleted'}", {"identity": about})])
