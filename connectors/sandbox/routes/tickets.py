"""Tickets: reading, writing one, and queueing changes of many."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from connectors.sandbox import wire
from connectors.sandbox.call import MOST_IDS, Answer, Call, Row, found, ok
from connectors.sandbox.changes import TAG_KEYS, create, update
from connectors.sandbox.paging import page
from connectors.sandbox.people import new_customer
from connectors.sandbox.records import Ticket, User
from connectors.sandbox.refusals import invalid_attribute, record_invalid
from connectors.sandbox.state import Kept, Shelf
from connectors.sandbox.wire import Json

ARCHIVED_AFTER = 120 * 86_400
"""A ticket closed this long ago has left the list; it stays in the export and can be read by id."""


def _present(call: Call) -> Ticket:
    ticket: Ticket = found(call.desk.present(call.id()))
    return ticket


def _with_metrics(call: Call) -> bool:
    return "metric_sets" in call.query.get("include", "").split(",")


def listing(call: Call) -> Answer:
    oldest = call.desk.clock.wall() - ARCHIVED_AFTER
    metrics = _with_metrics(call)
    return Answer(
        200,
        page(
            call.desk.tickets,
            "tickets",
            call.query,
            call.address,
            lambda ticket: wire.ticket(call.desk, ticket, call.base, metrics=metrics),
            lambda ticket: (
                ticket.status != "deleted" and (ticket.status != "closed" or ticket.updated_at > oldest)
            ),
        ),
    )


def show(call: Call) -> Answer:
    return ok(ticket=wire.ticket(call.desk, _present(call), call.base, metrics=_with_metrics(call)))


def show_many(call: Call) -> Answer:
    metrics = _with_metrics(call)
    tickets = [ticket for key in call.ids() if (ticket := call.desk.present(key)) is not None]
    shown = [wire.ticket(call.desk, ticket, call.base, metrics=metrics) for ticket in tickets]
    return ok(tickets=shown, count=len(shown), next_page=None, previous_page=None)


def count(call: Call) -> Answer:
    value = sum(ticket.status != "deleted" for ticket in call.desk.tickets)
    return ok(count={"value": value, "refreshed_at": wire.stamp(call.desk.clock.wall())})


def comments(call: Call) -> Answer:
    return _paged(call, "comments", call.desk.comments.get(_present(call).id, ()), wire.comment)


def audits(call: Call) -> Answer:
    return _paged(call, "audits", call.desk.audits.get(_present(call).id, ()), wire.audit)


def _paged(call: Call, name: str, entries: Iterable[Kept], show: Callable[[Kept], Json]) -> Answer:
    """A ticket's own entries in pages; they are few, so a shelf for them is made anew each time."""
    shelf: Shelf[Kept] = Shelf()
    for entry in entries:
        shelf.add(entry)
    return Answer(200, page(shelf, name, call.query, call.address, show, lambda _: True))


def metrics(call: Call) -> Answer:
    return ok(ticket_metric=wire.metric_set(_present(call), call.base))


def change(call: Call) -> Answer:
    ticket = _present(call)
    audit = update(call.desk, ticket, call.wrapped("ticket"), call.user, "api")
    return ok(ticket=wire.ticket(call.desk, ticket, call.base), audit=wire.audit(audit))


def add(call: Call) -> Answer:
    wish = call.wrapped("ticket")
    ticket, audit = create(call.desk, wish, call.user, "api", _requester(call, wish))
    shown = wire.ticket(call.desk, ticket, call.base)
    return Answer(201, {"ticket": shown, "audit": wire.audit(audit)}, location=shown["url"])


def _requester(call: Call, wish: Json) -> User:
    """Who asks: by id, by name and address (created when new), otherwise whoever calls."""
    given = wish.get("requester")
    if isinstance(given, dict):
        return _by_address(call, given)
    if wish.get("requester_id") is None:
        return call.user
    person = call.desk.users.get(wish["requester_id"])
    if person is None or not person.active:
        raise record_invalid({"requester": "Requester: is invalid"})
    return person


def _by_address(call: Call, given: Json) -> User:
    name, email = given.get("name"), given.get("email")
    if not isinstance(email, str) or "@" not in email:
        raise record_invalid({"requester": "Requester: Email is not properly formatted"})
    known = call.desk.user_by_email(email)
    if known is not None:
        return known
    return new_customer(call.desk, name if isinstance(name, str) and name else email, email)


def change_many(call: Call) -> Answer:
    """Queue a job: the same change for the ids in the query, or one change a ticket."""
    items = _same_for_all(call) if "ids" in call.query else _one_each(call)
    job = call.jobs.queue(items, call.user)
    return ok(job_status=call.jobs.report(job, call.base))


def _same_for_all(call: Call) -> list[Json]:
    wish = call.wrapped("ticket")
    return [{**wish, "id": key} for key in call.ids()]


def _one_each(call: Call) -> list[Json]:
    items: Any = call.json().get("tickets")
    if not isinstance(items, list) or not items or len(items) > MOST_IDS:
        raise invalid_attribute("tickets", f"must be a list of 1 to {MOST_IDS} tickets")
    for item in items:
        if not isinstance(item, dict) or type(item.get("id")) is not int:
            raise invalid_attribute("tickets", "every ticket must have an integer id")
    if call.desk.trouble.strikes("per-ticket tags ignored"):
        return [{name: value for name, value in item.items() if name not in TAG_KEYS} for item in items]
    return items


ROWS = (
    Row("GET", "/api/v2/tickets", listing),
    Row("POST", "/api/v2/tickets", add),
    Row("GET", "/api/v2/tickets/show_many", show_many),
    Row("GET", "/api/v2/tickets/count", count),
    Row("PUT", "/api/v2/tickets/update_many", change_many),
    Row("GET", "/api/v2/tickets/{id}", show),
    Row("PUT", "/api/v2/tickets/{id}", change),
    Row("GET", "/api/v2/tickets/{id}/comments", comments),
    Row("GET", "/api/v2/tickets/{id}/audits", audits),
    Row("GET", "/api/v2/tickets/{id}/metrics", metrics),
)
