"""The line for high priority: who is raised while open tickets have room for it, and who is not now."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from connectors.records import UNSOLVED
from integration.store.bulk import listing
from policies.pressing import WAITED

ALWAYS = 10
"""Tickets that may have high priority on any desk: the share of a handful says nothing."""

_OPEN = f"t.status IN ({', '.join(repr(status) for status in sorted(UNSOLVED))}) AND NOT t.deleted"
_RAISED = "coalesce(t.priority IN ('high', 'urgent'), FALSE)"
_IN_LINE = (
    "FROM decisions AS d JOIN tickets AS t ON t.id = d.ticket_id"
    " LEFT JOIN owned AS o ON o.ticket_id = t.id AND o.field = 'priority'"
    f" WHERE {_OPEN} AND NOT {_RAISED}"
    # A priority that somebody set or cleared is theirs: that ticket is not raised and takes no room.
    " AND (CASE WHEN t.priority IS NULL THEN o.value IS NULL ELSE o.value = json_quote(t.priority) END)"
)
_PLACES = (
    "SELECT d.place, t.created_at, t.id FROM decisions AS d JOIN tickets AS t ON t.id = d.ticket_id"  # noqa: S608
    f" WHERE d.place > ? AND NOT {_RAISED} AND t.id IN (SELECT value FROM json_each(?))"
)

Place = tuple[int, int, str]
"""Place in line, when the ticket came in, its id: the order in which tickets are raised."""


def end(connection: Connection, share: float) -> Place | None:
    """The first place in line for which there is no room; None where there is room for everybody.

    Whoever has high priority takes room, whoever gave it; nobody loses it here.
    """
    opened, raised = connection.exec_driver_sql(
        f"SELECT count(*), coalesce(sum({_RAISED}), 0) FROM tickets AS t WHERE {_OPEN}"  # noqa: S608  # our own constants
    ).one()
    waited = connection.exec_driver_sql(
        f"SELECT count(*) {_IN_LINE} AND d.place = ?",  # our own constants
        (WAITED,),
    ).scalar_one()
    room = max(0, max(ALWAYS, math.ceil(share * opened)) - raised - waited)
    row = connection.exec_driver_sql(
        f"SELECT d.place, t.created_at, t.id {_IN_LINE} AND d.place > ?"  # our own constants
        " ORDER BY d.place, t.created_at, t.id LIMIT 1 OFFSET ?",
        (WAITED, room),
    ).first()
    return None if row is None else (row[0], row[1], row[2])


def behind(places: Mapping[str, Place], first: Place | None) -> frozenset[str]:
    """Those for whom there is no room now."""
    return frozenset(ticket for ticket, place in places.items() if first is not None and place >= first)


def places(connection: Connection, tickets: Sequence[str]) -> dict[str, Place]:
    """Where those of these tickets stand that stand in line and could be held back."""
    rows = connection.exec_driver_sql(
        _PLACES,
        (WAITED, listing(tickets)),
    )
    return {row[2]: (row[0], row[1], row[2]) for row in rows}
