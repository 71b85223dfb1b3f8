"""The incremental exports, for admins: tickets and users by cursor, organizations by time."""

from __future__ import annotations

from connectors.sandbox import wire, wire_people
from connectors.sandbox.call import Answer, Call, Row
from connectors.sandbox.export import by_cursor, by_time


def tickets(call: Call) -> Answer:
    """``include=metric_sets`` lays each ticket's metrics beside it; ``exclude_deleted`` drops the deleted."""
    metrics = "metric_sets" in call.query.get("include", "").split(",")
    present = call.query.get("exclude_deleted") == "true"
    body = by_cursor(
        call.desk.tickets,
        "tickets",
        call.query,
        call.address,
        call.desk.clock.wall(),
        lambda ticket: wire.ticket(call.desk, ticket, call.base, metrics=metrics),
        lambda ticket: not present or ticket.status != "deleted",
    )
    return Answer(200, body)


def users(call: Call) -> Answer:
    body = by_cursor(
        call.desk.users,
        "users",
        call.query,
        call.address,
        call.desk.clock.wall(),
        lambda user: wire_people.user(user, call.base),
        lambda _: True,
    )
    return Answer(200, body)


def organizations(call: Call) -> Answer:
    body = by_time(
        call.desk.organizations,
        "organizations",
        call.query,
        call.address,
        call.desk.clock.wall(),
        lambda organization: wire_people.organization(organization, call.base),
    )
    return Answer(200, body)


ROWS = (
    Row("GET", "/api/v2/incremental/tickets/cursor", tickets, admin=True),
    Row("GET", "/api/v2/incremental/users/cursor", users, admin=True),
    Row("GET", "/api/v2/incremental/organizations", organizations, admin=True),
)
