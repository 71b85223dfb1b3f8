"""The chain over the journal: each row carries a hash of its content and of the row before.

Who changes or removes a row in the middle breaks every later one; who removes the last rows leaves the
table's own count of them behind.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection

FIRST = ""
"""What stands before the first row."""

COLUMNS = "at, run, job, ticket_id, field, event, before, after, reason, policy"
"""What a link covers, in this order."""


def link(before: str, row: Sequence[object]) -> str:
    """The hash of a row, given that of the row before it."""
    return hashlib.sha256(msgspec.json.encode([before, *row])).hexdigest()


def end(connection: Connection) -> str:
    """The hash of the last row."""
    found = connection.exec_driver_sql("SELECT chain FROM journal ORDER BY id DESC LIMIT 1").scalar()
    return FIRST if found is None else str(found)


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether the journal is as it was written."""

    rows: int
    end: str
    """The hash of the last row: who keeps it elsewhere can tell later that nothing before it was changed."""
    broken: int | None = None
    """The id of the first row that is not as it was written, or of the first that is missing."""


def prove(connection: Connection) -> Proof:
    """Follow the chain from the first row to the last, a row in memory at a time."""
    chain, count, last = FIRST, 0, 0
    query = f"SELECT id, chain, {COLUMNS} FROM journal ORDER BY id"  # noqa: S608  # fixed text
    for row in connection.exec_driver_sql(query).yield_per(500):
        chain = link(chain, tuple(row[2:]))
        if row[0] != last + 1 or chain != row[1]:
            return Proof(count, chain, last + 1)
        count, last = count + 1, row[0]
    counted = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = 'journal'").scalar()
    missing = last + 1 if counted is not None and int(counted) > last else None
    return Proof(count, chain, missing)
