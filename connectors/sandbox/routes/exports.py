"""The incremental exports, for admins: tickets and users by cursor or by time, organizations by time."""

from __future__ import annotations

from collections.abc import Callable

from connectors.sandbox import wire, wire_people
from connectors.sandbox.call import Answer, Call, Row
from connectors.sandbox.export import by_cursor, by_time
from connectors.sandbox.records import Ticket, User
from connectors.sandbox.rules.levels import levels
from connectors.sandbox.wire import Json


def tickets_by_cursor(call: Call) -> Answer:
    desk, now = call.desk, call.desk.clock.wall()
    return Answer(
        200,
        by_cursor(desk.tickets, "tickets", call.query, call.address, now, _show_ticket(call), _wanted(call)),
    )


def tickets_by_time(call: Call) -> Answer:
    desk, now = call.desk, call.desk.clock.wall()
    return Answer(
        200,
        by_time(desk.tickets, "tickets", call.query, call.address, now, _show_ticket(call), _wanted(call)),
    )


def users_by_cursor(call: Call) -> Answer:
    desk, now = call.desk, call.desk.clock.wall()
    return Answer(
        200,
        by_cursor(desk.users, "users", call.query, call.address, now, _show_user(call), lambda _: True),
    )


def users_by_time(call: Call) -> Answer:
    desk, now = call.desk, call.desk.clock.wall()
    return Answer(
        200, by_time(desk.users, "users", call.query, call.address, now, _show_user(call), lambda _: True)
    )


def organizations(call: Call) -> Answer:
    body = by_time(
        call.desk.organizations,
        "organizations",
        call.query,
        call.address,
        call.desk.clock.wall(),
        lambda organization: wire_people.organization(organization, call.base),
        lambda _: True,
    )
    return Answer(200, body)


def _show_ticket(call: Call) -> Callable[[Ticket], Json]:
    """``include`` lays metrics (``metric_sets``) and service levels (``slas``) beside each ticket."""
    asked = call.query.get("include", "").split(",")

    def show(ticket: Ticket) -> Json:
        shown = wire.ticket(call.desk, ticket, call.base, metrics="metric_sets" in asked)
        return {**shown, "slas": levels(call.desk, ticket)} if "slas" in asked else shown

    return show


def _wanted(call: Call) -> Callable[[Ticket], bool]:
    """``exclude_deleted`` drops the deleted."""
    present = call.query.get("exclude_deleted") == "true"
    return lambda ticket: not present or ticket.status != "deleted"


def _show_user(call: Call) -> Callable[[User], Json]:
    return lambda user: wire_people.user(user, call.base)


ROWS = (
    Row("GET", "/api/v2/incremental/tickets", tickets_by_time, admin=True),
    Row("GET", "/api/v2/incremental/tickets/cursor", tickets_by_cursor, admin=True),
    Row("GET", "/api/v2/incremental/users", users_by_time, admin=True),
    Row("GET", "/api/v2/incremental/users/cursor", users_by_cursor, admin=True),
    Row("GET", "/api/v2/incremental/organizations", organizations, admin=True),
)
