"""Single facts about the store itself: whose desk it holds, which policy assigned last."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from integration.store.bulk import fetch, many


def get(connection: Connection) -> dict[str, str]:
    """All facts by name."""
    return dict(fetch(connection, "SELECT key, value FROM state"))


def put(connection: Connection, stated: Mapping[str, str]) -> None:
    """State facts, over what was stated before."""
    many(
        connection,
        "INSERT INTO state (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        list(stated.items()),
    )
