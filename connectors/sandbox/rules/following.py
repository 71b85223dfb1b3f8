"""What follows an update of a ticket: triggers, then service levels, then the events that tell of it all."""

from __future__ import annotations

from connectors.sandbox.records import Audit, Ticket
from connectors.sandbox.rules.commitments import commit
from connectors.sandbox.rules.conditions import Happening
from connectors.sandbox.rules.courses import courses
from connectors.sandbox.rules.firing import fire
from connectors.sandbox.rules.history import history
from connectors.sandbox.rules.metric_events import diary, note
from connectors.sandbox.state import Desk


def conclude(desk: Desk, ticket: Ticket, audit: Audit, happening: Happening) -> None:
    """Let the rules join an update whose own changes stand, and keep its audit."""
    now = audit.created_at
    audit.events.extend(fire(desk, ticket, happening, now))
    desk.tickets.touch(ticket, now)
    desk.audits.setdefault(ticket.id, []).append(audit)
    _keep_time(desk, ticket, happening, now)


def _keep_time(desk: Desk, ticket: Ticket, happening: Happening, now: int) -> None:
    """Match the service level, and write down what the update means for the ticket's clocks."""
    moments = history(desk, ticket, desk.audits[ticket.id])
    promised = desk.commitments.get(ticket.id, [])
    commit(desk, ticket, happening, now)
    new = happening.kind == "Create"
    before = [] if new else diary(desk, ticket, courses(moments[:-1]), promised)
    after = diary(desk, ticket, courses(moments), desk.commitments.get(ticket.id, []))
    note(desk, ticket, before, after, now)
