"""Companies: reading, searching and writing one; work on many is in ``people_jobs.py``."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.sandbox import wire_people
from connectors.sandbox.call import GONE, Answer, Call, Row, counted, found, listing, ok
from connectors.sandbox.companies import create_organization, delete_organization, update_organization
from connectors.sandbox.paging import leaf, leaf_of
from connectors.sandbox.records import Organization, User
from connectors.sandbox.refusals import invalid_attribute
from connectors.sandbox.wire import Json
from connectors.sandbox.work import find_company

SHORTEST = 2
"""Letters a name must have before it is completed."""


def organizations(call: Call) -> Answer:
    external = call.query.get("external_id", "").lower()
    part = leaf(
        call.desk.organizations,
        call.query,
        call.address,
        lambda one: one.deleted_at is None and (not external or (one.external_id or "").lower() == external),
    )
    return Answer(200, part.under("organizations", lambda one: _show(call, one)))


def count(call: Call) -> Answer:
    return counted(call, sum(one.deleted_at is None for one in call.desk.organizations))


def organization(call: Call) -> Answer:
    return ok(organization=_show(call, _alive(call)))


def several(call: Call) -> Answer:
    """By id or by external id; the unknown and the deleted are missing."""
    shelf = call.desk.organizations
    if "external_ids" in call.query:
        keys = [shelf.external_ids.bearer(text) for text in call.words("external_ids")]
    else:
        keys = list(call.ids())
    known = [record for key in keys if (record := shelf.alive(key)) is not None]
    return listing("organizations", [_show(call, record) for record in known])


def search(call: Call) -> Answer:
    """By external id or by exact name, both whatever their case."""
    shelf = call.desk.organizations
    if call.query.get("external_id"):
        key = shelf.external_ids.bearer(call.query["external_id"])
    elif call.query.get("name"):
        key = shelf.names.bearer(call.query["name"])
    else:
        raise invalid_attribute("external_id", "must be given, or name")
    return _several(call, filter(None, [shelf.alive(key)]))


def autocomplete(call: Call) -> Answer:
    """Companies whose name begins like that."""
    start = call.query.get("name", "").lower()
    if len(start) < SHORTEST:
        raise invalid_attribute("name", f"must have at least {SHORTEST} letters")
    rows = (one for one in call.desk.organizations if one.deleted_at is None)
    return _several(call, (one for one in rows if one.name.lower().startswith(start)))


def add(call: Call) -> Answer:
    shown = _show(call, create_organization(call.desk, call.wrapped("organization"), call.staff))
    return Answer(201, {"organization": shown}, location=shown["url"])


def change(call: Call) -> Answer:
    record = _alive(call)
    update_organization(call.desk, record, call.wrapped("organization"), call.staff)
    return ok(organization=_show(call, record))


def upsert(call: Call) -> Answer:
    """A company known by id or external id is changed (200), any other made (201)."""
    wish = call.wrapped("organization")
    record = find_company(call.desk, wish)
    if record is None:
        return add(call)
    update_organization(call.desk, record, wish, call.staff)
    return ok(organization=_show(call, record))


def remove(call: Call) -> Answer:
    delete_organization(call.desk, _alive(call), call.staff)
    return GONE


def related(call: Call) -> Answer:
    key = _alive(call).id
    tickets = sum(one.organization_id == key and one.status != "deleted" for one in call.desk.tickets)
    people = sum(row.organization_id == key for row in call.desk.memberships)
    return ok(organization_related={"tickets_count": tickets, "users_count": people})


def people(call: Call) -> Answer:
    part = leaf_of(_people(call), call.query, call.address)
    return Answer(200, part.under("users", lambda one: wire_people.user(one, call.base)))


def people_count(call: Call) -> Answer:
    return counted(call, len(_people(call)))


def _people(call: Call) -> list[User]:
    key = _alive(call).id
    keys = {row.user_id for row in call.desk.memberships if row.organization_id == key}
    found_people = (call.desk.users.get(one) for one in sorted(keys))
    return [one for one in found_people if one is not None and one.active]


def _several(call: Call, rows: Iterable[Organization]) -> Answer:
    part = leaf_of(rows, call.query, call.address)
    return Answer(200, part.under("organizations", lambda one: _show(call, one)))


def _alive(call: Call) -> Organization:
    record: Organization = found(call.desk.organizations.alive(call.id()))
    return record


def _show(call: Call, record: Organization) -> Json:
    return wire_people.organization(record, call.base)


ROWS = (
    Row("GET", "/api/v2/organizations", organizations),
    Row("POST", "/api/v2/organizations", add),
    Row("GET", "/api/v2/organizations/count", count),
    Row("GET", "/api/v2/organizations/show_many", several),
    Row("GET", "/api/v2/organizations/search", search),
    Row("GET", "/api/v2/organizations/autocomplete", autocomplete),
    Row("POST", "/api/v2/organizations/create_or_update", upsert),
    Row("GET", "/api/v2/organizations/{id}", organization),
    Row("PUT", "/api/v2/organizations/{id}", change),
    Row("DELETE", "/api/v2/organizations/{id}", remove),
    Row("GET", "/api/v2/organizations/{id}/related", related),
    Row("GET", "/api/v2/organizations/{id}/users", people),
    Row("GET", "/api/v2/organizations/{id}/users/count", people_count),
)
