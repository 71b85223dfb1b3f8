"""What has been deleted: tickets that can come back, people who can go for good."""

from __future__ import annotations

from connectors.sandbox import wire_people
from connectors.sandbox.call import Answer, Call, Row, counted, found, ok
from connectors.sandbox.deletion import restorable, restore_ticket
from connectors.sandbox.paging import Order, leaf, leaf_of
from connectors.sandbox.people import erase_user
from connectors.sandbox.records import Ticket, User
from connectors.sandbox.refusals import not_found
from connectors.sandbox.routes.tickets import SORTS, order
from connectors.sandbox.wire import Json, stamp

APPLICATIONS = ("all", "support", "explore", "chat")
STEPS = ("request_deletion", "started", "complete")
"""What every application says about a permanent deletion, in order; here it is complete at once."""


def tickets(call: Call) -> Answer:
    """Not those that are gone for good."""
    rows = (one for one in call.desk.tickets if restorable(one))
    part = leaf_of(rows, call.query, call.address, _order(call))
    return Answer(200, part.under("deleted_tickets", lambda one: _show(call, one)))


def _order(call: Call) -> Order[Ticket] | None:
    if call.query.get("sort_by") == "deleted_at":
        by_time: Order[Ticket] = Order(lambda one: one.deleted.at if one.deleted else 0)
        return by_time._replace(falling=call.query.get("sort_order") == "desc")
    return order(call) if call.query.get("sort_by") in SORTS else None


def _show(call: Call, ticket: Ticket) -> Json:
    gone = ticket.deleted
    actor = call.desk.users.get(gone.actor_id) if gone else None
    return {
        "id": ticket.id,
        "subject": ticket.subject,
        "description": ticket.description,
        "actor": {"id": actor.id, "name": actor.name} if actor else None,
        "deleted_at": stamp(gone.at) if gone else None,
        "previous_state": gone.status if gone else None,
    }


def restore(call: Call) -> Answer:
    restore_ticket(call.desk, _deleted(call, call.id()), call.staff)
    return Answer(200, None)


def restore_many(call: Call) -> Answer:
    """All of them or, where one cannot come back, none."""
    for ticket in [_deleted(call, key) for key in call.ids()]:
        restore_ticket(call.desk, ticket, call.staff)
    return Answer(200, None)


def _deleted(call: Call, key: int) -> Ticket:
    ticket = call.desk.tickets.get(key)
    if ticket is None or not restorable(ticket):
        raise not_found()
    return ticket


def users(call: Call) -> Answer:
    part = leaf(call.desk.users, call.query, call.address, _gone)
    return Answer(200, part.under("deleted_users", lambda one: _show_user(call, one)))


def user_count(call: Call) -> Answer:
    return counted(call, sum(map(_gone, call.desk.users)))


def user(call: Call) -> Answer:
    return ok(deleted_user=_show_user(call, _user(call)))


def erase(call: Call) -> Answer:
    """Somebody deleted, now for good; the answer shows them as they were."""
    record = _user(call)
    shown = _show_user(call, record)
    erase_user(call.desk, record)
    call.desk.erasures[record.id] = (call.desk.clock.wall(), call.user.id)
    return ok(deleted_user=shown)


def statuses(call: Call) -> Answer:
    """How far a permanent deletion has come, application by application."""
    record: User = found(call.desk.users.get(call.id()))
    at, executer = found(call.desk.erasures.get(record.id))
    rows = [
        {
            "action": step,
            "application": application,
            "account_subdomain": "sandbox",
            "created_at": stamp(at),
            "executer_id": executer if step == "request_deletion" else None,
            "user_id": record.id,
        }
        for application in APPLICATIONS
        for step in STEPS
    ]
    return ok(compliance_deletion_statuses=rows)


def _gone(record: User) -> bool:
    return not record.active and not record.erased and record.merged_into is None


def _user(call: Call) -> User:
    record: User = found(call.desk.users.get(call.id()))
    if not _gone(record):
        raise not_found()
    return record


def _show_user(call: Call, record: User) -> Json:
    names = (
        "id", "url", "name", "email", "created_at", "updated_at", "time_zone", "phone", "photo",
        "locale_id", "locale", "organization_id", "role", "active",
    )  # fmt: skip
    shown = wire_people.user(record, call.base)
    url = shown["url"].replace("/users/", "/deleted_users/")
    return {**{name: shown[name] for name in names}, "url": url, "shared_phone_number": None}


ROWS = (
    Row("GET", "/api/v2/deleted_tickets", tickets),
    Row("PUT", "/api/v2/deleted_tickets/restore_many", restore_many),
    Row("PUT", "/api/v2/deleted_tickets/{id}/restore", restore),
    Row("GET", "/api/v2/deleted_users", users),
    Row("GET", "/api/v2/deleted_users/count", user_count),
    Row("GET", "/api/v2/deleted_users/{id}", user),
    Row("DELETE", "/api/v2/deleted_users/{id}", erase, admin=True),
    Row("GET", "/api/v2/users/{id}/compliance_deletion_statuses", statuses),
)
