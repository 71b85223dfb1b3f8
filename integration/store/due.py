"""When each customer has to be looked at again because time alone can change something about them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from integration.store.bulk import listing, many


def save(connection: Connection, instants: Mapping[str, int | None]) -> None:
    """State when these customers are due; None is never."""
    never = [customer for customer, at in instants.items() if at is None]
    connection.exec_driver_sql(
        "DELETE FROM due WHERE customer_id IN (SELECT value FROM json_each(?))", (listing(never),)
    )
    many(
        connection,
        "INSERT INTO due (customer_id, at) VALUES (?, ?)"
        " ON CONFLICT (customer_id) DO UPDATE SET at = excluded.at WHERE due.at <> excluded.at",
        [(customer, at) for customer, at in instants.items() if at is not None],
    )


def mark(connection: Connection, now: int, most: int) -> int:
    """Mark the next customers whose instant has come as dirty; gives how many there were."""
    come = "SELECT customer_id FROM due WHERE at <= ? ORDER BY at, customer_id LIMIT ?"
    found = [row[0] for row in connection.exec_driver_sql(come, (now, most))]
    # The mark carries on from here; both are in one transaction, so that a crash loses nobody.
    many(
        connection,
        "INSERT INTO dirty (customer_id, mark) VALUES (?, 1)"
        " ON CONFLICT (customer_id) DO UPDATE SET mark = mark + 1",
        [(customer,) for customer in found],
    )
    many(connection, "DELETE FROM due WHERE customer_id = ?", [(customer,) for customer in found])
    return len(found)


def earliest(connection: Connection) -> int | None:
    """The next instant at which somebody is due, None when time changes nothing."""
    found = connection.exec_driver_sql("SELECT min(at) FROM due").scalar()
    return None if found is None else int(found)
