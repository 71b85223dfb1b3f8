"""Tickets as those who asked see them: their own, without what only staff may know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.sandbox import wire
from connectors.sandbox.call import Answer, Call, Row, found, ok
from connectors.sandbox.drafting import change_ticket, open_ticket
from connectors.sandbox.paging import leaf, leaf_of
from connectors.sandbox.records import Comment, Ticket
from connectors.sandbox.refusals import not_found, record_invalid
from connectors.sandbox.wire import Json

SHOWN = (
    "id", "url", "subject", "description", "priority", "status", "type", "organization_id", "via",
    "custom_fields", "fields", "requester_id", "collaborator_ids", "email_cc_ids", "is_public", "due_at",
    "assignee_id", "group_id", "recipient", "created_at", "updated_at", "custom_status_id", "ticket_form_id",
)  # fmt: skip
SOLVED = ("solved", "closed")


def listing(call: Call) -> Answer:
    """One's own requests; ``status`` narrows them."""
    statuses = set(filter(None, call.query.get("status", "").split(",")))
    return _listing(call, lambda one: _own(call, one) and (not statuses or one.status in statuses))


def unsolved(call: Call) -> Answer:
    return _listing(call, lambda one: _own(call, one) and one.status not in SOLVED)


def solved(call: Call) -> Answer:
    return _listing(call, lambda one: _own(call, one) and one.status in SOLVED)


def copied(call: Call) -> Answer:
    """Those of others that one gets copies of."""
    key = call.user.id
    return _listing(call, lambda one: key in one.email_cc_ids or key in one.collaborator_ids)


def search(call: Call) -> Answer:
    """One's own whose subject or first message holds the words."""
    words = call.query.get("query", "").lower()
    return _listing(call, lambda one: _own(call, one) and words in f"{one.subject} {one.description}".lower())


def of_user(call: Call) -> Answer:
    key = found(call.desk.users.get(call.id())).id
    return _listing(call, lambda one: one.requester_id == key)


def of_company(call: Call) -> Answer:
    key = found(call.desk.organizations.alive(call.id())).id
    return _listing(call, lambda one: one.organization_id == key)


def _own(call: Call, one: Ticket) -> bool:
    return one.requester_id == call.user.id


def _listing(call: Call, fits: Callable[[Ticket], bool]) -> Answer:
    part = leaf(
        call.desk.tickets, call.query, call.address, lambda one: one.status != "deleted" and fits(one)
    )
    return Answer(200, part.under("requests", lambda one: _show(call, one)))


def show(call: Call) -> Answer:
    return ok(request=_show(call, _one(call)))


def add(call: Call) -> Answer:
    ticket, _ = open_ticket(call.desk, _wish(call.wrapped("request")), call.user)
    shown = _show(call, ticket)
    return Answer(201, {"request": shown}, location=shown["url"])


def change(call: Call) -> Answer:
    """A comment, which is always public, and perhaps the word that all is well."""
    ticket, wish = _one(call), call.wrapped("request")
    edits: Json = {}
    if isinstance(wish.get("comment"), dict):
        edits["comment"] = {**wish["comment"], "public": True, "author_id": call.user.id}
    if wish.get("solved") is True:
        if ticket.assignee_id is None:
            raise record_invalid({"solved": "Solved: this request cannot be marked as solved"})
        edits["status"] = "solved"
    change_ticket(call.desk, ticket, edits, call.user)
    return ok(request=_show(call, ticket))


def _wish(given: Json) -> Json:
    """What somebody who asks may set; the rest is for staff."""
    names = ("subject", "comment", "description", "priority", "type", "custom_fields", "requester", "due_at")
    return {name: given[name] for name in names if name in given}


def comments(call: Call) -> Answer:
    part = leaf_of(_said(call, _one(call)), call.query, call.address)
    return Answer(200, part.under("comments", wire.comment))


def comment(call: Call) -> Answer:
    key = call.id("comment")
    row: Any = found(next((one for one in _said(call, _one(call)) if one.id == key), None))
    return ok(comment=wire.comment(row))


def _said(call: Call, ticket: Ticket) -> list[Comment]:
    return [one for one in call.desk.comments.get(ticket.id, ()) if one.public]


def _one(call: Call) -> Ticket:
    """Somebody else's is not there, unless one works here."""
    ticket: Ticket = found(call.desk.present(call.id()))
    if ticket.requester_id != call.user.id and not call.user.staff:
        raise not_found()
    return ticket


def _show(call: Call, ticket: Ticket) -> Json:
    shown = wire.ticket(call.desk, ticket, call.base)
    answer = {name: shown[name] for name in SHOWN}
    answer["url"] = shown["url"].replace("/tickets/", "/requests/")
    solvable = ticket.assignee_id is not None and ticket.status not in SOLVED
    return {**answer, "solved": ticket.status in SOLVED, "can_be_solved_by_me": solvable}


ROWS = (
    Row("GET", "/api/v2/requests", listing),
    Row("POST", "/api/v2/requests", add),
    Row("GET", "/api/v2/requests/open", unsolved),
    Row("GET", "/api/v2/requests/solved", solved),
    Row("GET", "/api/v2/requests/ccd", copied),
    Row("GET", "/api/v2/requests/search", search),
    Row("GET", "/api/v2/requests/{id}", show),
    Row("PUT", "/api/v2/requests/{id}", change),
    Row("GET", "/api/v2/requests/{id}/comments", comments),
    Row("GET", "/api/v2/requests/{id}/comments/{comment}", comment),
    Row("GET", "/api/v2/users/{id}/requests", of_user),
    Row("GET", "/api/v2/organizations/{id}/requests", of_company),
)
