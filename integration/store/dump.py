"""The store in canonical text: one sorted line a row, without what differs between two equal stores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from sqlalchemy import Connection, Table, select

from integration.store import schema

_VOLATILE = {
    "synced_at",
    "seen_at",
    "assigned_at",
    "decided_at",
    "first_used_at",
    "since",
    "fault_at",
    "records",
}
"""Instants of our own work, and how often a record came: equal stores may differ in these."""

_LASTING = {"id", "version", "deleted", "erased"}
"""What is the same of a deleted record in equal stores: the rest is what we happened to have seen of it."""

_TABLES: tuple[Table, ...] = (
    schema.organizations,
    schema.customers,
    schema.tickets,
    schema.ratings,
    schema.imported,
    schema.events,
    schema.terms,
    schema.merged,
    schema.streams,
    schema.dead_letters,
    schema.policies,
    schema.standings,
    schema.memberships,
    schema.stages,
    schema.decisions,
    schema.owned,
)


def canonical(connection: Connection) -> Iterator[str]:
    """Every row of what was learnt and decided as a JSON line, by table and key."""
    for table in _TABLES:
        names = [column.name for column in table.columns if column.name not in _VOLATILE]
        keys = list(table.primary_key.columns)
        query = select(*(table.c[name] for name in names)).order_by(*keys).execution_options(yield_per=500)
        for row in connection.execute(query):
            yield msgspec.json.encode([str(table.name), *_lasting(names, row)]).decode()


def _lasting(names: Sequence[str], row: Sequence[object]) -> Iterator[object]:
    gone = "deleted" in names and row[names.index("deleted")]
    return (value if not gone or name in _LASTING else None for name, value in zip(names, row, strict=True))


def everything(connection: Connection) -> Iterator[str]:
    """Every row of every table as a JSON object, for export."""
    for table in schema.metadata.sorted_tables:
        query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=500)
        for row in connection.execute(query).mappings():
            yield msgspec.json.encode(
                {"table": str(table.name), **{str(name): row[name] for name in row}}
            ).decode()
