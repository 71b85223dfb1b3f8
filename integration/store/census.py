"""The census that is in force: by which cut points customers are compared."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, select

from integration.store import schema
from policies.census import Census


def get(connection: Connection, signature: str) -> Census | None:
    """The census of what ``signature`` stands for, if one was taken."""
    query = select(schema.census.c.body).where(schema.census.c.signature == signature)
    body = connection.execute(query).scalar()
    return None if body is None else msgspec.json.decode(body, type=Census)


def put(connection: Connection, signature: str, census: Census) -> None:
    """Keep this census, and no other."""
    connection.execute(schema.census.delete())
    row = {"signature": signature, "taken_at": census.taken_at, "body": msgspec.json.encode(census).decode()}
    connection.execute(schema.census.insert(), row)
