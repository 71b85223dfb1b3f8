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
from sqlglot import exp

from integration.store.schema import metadata
from policies.dialects import DUCKDB, POSTGRES, SQLITE, Dialect, Parameters, bound
from policies.language import Condition
from policies.vocabulary import RELATIONS, Type

Row = dict[str, Any]
TABLES = [metadata.tables[relation.table] for relation in RELATIONS.values()]


class Database(Protocol):
    """One engine with the tables that a policy may read."""

    dialect: Dialect

    def fill(self, rows: Mapping[str, Sequence[Row]]) -> None:
        """Replace everything by these rows, by table."""

    def rows(self, sql: str, parameters: Mapping[str, object]) -> list[tuple[Any, ...]]:
        """The rows of a statement, as the driver gives them."""

    def run(self, sql: str, parameters: Mapping[str, object]) -> None:
        """A statement that gives no rows."""


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

    def run(self, sql: str, parameters: Mapping[str, object]) -> None:
        with self.engine.begin() as connection:
            connection.exec_driver_sql(sql, dict(parameters))


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
        return self.connection.execute(sql.encode(), dict(parameters)).fetchall()

    def run(self, sql: str, parameters: Mapping[str, object]) -> None:
        self.connection.execute(sql.encode(), dict(parameters))

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

    def run(self, sql: str, parameters: Mapping[str, object]) -> None:
        self.connection.execute(sql, dict(parameters))


@contextmanager
def databases(address: str) -> Iterator[list[Database]]:
    """All three."""
    server = Postgres(address)
    try:
        yield [Sqlite(), server, Duckdb()]
    finally:
        server.close()


_COLUMNS: dict[Type, str] = {"number": "FLOAT8", "date": "FLOAT8", "boolean": "BOOLEAN"}


def hold(database: Database, scope: Mapping[str, Type], rows: Sequence[Mapping[str, Any]]) -> None:
    """Make a table ``f`` of values by name, of the types in ``scope``; ``place`` counts its rows."""
    columns = ", ".join(f"{name} {_COLUMNS.get(type_, 'TEXT')}" for name, type_ in scope.items())
    database.run("DROP TABLE IF EXISTS f", {})
    database.run(f"CREATE TABLE f (place FLOAT8, {columns})", {})
    places = ", ".join(database.dialect.parameter.format(name) for name in ("place", *scope))
    for place, row in enumerate(rows):
        values = {name: json.dumps(row[name]) if isinstance(row[name], list) else row[name] for name in scope}
        database.run(f"INSERT INTO f VALUES ({places})", {"place": float(place), **values})


def truths(database: Database, conditions: Sequence[Condition], now: int) -> list[tuple[bool | None, ...]]:
    """What the database says of each condition, for every row of ``f``."""
    parameters, dialect = Parameters(), database.dialect
    names = {name for condition in conditions for name in condition.reads}
    columns = {name: exp.column(name, table="f") for name in names}
    asked = [
        exp.alias_(bound(condition, columns, parameters, dialect), f"c{position}")
        for position, condition in enumerate(conditions)
    ]
    statement = exp.select(*asked).from_("f").order_by("f.place")
    asks = {place.name for place in statement.find_all(exp.Placeholder)}
    values = {name: value for name, value in {**parameters.values, "now": now}.items() if name in asks}
    found = database.rows(dialect.sql(statement), values)
    return [tuple(None if truth is None else bool(truth) for truth in row) for row in found]


def _created(table: Table, dialect: Any) -> Any:
    return str(CreateTable(table).compile(dialect=dialect)).replace("INTEGER", "BIGINT")


_REQUIRED: Row = {
    "as_of": 1,
    "origin": "",
    "line": 1,
    "seen": 1,
    "news": False,
    "erased": False,
    "targets": "[]",
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
