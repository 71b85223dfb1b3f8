"""Companies: made, changed and taken away. What was sent is checked as a whole, then done."""

from __future__ import annotations

from typing import Any

from connectors.sandbox import events, profile, profile_events
from connectors.sandbox.ledger import Effect
from connectors.sandbox.membership import unlink
from connectors.sandbox.records import Organization, User
from connectors.sandbox.refusals import forbidden, record_invalid
from connectors.sandbox.shelves import Names
from connectors.sandbox.state import Desk

Wish = dict[str, Any]
"""The ``organization`` object a client sent, as decoded JSON."""

TAKEN = "DuplicateValue"


def create_organization(desk: Desk, wish: Wish, author: User) -> Organization:
    """A company as a client describes it."""
    _admit(author)
    edits = _checked(desk, None, {"name": None, **wish})
    now = desk.clock.wall()
    record = Organization(id=desk.organizations.next_id(), name=edits["name"], created_at=now, updated_at=now)
    desk.organizations.add(record)
    _write(desk, record, edits, author)
    events.of_organization(desk, record, [("created", {})])
    return record


def update_organization(desk: Desk, record: Organization, wish: Wish, author: User) -> None:
    """Apply one client's wish to a company, all of it or nothing."""
    edits = _checked(desk, record, wish)
    profile_events.organization_changed(desk, record, _write(desk, record, edits, author))


def company_named(desk: Desk, name: str, author: User) -> Organization:
    """The company of that name, made where there is none."""
    known = desk.organizations.alive(desk.organizations.names.bearer(name))
    return known if known is not None else create_organization(desk, {"name": name}, author)


def retag_organization(desk: Desk, record: Organization, tags: list[str], author: User) -> None:
    """Give a company other tags; the same tags change nothing."""
    profile_events.organization_changed(desk, record, _write(desk, record, {"tags": tags}, author))


def delete_organization(desk: Desk, record: Organization, author: User) -> None:
    """The company is gone everywhere but from the export; its people and tickets lose it."""
    _admit(author)
    now = desk.clock.wall()
    desk.organizations.names.release(record.name, record.id)
    desk.organizations.external_ids.release(record.external_id, record.id)
    for row in [row for row in desk.memberships if row.organization_id == record.id]:
        user = desk.users.get(row.user_id)
        if user is not None:
            unlink(desk, user, row)
            desk.users.touch(user, now)
    for ticket in desk.tickets:
        if ticket.organization_id == record.id and ticket.status not in ("closed", "deleted"):
            ticket.organization_id = None
            desk.tickets.touch(ticket, now)
    _record(desk, record, "deleted_at", None, now, author)
    record.deleted_at = now
    desk.organizations.touch(record, now)
    events.of_organization(desk, record, [("deleted", {})])


def _admit(author: User) -> None:
    if author.role != "admin":
        raise forbidden()


def _checked(desk: Desk, record: Organization | None, wish: Wish) -> Wish:
    edits, faults = profile.read(desk, wish, profile.COMPANY)
    codes: dict[str, str] = {}
    shelf = desk.organizations
    for name, names, title in (
        ("name", shelf.names, "Name"),
        ("external_id", shelf.external_ids, "External"),
    ):
        if _taken(names, edits.get(name), record):
            faults[name] = f"{title}: {edits[name]} has already been taken"
            codes[name] = TAKEN
    if "organization_fields" in wish:
        held = record.organization_fields if record else {}
        given = wish["organization_fields"]
        edits["organization_fields"] = profile.own_fields(desk.organization_fields, held, given, faults)
    if faults:
        raise record_invalid(faults, codes)
    return edits


def _taken(names: Names, name: str | None, record: Organization | None) -> bool:
    bearer = names.bearer(name or "")
    return bearer is not None and (record is None or bearer != record.id)


def _write(desk: Desk, record: Organization, edits: Wish, author: User) -> dict[str, Any]:
    """Do what was decided; only real differences are written and noted. Gives their old values."""
    fresh = {name: value for name, value in edits.items() if value != getattr(record, name)}
    if author.role != "admin" and set(fresh) - {"notes", "tags"}:
        raise forbidden()
    indexes = {"name": desk.organizations.names, "external_id": desk.organizations.external_ids}
    before = {name: getattr(record, name) for name in fresh}
    for name, value in fresh.items():
        _record(desk, record, name, before[name], value, author)
        if name in indexes:
            indexes[name].release(getattr(record, name), record.id)
            indexes[name].claim(value, record.id)
        setattr(record, name, value)
    if fresh:
        desk.organizations.touch(record, desk.clock.wall())
    return before


def _record(desk: Desk, record: Organization, name: str, before: Any, after: Any, author: User) -> None:
    effect = Effect(desk.clock.wall(), "organization", record.id, name, before, after, author.id, "api")
    desk.ledger.effects.append(effect)
