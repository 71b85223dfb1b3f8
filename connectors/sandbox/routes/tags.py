"""Tags of tickets, users and organizations, with the vendor's verbs: PUT adds, POST replaces."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from connectors.sandbox.call import Answer, Call, Row, found, ok
from connectors.sandbox.changes import check_stamp, update
from connectors.sandbox.companies import retag_organization
from connectors.sandbox.people import retag_user
from connectors.sandbox.records import Organization, Ticket, User
from connectors.sandbox.tags import joined, split, without
from connectors.sandbox.wire import Json

Read = Callable[[Call], list[str]]
Write = Callable[[Call, list[str], Json], None]


def _ticket(call: Call) -> Ticket:
    ticket: Ticket = found(call.desk.present(call.id()))
    return ticket


def _user(call: Call) -> User:
    user: User = found(call.desk.users.get(call.id()))
    return user


def _organization(call: Call) -> Organization:
    organization = call.desk.organizations.get(call.id())
    return _alive(organization)


def _alive(organization: Organization | None) -> Organization:
    gone = organization is None or organization.deleted_at is not None
    record: Organization = found(None if gone else organization)
    return record


def _write_ticket(call: Call, tags: list[str], body: Json) -> None:
    ticket = _ticket(call)
    check_stamp(ticket, body)
    update(call.desk, ticket, {"tags": tags}, call.user, "api")


def _write_user(call: Call, tags: list[str], _: Json) -> None:
    retag_user(call.desk, _user(call), tags, call.user)


def _write_organization(call: Call, tags: list[str], _: Json) -> None:
    retag_organization(call.desk, _organization(call), tags, call.user)


def listing(read: Read, call: Call) -> Answer:
    tags = read(call)
    return ok(tags=tags, count=len(tags), next_page=None, previous_page=None)


def add(read: Read, write: Write, call: Call) -> Answer:
    body = call.json()
    write(call, joined(read(call), split(body.get("tags"))), body)
    return ok(tags=read(call))


def replace(read: Read, write: Write, call: Call) -> Answer:
    body = call.json()
    write(call, split(body.get("tags")), body)
    return Answer(201, {"tags": read(call)})


def remove(read: Read, write: Write, call: Call) -> Answer:
    """The tags come in the body, or in the query parted by commas."""
    body = call.json() if call.body else {}
    fewer = split(body.get("tags")) or split(call.query.get("tags", "").split(","))
    write(call, without(read(call), fewer), body)
    return ok(tags=read(call))


def _rows(path: str, read: Read, write: Write) -> tuple[Row, ...]:
    return (
        Row("GET", path, partial(listing, read)),
        Row("PUT", path, partial(add, read, write)),
        Row("POST", path, partial(replace, read, write)),
        Row("DELETE", path, partial(remove, read, write)),
    )


ROWS = (
    *_rows("/api/v2/tickets/{id}/tags", lambda call: _ticket(call).tags, _write_ticket),
    *_rows("/api/v2/users/{id}/tags", lambda call: _user(call).tags, _write_user),
    *_rows("/api/v2/organizations/{id}/tags", lambda call: _organization(call).tags, _write_organization),
)
