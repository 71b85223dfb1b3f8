"""What is stored of many customers, as comparing it with the truth of now needs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from integration.store.bulk import listing

_EVERYBODY = "SELECT id FROM customers UNION SELECT customer_id FROM standings"
"""Customers who are gone, too: nothing may be stored of them."""


@dataclass(slots=True)
class Stored:
    """Policy versions and bodies as text: standings by customer, decisions by customer and ticket."""

    standings: dict[str, tuple[str, str]] = field(default_factory=dict)
    decisions: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)


def count(connection: Connection) -> int:
    """How many customers ``everybody`` will give."""
    return int(connection.exec_driver_sql(f"SELECT count(*) FROM ({_EVERYBODY})").scalar_one())  # noqa: S608  # fixed text


def everybody(connection: Connection, after: str, most: int) -> list[str]:
    """The next customers in order of id."""
    query = f"SELECT id FROM ({_EVERYBODY}) WHERE id > ? ORDER BY id LIMIT ?"  # noqa: S608  # fixed text
    return [row[0] for row in connection.exec_driver_sql(query, (after, most))]


def waiting(connection: Connection, scope: Sequence[str], now: int) -> set[str]:
    """Those of these customers who are to be assigned again, for a change or because their time has come."""
    rows = connection.exec_driver_sql(
        "SELECT customer_id FROM dirty WHERE customer_id IN (SELECT value FROM json_each(:scope))"
        " UNION SELECT customer_id FROM due WHERE at <= :now"
        " AND customer_id IN (SELECT value FROM json_each(:scope))",
        {"scope": listing(scope), "now": now},
    )
    return {row[0] for row in rows}


def stored(connection: Connection, scope: Sequence[str]) -> Stored:
    """What is stored of these customers."""
    found, among = Stored(), "WHERE customer_id IN (SELECT value FROM json_each(?))"
    for customer, policy, body in connection.exec_driver_sql(
        f"SELECT customer_id, policy, body FROM standings {among}",  # noqa: S608  # fixed text
        (listing(scope),),
    ):
        found.standings[customer] = (policy, body)
    for customer, ticket, policy, body in connection.exec_driver_sql(
        f"SELECT customer_id, ticket_id, policy, body FROM decisions {among}",  # noqa: S608  # fixed text
        (listing(scope),),
    ):
        found.decisions.setdefault(customer, {})[ticket] = (policy, body)
    return found
