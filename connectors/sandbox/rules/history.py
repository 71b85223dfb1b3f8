"""A ticket's past as service levels see it: when it was in which status, and who spoke in public."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from connectors.sandbox.records import Audit, Ticket
from connectors.sandbox.state import Desk

CUSTOMER, AGENT = "customer", "agent"


class Moment(NamedTuple):
    """One update: the status it left behind, and whose voice was heard in public, if any."""

    at: int
    status: str
    voice: str | None


def history(desk: Desk, ticket: Ticket, audits: Sequence[Audit]) -> list[Moment]:
    """The moments of a ticket up to the last of these audits, oldest first."""
    status = _first_status(ticket, audits)
    moments = [Moment(ticket.created_at, status, None)]
    for audit in audits:
        voice = None
        for event in audit.events:
            if event.get("field_name") == "status":
                status = event["value"]
            elif event["type"] == "Comment" and event["public"]:
                voice = _voice(desk, event["author_id"])
        moments.append(Moment(audit.created_at, status, voice))
    return moments


def _first_status(ticket: Ticket, audits: Sequence[Audit]) -> str:
    """What the creation says; otherwise what the first change says it was before."""
    if audits and "status" in audits[0].made:
        return str(audits[0].made["status"])
    for audit in audits:
        for event in audit.events:
            if event.get("field_name") == "status":
                return str(event["previous_value"])
    return ticket.status


def _voice(desk: Desk, author: object) -> str:
    person = desk.users.get(author)
    return AGENT if person is not None and person.staff else CUSTOMER
