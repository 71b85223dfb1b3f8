"""Two ways of handing many values to one statement; both bind, neither builds SQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection


def many(connection: Connection, sql: str, rows: Sequence[Any]) -> None:
    """Run a statement once a row; no rows, no statement."""
    if rows:
        connection.exec_driver_sql(sql, list(rows))


def listing(values: Iterable[str]) -> str:
    """Texts as one bound value, for ``IN (SELECT value FROM json_each(?))``."""
    return msgspec.json.encode(list(values)).decode()
