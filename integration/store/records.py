"""Records in and out: a page saved in one transaction with its dirty customers and its cursor."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Table, select

from connectors.records import (
    Customer,
    DeadLetter,
    Organization,
    Page,
    Rating,
    Record,
    Stream,
    Ticket,
)
from integration.store import schema
from integration.store.bulk import listing, many

TABLES: dict[type[Record], Table] = {
    Organization: schema.organizations,
    Customer: schema.customers,
    Ticket: schema.tickets,
    Rating: schema.ratings,
}
_JSON_COLUMNS = {"tags", "fields"}

R = TypeVar("R", Organization, Customer, Ticket, Rating)


def save_page(connection: Connection, page: Page, now: int) -> int:
    """Save a page, mark whom it touches, and save its cursor; gives the number of records that changed.

    An older version never replaces a newer one. Of two versions with one stamp the one that arrives
    later stays, as the desk always answers with its present state.
    """
    changed = save(connection, page.records)
    _save_dead(connection, page.dead, now)
    _heal(connection, page.stream, [record.id for record in page.records])
    connection.exec_driver_sql(
        "INSERT INTO streams (stream, cursor, records, synced_at, fault, fault_at)"
        " VALUES (?, ?, ?, ?, NULL, NULL)"
        " ON CONFLICT (stream) DO UPDATE SET cursor = excluded.cursor, records = records + excluded.records,"
        " synced_at = coalesce(excluded.synced_at, synced_at), fault = NULL, fault_at = NULL",
        (page.stream, page.cursor, changed, now if page.last else None),
    )
    return changed


def save(connection: Connection, records: Sequence[Record]) -> int:
    """Save records by the same rules, without a page around them."""
    changed = 0
    for kind, table in TABLES.items():
        mine = [record for record in records if type(record) is kind]
        if mine:
            changed += _save_kind(connection, table, mine)
    return changed


def _save_kind(connection: Connection, table: Table, records: Sequence[Record]) -> int:
    stored = _stored(connection, table, [record.id for record in records])
    rows: dict[str, dict[str, Any]] = {}
    touched: list[tuple[Record, str | None]] = []
    for record in records:
        version, digest, customer = stored.get(record.id, (-1, "", None))
        fresh = _digest(record)
        if record.version < version or (record.version == version and fresh == digest):
            continue
        rows[record.id] = _row(record, fresh)
        stored[record.id] = (record.version, fresh, getattr(record, "customer_id", None))
        if fresh != digest:
            touched.append((record, customer))
    many(connection, _upsert(table), list(rows.values()))
    _mark(connection, touched)
    return len(rows)


def _stored(
    connection: Connection, table: Table, ids: Sequence[str]
) -> dict[str, tuple[int, str, str | None]]:
    customer = "customer_id" if "customer_id" in table.c else "NULL"
    rows = connection.exec_driver_sql(
        f"SELECT id, version, digest, {customer} FROM {table.name}"  # noqa: S608  # names of our own schema
        " WHERE id IN (SELECT value FROM json_each(?))",
        (listing(ids),),
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def _digest(record: Record) -> str:
    """A hash of what the record says; its version is left out, as it may rise with nothing changed."""
    said = msgspec.json.encode(msgspec.structs.replace(record, version=0))
    return hashlib.blake2b(said, digest_size=12).hexdigest()


def _row(record: Record, digest: str) -> dict[str, Any]:
    row = msgspec.structs.asdict(record)
    for name in _JSON_COLUMNS & row.keys():
        row[name] = msgspec.json.encode(row[name], order="sorted").decode()
    row["digest"] = digest
    return row


def _upsert(table: Table) -> str:
    names = [column.name for column in table.columns]
    sets = ", ".join(f"{name} = excluded.{name}" for name in names if name != "id")
    return (
        f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join(':' + name for name in names)})"  # noqa: S608  # names of our own schema
        f" ON CONFLICT (id) DO UPDATE SET {sets} WHERE excluded.version >= {table.name}.version"
    )


def _mark(connection: Connection, touched: Sequence[tuple[Record, str | None]]) -> None:
    """Mark every customer about whom a changed record says something, the former owner included."""
    customers: set[str] = set()
    organizations: set[str] = set()
    for record, former in touched:
        if isinstance(record, Organization):
            organizations.add(record.id)
            continue
        owner = record.id if isinstance(record, Customer) else record.customer_id
        customers |= {one for one in (owner, former) if one is not None}
    mark_dirty(connection, sorted(customers))
    if organizations:
        connection.exec_driver_sql(
            "INSERT INTO dirty (customer_id, mark) SELECT id, 1 FROM customers"
            " WHERE organization_id IN (SELECT value FROM json_each(?))"
            " ON CONFLICT (customer_id) DO UPDATE SET mark = mark + 1",
            (listing(sorted(organizations)),),
        )


def mark_dirty(connection: Connection, customers: Sequence[str]) -> None:
    """Ask for these customers to be assigned again."""
    many(
        connection,
        "INSERT INTO dirty (customer_id, mark) VALUES (?, 1)"
        " ON CONFLICT (customer_id) DO UPDATE SET mark = mark + 1",
        [(customer,) for customer in customers],
    )


def _save_dead(connection: Connection, dead: Sequence[DeadLetter], now: int) -> None:
    many(
        connection,
        "INSERT INTO dead_letters (stream, id, reason, seen_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (stream, id) DO UPDATE SET reason = excluded.reason, seen_at = excluded.seen_at",
        [(letter.stream, letter.id, letter.reason, now) for letter in dead],
    )


def _heal(connection: Connection, stream: Stream, ids: Sequence[str]) -> None:
    """A record that is understood now leaves the dead letters."""
    connection.exec_driver_sql(
        "DELETE FROM dead_letters WHERE stream = ? AND id IN (SELECT value FROM json_each(?))",
        (stream, listing(ids)),
    )


def cursor(connection: Connection, stream: Stream) -> str | None:
    """Where the next sync of a stream starts, None for its beginning."""
    found = connection.execute(
        select(schema.streams.c.cursor).where(schema.streams.c.stream == stream.value)
    ).scalar()
    return None if found is None else str(found)


def save_fault(connection: Connection, stream: Stream, fault: str, now: int) -> None:
    """Remember what stopped a stream; its cursor and its last good time stay."""
    connection.exec_driver_sql(
        "INSERT INTO streams (stream, cursor, records, synced_at, fault, fault_at)"
        " VALUES (?, NULL, 0, NULL, ?, ?)"
        " ON CONFLICT (stream) DO UPDATE SET fault = excluded.fault, fault_at = excluded.fault_at",
        (stream, fault, now),
    )


def read(connection: Connection, kind: type[R], ids: Sequence[str]) -> dict[str, R]:
    """Stored records of one kind by id; what is not stored is absent."""
    table = TABLES[kind]
    rows = connection.execute(select(table).where(table.c.id.in_(ids))).mappings()
    return {row["id"]: decode(kind, row) for row in rows}


def decode(kind: type[R], row: Mapping[Any, Any]) -> R:
    """A row of a record table as the record it was made from."""
    values = {name: row[name] for name in kind.__struct_fields__}
    for name in _JSON_COLUMNS & values.keys():
        values[name] = msgspec.json.decode(values[name])
    return msgspec.convert(values, kind, strict=False)


def ratings_of(connection: Connection, customer_id: str, most: int = 50) -> tuple[Rating, ...]:
    """A customer's newest ratings, oldest of them first."""
    table = schema.ratings
    rows = connection.execute(
        select(table)
        .where(table.c.customer_id == customer_id, table.c.deleted.is_(False))
        .order_by(table.c.created_at.desc(), table.c.id.desc())
        .limit(most)
    ).mappings()
    return tuple(reversed([decode(Rating, row) for row in rows]))
