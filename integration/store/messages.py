"""The stored language of customers' messages: who read it is a fact of the store, and it can be forgotten."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from integration.store.bulk import fetch, listing

READER = "message_reader"
"""The fact that names what read the messages of all tickets."""

_FORGET = (
    "UPDATE tickets SET message_language = NULL, message_language_probability = NULL,"
    # Without its digest the same ticket is news again, should its message be read again.
    " digest = '' WHERE message_language IS NOT NULL AND {} IN (SELECT value FROM json_each(?))"
)


def forget(connection: Connection, customers: Sequence[str]) -> None:
    """Forget what the messages of customers who were erased were in."""
    if customers:
        connection.exec_driver_sql(_FORGET.format("customer_id"), (listing(customers),))


def forget_some(connection: Connection, after: str, most: int) -> list[tuple[str, str | None]]:
    """Forget it of the next tickets after an id; gives each with whose it is."""
    query = (
        "SELECT id, customer_id FROM tickets WHERE id > ? AND message_language IS NOT NULL"
        " ORDER BY id LIMIT ?"
    )
    found = [(row[0], row[1]) for row in fetch(connection, query, (after, most))]
    connection.exec_driver_sql(_FORGET.format("id"), (listing([ticket for ticket, _ in found]),))
    return found
