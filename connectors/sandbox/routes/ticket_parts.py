"""What hangs on tickets: comments, audits, metrics and the people who look on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from connectors.sandbox import sideload, wire, wire_people
from connectors.sandbox.call import Answer, Call, Row, counted, found, ok
from connectors.sandbox.paging import Order, by_cursor, leaf, leaf_of
from connectors.sandbox.records import Audit, Comment, Ticket
from connectors.sandbox.refusals import invalid_attribute
from connectors.sandbox.routes.tickets import present

FALLING = ("desc", "-created_at", "-id")
"""The words that turn a list of comments or audits round."""


def comments(call: Call) -> Answer:
    """The conversation, oldest first unless asked otherwise."""
    rows: Sequence[Comment] = call.desk.comments.get(present(call).id, ())
    part = leaf_of(rows, call.query, call.address, _turned(call))
    body = part.under("comments", wire.comment)
    if "users" in call.includes():
        writers = filter(None, (call.desk.users.get(row.author_id) for row in part.rows))
        shown = {one.id: wire_people.user(one, call.base) for one in writers}
        body["users"] = list(shown.values())
    return Answer(200, body)


def comment_count(call: Call) -> Answer:
    return counted(call, len(call.desk.comments.get(present(call).id, ())))


def audits(call: Call) -> Answer:
    rows: Sequence[Audit] = call.desk.audits.get(present(call).id, ())
    return Answer(200, leaf_of(rows, call.query, call.address, _turned(call)).under("audits", wire.audit))


def audit_count(call: Call) -> Answer:
    return counted(call, len(call.desk.audits.get(present(call).id, ())))


def audit(call: Call) -> Answer:
    rows, key = call.desk.audits.get(present(call).id, ()), call.id("audit")
    return ok(audit=wire.audit(found(next((row for row in rows if row.id == key), None))))


def all_audits(call: Call) -> Answer:
    """Every audit of the desk, newest first, by cursor and never by offset."""
    rows = [row for key in call.desk.audits if call.desk.present(key) for row in call.desk.audits[key]]
    size = call.query.get("page[size]", call.query.get("limit", "100"))
    asked = {"page[size]": size, **call.query}
    if "cursor" in call.query:
        asked["page[after]"] = call.query["cursor"]
    part = leaf_of(rows, asked, call.address, Order(falling=True), largest=1000)
    meta, links = part.frame["meta"], part.frame["links"]
    more = {
        "after_url": links["next"],
        "after_cursor": meta["after_cursor"],
        "before_url": links["prev"],
        "before_cursor": meta["before_cursor"],
    }
    return Answer(200, {**part.under("audits", wire.audit), **more})


def _turned(call: Call) -> Order[Any] | None:
    word = call.query.get("sort" if by_cursor(call.query) else "sort_order", "")
    return Order(falling=True) if word in FALLING else None


def metrics(call: Call) -> Answer:
    return ok(ticket_metric=wire.metric_set(present(call), call.base))


def metric(call: Call) -> Answer:
    """A metric has the number of its ticket."""
    return ok(ticket_metric=wire.metric_set(present(call), call.base))


def all_metrics(call: Call) -> Answer:
    part = leaf(call.desk.tickets, call.query, call.address, lambda one: one.status != "deleted")
    return Answer(200, part.under("ticket_metrics", lambda one: wire.metric_set(one, call.base)))


def onlookers(name: str, call: Call) -> Answer:
    """The people in one of the ticket's lists."""
    keys: list[int] = getattr(present(call), name)
    rows = [one for key in sorted(keys) if (one := call.desk.users.get(key)) is not None]
    part = leaf_of(rows, call.query, call.address)
    return Answer(200, part.under("users", lambda one: wire_people.user(one, call.base)))


def incidents(call: Call) -> Answer:
    """The incidents that hang on this problem."""
    key = present(call).id
    return _tickets(call, lambda one: one.problem_id == key)


def problems(call: Call) -> Answer:
    return _tickets(call, lambda one: one.type == "problem")


def _tickets(call: Call, fits: Callable[[Ticket], bool]) -> Answer:
    part = leaf(
        call.desk.tickets, call.query, call.address, lambda one: one.status != "deleted" and fits(one)
    )
    body = part.under("tickets", lambda one: sideload.ticket(call, one))
    return Answer(200, {**body, **sideload.beside_tickets(call, part.rows)})


def related(call: Call) -> Answer:
    key = present(call).id
    return ok(
        ticket_related={
            "topic_id": None,
            "jira_issue_ids": [],
            "followup_source_ids": [],
            "from_archive": False,
            "incidents": sum(one.problem_id == key for one in call.desk.tickets),
        }
    )


def make_private(call: Call) -> Answer:
    """The comment can be seen by staff only, from now on and for ever."""
    rows, key = call.desk.comments.get(present(call).id, []), call.id("comment")
    place = next((at for at, row in enumerate(rows) if row.id == key), None)
    if place is None:
        raise invalid_attribute("comment", "does not belong to this ticket")
    row = rows[place]
    rows[place] = Comment(**{**{name: getattr(row, name) for name in row.__struct_fields__}, "public": False})
    return Answer(200, None)


def _list_rows() -> tuple[Row, ...]:
    lists = (
        ("collaborators", "collaborator_ids"),
        ("followers", "follower_ids"),
        ("email_ccs", "email_cc_ids"),
    )
    return tuple(
        Row("GET", f"/api/v2/tickets/{{id}}/{word}", partial(onlookers, name)) for word, name in lists
    )


ROWS = (
    Row("GET", "/api/v2/tickets/{id}/comments", comments),
    Row("GET", "/api/v2/tickets/{id}/comments/count", comment_count),
    Row("PUT", "/api/v2/tickets/{id}/comments/{comment}/make_private", make_private),
    Row("GET", "/api/v2/tickets/{id}/audits", audits),
    Row("GET", "/api/v2/tickets/{id}/audits/count", audit_count),
    Row("GET", "/api/v2/tickets/{id}/audits/{audit}", audit),
    Row("GET", "/api/v2/ticket_audits", all_audits),
    Row("GET", "/api/v2/tickets/{id}/metrics", metrics),
    Row("GET", "/api/v2/ticket_metrics", all_metrics),
    Row("GET", "/api/v2/ticket_metrics/{id}", metric),
    Row("GET", "/api/v2/tickets/{id}/incidents", incidents),
    Row("GET", "/api/v2/problems", problems),
    Row("GET", "/api/v2/tickets/{id}/related", related),
    *_list_rows(),
)
