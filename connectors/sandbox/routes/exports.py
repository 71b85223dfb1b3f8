"""The incremental exports, for admins: tickets and users by cursor or by time, organizations by time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.sandbox import wire, wire_people
from connectors.sandbox.call import Answer, Call, Row
from connectors.sandbox.export import by_cursor, by_time
from connectors.sandbox.records import Ticket, User
from connectors.sandbox.refusals import invalid_attribute
from connectors.sandbox.rules.levels import levels
from connectors.sandbox.shelves import Shelf
from connectors.sandbox.wire import Json

SCOPES = {"agent": ("agent",), "ai_agent": ("ai_agent",), "all": ("agent", "ai_agent")}
"""Whose tickets come, by ``support_type_scope``; those of AI agents only when asked for."""

Way = Callable[..., Json]


def _tickets(way: Way) -> Callable[[Call], Answer]:
    def view(call: Call) -> Answer:
        desk, now = call.desk, call.desk.clock.wall()
        shown = _show_ticket(call)
        body = way(desk.tickets, "tickets", call.query, call.address, now, shown, _wanted(call), desk.trouble)
        return Answer(200, {**body, **_beside(call, body["tickets"])})

    return view


def _users(way: Way) -> Callable[[Call], Answer]:
    def view(call: Call) -> Answer:
        desk, now = call.desk, call.desk.clock.wall()
        body = way(
            desk.users, "users", call.query, call.address, now, _show_user(call), lambda _: True, desk.trouble
        )
        return Answer(200, body)

    return view


def organizations(call: Call) -> Answer:
    body = by_time(
        call.desk.organizations,
        "organizations",
        call.query,
        call.address,
        call.desk.clock.wall(),
        lambda organization: wire_people.organization(organization, call.base),
        lambda _: True,
        call.desk.trouble,
    )
    return Answer(200, body)


def _beside(call: Call, tickets: list[Json]) -> Json:
    """The people, companies and teams of a page's tickets, for those that ``include`` names."""
    desk, asked = call.desk, call.query.get("include", "").split(",")
    kinds: dict[str, tuple[Shelf[Any], tuple[str, ...], Callable[[Any, str], Json]]] = {
        "users": (desk.users, ("requester_id", "submitter_id", "assignee_id"), wire_people.user),
        "groups": (desk.groups, ("group_id",), wire_people.group),
        "organizations": (desk.organizations, ("organization_id",), wire_people.organization),
    }
    found = {}
    for name, (shelf, references, show) in kinds.items():
        if name in asked:
            keys = {ticket[one] for ticket in tickets for one in references}
            rows = (shelf.get(key) for key in sorted(key for key in keys if key is not None))
            found[name] = [show(row, call.base) for row in rows if row is not None]
    return found


def _show_ticket(call: Call) -> Callable[[Ticket], Json]:
    """``include`` lays metrics (``metric_sets``) and service levels (``slas``) beside each ticket."""
    asked = call.query.get("include", "").split(",")

    def show(ticket: Ticket) -> Json:
        shown = wire.ticket(call.desk, ticket, call.base, metrics="metric_sets" in asked)
        return {**shown, "slas": levels(call.desk, ticket)} if "slas" in asked else shown

    return show


def _wanted(call: Call) -> Callable[[Ticket], bool]:
    """``exclude_deleted`` drops the deleted, ``support_type_scope`` says whose tickets come."""
    present = call.query.get("exclude_deleted") == "true"
    scope = SCOPES.get(call.query.get("support_type_scope", "agent"))
    if scope is None:
        raise invalid_attribute("support_type_scope", "must be agent, ai_agent or all")
    return lambda ticket: ticket.support_type in scope and not (present and ticket.status == "deleted")


def _show_user(call: Call) -> Callable[[User], Json]:
    return lambda user: wire_people.user(user, call.base)


ROWS = (
    Row("GET", "/api/v2/incremental/tickets", _tickets(by_time), admin=True),
    Row("GET", "/api/v2/incremental/tickets/cursor", _tickets(by_cursor), admin=True),
    Row("GET", "/api/v2/incremental/users", _users(by_time), admin=True),
    Row("GET", "/api/v2/incremental/users/cursor", _users(by_cursor), admin=True),
    Row("GET", "/api/v2/incremental/organizations", organizations, admin=True),
)
