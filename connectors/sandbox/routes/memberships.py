"""Who is in which company. Memberships have no trace once they are gone: reading them all is the only way."""

from __future__ import annotations

from collections.abc import Callable

from connectors.sandbox import sideload, wire_people, work
from connectors.sandbox.call import GONE, Answer, Call, Row, found, ok
from connectors.sandbox.membership import link, links, make_default, unlink
from connectors.sandbox.paging import leaf
from connectors.sandbox.records import OrganizationMembership, User
from connectors.sandbox.refusals import not_found, record_invalid
from connectors.sandbox.routes.people_jobs import queued
from connectors.sandbox.wire import Json


def everybody(call: Call) -> Answer:
    return _listing(call, lambda _: True)


def of_user(call: Call) -> Answer:
    key = _user(call).id
    return _listing(call, lambda row: row.user_id == key)


def of_company(call: Call) -> Answer:
    key = found(call.desk.organizations.alive(call.id())).id
    return _listing(call, lambda row: row.organization_id == key)


def _listing(call: Call, fits: Callable[[OrganizationMembership], bool]) -> Answer:
    part = leaf(call.desk.memberships, call.query, call.address, fits)
    body = part.under("organization_memberships", lambda row: _show(call, row))
    return Answer(200, {**body, **sideload.beside_links(call, part.rows)})


def show(call: Call) -> Answer:
    return ok(organization_membership=_show(call, _row(call)))


def add(call: Call) -> Answer:
    wish = call.wrapped("organization_membership")
    if "id" in call.params:
        wish = {**wish, "user_id": _user(call).id}
    faults: dict[str, str] = {}
    user = call.desk.users.get(wish.get("user_id"))
    company = _company(call, wish)
    if user is None or not user.active:
        faults["user_id"] = "User: is invalid"
    if company is None:
        faults["organization_id"] = "Organization: is invalid"
    elif user is not None and any(row.organization_id == company for row in links(call.desk, user)):
        faults["user_id"] = "User: has already been taken"
    if faults or user is None or company is None:
        raise record_invalid(faults)
    row = link(call.desk, user, company, call.desk.clock.wall(), default=wish.get("default") is True)
    _moved(call, user)
    shown = _show(call, row)
    return Answer(201, {"organization_membership": shown}, location=shown["url"])


def _company(call: Call, wish: Json) -> int | None:
    shelf = call.desk.organizations
    named = wish.get("organization_name")
    key = wish.get("organization_id") or (shelf.names.bearer(named) if isinstance(named, str) else None)
    record = shelf.alive(key)
    return None if record is None else record.id


def remove(call: Call) -> Answer:
    row = _row(call)
    user: User = found(call.desk.users.get(row.user_id))
    call.staff  # noqa: B018 - refuses customers
    unlink(call.desk, user, row)
    _moved(call, user)
    return GONE


def leave(call: Call) -> Answer:
    """Out of the company in the path."""
    user, row = _user(call), _of(call)
    unlink(call.desk, user, row)
    _moved(call, user)
    return GONE


def prefer(call: Call) -> Answer:
    """The membership in the path becomes the default; the answer is the whole list."""
    user, row = _user(call), _row(call)
    make_default(call.desk, user, row)
    _moved(call, user)
    return of_user(call)


def prefer_company(call: Call) -> Answer:
    """The same by the company's id; the answer is that membership."""
    user, row = _user(call), _of(call)
    make_default(call.desk, user, row)
    _moved(call, user)
    return ok(organization_membership=_show(call, row))


def create_many(call: Call) -> Answer:
    return queued(call, call.items("organization_memberships"), work.LINK)


def destroy_many(call: Call) -> Answer:
    return queued(call, [{"id": key} for key in call.ids()], work.UNLINK)


def _user(call: Call) -> User:
    user: User = found(call.user if call.params["id"] == "me" else call.desk.users.get(call.id()))
    return user


def _row(call: Call) -> OrganizationMembership:
    """The membership in the path; below a user it must be theirs."""
    below = "membership" in call.params
    row: OrganizationMembership = found(call.desk.memberships.get(call.id("membership" if below else "id")))
    if below and row.user_id != _user(call).id:
        raise not_found()
    return row


def _of(call: Call) -> OrganizationMembership:
    key, rows = call.id("organization"), links(call.desk, _user(call))
    row: OrganizationMembership = found(next((row for row in rows if row.organization_id == key), None))
    return row


def _show(call: Call, row: OrganizationMembership) -> Json:
    return wire_people.membership(row, call.desk, call.base)


def _moved(call: Call, user: User) -> None:
    call.desk.users.touch(user, call.desk.clock.wall())


ALL, OWN = "/api/v2/organization_memberships", "/api/v2/users/{id}/organization_memberships"

ROWS = (
    Row("GET", ALL, everybody),
    Row("POST", ALL, add),
    Row("POST", f"{ALL}/create_many", create_many),
    Row("DELETE", f"{ALL}/destroy_many", destroy_many),
    Row("GET", f"{ALL}/{{id}}", show),
    Row("DELETE", f"{ALL}/{{id}}", remove),
    Row("GET", OWN, of_user),
    Row("POST", OWN, add),
    Row("GET", f"{OWN}/{{membership}}", show),
    Row("DELETE", f"{OWN}/{{membership}}", remove),
    Row("PUT", f"{OWN}/{{membership}}/make_default", prefer),
    Row("DELETE", "/api/v2/users/{id}/organizations/{organization}", leave),
    Row("PUT", "/api/v2/users/{id}/organizations/{organization}/make_default", prefer_company),
    Row("GET", "/api/v2/organizations/{id}/organization_memberships", of_company),
)
