"""The prints of customers: what a screening read of each, while it is stored just so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from integration.store import facts
from integration.store.bulk import listing, many

_BY = "prints by"


def by(connection: Connection) -> str:
    """What the prints were made by: policy version and all else that another number could come from."""
    return facts.get(connection).get(_BY, "")


def begin(connection: Connection, signature: str) -> None:
    """State what prints are made by from now on; those that were made by something else are gone."""
    if by(connection) != signature:
        connection.exec_driver_sql("DELETE FROM prints")
        facts.put(connection, {_BY: signature})


def drop(connection: Connection, customers: Sequence[str]) -> None:
    """These are being stored anew: their prints say nothing about that."""
    connection.exec_driver_sql(
        "DELETE FROM prints WHERE customer_id IN (SELECT value FROM json_each(?))", (listing(customers),)
    )


def save(connection: Connection, found: Mapping[str, int]) -> None:
    """These are stored as they were read; whoever has been marked meanwhile gets no print."""
    many(
        connection,
        "INSERT INTO prints (customer_id, print) SELECT ?, ?"
        " WHERE NOT EXISTS (SELECT 1 FROM dirty WHERE customer_id = ?)"
        " ON CONFLICT (customer_id) DO UPDATE SET print = excluded.print",
        [(customer, number, customer) for customer, number in found.items()],
    )
