"""Teams and who is in them."""

from __future__ import annotations

from collections.abc import Callable

from connectors.sandbox import profile, sideload, wire_people
from connectors.sandbox.call import GONE, Answer, Call, Row, counted, found, ok
from connectors.sandbox.membership import add_to_team, leave_team, prefer_team
from connectors.sandbox.paging import leaf, leaf_of
from connectors.sandbox.records import Group, GroupMembership, User
from connectors.sandbox.refusals import not_found, record_invalid
from connectors.sandbox.wire import Json


def groups(call: Call) -> Answer:
    part = leaf(call.desk.groups, call.query, call.address, lambda group: not group.deleted)
    return Answer(200, part.under("groups", lambda group: _show(call, group)))


def count(call: Call) -> Answer:
    return counted(call, sum(not group.deleted for group in call.desk.groups))


def group(call: Call) -> Answer:
    return ok(group=_show(call, _one(call)))


def default(call: Call) -> Answer:
    return ok(group=_show(call, found(next((one for one in call.desk.groups if one.default), None))))


def autocomplete(call: Call) -> Answer:
    """Teams whose name begins like that."""
    start = call.query.get("name", "").lower()
    rows = (one for one in call.desk.groups if not one.deleted and one.name.lower().startswith(start))
    return Answer(200, leaf_of(rows, call.query, call.address).under("groups", lambda one: _show(call, one)))


def add(call: Call) -> Answer:
    wish = {"name": None, **call.wrapped("group")}
    now = call.desk.clock.wall()
    record = Group(id=call.desk.groups.next_id(), name="", created_at=now, updated_at=now)
    _write(call, record, wish)
    call.desk.groups.add(record)
    shown = _show(call, record)
    return Answer(201, {"group": shown}, location=shown["url"])


def change(call: Call) -> Answer:
    record = _one(call)
    _write(call, record, call.wrapped("group"))
    return ok(group=_show(call, record))


def _write(call: Call, record: Group, wish: Json) -> None:
    edits, faults = profile.read(call.desk, wish, profile.TEAM)
    taken = {one.name.lower() for one in call.desk.groups if one is not record and not one.deleted}
    if edits.get("name", "").lower() in taken:
        faults["name"] = "Name: has already been taken"
    if faults:
        raise record_invalid(
            faults, {"name": "DuplicateValue"} if "taken" in faults.get("name", "") else None
        )
    for name, value in edits.items():
        setattr(record, name, value)
    record.updated_at = call.desk.clock.wall()


def remove(call: Call) -> Answer:
    """The default team has to stay."""
    record = _one(call)
    if record.default:
        raise record_invalid({"base": "The default group cannot be deleted"})
    for row in [row for row in call.desk.group_memberships if row.group_id == record.id]:
        leave_team(call.desk, row)
    record.deleted = True
    record.updated_at = call.desk.clock.wall()
    return GONE


def people(call: Call) -> Answer:
    return Answer(
        200,
        leaf_of(_people(call), call.query, call.address).under(
            "users", lambda one: wire_people.user(one, call.base)
        ),
    )


def people_count(call: Call) -> Answer:
    return counted(call, len(_people(call)))


def _people(call: Call) -> list[User]:
    key = _one(call).id
    keys = sorted({row.user_id for row in call.desk.group_memberships if row.group_id == key})
    return [one for one in map(call.desk.users.get, keys) if one is not None and one.active]


def groups_of_user(call: Call) -> Answer:
    rows = sorted(_groups_of_user(call), key=lambda one: one.id)
    return Answer(200, leaf_of(rows, call.query, call.address).under("groups", lambda one: _show(call, one)))


def groups_of_user_count(call: Call) -> Answer:
    return counted(call, len(_groups_of_user(call)))


def _groups_of_user(call: Call) -> list[Group]:
    key = _user(call).id
    keys = [row.group_id for row in call.desk.group_memberships if row.user_id == key]
    return [one for one in map(call.desk.groups.get, keys) if one is not None]


def memberships(call: Call) -> Answer:
    return _memberships(call, lambda _: True)


def memberships_of_user(call: Call) -> Answer:
    key = _user(call).id
    return _memberships(call, lambda row: row.user_id == key)


def memberships_of_group(call: Call) -> Answer:
    key = _one(call).id
    return _memberships(call, lambda row: row.group_id == key)


def _memberships(call: Call, fits: Callable[[GroupMembership], bool]) -> Answer:
    part = leaf(call.desk.group_memberships, call.query, call.address, fits)
    body = part.under("group_memberships", lambda row: wire_people.group_membership(row, call.base))
    return Answer(200, {**body, **sideload.beside_links(call, part.rows)})


def membership(call: Call) -> Answer:
    return ok(group_membership=wire_people.group_membership(_row(call), call.base))


def join(call: Call) -> Answer:
    wish = call.wrapped("group_membership")
    user = _user(call) if "id" in call.params else call.desk.users.get(wish.get("user_id"))
    record = call.desk.groups.get(wish.get("group_id"))
    faults: dict[str, str] = {}
    if user is None or not user.staff:
        faults["user_id"] = "User: must be an agent"
    if record is None or record.deleted:
        faults["group_id"] = "Group: is invalid"
    if faults or user is None or record is None:
        raise record_invalid(faults)
    if any(row.user_id == user.id and row.group_id == record.id for row in call.desk.group_memberships):
        raise record_invalid({"user_id": "User: has already been taken"}, {"user_id": "DuplicateValue"})
    row = add_to_team(call.desk, user, record.id, call.desk.clock.wall())
    if wish.get("default") is True:
        prefer_team(call.desk, user, row)
    shown = wire_people.group_membership(row, call.base)
    return Answer(201, {"group_membership": shown}, location=shown["url"])


def leave(call: Call) -> Answer:
    leave_team(call.desk, _row(call))
    return GONE


def prefer(call: Call) -> Answer:
    """The membership in the path becomes the default; the answer is the whole list."""
    prefer_team(call.desk, _user(call), _row(call))
    return memberships_of_user(call)


def _one(call: Call) -> Group:
    record: Group = found(call.desk.groups.get(call.id()))
    return record if not record.deleted else found(None)


def _user(call: Call) -> User:
    user: User = found(call.user if call.params["id"] == "me" else call.desk.users.get(call.id()))
    return user


def _row(call: Call) -> GroupMembership:
    """The membership in the path; below a user it must be theirs."""
    below = "membership" in call.params
    row: GroupMembership = found(call.desk.group_memberships.get(call.id("membership" if below else "id")))
    if below and row.user_id != _user(call).id:
        raise not_found()
    return row


def _show(call: Call, record: Group) -> Json:
    return wire_people.group(record, call.base)


ALL, OWN = "/api/v2/group_memberships", "/api/v2/users/{id}/group_memberships"

ROWS = (
    Row("GET", "/api/v2/groups", groups),
    Row("POST", "/api/v2/groups", add, admin=True),
    Row("GET", "/api/v2/groups/count", count),
    Row("GET", "/api/v2/groups/assignable", groups),
    Row("GET", "/api/v2/groups/default", default),
    Row("GET", "/api/v2/groups/autocomplete", autocomplete),
    Row("GET", "/api/v2/groups/{id}", group),
    Row("PUT", "/api/v2/groups/{id}", change, admin=True),
    Row("DELETE", "/api/v2/groups/{id}", remove, admin=True),
    Row("GET", "/api/v2/groups/{id}/users", people),
    Row("GET", "/api/v2/groups/{id}/users/count", people_count),
    Row("GET", "/api/v2/groups/{id}/memberships", memberships_of_group),
    Row("GET", "/api/v2/groups/{id}/memberships/assignable", memberships_of_group),
    Row("GET", ALL, memberships),
    Row("GET", f"{ALL}/assignable", memberships),
    Row("POST", ALL, join, admin=True),
    Row("GET", f"{ALL}/{{id}}", membership),
    Row("DELETE", f"{ALL}/{{id}}", leave, admin=True),
    Row("GET", "/api/v2/users/{id}/groups", groups_of_user),
    Row("GET", "/api/v2/users/{id}/groups/count", groups_of_user_count),
    Row("GET", OWN, memberships_of_user),
    Row("POST", OWN, join, admin=True),
    Row("GET", f"{OWN}/{{membership}}", membership),
    Row("DELETE", f"{OWN}/{{membership}}", leave, admin=True),
    Row("PUT", f"{OWN}/{{membership}}/make_default", prefer, admin=True),
)
