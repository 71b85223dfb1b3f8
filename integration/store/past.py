"""What was decided and seen before: kept when something else takes its place, and let go in time.

A row holds from its own instant until ``until``, the first instant of what came after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from integration.store.bulk import listing, many

_DECISION = (
    "INSERT INTO past_decisions (ticket_id, decided_at, until, customer_id, policy, body)"
    " SELECT ticket_id, decided_at, ?, customer_id, policy, body FROM decisions WHERE decided_at < ?"
)
"""What stood for no second is not kept: there is no instant to ask about it."""

_REPLACED = f"{_DECISION} AND ticket_id IN (SELECT value FROM json_each(?)) ON CONFLICT DO NOTHING"  # noqa: S608  # fixed text
_DROPPED = (
    f"{_DECISION} AND customer_id IN (SELECT value FROM json_each(?))"  # noqa: S608  # fixed text
    " AND ticket_id NOT IN (SELECT value FROM json_each(?)) ON CONFLICT DO NOTHING"
)
"""A clock that was set back may come by an instant twice: what was kept first stays."""


@dataclass(frozen=True, slots=True)
class Row:
    """What held at an instant: by which policy version, since when, and until when (None: still)."""

    policy: str
    since: int
    until: int | None
    body: str


def keep_decisions(connection: Connection, tickets: Sequence[str], now: int) -> None:
    """Keep the decisions of these tickets, which are about to be replaced."""
    connection.exec_driver_sql(_REPLACED, (now, now, listing(tickets)))


def keep_dropped(connection: Connection, customers: Sequence[str], but: Sequence[str], now: int) -> None:
    """Keep the decisions of these customers, but for those tickets: the others are about to be dropped."""
    connection.exec_driver_sql(_DROPPED, (now, now, listing(customers), listing(but)))


def keep_standings(connection: Connection, coming: Sequence[tuple[str, str, str]], now: int) -> None:
    """Keep the standings that differ from what is coming: customer, policy and body.

    Those of customers for none of whose tickets anything was decided meanwhile explain nothing.
    """
    many(
        connection,
        "INSERT INTO past_standings (customer_id, assigned_at, until, policy, body)"
        " SELECT customer_id, assigned_at, ?, policy, body FROM standings AS s"
        " WHERE customer_id = ? AND assigned_at < ? AND (policy <> ? OR body <> ?) AND ("
        "EXISTS (SELECT 1 FROM decisions AS d WHERE d.customer_id = s.customer_id) OR EXISTS ("
        "SELECT 1 FROM past_decisions AS p WHERE p.customer_id = s.customer_id AND p.until > s.assigned_at))"
        " ON CONFLICT DO NOTHING",
        [(now, customer, now, policy, body) for customer, policy, body in coming],
    )


def forget(connection: Connection, customers: Sequence[str]) -> None:
    """Forget what was ever decided and seen of customers who are gone."""
    for table in ("past_standings", "past_decisions"):
        connection.exec_driver_sql(
            f"DELETE FROM {table} WHERE customer_id IN (SELECT value FROM json_each(?))",  # noqa: S608  # fixed names
            (listing(customers),),
        )


def tidy(connection: Connection, before: int, most: int) -> int:
    """Let go of the next rows that ended before an instant; gives how many there were."""
    return sum(
        connection.exec_driver_sql(
            f"DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {table} WHERE until < ? LIMIT ?)",  # noqa: S608  # fixed names
            (before, most),
        ).rowcount
        for table in ("past_standings", "past_decisions")
    )


def decision(connection: Connection, ticket_id: str, at: int) -> Row | None:
    """The decision that held for a ticket at an instant."""
    return _at(
        connection,
        "SELECT policy, decided_at, NULL, body FROM decisions WHERE ticket_id = :id AND decided_at <= :at"
        " UNION ALL SELECT policy, decided_at, until, body FROM past_decisions"
        " WHERE ticket_id = :id AND decided_at <= :at AND until > :at",
        ticket_id,
        at,
    )


def standing(connection: Connection, customer_id: str, at: int) -> Row | None:
    """What was seen of a customer at an instant."""
    return _at(
        connection,
        "SELECT policy, assigned_at, NULL, body FROM standings WHERE customer_id = :id AND assigned_at <= :at"
        " UNION ALL SELECT policy, assigned_at, until, body FROM past_standings"
        " WHERE customer_id = :id AND assigned_at <= :at AND until > :at",
        customer_id,
        at,
    )


def _at(connection: Connection, query: str, key: str, at: int) -> Row | None:
    row = connection.exec_driver_sql(query, {"id": key, "at": at}).first()
    return None if row is None else Row(row[0], row[1], row[2], row[3])


def first_decision(connection: Connection, ticket_id: str) -> int | None:
    """Since when anything is known to have been decided for a ticket."""
    found = connection.exec_driver_sql(
        "SELECT min(at) FROM (SELECT decided_at AS at FROM decisions WHERE ticket_id = :id"
        " UNION ALL SELECT decided_at FROM past_decisions WHERE ticket_id = :id)",
        {"id": ticket_id},
    ).scalar()
    return None if found is None else int(found)
