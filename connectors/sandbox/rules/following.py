"""What follows an update of a ticket: triggers, then service levels, then the events that tell of it all."""

from __future__ import annotations

from connectors.sandbox.records import Audit, Ticket
from connectors.sandbox.rules.commitments import commit
from connectors.sandbox.rules.conditions import Happening
from connectors.sandbox.rules.firing import fire
from connectors.sandbox.rules.telling import tell
from connectors.sandbox.state import Desk, Untold


def conclude(desk: Desk, ticket: Ticket, audit: Audit, happening: Happening) -> None:
    """Let the rules join an update whose own changes stand, and keep its audit."""
    now = audit.created_at
    audit.events.extend(fire(desk, ticket, happening, now))
    desk.tickets.touch(ticket, now)
    desk.audits.setdefault(ticket.id, []).append(audit)
    before = len(desk.commitments.get(ticket.id, ()))
    shift = commit(desk, ticket, happening, now)
    after = len(desk.commitments.get(ticket.id, ()))
    desk.untold.append(Untold(ticket.id, now, len(desk.audits[ticket.id]), (before, after)))
    tell(desk, ticket, happening, shift)
