"""Everybody, in portions: for looking at a whole desk without writing and without holding it in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from integration.store.bulk import fetch, listing
from integration.store.engine import Store

PORTION = 500
"""Customers of one reading transaction; each ends soon, so that the WAL can be folded back."""


def portions(store: Store) -> Iterator[tuple[Connection, list[str]]]:
    """A reading connection and the next customers, in the order of their ids, until there are no more."""
    after = ""
    while True:
        with store.read() as connection:
            rows = connection.exec_driver_sql(
                "SELECT id FROM customers WHERE NOT deleted AND id > ? ORDER BY id LIMIT ?", (after, PORTION)
            )
            ids = [str(row[0]) for row in rows]
            if not ids:
                return
            yield connection, ids
        after = ids[-1]


def names(connection: Connection, customers: Sequence[str]) -> dict[str, str]:
    """What these customers are called."""
    rows = connection.exec_driver_sql(
        "SELECT id, name FROM customers WHERE id IN (SELECT value FROM json_each(?))", (listing(customers),)
    )
    return {str(row[0]): str(row[1]) for row in rows}


def open_tickets(
    connection: Connection, customers: Sequence[str]
) -> list[tuple[str, str | None, str | None]]:
    """Customer, priority and service level of each of their tickets that is not at rest."""
    rows = connection.exec_driver_sql(
        "SELECT customer_id, priority, service_level FROM tickets"
        " WHERE NOT deleted AND status NOT IN ('solved', 'closed')"
        " AND customer_id IN (SELECT value FROM json_each(?))",
        (listing(customers),),
    )
    return [(str(row[0]), row[1], row[2]) for row in rows]


def open_ids(connection: Connection, customer: str, most: int = -1) -> list[str]:
    """A customer's tickets that are not at rest, the newest first; at most so many where it is said."""
    found = fetch(
        connection,
        "SELECT id FROM tickets WHERE NOT deleted AND status NOT IN ('solved', 'closed')"
        " AND customer_id = ? ORDER BY created_at DESC, id DESC LIMIT ?",
        (customer, most),
    )
    return [str(row[0]) for row in found]


def count(store: Store) -> int:
    """How many customers there are."""
    with store.read() as connection:
        return int(
            connection.exec_driver_sql("SELECT count(*) FROM customers WHERE NOT deleted").scalar_one()
        )
