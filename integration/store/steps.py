"""The course of tickets: what each showed of status, priority and waiting, from when to when.

Kept from the first sync on, for every ticket that was met before it was at rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from connectors.records import UNSOLVED, Priority, Ticket
from integration.store.bulk import fetch, listing


class Step(NamedTuple):
    """What a ticket showed from an instant on, until the next step."""

    at: int
    status: str
    priority: Priority | None
    waiting_since: int | None


_KEEP = (
    "INSERT INTO ticket_steps (ticket_id, at, status, priority, waiting_since)"
    " SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?) AS new"
    # What an older step and this one say alike is no step; of two in one second the later stays.
    " WHERE value ->> 5 OR NOT EXISTS (SELECT 1 FROM ticket_steps AS s WHERE s.ticket_id = value ->> 0"
    "  AND s.at = (SELECT max(t.at) FROM ticket_steps AS t WHERE t.ticket_id = value ->> 0)"
    "  AND s.status = value ->> 2 AND s.priority IS value ->> 3 AND s.waiting_since IS value ->> 4)"
    " ON CONFLICT (ticket_id, at) DO UPDATE SET status = excluded.status, priority = excluded.priority,"
    " waiting_since = excluded.waiting_since"
)


def keep(connection: Connection, tickets: Sequence[Ticket], known: frozenset[str]) -> None:
    """Keep what these tickets show, which are newer than what is stored; ``known`` were stored before.

    A ticket that is at rest when it is first met has had its course: nothing is kept of it.
    """
    rows: list[tuple[str, int, str, Priority | None, int | None, bool]] = []
    last: dict[str, tuple[str, Priority | None, int | None]] = {}
    for one in tickets:
        if one.deleted or not (one.status in UNSOLVED or one.id in known or one.id in last):
            continue
        shown, before = (one.status, one.priority, one.waiting_since), last.get(one.id)
        if shown != before:  # the statement compares with what was stored before it, not with its own rows
            rows.append((one.id, one.updated_at, *shown, before is not None))
        last[one.id] = shown
    if rows:
        connection.exec_driver_sql(_KEEP, (msgspec.json.encode(rows).decode(),))


def of(connection: Connection, tickets: Sequence[str]) -> dict[str, tuple[Step, ...]]:
    """The steps of these tickets, oldest first."""
    taken = fetch(
        connection,
        "SELECT ticket_id, at, status, priority, waiting_since FROM ticket_steps"
        " WHERE ticket_id IN (SELECT value FROM json_each(?)) ORDER BY ticket_id, at",
        (listing(tickets),),
    )
    found: dict[str, list[Step]] = {}
    for ticket, *step in taken:
        found.setdefault(ticket, []).append(Step(*step))
    return {ticket: tuple(steps) for ticket, steps in found.items()}


def forget(connection: Connection, customers: Sequence[str]) -> None:
    """Forget the course of every ticket of customers who were erased."""
    if customers:
        connection.exec_driver_sql(
            "DELETE FROM ticket_steps WHERE ticket_id IN (SELECT id FROM tickets"
            " WHERE customer_id IN (SELECT value FROM json_each(?)))",
            (listing(customers),),
        )


def tidy(connection: Connection, before: int, most: int) -> int:
    """Let go of the next steps of tickets at rest that were taken before an instant; gives how many."""
    return connection.exec_driver_sql(
        "DELETE FROM ticket_steps WHERE rowid IN (SELECT s.rowid FROM ticket_steps AS s"
        " JOIN tickets AS t ON t.id = s.ticket_id"
        " WHERE s.at < ? AND (t.deleted OR t.status IN ('solved', 'closed')) LIMIT ?)",
        (before, most),
    ).rowcount
