"""The tickets of one person or one company."""

from __future__ import annotations

from collections.abc import Callable

from connectors.sandbox import sideload
from connectors.sandbox.call import Answer, Call, Row, counted, found
from connectors.sandbox.paging import leaf
from connectors.sandbox.records import Ticket
from connectors.sandbox.routes.tickets import order

Fits = Callable[[Ticket], bool]
"""Whether a ticket belongs to the list."""


def _requested(key: int) -> Fits:
    return lambda ticket: ticket.requester_id == key


def _assigned(key: int) -> Fits:
    return lambda ticket: ticket.assignee_id == key


def _copied(key: int) -> Fits:
    return lambda ticket: key in ticket.email_cc_ids or key in ticket.collaborator_ids


def _followed(key: int) -> Fits:
    return lambda ticket: key in ticket.follower_ids


def _of_company(key: int) -> Fits:
    return lambda ticket: ticket.organization_id == key


def _user(call: Call) -> int:
    key: int = found(call.user if call.params["id"] == "me" else call.desk.users.get(call.id())).id
    return key


def _company(call: Call) -> int:
    key: int = found(call.desk.organizations.alive(call.id())).id
    return key


def _rows(path: str, owner: Callable[[Call], int], belongs: Callable[[int], Fits]) -> tuple[Row, ...]:
    """A list and its count."""

    def listing(call: Call) -> Answer:
        fits = belongs(owner(call))
        part = leaf(
            call.desk.tickets,
            call.query,
            call.address,
            lambda ticket: ticket.status != "deleted" and fits(ticket),
            order(call),
        )
        body = part.under("tickets", lambda ticket: sideload.ticket(call, ticket))
        return Answer(200, {**body, **sideload.beside_tickets(call, part.rows)})

    def count(call: Call) -> Answer:
        fits = belongs(owner(call))
        return counted(call, sum(one.status != "deleted" and fits(one) for one in call.desk.tickets))

    return Row("GET", path, listing), Row("GET", f"{path}/count", count)


ROWS = (
    *_rows("/api/v2/users/{id}/tickets/requested", _user, _requested),
    *_rows("/api/v2/users/{id}/tickets/assigned", _user, _assigned),
    *_rows("/api/v2/users/{id}/tickets/ccd", _user, _copied),
    *_rows("/api/v2/users/{id}/tickets/followed", _user, _followed),
    *_rows("/api/v2/organizations/{id}/tickets", _company, _of_company),
)
