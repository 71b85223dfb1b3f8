"""Views: the lists of tickets agents work from. They cannot be changed here."""

from __future__ import annotations

from connectors.sandbox import sideload, wire_people
from connectors.sandbox.call import Answer, Call, Row, counted, found, listing, ok, whole
from connectors.sandbox.paging import leaf_of
from connectors.sandbox.records import Ticket
from connectors.sandbox.views import DEFAULTS, View, shown
from connectors.sandbox.wire import Json, stamp

COLUMNS = (
    ("subject", "Subject"),
    ("requester", "Requester"),
    ("created", "Requested"),
    ("priority", "Priority"),
)


def views(call: Call) -> Answer:
    return Answer(
        200, leaf_of(DEFAULTS, call.query, call.address).under("views", lambda one: _show(call, one))
    )


def active(call: Call) -> Answer:
    rows = [one for one in DEFAULTS if one.active]
    return Answer(200, leaf_of(rows, call.query, call.address).under("views", lambda one: _show(call, one)))


def compact(call: Call) -> Answer:
    return listing("views", [_show(call, one) for one in DEFAULTS if one.active])


def count(call: Call) -> Answer:
    return counted(call, len(DEFAULTS))


def show(call: Call) -> Answer:
    return ok(view=_show(call, _one(call)))


def search(call: Call) -> Answer:
    """Views whose title holds the words."""
    words = call.query.get("query", "").lower()
    rows = [one for one in DEFAULTS if words in one.title.lower()]
    return Answer(200, leaf_of(rows, call.query, call.address).under("views", lambda one: _show(call, one)))


def ticket_count(call: Call) -> Answer:
    return ok(view_count=_counted(call, _one(call)))


def many_counts(call: Call) -> Answer:
    keys = call.ids()
    return ok(view_counts=[_counted(call, one) for one in DEFAULTS if one.id in keys])


def tickets(call: Call) -> Answer:
    part = leaf_of(shown(call.desk, _one(call), call.user), call.query, call.address)
    body = part.under("tickets", lambda one: sideload.ticket(call, one))
    return Answer(200, {**body, **sideload.beside_tickets(call, part.rows)})


def execute(call: Call) -> Answer:
    """The same as a table: columns, rows, and the people who stand in them."""
    view = _one(call)
    part = leaf_of(shown(call.desk, view, call.user), call.query, call.address)
    keys = dict.fromkeys(one.requester_id for one in part.rows)
    people = [user for key in keys if (user := call.desk.users.get(key)) is not None]
    body = part.under("rows", lambda one: _row(call, one))
    return Answer(
        200,
        {
            **body,
            "columns": [
                {"id": key, "title": title, "filterable": False, "sortable": True} for key, title in COLUMNS
            ],
            "users": [wire_people.user(one, call.base) for one in people],
            "view": {"id": view.id, "url": _address(call, view)},
        },
    )


def _row(call: Call, ticket: Ticket) -> Json:
    shown_ticket = sideload.ticket(call, ticket)
    return {
        "subject": ticket.subject,
        "requester_id": ticket.requester_id,
        "created": shown_ticket["created_at"],
        "priority": ticket.priority,
        "ticket": shown_ticket,
    }


def _counted(call: Call, view: View) -> Json:
    value = len(shown(call.desk, view, call.user))
    return {
        "view_id": view.id,
        "url": f"{_address(call, view)[: -len('.json')]}/count.json",
        "value": value,
        "pretty": str(value),
        "fresh": True,
    }


def _one(call: Call) -> View:
    key = whole(call.params["id"], "id")
    view: View = found(next((one for one in DEFAULTS if one.id == key), None))
    return view


def _address(call: Call, view: View) -> str:
    return f"{call.base}/api/v2/views/{view.id}.json"


def _show(call: Call, view: View) -> Json:
    opened = stamp(min((one.created_at for one in call.desk.users), default=0))
    return {
        "id": view.id,
        "url": _address(call, view),
        "title": view.title,
        "raw_title": view.title,
        "description": "",
        "active": view.active,
        "position": view.id - DEFAULTS[0].id + 1,
        "default": False,
        "restriction": None,
        "conditions": {"all": [one._asdict() for one in view.conditions], "any": []},
        "execution": {
            "group_by": None,
            "group_order": "asc",
            "sort_by": view.sort_by,
            "sort_order": view.sort_order,
            "columns": [{"id": key, "title": title} for key, title in COLUMNS],
            "fields": [{"id": key, "title": title} for key, title in COLUMNS],
            "custom_fields": [],
        },
        "created_at": opened,
        "updated_at": opened,
    }


ROWS = (
    Row("GET", "/api/v2/views", views),
    Row("GET", "/api/v2/views/active", active),
    Row("GET", "/api/v2/views/compact", compact),
    Row("GET", "/api/v2/views/count", count),
    Row("GET", "/api/v2/views/count_many", many_counts),
    Row("GET", "/api/v2/views/search", search),
    Row("GET", "/api/v2/views/{id}", show),
    Row("GET", "/api/v2/views/{id}/count", ticket_count),
    Row("GET", "/api/v2/views/{id}/tickets", tickets),
    Row("GET", "/api/v2/views/{id}/execute", execute),
)
