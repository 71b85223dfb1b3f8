"""Hints from webhooks: remembered before the sender is answered, forgotten a week after being followed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from connectors.hints import Hint
from connectors.records import Stream
from integration.store.bulk import listing

MOST = 50_000
"""Hints that may wait; beyond it the sender is asked to come again, and a sync finds the changes anyway."""

KEPT = 7 * 86_400
"""Seconds for which a followed hint is remembered, so that a late repetition is known for one."""


class InboxFullError(Exception):
    """More hints wait than may; the sender should try again later."""


def remember(connection: Connection, hint: Hint, now: int) -> bool:
    """Keep a hint; False when this event has been kept before. Raises InboxFullError."""
    if waiting_count(connection) >= MOST:
        raise InboxFullError
    kept = connection.exec_driver_sql(
        "INSERT INTO inbox (event_id, stream, record_id, received_at, followed_at) VALUES (?, ?, ?, ?, NULL)"
        " ON CONFLICT (event_id) DO NOTHING",
        (hint.event_id, hint.stream, hint.record_id, now),
    )
    return bool(kept.rowcount)


def waiting_count(connection: Connection) -> int:
    """How many hints have not been followed."""
    return int(
        connection.exec_driver_sql("SELECT count(*) FROM inbox WHERE followed_at IS NULL").scalar_one()
    )


def waiting(connection: Connection, most: int) -> list[Hint]:
    """The oldest hints that have not been followed."""
    rows = connection.exec_driver_sql(
        "SELECT event_id, stream, record_id FROM inbox WHERE followed_at IS NULL"
        " ORDER BY received_at, event_id LIMIT ?",
        (most,),
    )
    return [Hint(event_id=row[0], stream=Stream(row[1]), record_id=row[2]) for row in rows]


def followed(connection: Connection, hints: Sequence[Hint], now: int) -> None:
    """These records have been looked at."""
    connection.exec_driver_sql(
        "UPDATE inbox SET followed_at = ? WHERE event_id IN (SELECT value FROM json_each(?))",
        (now, listing(hint.event_id for hint in hints)),
    )


def tidy(connection: Connection, now: int) -> None:
    """Forget hints that were followed long ago."""
    connection.exec_driver_sql("DELETE FROM inbox WHERE followed_at < ?", (now - KEPT,))
