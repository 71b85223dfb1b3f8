"""One customer in a store of memory, looked at with a policy: what cases and explanations are tried on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine, insert
from sqlalchemy.pool import StaticPool

from integration.store import assignments
from integration.store.schema import metadata
from policies.census import NO_CENSUS
from policies.model import Policy
from policies.segments import Facts, Standing, customer_query, read_customer, read_ticket, ticket_query

ASKED = "asked"
"""The id of the one customer."""


@contextmanager
def empty_store() -> Iterator[Connection]:
    """A store that exists for as long as it is looked at."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    try:
        with engine.begin() as connection:
            metadata.create_all(connection)
            yield connection
    finally:
        engine.dispose()


def put(connection: Connection, table: str, values: Mapping[str, object]) -> None:
    """One record; ``fields`` and ``tags`` are plain values, and what every record has is filled in."""
    record = {"version": 1, "digest": "", "updated_at": 0, "deleted": False, "tags": [], "fields": {}}
    columns = metadata.tables[table].columns
    row = {name: value for name, value in {**record, **values}.items() if name in columns}
    for name in row.keys() & {"tags", "fields"}:
        row[name] = json.dumps(row[name], ensure_ascii=False)
    connection.execute(insert(metadata.tables[table]), row)


def standing(connection: Connection, policy: Policy, now: int) -> Standing:
    """The one customer's standing."""
    (row,) = assignments.run_query(
        connection, customer_query(policy), [ASKED], {"now": now, "cuts": NO_CENSUS.cuts}
    )
    return read_customer(policy, row)


def tickets(connection: Connection, policy: Policy, now: int) -> dict[str, Facts]:
    """The facts of each of the customer's tickets."""
    given: dict[str, str | int] = {"now": now, "cuts": NO_CENSUS.cuts, "all_statuses": 1}
    rows = assignments.run_query(connection, ticket_query(policy), [ASKED], given)
    return {facts.ticket_id: facts for facts in (read_ticket(policy, row) for row in rows)}
