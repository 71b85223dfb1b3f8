"""An organization as a crowd: its customers, the segments they are in, and its open tickets.

Every statement reads a bounded number of rows, however large the organization is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from integration.store.bulk import listing

MOST_CUSTOMERS = 2_000
"""Customers of one organization that are counted; of more it is said that they are more."""

MOST_TICKETS = 1_000
"""Open tickets that are counted."""

PRESSING = 50
"""The newest open tickets among which the most pressing are looked for."""

_CROWD = (
    "WITH near AS MATERIALIZED (SELECT id, deleted FROM customers WHERE organization_id = :id LIMIT :most),"
    " live AS MATERIALIZED (SELECT near.id AS id, s.policy IS :version"
    "  OR s.policy IN (SELECT value FROM json_each(:beside))"
    "  AND NOT EXISTS (SELECT 1 FROM dirty AS d WHERE d.customer_id = near.id) AS settled"
    "  FROM near LEFT JOIN standings AS s ON s.customer_id = near.id WHERE NOT near.deleted)"
)
"""The first customers, and whether what is stored of each is what the policy of ``version`` says."""

_COUNT = (
    f"{_CROWD} SELECT count(*), coalesce(sum(settled), 0), min(CASE WHEN settled THEN id END),"  # noqa: S608  # our own text
    " EXISTS (SELECT 1 FROM customers WHERE organization_id = :id LIMIT 1 OFFSET :most) FROM live"
)
_SEGMENTS = (
    f"{_CROWD} SELECT m.segment, count(*) FROM live"  # noqa: S608  # our own text
    " CROSS JOIN memberships AS m ON m.customer_id = live.id"
    " WHERE live.settled GROUP BY m.segment"
)
_OPEN = (
    "SELECT id FROM tickets WHERE NOT deleted AND status NOT IN ('solved', 'closed')"
    " AND organization_id = ? ORDER BY created_at DESC, id DESC LIMIT ?"
)
_PRESSING = (
    f"WITH newest AS MATERIALIZED ({_OPEN})"  # noqa: S608  # our own text
    " SELECT d.ticket_id FROM newest CROSS JOIN decisions AS d ON d.ticket_id = newest.id"
    " ORDER BY d.place IS NULL, d.place, d.ticket_id LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class Crowd:
    """The customers of an organization, of whom the first are counted."""

    customers: int
    whole: bool
    """False where there are more than were counted."""
    waiting: int
    """Those of them whose segments are not worked out yet."""
    segments: dict[str, int]
    """How many of the others are in each segment."""
    example: str | None
    """One of the others: what is known of the organization is known of each of them."""


def crowd(connection: Connection, organization_id: str, version: str, beside: Sequence[str]) -> Crowd:
    """The customers of an organization as the policy of that version, or one beside it, has seen them."""
    given = {"id": organization_id, "version": version, "beside": listing(beside), "most": MOST_CUSTOMERS}
    found, settled, example, more = connection.exec_driver_sql(_COUNT, given).one()
    segments = {str(row[0]): int(row[1]) for row in connection.exec_driver_sql(_SEGMENTS, given)}
    return Crowd(found, not more, found - settled, segments, example)


def open_tickets(connection: Connection, organization_id: str, most: int = MOST_TICKETS + 1) -> list[str]:
    """The newest tickets of an organization that are not at rest."""
    return [str(row[0]) for row in connection.exec_driver_sql(_OPEN, (organization_id, most))]


def pressing(connection: Connection, organization_id: str, most: int) -> list[str]:
    """Of its newest open tickets those that come first in the line for high priority, then the others."""
    rows = connection.exec_driver_sql(_PRESSING, (organization_id, PRESSING, most))
    return [str(row[0]) for row in rows]
