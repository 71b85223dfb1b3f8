"""Customers who turned out to be one: what came under the old id is kept under the new one.

The desk says of a merge only that the one who lost is gone. Their external id, which no two may share,
names the other.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from connectors.records import Customer, Rating, Record, Ticket
from integration.store.bulk import listing

_OWNED = ("tickets", "ratings", "feedback")


def find(connection: Connection, customers: Sequence[Customer]) -> None:
    """Join the customers who share an external id with one of these: the deleted ones follow the other."""
    _let_go(connection, [one.id for one in customers if not one.deleted])
    shared = [one.external_id for one in customers if one.external_id and not one.erased]
    if not shared:
        return
    pairs = connection.exec_driver_sql(
        "SELECT lost.id, kept.id FROM customers AS lost JOIN customers AS kept"
        " ON kept.external_id = lost.external_id AND kept.deleted = 0"
        " WHERE lost.deleted = 1 AND lost.external_id IN (SELECT value FROM json_each(?))",
        (listing(shared),),
    ).all()
    for loser, winner in pairs:
        _join(connection, loser, winner)


def _let_go(connection: Connection, alive: Sequence[str]) -> None:
    """Whoever is there again was not merged away."""
    connection.exec_driver_sql(
        "DELETE FROM merged WHERE loser IN (SELECT value FROM json_each(?))", (listing(alive),)
    )


def _join(connection: Connection, loser: str, winner: str) -> None:
    connection.exec_driver_sql(
        "INSERT INTO merged (loser, winner) VALUES (?, ?)"
        " ON CONFLICT (loser) DO UPDATE SET winner = excluded.winner",
        (loser, winner),
    )
    # Whoever had been merged into the one who lost now follows on.
    connection.exec_driver_sql("UPDATE merged SET winner = ? WHERE winner = ?", (winner, loser))
    for table in _OWNED:
        connection.exec_driver_sql(
            f"UPDATE {table} SET customer_id = ? WHERE customer_id = ?",  # noqa: S608  # names of our own schema
            (winner, loser),
        )
    connection.exec_driver_sql(
        "INSERT INTO dirty (customer_id, mark) VALUES (?, 1), (?, 1)"
        " ON CONFLICT (customer_id) DO UPDATE SET mark = mark + 1",
        (loser, winner),
    )


def rekeyed(connection: Connection, records: Sequence[Record]) -> Sequence[Record]:
    """The records with each owner who was merged replaced by who they are now."""
    if connection.exec_driver_sql("SELECT 1 FROM merged LIMIT 1").first() is None:
        return records
    owners = {one.customer_id for one in records if isinstance(one, Ticket | Rating) and one.customer_id}
    found = connection.exec_driver_sql(
        "SELECT loser, winner FROM merged WHERE loser IN (SELECT value FROM json_each(?))",
        (listing(sorted(owners)),),
    )
    now: dict[str, str] = {one[0]: one[1] for one in found}
    return [_under(one, now) for one in records] if now else records


def _under(record: Record, now: dict[str, str]) -> Record:
    if isinstance(record, Ticket | Rating) and record.customer_id in now:
        return msgspec.structs.replace(record, customer_id=now[record.customer_id])
    return record
