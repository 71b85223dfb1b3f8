"""Where imports stand, and what of them is no longer wanted; their rows are ``shelf.py``."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, select

from integration.store import schema
from integration.store.bulk import listing
from integration.store.engine import Store
from integration.store.shelf import Kind, Shelf
from policies.dialects import SQLITE
from policies.import_model import Key
from policies.imported import key_of


class State(msgspec.Struct, frozen=True):
    """Where an import stands."""

    signature: str = ""
    """How it was defined when it was read last."""
    digest: str = ""
    """What was read last, where that can be told beforehand."""
    seen: int = 0
    """The number of the last reading, ended or not."""
    rows: int = 0
    unmatched: int = 0
    refused: int = 0
    whole_at: int | None = None
    """When it was last read from beginning to end and found new."""
    read_at: int | None = None
    """When it was last looked at."""


def states(connection: Connection) -> dict[str, State]:
    """Where every import stands that was ever begun."""
    rows = connection.execute(select(schema.imports)).mappings()
    return {row["name"]: State(**{name: row[name] for name in State.__struct_fields__}) for row in rows}


def put_state(connection: Connection, name: str, state: State) -> None:
    """Remember where an import stands."""
    names = ["name", *State.__struct_fields__]
    sets = ", ".join(f"{one} = excluded.{one}" for one in names[1:])
    connection.exec_driver_sql(
        f"INSERT INTO imports ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608  # the same
        f" ON CONFLICT (name) DO UPDATE SET {sets}",
        (name, *msgspec.structs.astuple(state)),
    )


_PERSONAL: tuple[Key, ...] = ("email", "external_id")
"""Keys that name a person, and no company."""

_KINDS: tuple[Kind, ...] = ("values", "events")


def drop(store: Store, name: str) -> None:
    """Take away everything of an import that no policy has any more."""
    for kind in _KINDS:
        _empty(store, Shelf(name, kind, "email"))
    with store.write() as connection:
        connection.exec_driver_sql("DELETE FROM imports WHERE name = ?", (name,))


def drop_other(store: Store, shelf: Shelf) -> None:
    """Take away what an import was before it became one of the other kind."""
    for kind in _KINDS:
        if kind != shelf.kind:
            _empty(store, Shelf(shelf.source, kind, shelf.key))


def _empty(store: Store, shelf: Shelf) -> None:
    """Whoever read these rows is assigned again in any case: the policy is another one."""
    shelf.bury(store, -1)
    shelf.clear(store)


def forget(connection: Connection, customers: Sequence[str]) -> None:
    """Take away what was imported about people whom the desk has forgotten.

    A file that still has them brings it back: it is theirs to take out there, too.
    """
    for key in _PERSONAL if customers else ():
        theirs = SQLITE.sql(key_of(key, SQLITE))
        asked = f"SELECT {theirs} FROM customers AS c WHERE c.id IN (SELECT value FROM json_each(?))"  # noqa: S608  # the same
        found = connection.exec_driver_sql(asked, (listing(customers),))
        keys = [str(row[0]) for row in found if row[0]]
        for table in ("imported", "events") if keys else ():
            connection.exec_driver_sql(
                f"DELETE FROM {table} WHERE kind = ? AND key IN (SELECT value FROM json_each(?))",  # noqa: S608  # the same
                (key, listing(keys)),
            )
