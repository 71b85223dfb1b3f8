"""Users, organizations and groups, read only; their tags are in ``tags.py``."""

from __future__ import annotations

from connectors.sandbox import wire_people
from connectors.sandbox.call import Answer, Call, Row, found, ok
from connectors.sandbox.paging import page
from connectors.sandbox.records import Organization, User
from connectors.sandbox.wire import Json

ANONYMOUS: Json = {"id": None, "name": "Anonymous user", "email": "invalid@desk.example", "role": "end-user"}


def me(call: Call) -> Answer:
    """Who is asking. Nobody in particular still gets a 200: this is no credential check."""
    return ok(user=ANONYMOUS if call.actor is None else wire_people.user(call.actor, call.base))


def users(call: Call) -> Answer:
    return Answer(
        200,
        page(
            call.desk.users,
            "users",
            call.query,
            call.address,
            lambda user: wire_people.user(user, call.base),
            lambda user: user.active,
        ),
    )


def user(call: Call) -> Answer:
    record: User = found(call.desk.users.get(call.id()))
    return ok(user=wire_people.user(record, call.base))


def several_users(call: Call) -> Answer:
    known = [record for key in call.ids() if (record := call.desk.users.get(key)) is not None]
    shown = [wire_people.user(record, call.base) for record in known]
    return ok(users=shown, count=len(shown), next_page=None, previous_page=None)


def organizations(call: Call) -> Answer:
    return Answer(
        200,
        page(
            call.desk.organizations,
            "organizations",
            call.query,
            call.address,
            lambda organization: wire_people.organization(organization, call.base),
            lambda organization: organization.deleted_at is None,
        ),
    )


def organization(call: Call) -> Answer:
    record: Organization = found(_alive(call, call.id()))
    return ok(organization=wire_people.organization(record, call.base))


def several_organizations(call: Call) -> Answer:
    known = [record for key in call.ids() if (record := _alive(call, key)) is not None]
    shown = [wire_people.organization(record, call.base) for record in known]
    return ok(organizations=shown, count=len(shown), next_page=None, previous_page=None)


def _alive(call: Call, key: int) -> Organization | None:
    record = call.desk.organizations.get(key)
    return None if record is None or record.deleted_at is not None else record


def groups(call: Call) -> Answer:
    return Answer(
        200,
        page(
            call.desk.groups,
            "groups",
            call.query,
            call.address,
            lambda group: wire_people.group(group, call.base),
            lambda _: True,
        ),
    )


ROWS = (
    Row("GET", "/api/v2/users", users),
    Row("GET", "/api/v2/users/me", me, open=True),
    Row("GET", "/api/v2/users/show_many", several_users),
    Row("GET", "/api/v2/users/{id}", user),
    Row("GET", "/api/v2/organizations", organizations),
    Row("GET", "/api/v2/organizations/show_many", several_organizations),
    Row("GET", "/api/v2/organizations/{id}", organization),
    Row("GET", "/api/v2/groups", groups),
)
