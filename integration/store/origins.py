"""Where an imported value comes from: file, line and day, and until when it holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from policies.definition import Definition
from policies.dialects import SQLITE
from policies.imported import Imported, key_of
from policies.vocabulary import EVENT


@dataclass(frozen=True, slots=True)
class Source:
    """The record that a value was read from, or those that it was computed over."""

    record: str
    """``organization 12``, ``3 tickets, the newest 4711``, ``crm.csv line 12``."""
    at: int | None
    """When that record, or the newest of them, was last changed or made; None where there is none."""
    until: int | None = None
    """From when on an imported value is unknown."""


def import_source(connection: Connection, definition: Definition, customer_id: str) -> Source:
    """The row behind an imported value, expired or not, or the events behind a computed one."""
    if definition.relation is EVENT:
        return _events(connection, definition.imported, customer_id)
    one = definition.imported[0]
    row = connection.exec_driver_sql(
        f"SELECT i.origin, i.line, i.as_of FROM {_joined('imported', one)}",  # noqa: S608  # our own names
        (customer_id, one.name, one.key),
    ).first()
    if row is None:
        return Source(f"no row of import {one.name}", None)
    origin, line, day = str(row[0]), int(row[1]), int(row[2])
    return Source(f"{origin} line {line}, as of {_day(day)}", day, day + (one.expires or 0))


def _events(connection: Connection, imports: tuple[Imported, ...], customer_id: str) -> Source:
    rows = [
        row
        for one in imports
        for row in connection.exec_driver_sql(
            "SELECT count(*), max(i.happened_at), i.origin, i.line"  # noqa: S608  # the same
            f" FROM {_joined('events', one)} GROUP BY i.source",
            (customer_id, one.name, one.key),
        )
    ]
    if not rows:
        return Source("no events", None)
    count, newest = sum(int(row[0]) for row in rows), max(rows, key=lambda row: int(row[1]))
    many = "1 event" if count == 1 else f"{count:,} events, the newest"
    return Source(f"{many} {newest[2]} line {newest[3]}", int(newest[1]))


def _joined(table: str, one: Imported) -> str:
    """The rows of an import that are about a customer, found as the policy's statement finds them."""
    theirs = SQLITE.sql(key_of(one.key, SQLITE))
    return (
        f"customers AS c JOIN {table} AS i ON i.key = {theirs}"
        " WHERE c.id = ? AND i.source = ? AND i.kind = ? AND NOT i.deleted"
    )


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
