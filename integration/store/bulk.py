"""Many values to one statement, and short answers from the driver; all bind, none builds SQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection


def many(connection: Connection, sql: str, rows: Sequence[Any]) -> None:
    """Run a statement once a row; no rows, no statement."""
    if rows:
        connection.exec_driver_sql(sql, list(rows))


def fetch(connection: Connection, sql: str, values: Any = ()) -> list[tuple[Any, ...]]:
    """Every row of a short answer.

    Straight from the driver: SQLAlchemy describes the columns of a text anew each time, which takes several
    times as long as SQLite needs for a ticket's few rows.
    """
    found: list[tuple[Any, ...]] = _cursor(connection, sql, values).fetchall()
    return found


def fetch_named(connection: Connection, sql: str, values: Any = ()) -> list[dict[str, Any]]:
    """The same, each row by the names of its columns."""
    cursor = _cursor(connection, sql, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _cursor(connection: Connection, sql: str, values: Any) -> Any:
    raw: Any = connection.connection.dbapi_connection
    return raw.execute(sql, values)


def listing(values: Iterable[str]) -> str:
    """Texts as one bound value, for ``IN (SELECT value FROM json_each(?))``."""
    return msgspec.json.encode(list(values)).decode()
