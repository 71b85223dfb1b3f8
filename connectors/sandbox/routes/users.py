"""People: reading, searching, writing one, and leaving; work on many is in ``people_jobs.py``."""

from __future__ import annotations

from collections.abc import Callable

from connectors.sandbox import sideload, wire_people
from connectors.sandbox.call import Answer, Call, Row, counted, found, ok, whole_list
from connectors.sandbox.membership import links
from connectors.sandbox.paging import leaf, leaf_of
from connectors.sandbox.people import create_user, delete_user, merge_users, update_user
from connectors.sandbox.records import User
from connectors.sandbox.refusals import invalid_attribute, not_found, record_invalid
from connectors.sandbox.wire import Json
from connectors.sandbox.work import find_user

ANONYMOUS: Json = {"id": None, "name": "Anonymous user", "email": "invalid@desk.example", "role": "end-user"}
SHORTEST = 2
"""Letters a name must have before it is completed."""


def me(call: Call) -> Answer:
    """Who is asking. Nobody in particular still gets a 200: this is no credential check."""
    return ok(user=ANONYMOUS if call.actor is None else wire_people.user(call.actor, call.base))


def users(call: Call) -> Answer:
    part = leaf(call.desk.users, call.query, call.address, _wanted(call))
    return Answer(200, {**part.under("users", _show(call)), **sideload.beside_users(call, part.rows)})


def count(call: Call) -> Answer:
    return counted(call, sum(map(_wanted(call), call.desk.users)))


def user(call: Call) -> Answer:
    """Also somebody deleted; whoever was merged into another is not there any more."""
    record = _known(call)
    return ok(user=wire_people.user(record, call.base), **sideload.beside_users(call, [record]))


def several(call: Call) -> Answer:
    """By id or by external id; the unknown are missing."""
    shelf = call.desk.users
    if "external_ids" in call.query:
        keys = [shelf.external_ids.bearer(text) for text in call.words("external_ids")]
    else:
        keys = list(call.ids())
    known = [record for key in keys if (record := shelf.get(key)) is not None and record.merged_into is None]
    body = whole_list("users", [wire_people.user(record, call.base) for record in known])
    return Answer(200, {**body, **sideload.beside_users(call, known)})


def search(call: Call) -> Answer:
    """By words in name, address or notes, or by external id, which holds whatever its case."""
    query, external = call.query.get("query"), call.query.get("external_id")
    if query is None and external is None:
        raise invalid_attribute("query", "must be given, or external_id")
    if external is not None:
        key = call.desk.users.external_ids.bearer(external)
        rows = [call.desk.users.get(key)]
    else:
        rows = [record for record in call.desk.users if _says(record, query or "")]
    kept = [record for record in rows if record is not None and record.active]
    part = leaf_of(kept, call.query, call.address)
    return Answer(200, {**part.under("users", _show(call)), **sideload.beside_users(call, part.rows)})


def autocomplete(call: Call) -> Answer:
    """People whose name, or a word of it, begins like that."""
    given = call.query.get("name") or (call.json().get("name") if call.body else None)
    if not isinstance(given, str) or len(given) < SHORTEST:
        raise invalid_attribute("name", f"must have at least {SHORTEST} letters")
    start = given.lower()
    rows = [
        record
        for record in call.desk.users
        if record.active and f" {record.name.lower()}".find(f" {start}") >= 0
    ]
    return Answer(200, leaf_of(rows, call.query, call.address).under("users", _show(call)))


def add(call: Call) -> Answer:
    record = create_user(call.desk, call.wrapped("user"), call.staff)
    shown = wire_people.user(record, call.base)
    return Answer(201, {"user": shown}, location=shown["url"])


def change(call: Call) -> Answer:
    record = _active(call)
    update_user(call.desk, record, call.wrapped("user"), call.staff)
    return ok(user=wire_people.user(record, call.base))


def upsert(call: Call) -> Answer:
    """Somebody known by id, external id or address is changed (200), anybody else made (201)."""
    wish = call.wrapped("user")
    record = find_user(call.desk, wish, by_email=True)
    if record is None:
        return add(call)
    update_user(call.desk, record, wish, call.staff)
    return Answer(200, {"user": wire_people.user(record, call.base)})


def remove(call: Call) -> Answer:
    record = _active(call)
    delete_user(call.desk, record, call.staff)
    return ok(user=wire_people.user(record, call.base))


def merge(call: Call) -> Answer:
    """The one in the path goes, the one in the body stays."""
    loser, winner = _active(call), find_user(call.desk, call.wrapped("user"), by_email=True)
    if winner is None:
        raise record_invalid({"base": "The user to merge into was not found"})
    merge_users(call.desk, loser, winner, call.staff)
    return ok(user=wire_people.user(winner, call.base))


def related(call: Call) -> Answer:
    key, tickets = _known(call).id, [one for one in call.desk.tickets if one.status != "deleted"]
    return ok(
        user_related={
            "assigned_tickets": sum(one.assignee_id == key for one in tickets),
            "requested_tickets": sum(one.requester_id == key for one in tickets),
            "ccd_tickets": sum(key in one.email_cc_ids or key in one.collaborator_ids for one in tickets),
            "followed_tickets": sum(key in one.follower_ids for one in tickets),
            "organization_subscriptions": 0,
        }
    )


def organizations(call: Call) -> Answer:
    """The companies somebody is in."""
    keys = [row.organization_id for row in links(call.desk, _known(call))]
    rows = sorted(filter(None, map(call.desk.organizations.alive, keys)), key=lambda one: one.id)
    part = leaf_of(rows, call.query, call.address)
    return Answer(200, part.under("organizations", lambda one: wire_people.organization(one, call.base)))


def organization_count(call: Call) -> Answer:
    return counted(call, len(links(call.desk, _known(call))))


def _wanted(call: Call) -> Callable[[User], bool]:
    """Whom a list holds: the active, by role, external id or company where one is asked for."""
    roles = set(filter(None, call.query.get("role[]", call.query.get("role", "")).split(",")))
    external = call.query.get("external_id", "").lower()

    def fits(record: User) -> bool:
        if not record.active or (roles and record.role not in roles):
            return False
        return not external or (record.external_id or "").lower() == external

    return fits


def _says(record: User, query: str) -> bool:
    """Every word stands somewhere in what is known of the person; ``email:`` and the like name a place."""
    places = (record.name, record.email, record.phone, record.external_id, record.notes, record.details)
    text = " ".join(filter(None, places)).lower()
    return all(word.rpartition(":")[2].strip('"').rstrip("*") in text for word in query.lower().split())


def _show(call: Call) -> Callable[[User], Json]:
    return lambda record: wire_people.user(record, call.base)


def _known(call: Call) -> User:
    if call.params["id"] == "me":
        return call.user
    record: User = found(call.desk.users.get(call.id()))
    if record.merged_into is not None:
        raise not_found()
    return record


def _active(call: Call) -> User:
    record = _known(call)
    if not record.active:
        raise not_found()
    return record


ROWS = (
    Row("GET", "/api/v2/users", users),
    Row("POST", "/api/v2/users", add),
    Row("GET", "/api/v2/users/me", me, open=True),
    Row("GET", "/api/v2/users/count", count),
    Row("GET", "/api/v2/users/show_many", several),
    Row("GET", "/api/v2/users/search", search),
    Row("GET", "/api/v2/users/autocomplete", autocomplete),
    Row("POST", "/api/v2/users/autocomplete", autocomplete),
    Row("POST", "/api/v2/users/create_or_update", upsert),
    Row("GET", "/api/v2/users/{id}", user),
    Row("PUT", "/api/v2/users/{id}", change),
    Row("DELETE", "/api/v2/users/{id}", remove),
    Row("PUT", "/api/v2/users/{id}/merge", merge),
    Row("GET", "/api/v2/users/{id}/related", related),
    Row("GET", "/api/v2/users/{id}/organizations", organizations),
    Row("GET", "/api/v2/users/{id}/organizations/count", organization_count),
)
