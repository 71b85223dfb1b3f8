"""What a desk that was filled from a seed or a table still lacks before it can be asked for everything."""

from __future__ import annotations

from connectors.sandbox.membership import enter
from connectors.sandbox.records import Deletion
from connectors.sandbox.state import Desk


def furnish(desk: Desk) -> None:
    """Write out memberships, identities and deletions; on a desk that has them nothing changes."""
    enter(desk)
    for ticket in desk.tickets:
        if ticket.status == "deleted" and ticket.deleted is None:
            ticket.deleted = Deletion(at=ticket.updated_at, actor_id=desk.owner_id, status="closed")
