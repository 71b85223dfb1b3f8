"""Tickets: the list, reading and writing one; what hangs on one is in ``ticket_parts.py``."""

from __future__ import annotations

from hashlib import sha256

from connectors.sandbox import sideload, wire
from connectors.sandbox.call import GONE, Answer, Call, Row, counted, found, ok, whole_list
from connectors.sandbox.deletion import delete_ticket, mark_spam
from connectors.sandbox.drafting import change_ticket, open_ticket
from connectors.sandbox.importing import import_ticket
from connectors.sandbox.paging import Order, by_cursor, leaf
from connectors.sandbox.records import PRIORITIES, STATUSES, Ticket
from connectors.sandbox.refusals import described, invalid_attribute, listed

ARCHIVED_AFTER = 120 * 86_400
"""A ticket closed this long ago has left the list; it stays in the export and can be read by id."""

REPEATABLE_FOR = 7_200
"""Seconds during which a key makes a creation repeatable."""
LONGEST_KEY = 255

RANKS = {"status": STATUSES, "priority": ("", *PRIORITIES)}

SORTS: dict[str, Order[Ticket]] = {
    "id": Order(),
    "created_at": Order(lambda ticket: ticket.created_at),
    "updated_at": Order(lambda ticket: ticket.updated_at),
    "status": Order(lambda ticket: RANKS["status"].index(ticket.status)),
    "priority": Order(lambda ticket: RANKS["priority"].index(ticket.priority or "")),
    "subject": Order(lambda ticket: (ticket.subject or "").lower()),
    "assignee": Order(lambda ticket: ticket.assignee_id or 0),
    "group": Order(lambda ticket: ticket.group_id or 0),
    "requester": Order(lambda ticket: ticket.requester_id or 0),
}
"""What a list may be sorted by; by cursor only the first few of them."""
BY_CURSOR = ("id", "updated_at", "status")


def order(call: Call) -> Order[Ticket] | None:
    """How the list is sorted. By cursor only ``sort`` counts, and ``sort_by`` is dropped without a word."""
    if by_cursor(call.query):
        word = call.query.get("sort", "")
        if word and word.removeprefix("-") not in BY_CURSOR:
            raise listed(400, "InvalidPaginationParameter", f"sort is not valid: {word}")
        return SORTS[word.removeprefix("-")]._replace(falling=word.startswith("-")) if word else None
    word = call.query.get("sort_by", "")
    if word not in SORTS:
        return None
    return SORTS[word]._replace(falling=call.query.get("sort_order") == "desc")


def tickets(call: Call) -> Answer:
    """The tickets that are neither deleted nor archived."""
    oldest = call.desk.clock.wall() - ARCHIVED_AFTER
    external = call.query.get("external_id")

    def fits(ticket: Ticket) -> bool:
        if ticket.status == "deleted" or (ticket.status == "closed" and ticket.updated_at <= oldest):
            return False
        return external is None or ticket.external_id == external

    part = leaf(call.desk.tickets, call.query, call.address, fits, order(call))
    body = part.under("tickets", lambda ticket: sideload.ticket(call, ticket))
    return Answer(200, {**body, **sideload.beside_tickets(call, part.rows)})


def show(call: Call) -> Answer:
    ticket = present(call)
    return ok(ticket=sideload.ticket(call, ticket), **sideload.beside_tickets(call, [ticket]))


def show_many(call: Call) -> Answer:
    known = [ticket for key in call.ids() if (ticket := call.desk.present(key)) is not None]
    body = whole_list("tickets", [sideload.ticket(call, ticket) for ticket in known])
    return Answer(200, {**body, **sideload.beside_tickets(call, known)})


def count(call: Call) -> Answer:
    return counted(call, sum(ticket.status != "deleted" for ticket in call.desk.tickets))


def change(call: Call) -> Answer:
    ticket = present(call)
    audit = change_ticket(call.desk, ticket, call.wrapped("ticket"), call.user)
    return ok(ticket=wire.ticket(call.desk, ticket, call.base), audit=wire.audit(audit))


def add(call: Call) -> Answer:
    """A new ticket; with an ``Idempotency-Key`` the same request again gets the same answer for two hours."""
    key = call.headers.get("idempotency-key")
    if not key:
        return _made(call)
    if len(key) > LONGEST_KEY:
        raise invalid_attribute("Idempotency-Key", f"must not be longer than {LONGEST_KEY} characters")
    now, known = call.desk.clock.wall(), call.desk.repeatable
    for old in [name for name, (at, _, _) in known.items() if at + REPEATABLE_FOR <= now]:
        del known[old]
    digest = sha256(call.body).hexdigest()
    if key not in known:
        answer = _made(call)
        known[key] = (now, digest, answer)
        return answer._replace(headers={"x-idempotency-lookup": "miss"})
    sent: str
    said: Answer
    _, sent, said = known[key]
    if sent != digest:
        text = "The Idempotency-Key was already used with another request body"
        raise described(400, "IdempotentRequestError", text)
    return said._replace(headers={"x-idempotency-lookup": "hit"})


def _made(call: Call) -> Answer:
    ticket, audit = open_ticket(call.desk, call.wrapped("ticket"), call.user)
    shown = wire.ticket(call.desk, ticket, call.base)
    return Answer(201, {"ticket": shown, "audit": wire.audit(audit)}, location=shown["url"])


def bring_in(call: Call) -> Answer:
    """A ticket with a history of its own."""
    shown = wire.ticket(call.desk, import_ticket(call.desk, call.wrapped("ticket"), call.staff), call.base)
    return Answer(201, {"ticket": shown}, location=shown["url"])


def remove(call: Call) -> Answer:
    delete_ticket(call.desk, present(call), call.staff)
    return GONE


def spam(call: Call) -> Answer:
    mark_spam(call.desk, present(call), call.staff)
    return Answer(200, None)


def present(call: Call) -> Ticket:
    """The ticket in the path, which must not be deleted."""
    ticket: Ticket = found(call.desk.present(call.id()))
    return ticket


ROWS = (
    Row("GET", "/api/v2/tickets", tickets),
    Row("POST", "/api/v2/tickets", add),
    Row("GET", "/api/v2/tickets/show_many", show_many),
    Row("GET", "/api/v2/tickets/count", count),
    Row("GET", "/api/v2/tickets/{id}", show),
    Row("PUT", "/api/v2/tickets/{id}", change),
    Row("DELETE", "/api/v2/tickets/{id}", remove),
    Row("PUT", "/api/v2/tickets/{id}/mark_as_spam", spam),
    Row("POST", "/api/v2/imports/tickets", bring_in, admin=True),
)
