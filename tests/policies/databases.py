"""The same small desk in SQLite, PostgreSQL and DuckDB, asked with the same policy."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import duckdb
import psycopg
from sqlalchemy import Table, create_engine, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.pool import StaticPool
from sqlalchemy.schema import CreateTable

from integration.store.schema import metadata
from policies.dialects import DUCKDB, POSTGRES, SQLITE, Dialect
from policies.vocabulary import RELATIONS

Row = dict[str, Any]
TABLES = [metadata.tables[relation.table] for relation in RELATIONS.values()]


class Database(Protocol):
    """One engine with the tables that a policy may read."""

    dialect: Dialect

    def fill(self, rows: Mapping[str, Sequence[Row]]) -> None:
        """Replace everything by these rows, by table."""

    def rows(self, sql: str, parameters: Mapping[str, object]) -> list[tuple[Any, ...]]:
        """The rows of a statement, as the driver gives them."""


class Sqlite:
    """SQLite in memory."""

    dialect = SQLITE

    def __init__(self) -> None:
        self.engine = create_engine("sqlite://", poolclass=StaticPool)
        metadata.create_all(self.engine, TABLES)

    def fill(self, rows: Mapping[str, Sequence[Row]]) -> None:
        with self.engine.begin() as connection:
            for table in TABLES:
                connection.execute(table.delete())
                if rows.get(table.name):
                    connection.execute(insert(table), [_whole(table, row) for row in rows[table.name]])

    def rows(self, sql: str, parameters: Mapping[str, object]) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(sql, dict(parameters))]


class Postgres:
    """PostgreSQL, in a schema of our own and in a session whose zone and date style are not ours."""

    dialect = POSTGRES

    def __init__(self, address: str) -> None:
        self.connection = psycopg.connect(address, autocommit=True)
        self.schema = f"deskcue_test_{os.getpid()}_{id(self)}"
        self.connection.execute(f"CREATE SCHEMA {self.schema}")
        self.connection.execute(f"SET search_path TO {self.schema}")
        self.connection.execute("SET TimeZone TO 'Pacific/Chatham'; SET DateStyle TO 'German, DMY'")
        words = postgresql.dialect()  # type: ignore[no-untyped-call]  # the library leaves it so
        for table in TABLES:
            self.connection.execute(_created(table, words))

    def fill(self, rows: Mapping[str, Sequence[Row]]) -> None:
        for table in TABLES:
            self.connection.execute(f"DELETE FROM {table.name}")
            columns = ", ".join(_names(table))
            with self.connection.cursor().copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy:
                for row in rows.get(table.name, ()):
                    copy.write_row(list(_whole(table, row).values()))

    def rows(self, sql: str, parameters: Mapping[str, object]) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, dict(parameters)).fetchall()

    def close(self) -> None:
        """Leave nothing behind."""
        self.connection.execute(f"DROP SCHEMA {self.schema} CASCADE")
        self.connection.close()


class Duckdb:
    """DuckDB in memory."""

    dialect = DUCKDB

    def __init__(self) -> None:
        self.connection = duckdb.connect(config={"threads": 1})
        for table in TABLES:
            self.connection.execute(_created(table, sqlite.dialect()))

    def fill(self, rows: Mapping[str, Sequence[Row]]) -> None:
        for table in TABLES:
            self.connection.execute(f"DELETE FROM {table.name}")
            whole = [_whole(table, row) for row in rows.get(table.name, ())]
            if whole:
                places = ", ".join("unnest(?)" for _ in table.columns)
                columns = [[row[name] for row in whole] for name in _names(table)]
                self.connection.execute(f"INSERT INTO {table.name} SELECT {places}", columns)

    def rows(self, sql: str, parameters: Mapping[str, object]) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, dict(parameters)).fetchall()


@contextmanager
def databases(address: str) -> Iterator[list[Database]]:
    """All three."""
    server = Postgres(address)
    try:
        yield [Sqlite(), server, Duckdb()]
    finally:
        server.close()


def _created(table: Table, dialect: Any) -> Any:
    return str(CreateTable(table).compile(dialect=dialect)).replace("INTEGER", "BIGINT")


_REQUIRED: Row = {
    "version": 1,
    "digest": "",
    "stamp": "",
    "name": "",
    "status": "open",
    "score": "good",
    "commented": False,
    "tags": "[]",
    "fields": "{}",
    "updated_at": 1,
    "created_at": 1,
    "deleted": False,
    "erased": False,
    "targets": "[]",
}


def _names(table: Table) -> list[str]:
    return [column.name for column in table.columns]


def _whole(table: Table, row: Row) -> Row:
    """A row with every column of the table, in the table's order."""
    written = {
        name: json.dumps(value, ensure_ascii=False) if name in ("fields", "tags") else value
        for name, value in row.items()
    }
    return {name: written.get(name, _REQUIRED.get(name)) for name in _names(table)}
