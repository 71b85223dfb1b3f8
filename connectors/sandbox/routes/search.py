"""Search over everything: a thousand results by offset, or one kind of record by cursor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.sandbox import sideload, wire_people
from connectors.sandbox.call import Answer, Call, Row, ok
from connectors.sandbox.finding import find
from connectors.sandbox.paging import LARGEST, Order, by_cursor, leaf_of, linked, number, offsets
from connectors.sandbox.properties import Asked, Record
from connectors.sandbox.query import Query, parse, refused
from connectors.sandbox.records import PRIORITIES, STATUSES, Organization, Ticket, User
from connectors.sandbox.refusals import invalid_attribute, listed
from connectors.sandbox.wire import Json

KINDS = ("ticket", "user", "organization", "group")
MOST = 1_000
"""Results that can be reached by offset."""
LARGEST_EXPORT = 1_000
CURSOR_LIVES = 3_600
TOO_DEEP = "Requested response size was greater than Search Response Limits"

Key = Callable[[Any], Any]

ORDERS: dict[str, Key] = {
    "created_at": lambda one: one.created_at,
    "updated_at": lambda one: one.updated_at,
    "priority": lambda one: PRIORITIES.index(one.priority) if getattr(one, "priority", None) else -1,
    "status": lambda one: STATUSES.index(one.status) if isinstance(one, Ticket) else -1,
    "ticket_type": lambda one: getattr(one, "type", None) or "",
}
"""What results may be sorted by; without a wish the latest change comes first."""


def search(call: Call) -> Answer:
    """A page of results; beyond the thousandth there is none, whatever the count says."""
    if by_cursor(call.query):
        raise listed(400, "InvalidPaginationParameter", "page[size] cannot be used here")
    at = max(number(call.query, "page", 1), 1)
    size = min(max(number(call.query, "per_page", LARGEST), 1), LARGEST)
    if at * size > MOST:
        raise refused(TOO_DEEP)
    query = _query(call)
    rows = _results(call, query, KINDS)
    rows.sort(key=lambda one: one.id)
    key, falling = _order(call, query)
    rows.sort(key=key, reverse=falling)
    part = rows[(at - 1) * size : at * size]
    body = {
        "results": [show(call, one) for one in part],
        "facets": None,
        **offsets(call.query, call.address, at, size, len(rows)),
    }
    tickets = [one for one in part if isinstance(one, Ticket)]
    return Answer(200, {**body, **sideload.beside_tickets(call, tickets)})


def count(call: Call) -> Answer:
    return ok(count=len(_results(call, _query(call), KINDS)))


def export(call: Call) -> Answer:
    """One kind of record in the order of creation; a cursor dies after an hour."""
    kind = call.query.get("filter[type]", "")
    if kind not in KINDS:
        raise invalid_attribute("filter[type]", f"must be one of {', '.join(KINDS)}")
    query = _query(call)
    if query.kinds:
        raise refused("type cannot be part of the query here; use filter[type]")
    asked = {"page[size]": str(LARGEST), **call.query}
    if asked.get("page[after]"):
        asked["page[after]"] = _opened(asked["page[after]"], call.desk.clock.wall())
    rows = _results(call, query, (kind,))
    part = leaf_of(rows, asked, call.address, Order(lambda one: one.created_at), LARGEST_EXPORT)
    results = [show(call, one) for one in part.rows]
    return Answer(200, {"results": results, "facets": None, **_sealed(call, asked, part.frame)})


def _sealed(call: Call, asked: dict[str, str], frame: Json) -> Json:
    """The frame of a page whose cursor says when it was given, and that leads forward only."""
    meta, cursor = frame["meta"], frame["meta"]["after_cursor"]
    sealed = f"{call.desk.clock.wall()}.{cursor}" if cursor else None
    onward = {**asked, "page[after]": sealed or ""} if meta["has_more"] else None
    return {
        "meta": {"has_more": meta["has_more"], "after_cursor": sealed, "before_cursor": None},
        "links": {"next": linked(call.address, onward), "prev": None},
    }


def _opened(cursor: str, now: int) -> str:
    at, dot, inner = cursor.partition(".")
    if not dot or not at.isdigit() or int(at[:18]) + CURSOR_LIVES < now:
        raise listed(400, "InvalidPaginationParameter", "page[after] is not a valid cursor, or has expired")
    return inner


def _query(call: Call) -> Query:
    text = call.query.get("query", "").strip()
    if not text:
        raise invalid_attribute("query", "must be given")
    return parse(text)


def _results(call: Call, query: Query, kinds: tuple[str, ...]) -> list[Record]:
    asked = Asked(call.desk, call.user, call.desk.clock.wall())
    return [
        one for kind in kinds if not query.kinds or kind in query.kinds for one in find(asked, query, kind)
    ]


def _order(call: Call, query: Query) -> tuple[Key, bool]:
    """The wish in the query counts before that beside it."""
    word = query.order_by or call.query.get("sort_by", "")
    word = {"created": "created_at", "updated": "updated_at"}.get(word, word)
    if query.order_by:
        return ORDERS.get(word, ORDERS["updated_at"]), query.falling
    return ORDERS.get(word, ORDERS["updated_at"]), call.query.get("sort_order", "desc") != "asc"


def show(call: Call, record: Record) -> Json:
    """A record among others: ``result_type`` says what it is."""
    if isinstance(record, Ticket):
        return {**sideload.ticket(call, record), "result_type": "ticket"}
    if isinstance(record, User):
        return {**wire_people.user(record, call.base), "result_type": "user"}
    if isinstance(record, Organization):
        return {**wire_people.organization(record, call.base), "result_type": "organization"}
    return {**wire_people.group(record, call.base), "result_type": "group"}


ROWS = (
    Row("GET", "/api/v2/search", search),
    Row("GET", "/api/v2/search/count", count),
    Row("GET", "/api/v2/search/export", export),
)
