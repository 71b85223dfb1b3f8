"""What customers and organizations were like before: kept when a policy could read them otherwise.

A row says what held until an instant, which is when the desk says that it changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Table

from integration.store import schema
from integration.store.bulk import listing

READ: Mapping[str, tuple[str, ...]] = {
    "customers": ("email", "external_id", "organization_id", "locale", "time_zone", "tags", "fields"),
    "organizations": ("name", "tags", "fields"),
}
"""The columns that policies may read and that change, by table."""


def _keep(table: str) -> str:
    names = READ[table]
    body = ", ".join(f"'{name}', old.{name}" for name in names)
    moved = " OR ".join(f"old.{name} IS NOT new.value ->> '{name}'" for name in names)
    return (
        f"INSERT INTO past_records (kind, id, until, body) SELECT '{table}', old.id,"  # noqa: S608  # our own names
        f" new.value ->> 'updated_at', json_object({body})"
        f" FROM json_each(?) AS new JOIN {table} AS old ON old.id = new.value ->> 'id'"
        f" WHERE old.updated_at < new.value ->> 'updated_at' AND NOT old.deleted AND ({moved})"
        # A record that comes by twice says the same of what was before.
        " ON CONFLICT DO NOTHING"
    )


_KEEP = {table: _keep(table) for table in READ}


def keep(connection: Connection, table: Table, coming: Sequence[Mapping[str, Any]]) -> None:
    """Keep what these rows, which are about to be replaced, say otherwise."""
    if coming:
        names = ("id", "updated_at", *READ[table.name])
        rows = [{name: row[name] for name in names} for row in coming]
        connection.exec_driver_sql(_KEEP[table.name], (msgspec.json.encode(rows).decode(),))


def forget(connection: Connection, customers: Sequence[str]) -> None:
    """Forget what was known of customers who were erased."""
    if customers:
        connection.exec_driver_sql(
            "DELETE FROM past_records WHERE kind = 'customers' AND id IN (SELECT value FROM json_each(?))",
            (listing(customers),),
        )


def tidy(connection: Connection, before: int, most: int) -> int:
    """Let go of the next rows that ended before an instant; gives how many there were."""
    return connection.exec_driver_sql(
        "DELETE FROM past_records WHERE rowid IN (SELECT rowid FROM past_records WHERE until < ? LIMIT ?)",
        (before, most),
    ).rowcount


def first(connection: Connection) -> int | None:
    """Since when anything of before is kept."""
    found = connection.exec_driver_sql("SELECT min(until) FROM past_records").scalar()
    return None if found is None else int(found)


def put_back(table: str) -> str:
    """A statement that fills ``temp.TABLE`` with one record, by its ``id``, as it was ``at`` an instant."""
    columns = [column.name for column in schema.metadata.tables[table].columns]
    values = [
        f"iif(p.body IS NULL, t.{name}, p.body ->> '{name}')" if name in READ[table] else f"t.{name}"
        for name in columns
    ]
    return (
        f"INSERT INTO temp.{table} ({', '.join(columns)}) SELECT {', '.join(values)}"  # noqa: S608  # the same
        f" FROM main.{table} AS t LEFT JOIN main.past_records AS p ON p.kind = '{table}' AND p.id = t.id"
        " AND p.until = (SELECT min(until) FROM main.past_records AS q"
        f"  WHERE q.kind = '{table}' AND q.id = t.id AND q.until > :at) WHERE t.id = :id"
    )
