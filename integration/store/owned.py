"""What we wrote last, by ticket and field: how we tell our own from what people write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection

from connectors.changes import Field, Value
from integration.store.bulk import listing, many
from integration.store.wish import Wish, text, value


def own(connection: Connection, wishes: Sequence[Wish], now: int) -> None:
    """Remember that what these wishes wanted is ours now."""
    if not wishes:
        return
    before = owned(connection, [wish.update.ticket_id for wish in wishes])
    many(
        connection,
        "INSERT INTO owned (ticket_id, field, value, run, written_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (ticket_id, field) DO UPDATE SET value = excluded.value, run = excluded.run,"
        " written_at = excluded.written_at",
        [row for wish in wishes for row in _rows(wish, before.get(wish.update.ticket_id, {}), now)],
    )


def _rows(wish: Wish, before: Mapping[Field, Value], now: int) -> Iterator[tuple[object, ...]]:
    for change in wish.update.changes:
        mine = change.after
        if change.field is Field.TAGS:
            former = before.get(Field.TAGS) or ()
            mine = tuple(sorted((set(former) | set(change.added)) - set(change.removed)))
        yield wish.update.ticket_id, change.field, text(mine), wish.run, now


def adopt(connection: Connection, ticket: str, values: Mapping[Field, Value], run: str, now: int) -> None:
    """Take what stands on a ticket for ours; where nothing stands, nothing is."""
    many(
        connection,
        "DELETE FROM owned WHERE ticket_id = ? AND field = ?",
        [(ticket, field) for field, mine in values.items() if not mine],
    )
    many(
        connection,
        "INSERT INTO owned (ticket_id, field, value, run, written_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (ticket_id, field) DO UPDATE SET value = excluded.value, run = excluded.run,"
        " written_at = excluded.written_at",
        [(ticket, field, text(mine), run, now) for field, mine in values.items() if mine],
    )


def owned(connection: Connection, tickets: Sequence[str]) -> dict[str, Mapping[Field, Value]]:
    """What we wrote last, by ticket and field."""
    rows = connection.exec_driver_sql(
        "SELECT ticket_id, field, value FROM owned WHERE ticket_id IN (SELECT value FROM json_each(?))",
        (listing(tickets),),
    )
    found: dict[str, dict[Field, Value]] = {}
    for ticket, field, kept in rows:
        found.setdefault(ticket, {})[Field(field)] = value(kept)
    return dict(found)
