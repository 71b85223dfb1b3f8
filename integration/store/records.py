"""Records in and out: a page saved in one transaction with its dirty customers and its cursor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from sqlalchemy import Connection, Table, select

from connectors.records import (
    Customer,
    DeadLetter,
    Organization,
    Page,
    Rating,
    Record,
    Stream,
    Term,
    Ticket,
)
from integration.store import feedback, imports, merging, messages, schema, steps, were
from integration.store.bulk import fetch_named, listing, many
from integration.store.rows import SHAPES, Row, Shape, decode, row

TABLES: dict[type[Record], Table] = {kind: shape.table for kind, shape in SHAPES.items()}

MOST_ROWS = 1_000
"""Rows of records in one transaction, so that nobody waits long for the writer."""

R = TypeVar("R", Organization, Customer, Ticket, Rating, Term)


_Stored = tuple[int, str, str | None]
"""What is known of a stored record without reading it: its version, its digest, whose it is."""

_Touched = tuple[Record, str | None]
"""A record that changed what we know, and whose it was before."""

_UNKNOWN: _Stored = (-1, "", None)


def portions(page: Page) -> Iterator[Page]:
    """The page in parts small enough for one transaction each; only the last of them moves the cursor."""
    records = page.records
    while len(records) > MOST_ROWS:
        yield Page(
            stream=page.stream, records=records[:MOST_ROWS], cursor="", last=False, stamp=0, whole=False
        )
        records = records[MOST_ROWS:]
    yield Page(
        stream=page.stream,
        records=records,
        cursor=page.cursor,
        last=page.last,
        dead=page.dead,
        stamp=page.stamp,
        whole=page.whole,
    )


def save_page(connection: Connection, page: Page, now: int) -> int:
    """Save a page, mark whom it touches, and save its cursor; gives the number of records that changed.

    An older version never replaces a newer one. Of two versions with one stamp the one that arrives
    later stays, as the desk always answers with its present state. A page without cursor is a portion of
    a larger one: its stream stays where it is.
    """
    changed = save(connection, page.records)
    _save_dead(connection, page.dead, now)
    _heal(connection, page.stream, [record.id for record in page.records])
    if page.cursor:
        _save_place(connection, page, changed, now)
    return changed


def _save_place(connection: Connection, page: Page, changed: int, now: int) -> None:
    connection.exec_driver_sql(
        "INSERT INTO streams (stream, cursor, records, synced_at, fault, fault_at, stamp, unavailable)"
        " VALUES (?, ?, ?, ?, NULL, NULL, ?, NULL)"
        " ON CONFLICT (stream) DO UPDATE SET cursor = excluded.cursor, records = records + excluded.records,"
        " synced_at = coalesce(excluded.synced_at, synced_at), fault = NULL, fault_at = NULL,"
        " stamp = max(stamp, excluded.stamp), unavailable = NULL",
        (page.stream, page.cursor, changed, now if page.last else None, page.stamp),
    )


def save(connection: Connection, records: Sequence[Record]) -> int:
    """Save records by the same rules, without a page around them."""
    changed = 0
    for kind, shape in SHAPES.items():
        mine = [record for record in records if type(record) is kind]
        if mine:
            changed += _save_kind(connection, kind, shape, mine)
    return changed


def _save_kind(connection: Connection, kind: type[Record], shape: Shape, records: Sequence[Record]) -> int:
    if kind is not Customer and kind is not Organization:
        records = merging.rekeyed(connection, records)
    stored = _stored(connection, shape, records)
    met = frozenset(stored)
    erased = frozenset(record.id for record in records if _erased(record))
    imports.forget(connection, sorted(erased))
    feedback.forget(connection, sorted(erased))
    owned = "customer_id" in kind.__struct_fields__
    rows: dict[str, Row] = {}
    buried: dict[str, Row] = {}
    touched: list[_Touched] = []
    for record in records:
        key, version, fresh = record.id, record.version, row(record, shape.lists)
        digest, known = fresh[0], stored.get(key, _UNKNOWN)
        if version < known[0] or (version == known[0] and digest == known[1]):
            continue
        if record.deleted and known is not _UNKNOWN and not _erased(record):
            buried[key] = fresh
        else:
            rows[key] = fresh
            buried.pop(key, None)
        stored[key] = (version, digest, record.customer_id if owned else None)  # type: ignore[union-attr]  # they own one
        if digest != known[1]:
            touched.append((record, known[2]))
    if kind is Ticket:
        steps.keep(connection, [one for one, _ in touched if isinstance(one, Ticket)], met)
    elif kind is Customer or kind is Organization:
        replaced = [_named(kind, rows[key]) for key in sorted(rows.keys() & met - erased)]
        were.keep(connection, shape.table, replaced)
    many(connection, shape.upsert, list(rows.values()))
    were.forget(connection, sorted(erased))
    steps.forget(connection, sorted(erased))
    messages.forget(connection, sorted(erased))
    many(connection, shape.bury, [_named(kind, one) for one in buried.values()])
    _mark(connection, kind, touched)
    if kind is Customer:
        merging.find(connection, [one for one, _ in touched if isinstance(one, Customer)])
    return len(rows.keys() | buried.keys())


def _stored(connection: Connection, shape: Shape, records: Sequence[Record]) -> dict[str, _Stored]:
    found = connection.exec_driver_sql(shape.stored, (listing([record.id for record in records]),))
    return {one[0]: (one[1], one[2], one[3]) for one in found}


def _erased(record: Record) -> bool:
    """Whether the desk has forgotten this on purpose; other deletions leave what we had."""
    return isinstance(record, Customer) and record.erased


def _named(kind: type[Record], found: Row) -> dict[str, object]:
    return dict(zip(("digest", *kind.__struct_fields__), found, strict=True))


def _mark(connection: Connection, kind: type[Record], touched: Sequence[_Touched]) -> None:
    """Mark every customer about whom a changed record says something, the former owner included."""
    if kind is Ticket or kind is Rating:
        owners = {record.customer_id for record, _ in touched if isinstance(record, kind)}
        owners.update([former for _, former in touched])
        mark_dirty(connection, sorted([one for one in owners if one is not None]))
    elif kind is Customer:
        mark_dirty(connection, sorted({record.id for record, _ in touched}))
    elif kind is Organization and touched:
        connection.exec_driver_sql(
            "INSERT INTO dirty (customer_id, mark) SELECT id, 1 FROM customers"
            " WHERE organization_id IN (SELECT value FROM json_each(?))"
            " ON CONFLICT (customer_id) DO UPDATE SET mark = mark + 1",
            (listing(sorted({record.id for record, _ in touched})),),
        )


def mark_dirty(connection: Connection, customers: Sequence[str]) -> None:
    """Ask for these customers to be assigned again."""
    if customers:
        connection.exec_driver_sql(
            # Without its WHERE the parser would take ON for the join of a SELECT.
            "INSERT INTO dirty (customer_id, mark) SELECT value, 1 FROM json_each(?) WHERE true"
            " ON CONFLICT (customer_id) DO UPDATE SET mark = mark + 1",
            (listing(customers),),
        )


def bury_missing(connection: Connection, stream: Stream, ids: Sequence[str]) -> int:
    """Mark the terms of a stream that are not among ``ids`` as deleted: a whole list did not name them."""
    return connection.exec_driver_sql(
        # Without its digest the same term is news again, should it come back.
        "UPDATE terms SET deleted = 1, digest = '' WHERE part = ? AND deleted = 0"
        " AND id NOT IN (SELECT value FROM json_each(?))",
        (stream, listing(ids)),
    ).rowcount


def held(connection: Connection, stream: Stream) -> bool:
    """Whether any record of a stream is stored that is not deleted."""
    table = getattr(schema, stream.value, schema.terms)
    query = select(table.c.id).where(table.c.deleted.is_(False)).limit(1)
    if table is schema.terms:
        query = query.where(table.c.part == stream.value)
    return connection.execute(query).first() is not None


def _save_dead(connection: Connection, dead: Sequence[DeadLetter], now: int) -> None:
    many(
        connection,
        "INSERT INTO dead_letters (stream, id, reason, seen_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (stream, id) DO UPDATE SET reason = excluded.reason, seen_at = excluded.seen_at",
        [(letter.stream, letter.id, letter.reason, now) for letter in dead],
    )


def _heal(connection: Connection, stream: Stream, ids: Sequence[str]) -> None:
    """A record that is understood now leaves the dead letters."""
    if connection.exec_driver_sql("SELECT 1 FROM dead_letters WHERE stream = ? LIMIT 1", (stream,)).first():
        _forget_letters(connection, stream, ids)


def _forget_letters(connection: Connection, stream: Stream, ids: Sequence[str]) -> None:
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


def restart(connection: Connection, stream: Stream) -> None:
    """Let the next sync read a stream from its beginning."""
    connection.exec_driver_sql("UPDATE streams SET cursor = NULL WHERE stream = ?", (stream,))


def stamp(connection: Connection, stream: Stream) -> int:
    """The newest version a stream ever gave; 0 before the first."""
    found = connection.execute(
        select(schema.streams.c.stamp).where(schema.streams.c.stream == stream.value)
    ).scalar()
    return int(found or 0)


def save_unavailable(connection: Connection, stream: Stream, reason: str, now: int) -> bool:
    """Remember that the desk does not offer a stream; whether we had been reading it until now."""
    known = connection.exec_driver_sql(
        "SELECT synced_at, unavailable FROM streams WHERE stream = ?", (stream,)
    ).first()
    connection.exec_driver_sql(
        "INSERT INTO streams (stream, cursor, records, synced_at, fault, fault_at, unavailable)"
        " VALUES (?, NULL, 0, NULL, NULL, ?, ?) ON CONFLICT (stream) DO UPDATE SET fault = NULL,"
        " fault_at = excluded.fault_at, unavailable = excluded.unavailable",
        (stream, now, reason),
    )
    return known is not None and known[0] is not None and known[1] is None


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
    query = f"SELECT * FROM {TABLES[kind].name} WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608  # our own names
    return {one["id"]: decode(kind, one) for one in fetch_named(connection, query, (listing(ids),))}


def ratings_of(connection: Connection, customer_id: str, most: int = 50) -> tuple[Rating, ...]:
    """A customer's newest ratings, oldest of them first."""
    found = fetch_named(
        connection,
        "SELECT * FROM ratings WHERE customer_id = ? AND NOT deleted"
        " ORDER BY created_at DESC, id DESC LIMIT ?",
        (customer_id, most),
    )
    return tuple(decode(Rating, one) for one in reversed(found))
