"""Fields of tickets that were taken back: nothing is written to them until they are released."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from connectors.changes import Field
from integration.store.bulk import listing, many

Held = Mapping[Field, str]
"""By field the run that was taken back."""


def put(connection: Connection, fields: Iterable[tuple[str, Field]], run: str, now: int) -> None:
    """Hold these fields of tickets, because this run is taken back; the first hold stands."""
    many(
        connection,
        "INSERT INTO holds (ticket_id, field, run, since) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [(ticket, field, run, now) for ticket, field in fields],
    )


def of(connection: Connection, tickets: Sequence[str]) -> dict[str, Held]:
    """What is held, by ticket."""
    rows = connection.exec_driver_sql(
        "SELECT ticket_id, field, run FROM holds WHERE ticket_id IN (SELECT value FROM json_each(?))",
        (listing(tickets),),
    )
    found: dict[str, dict[Field, str]] = {}
    for ticket, field, run in rows:
        found.setdefault(ticket, {})[Field(field)] = run
    return dict(found)


def release(connection: Connection, ticket: str, fields: Sequence[Field]) -> int:
    """Let these fields of a ticket be written again; gives how many were held."""
    return connection.exec_driver_sql(
        "DELETE FROM holds WHERE ticket_id = ? AND field IN (SELECT value FROM json_each(?))",
        (ticket, listing(fields)),
    ).rowcount


def release_run(connection: Connection, run: str) -> int:
    """Let everything be written again that was taken back with this run; gives how many fields."""
    return connection.exec_driver_sql("DELETE FROM holds WHERE run = ?", (run,)).rowcount
