"""What setup has made at the desk, by key: its id there, or nothing while it is only asked for."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from integration.store import facts

_PREFIX = "made "


def ids(connection: Connection) -> dict[str, str]:
    """Every thing remembered; the id is empty between asking for it and hearing of it."""
    return {
        key.removeprefix(_PREFIX): value
        for key, value in facts.get(connection).items()
        if key.startswith(_PREFIX)
    }


def note(connection: Connection, made: Mapping[str, str]) -> None:
    """Remember these, over what was remembered of the same keys."""
    facts.put(connection, {_PREFIX + key: value for key, value in made.items()})


def forget(connection: Connection, key: str) -> None:
    """Remember this one no more."""
    connection.exec_driver_sql("DELETE FROM state WHERE key = ?", (_PREFIX + key,))
