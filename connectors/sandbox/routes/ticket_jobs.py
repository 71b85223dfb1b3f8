"""Tickets by the hundred: jobs that make, change, merge and delete."""

from __future__ import annotations

from connectors.sandbox import work
from connectors.sandbox.call import Answer, Call, Row, ok, whole
from connectors.sandbox.refusals import invalid_attribute
from connectors.sandbox.routes.people_jobs import queued
from connectors.sandbox.routes.tickets import present
from connectors.sandbox.wire import Json


def change_many(call: Call) -> Answer:
    """The same change for the ids in the query, or one change a ticket."""
    items = _same_for_all(call) if "ids" in call.query else _one_each(call)
    job = call.jobs.queue(items, call.user)
    return ok(job_status=call.jobs.report(job, call.base))


def _same_for_all(call: Call) -> list[Json]:
    wish = call.wrapped("ticket")
    return [{**wish, "id": key} for key in call.ids()]


def _one_each(call: Call) -> list[Json]:
    items = call.items("tickets")
    if not all(type(item.get("id")) is int for item in items):
        raise invalid_attribute("tickets", "every ticket must have an integer id")
    return items


def add_many(call: Call) -> Answer:
    items = [{name: value for name, value in item.items() if name != "id"} for item in call.items("tickets")]
    return queued(call, items, work.CREATE_TICKETS)


def bring_in_many(call: Call) -> Answer:
    items = [{name: value for name, value in item.items() if name != "id"} for item in call.items("tickets")]
    return queued(call, items, work.IMPORT_TICKETS)


def remove_many(call: Call) -> Answer:
    return queued(call, [{"id": key} for key in call.ids()], work.DELETE_TICKETS)


def spam_many(call: Call) -> Answer:
    return queued(call, [{"id": key} for key in call.ids()], work.SPAM_TICKETS)


def erase_many(call: Call) -> Answer:
    """Deleted tickets, now for good."""
    return queued(call, [{"id": key} for key in call.ids()], work.ERASE_TICKETS)


def erase(call: Call) -> Answer:
    return queued(call, [{"id": call.id()}], work.ERASE_TICKETS)


def merge(call: Call) -> Answer:
    """The tickets in the body go into the one in the path."""
    target, wish = present(call), call.json()
    ids = wish.get("ids")
    if not isinstance(ids, list) or not ids or target.id in ids:
        raise invalid_attribute("ids", "must be a list of other tickets")
    sources = [whole(str(key), "ids") for key in ids]
    return queued(call, [{**wish, "id": key, "target": target.id} for key in sources], work.MERGE_TICKETS)


ROWS = (
    Row("POST", "/api/v2/tickets/create_many", add_many),
    Row("PUT", "/api/v2/tickets/update_many", change_many),
    Row("DELETE", "/api/v2/tickets/destroy_many", remove_many),
    Row("PUT", "/api/v2/tickets/mark_many_as_spam", spam_many),
    Row("POST", "/api/v2/tickets/{id}/merge", merge),
    Row("POST", "/api/v2/imports/tickets/create_many", bring_in_many, admin=True),
    Row("DELETE", "/api/v2/deleted_tickets/destroy_many", erase_many),
    Row("DELETE", "/api/v2/deleted_tickets/{id}", erase),
)
