"""The rows of one import in their table: values and events lie in two that are kept alike.

Customers are marked dirty once a reading has ended, from the marks that its rows carry, so that a crash on
the way loses nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec
from sqlalchemy import Connection

from integration.store.bulk import listing, many
from integration.store.engine import Store
from policies.dialects import SQLITE
from policies.import_model import Key
from policies.imported import key_of

PORTION = 1_000
"""Rows of one transaction, so that nobody waits long for the writer."""

Kind = Literal["values", "events"]


class Row(msgspec.Struct, frozen=True):
    """What one row says: of values the fields and their day, of an event its name, instant and value."""

    id: str
    """The key of values; of events their own."""
    key: str
    day: int
    line: int
    digest: str
    fields: str = "{}"
    name: str = ""
    value: float | None = None


class Known(msgspec.Struct, frozen=True):
    """What is stored of a row, as far as a reading needs it."""

    digest: str
    day: int
    line: int
    seen: int
    deleted: bool


@dataclass(frozen=True, slots=True)
class Shelf:
    """The rows of one import in their table."""

    source: str
    kind: Kind
    key: Key

    @property
    def table(self) -> str:
        """Where its rows lie."""
        return "events" if self.kind == "events" else "imported"

    @property
    def id(self) -> str:
        """The column that tells its rows apart."""
        return "id" if self.kind == "events" else "key"

    @property
    def day(self) -> str:
        """The column that places a row in time."""
        return "happened_at" if self.kind == "events" else "as_of"

    def known(self, connection: Connection, ids: Sequence[str]) -> dict[str, Known]:
        """What is stored of these rows."""
        rows = connection.exec_driver_sql(
            f"SELECT {self.id}, digest, {self.day}, line, seen, deleted FROM {self.table}"  # noqa: S608  # our own names
            f" WHERE source = ? AND {self.id} IN (SELECT value FROM json_each(?))",
            (self.source, listing(ids)),
        )
        return {row[0]: Known(row[1], row[2], row[3], row[4], bool(row[5])) for row in rows}

    def save(self, connection: Connection, rows: Sequence[tuple[Row, bool]], origin: str, seen: int) -> None:
        """Take rows, each with whether it is news to the customers it is about."""
        many(
            connection,
            _SAVE[self.kind],
            [
                {
                    **{name: getattr(row, name) for name in row.__struct_fields__},
                    "source": self.source,
                    "kind": self.key,
                    "origin": origin,
                    "seen": seen,
                    "news": news,
                }
                for row, news in rows
            ],
        )

    def touch(self, connection: Connection, rows: Sequence[tuple[str, int]], origin: str, seen: int) -> None:
        """Remember that these rows are still there, and at which line."""
        many(
            connection,
            f"UPDATE {self.table} SET seen = ?, line = ?, origin = ? WHERE source = ? AND {self.id} = ?",  # noqa: S608  # the same
            [(seen, line, origin, self.source, id_) for id_, line in rows],
        )

    def keep(self, connection: Connection, keys: Sequence[str], seen: int) -> None:
        """Keep what these keys have had until now."""
        connection.exec_driver_sql(
            f"UPDATE {self.table} SET seen = ? WHERE source = ? AND seen <> ?"  # noqa: S608  # the same
            " AND key IN (SELECT value FROM json_each(?))",
            (seen, self.source, seen, listing(keys)),
        )

    def bury(self, store: Store, seen: int) -> int:
        """Empty the rows that this reading did not meet; gives how many there were."""
        empty = "name = '', value = NULL" if self.kind == "events" else "fields = '{}'"
        count = 0
        for ids in self._portions(store, f"seen <> {int(seen)} AND NOT deleted"):
            with store.write() as connection:
                count += connection.exec_driver_sql(
                    f"UPDATE {self.table} SET deleted = 1, news = 1, digest = '', {empty}"  # noqa: S608  # the same
                    f" WHERE source = ? AND {self.id} IN (SELECT value FROM json_each(?))",
                    (self.source, listing(ids)),
                ).rowcount
        return count

    def _portions(self, store: Store, which: str) -> Iterator[list[str]]:
        """The ids of the rows of a kind, some at a time."""
        # The ids of events begin with their source, so that their primary key finds where to begin.
        after = f"{self.source}:" if self.kind == "events" else ""
        while True:
            with store.read() as connection:
                rows = connection.exec_driver_sql(
                    f"SELECT {self.id} FROM {self.table} WHERE source = ? AND {self.id} > ? AND {which}"  # noqa: S608  # the same
                    f" ORDER BY {self.id} LIMIT ?",
                    (self.source, after, PORTION),
                )
                ids = [str(row[0]) for row in rows]
            if not ids:
                return
            yield ids
            after = ids[-1]

    def tell(self, store: Store) -> int:
        """Mark every customer dirty whom news is about, then forget that it is; gives how many they are.

        In portions, and in this order: who is marked twice is assigned once.
        """
        if next(self._portions(store, "news"), None) is None:
            return 0
        count = sum(self._mark(store, first, last) for first, last in _stretches(store))
        self.clear(store)
        return count

    def clear(self, store: Store) -> None:
        """Forget that anything is news, and what was buried."""
        for ids in self._portions(store, "news"):
            with store.write() as connection:
                given = (self.source, listing(ids))
                mine = f"WHERE source = ? AND {self.id} IN (SELECT value FROM json_each(?))"  # noqa: S608  # the same
                connection.exec_driver_sql(f"DELETE FROM {self.table} {mine} AND deleted", given)  # noqa: S608  # the same
                connection.exec_driver_sql(f"UPDATE {self.table} SET news = 0 {mine}", given)  # noqa: S608  # the same

    def _mark(self, store: Store, first: str, last: str) -> int:
        with store.write() as connection:
            return connection.exec_driver_sql(
                "INSERT INTO dirty (customer_id, mark) SELECT c.id, 1 FROM customers AS c"  # noqa: S608  # the same
                f" WHERE c.id > ? AND c.id <= ? AND EXISTS (SELECT 1 FROM {self.table} AS i"
                f" WHERE i.source = ? AND i.kind = ? AND i.key = {self._theirs} AND i.news)"
                " ON CONFLICT (customer_id) DO UPDATE SET mark = mark + 1",
                (first, last, self.source, self.key),
            ).rowcount

    @property
    def _theirs(self) -> str:
        """What a customer is called by under the key of this import, as the policy's statement says it."""
        return SQLITE.sql(key_of(self.key, SQLITE))

    def newest(self, connection: Connection) -> int | None:
        """The latest day of its rows, None where there are none."""
        query = f"SELECT max({self.day}) FROM {self.table} WHERE source = ? AND NOT deleted"  # noqa: S608  # the same
        found = connection.exec_driver_sql(query, (self.source,)).scalar()
        return None if found is None else int(found)

    def unmatched(self, connection: Connection, most: int) -> tuple[int, tuple[int, ...]]:
        """How many keys no customer has, and the lines of the first of them."""
        lost = (
            f"FROM {self.table} AS i WHERE i.source = ? AND NOT i.deleted AND i.key NOT IN (SELECT k FROM"  # noqa: S608  # the same
            f" (SELECT {self._theirs} AS k FROM customers AS c WHERE NOT c.deleted) WHERE k IS NOT NULL)"
        )
        count = connection.exec_driver_sql(f"SELECT count(DISTINCT i.key) {lost}", (self.source,))
        lines = connection.exec_driver_sql(
            f"SELECT min(i.line) {lost} GROUP BY i.key ORDER BY 1 LIMIT ?", (self.source, most)
        )
        return int(count.scalar_one()), tuple(int(row[0]) for row in lines)


def _stretches(store: Store) -> Iterator[tuple[str, str]]:
    """All customers in portions: each from after an id to another one."""
    after = ""
    while True:
        with store.read() as connection:
            last = connection.exec_driver_sql(
                "SELECT max(id) FROM (SELECT id FROM customers WHERE id > ? ORDER BY id LIMIT ?)",
                (after, PORTION),
            ).scalar()
        if last is None:
            return
        yield after, str(last)
        after = str(last)


def _save(table: str, id_: str, columns: Sequence[str]) -> str:
    names = [*columns, "source", "key", "kind", "origin", "line", "digest", "seen", "news"]
    places = ["day" if name in ("as_of", "happened_at") else name for name in names]
    sets = ", ".join(f"{name} = excluded.{name}" for name in names if name not in ("news", "source", "id"))
    return (
        f"INSERT INTO {table} ({', '.join(names)}, deleted)"  # noqa: S608  # names of our own schema
        f" VALUES ({', '.join(f':{place}' for place in places)}, 0)"
        f" ON CONFLICT ({id_}) DO UPDATE SET {sets}, deleted = 0, news = max({table}.news, excluded.news)"
    )


_SAVE: dict[Kind, str] = {
    "values": _save("imported", "source, key", ("fields", "as_of")),
    "events": _save("events", "id", ("id", "name", "value", "happened_at")),
}
