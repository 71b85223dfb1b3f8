"""The store as it was at an instant: one customer with their tickets and their company, for one ticket.

Temporary tables of the same names stand before those of tickets, customers and organizations, so that a
policy's own statements read the past without knowing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

from connectors.records import Ticket
from integration.look import Seen, follows
from integration.store import assignments, steps, were
from integration.store.rows import decode
from integration.store.schema import tickets as tickets_table
from integration.store.steps import Step
from policies.model import Policy
from policies.segments import customer_query, read_customer, read_ticket, ticket_query
from policies.treatment import Decision

_AS_IT_CAME: Mapping[str, str] = {
    "status": "'new'",
    "solved_at": "NULL",
    "waiting_since": "t.created_at",
    "reopens": "0",
    "reassignments": "0",
    "replies": "0",
    "first_reply_minutes": "NULL",
    "service_level": "NULL",
    "breach_at": "NULL",
    "targets": "'[]'",
}
"""Columns of the ticket in question that its later life has changed."""

_AS_IT_WAS: Mapping[str, str] = {
    "status": "iif(t.solved_at <= :at, 'solved', iif(t.status = 'closed', 'open', t.status))",
    "solved_at": "iif(t.solved_at <= :at, t.solved_at, NULL)",
    "waiting_since": "NULL",
}
"""The same of the customer's earlier tickets."""


def _columns(others: Mapping[str, str]) -> str:
    return ", ".join(others.get(column.name, f"t.{column.name}") for column in tickets_table.columns)


# By name: columns that a migration added stand in another order in the file than in its description.
_NAMES = ", ".join(column.name for column in tickets_table.columns)
_FILL = (  # put together from our own columns
    f"INSERT INTO temp.tickets ({_NAMES}) SELECT {_columns(_AS_IT_WAS)} FROM main.tickets AS t"  # noqa: S608
    " WHERE t.customer_id = :customer AND t.created_at <= :at AND t.id <> :ticket"
    f" UNION ALL SELECT {_columns(_AS_IT_CAME)} FROM main.tickets AS t WHERE t.id = :ticket"
)
_PUT_BACK = {table: were.put_back(table) for table in were.READ}
_RANGE = (
    "FROM main.tickets WHERE NOT deleted AND customer_id IS NOT NULL AND created_at >= ? AND created_at < ?"
)


class Past:
    """One connection to the store in which the present is one ticket's past."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.kept_since = were.first(connection)
        """Since when changes of customers and companies are kept."""
        self._changed = bool(self.kept_since)

    def count(self, since: int, until: int) -> int:
        """How many tickets came in between."""
        found = self._connection.exec_driver_sql(f"SELECT count(*) {_RANGE}", (since, until))
        return int(found.scalar_one())

    def customers(self, since: int, until: int) -> Iterator[tuple[str, list[tuple[str, int]]]]:
        """Customer by customer the tickets that came in, oldest first, each with its instant."""
        query = f"SELECT DISTINCT customer_id {_RANGE} ORDER BY customer_id"
        names = [str(row[0]) for row in self._connection.exec_driver_sql(query, (since, until))]
        for name in names:
            query = f"SELECT id, created_at {_RANGE} AND customer_id = ? ORDER BY created_at, id"
            rows = self._connection.exec_driver_sql(query, (since, until, name))
            yield name, [(str(row[0]), int(row[1])) for row in rows]

    def became(self, ticket: str) -> tuple[Ticket, tuple[Step, ...]]:
        """What a ticket is today, and its course as far as it was kept."""
        found = self._connection.exec_driver_sql("SELECT * FROM main.tickets WHERE id = ?", (ticket,))
        shown = decode(Ticket, found.mappings().one())
        return shown, steps.of(self._connection, [ticket]).get(ticket, ())

    def decided(self, policy: Policy, customer: str, ticket: str, at: int, cuts: str) -> Decision | None:
        """What would have been decided for a ticket as it came in."""
        self._go_back(customer, ticket, at)
        given: dict[str, str | int] = {"now": at, "cuts": cuts}
        run = assignments.run_query
        found = run(self._connection, customer_query(policy), [customer], given)
        standings = tuple(read_customer(policy, row) for row in found)
        asked = {**given, "all_statuses": 0}
        facts = (
            read_ticket(policy, row) for row in run(self._connection, ticket_query(policy), [customer], asked)
        )
        seen = Seen(
            now=at,
            standings=standings,
            tickets=tuple(one for one in facts if one.ticket_id == ticket),
            channels=assignments.channels(self._connection, [ticket]),
            before={},
            since={},
            stages={},
            moves={},
        )
        decided = follows(policy, seen).decided
        return decided[0].decision if decided else None

    def _go_back(self, customer: str, ticket: str, at: int) -> None:
        run = self._connection.exec_driver_sql
        run("DELETE FROM temp.tickets")
        run(_FILL, {"customer": customer, "ticket": ticket, "at": at})
        if self._changed:  # else the tables of today are those of then, too
            run("DELETE FROM temp.customers")
            run(_PUT_BACK["customers"], {"id": customer, "at": at})
            run("DELETE FROM temp.organizations")
            for company in self._companies(ticket):
                run(_PUT_BACK["organizations"], {"id": company, "at": at})

    def _companies(self, ticket: str) -> list[str]:
        """The company that the customer belonged to then, and the one that the ticket is about."""
        rows = self._connection.exec_driver_sql(
            "SELECT organization_id FROM temp.customers WHERE organization_id IS NOT NULL"
            " UNION SELECT organization_id FROM main.tickets WHERE id = ? AND organization_id IS NOT NULL",
            (ticket,),
        )
        return [str(row[0]) for row in rows]


@contextmanager
def past(path: Path) -> Iterator[Past]:
    """The store in a file, which is only read."""

    def connect() -> sqlite3.Connection:
        raw = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, check_same_thread=False)
        raw.execute("PRAGMA temp_store = MEMORY")
        raw.execute("CREATE TEMP TABLE tickets AS SELECT * FROM main.tickets WHERE 0")
        if raw.execute("SELECT 1 FROM past_records LIMIT 1").fetchone():
            for table in were.READ:
                raw.execute(f"CREATE TEMP TABLE {table} AS SELECT * FROM main.{table} WHERE 0")  # noqa: S608  # our own names
        return raw

    engine = create_engine("sqlite://", creator=connect, poolclass=StaticPool)
    try:
        with engine.connect() as connection:
            yield Past(connection)
    finally:
        engine.dispose()
