"""How a record becomes a row and back: its columns in order, its statements, its digest. No decisions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Table

from connectors.records import Customer, Organization, Rating, Record, Term, Ticket
from integration.store import schema

JSON_COLUMNS = {"tags": "[]", "fields": "{}", "targets": "[]", "choices": "[]", "detail": "{}"}
"""Columns that hold JSON text, and that text where there is nothing in it."""

Row = tuple[Any, ...]
"""The digest, then every field of the record in its order."""

R = TypeVar("R", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of record and its table: where lists stand in a row, how they read empty, and statements."""

    table: Table
    lists: tuple[tuple[int, str], ...]
    upsert: str
    bury: str
    stored: str


def _shape(kind: type[Record], table: Table) -> Shape:
    names = ["digest", *kind.__struct_fields__]
    sets = ", ".join(f"{name} = excluded.{name}" for name in names if name != "id")
    stamp = ", stamp = :stamp" if "stamp" in names else ""
    owner = "customer_id" if "customer_id" in names else "NULL"
    return Shape(
        table=table,
        lists=tuple((names.index(name), empty) for name, empty in JSON_COLUMNS.items() if name in names),
        upsert=(
            f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608  # names of our own schema
            f" ON CONFLICT (id) DO UPDATE SET {sets} WHERE excluded.version >= {table.name}.version"
        ),
        bury=(
            f"UPDATE {table.name} SET version = :version, digest = :digest, updated_at = :updated_at{stamp},"  # noqa: S608  # the same
            " deleted = 1 WHERE id = :id AND version <= :version"
        ),
        stored=(
            f"SELECT id, version, digest, {owner} FROM {table.name}"  # noqa: S608  # the same
            " WHERE id IN (SELECT value FROM json_each(?))"
        ),
    )


SHAPES: dict[type[Record], Shape] = {
    kind: _shape(kind, table)
    for kind, table in (
        (Organization, schema.organizations),
        (Customer, schema.customers),
        (Ticket, schema.tickets),
        (Rating, schema.ratings),
        (Term, schema.terms),
    )
}


def row(record: Record, lists: Sequence[tuple[int, str]]) -> Row:
    """The record's row.

    The digest leaves the version out, as it may rise with nothing changed.
    """
    found: list[Any] = [None, *msgspec.structs.astuple(record)]
    for place, empty in lists:
        found[place] = _ENCODE(found[place]).decode() if found[place] else empty
    version, found[_VERSION] = found[_VERSION], None
    digest = _DIGEST.copy()
    digest.update(_PACK(found))
    found[0], found[_VERSION] = digest.hexdigest(), version
    return tuple(found)


def decode(kind: type[R], found: Mapping[Any, Any]) -> R:
    """A row of a record table as the record it was made from."""
    values = {name: found[name] for name in kind.__struct_fields__}
    for name in JSON_COLUMNS:
        if name in values:
            values[name] = msgspec.json.decode(values[name])
    return msgspec.convert(values, kind, strict=False)


_VERSION = 2
"""Where the version stands in every row: behind the digest and the id."""

_ENCODE = msgspec.json.Encoder(order="sorted").encode
_PACK = msgspec.msgpack.Encoder().encode
_DIGEST = hashlib.blake2b(digest_size=12, usedforsecurity=False)
"""Copied for each row, which takes half as long as making one."""
