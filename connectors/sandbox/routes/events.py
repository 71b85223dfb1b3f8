"""What happened to tickets, update by update, and small samples of every export; for admins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.sandbox import sideload, wire, wire_people
from connectors.sandbox.call import Answer, Call, Row
from connectors.sandbox.export import by_time
from connectors.sandbox.paging import number
from connectors.sandbox.records import Audit
from connectors.sandbox.refusals import unknown_endpoint
from connectors.sandbox.shelves import ExportShelf
from connectors.sandbox.state import Desk
from connectors.sandbox.wire import Json

SAMPLE = 50
"""Records a sample holds at most."""


def ticket_events(call: Call) -> Answer:
    """Updates in the order of time; ``include=comment_events`` shows what was said, too."""
    shelf, now = _happenings(call.desk), call.desk.clock.wall()
    comments = "comment_events" in call.includes()
    body = by_time(
        shelf,
        "ticket_events",
        call.query,
        call.address,
        now,
        lambda one: _show(one, comments=comments),
        lambda one: one.ticket_id in call.desk.audits,
    )
    return Answer(200, body)


def _happenings(desk: Desk) -> ExportShelf[Any]:
    """All audits by time; those since the last look are added."""
    shelf = desk.happenings
    late = [audits for audits in desk.audits.values() if audits and audits[-1].id not in shelf]
    fresh = [audit for audits in late for audit in audits if audit.id not in shelf]
    if fresh:
        shelf.fill((audit.created_at, audit) for audit in fresh)
    return shelf


def _show(audit: Audit, *, comments: bool) -> Json:
    whole = wire.audit(audit)
    children = [
        _child(event, whole["via"]) for event in whole["events"] if comments or event["type"] != "Comment"
    ]
    return {
        "id": audit.id,
        "ticket_id": audit.ticket_id,
        "timestamp": audit.created_at,
        "created_at": whole["created_at"],
        "updater_id": audit.author_id,
        "via": whole["via"]["channel"],
        "system": {},
        "metadata": whole["metadata"],
        "event_type": "Audit",
        "child_events": children,
    }


def _child(event: Json, via: Json) -> Json:
    """A field that moved stands under its own name here."""
    child: Json = {"id": event["id"], "via": via["channel"], "via_reference_id": None}
    if event["type"] in ("Change", "Create"):
        child |= {"event_type": event["type"], event["field_name"]: event["value"]}
        if event["type"] == "Change":
            child["previous_value"] = event["previous_value"]
        return child
    rest = {name: value for name, value in event.items() if name not in ("id", "type", "via")}
    return {**child, **rest, "event_type": event["type"]}


def sample(call: Call) -> Answer:
    """The first few of an export; there is one for every time-based kind."""
    kinds: dict[str, tuple[Any, Callable[[Any], Json]]] = {
        "tickets": (call.desk.tickets, lambda one: sideload.ticket(call, one)),
        "users": (call.desk.users, lambda one: wire_people.user(one, call.base)),
        "organizations": (call.desk.organizations, lambda one: wire_people.organization(one, call.base)),
        "ticket_events": (_happenings(call.desk), lambda one: _show(one, comments=False)),
    }
    name = call.params["resource"]
    if name not in kinds:
        raise unknown_endpoint()
    shelf, show = kinds[name]
    size = min(number(call.query, "per_page", SAMPLE), SAMPLE)
    asked = {**call.query, "per_page": str(size)}
    body = by_time(shelf, name, asked, call.address, call.desk.clock.wall(), show, lambda _: True)
    body[name] = body[name][:SAMPLE]
    return Answer(200, {**body, "count": len(body[name])})


ROWS = (
    Row("GET", "/api/v2/incremental/ticket_events", ticket_events, admin=True),
    Row("GET", "/api/v2/incremental/{resource}/sample", sample, admin=True),
)
