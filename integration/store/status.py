"""Counts and dates about the store as a whole, for the home page, health and the sidebar's freshness."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.records import Stream
from integration.store.bulk import fetch


@dataclass(frozen=True, slots=True)
class StreamState:
    """When a stream was last read to its end, and what has stopped it since or why it is not offered."""

    records: int
    synced_at: int | None
    fault: str | None
    unavailable: str | None = None


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old the oldest part of our knowledge is, and why it is no younger."""

    synced_at: int | None
    fault: str | None


@dataclass(frozen=True, slots=True)
class Run:
    """The latest run."""

    id: str
    policy: str
    changes: int
    started_at: int
    finished_at: int | None
    outcomes: dict[str, int]


def streams(connection: Connection) -> dict[str, StreamState]:
    """Every stream ever read."""
    found = fetch(
        connection, "SELECT stream, records, synced_at, fault, unavailable FROM streams ORDER BY stream"
    )
    return {stream: StreamState(*state) for stream, *state in found}


def freshness(connection: Connection) -> Freshness:
    """The age of the least fresh stream that advice rests on: customers, organizations and tickets."""
    found = streams(connection)
    needed = [found.get(one) for one in (Stream.CUSTOMERS, Stream.ORGANIZATIONS, Stream.TICKETS)]
    ages = [state.synced_at if state else None for state in needed]
    fault = next((state.fault for state in needed if state and state.fault), None)
    return Freshness(None if None in ages else min(age for age in ages if age is not None), fault)


def count(connection: Connection) -> dict[str, int]:
    """Customers, organizations, tickets and ratings that are not deleted, and dead letters."""
    found = {
        table: int(
            connection.exec_driver_sql(f"SELECT count(*) FROM {table} WHERE deleted = 0").scalar_one()  # noqa: S608  # fixed names
        )
        for table in ("customers", "organizations", "tickets", "ratings")
    }
    found["dead_letters"] = int(connection.exec_driver_sql("SELECT count(*) FROM dead_letters").scalar_one())
    return found


def segment_sizes(connection: Connection) -> dict[str, int]:
    """Members of every segment that has any."""
    rows = connection.exec_driver_sql("SELECT segment, count(*) FROM memberships GROUP BY segment")
    return {row[0]: row[1] for row in rows}


def last_run(connection: Connection) -> Run | None:
    """The latest run with its outcomes by kind, None before the first."""
    row = connection.exec_driver_sql(
        "SELECT id, policy, changes, started_at, finished_at FROM runs ORDER BY started_at DESC, id LIMIT 1"
    ).first()
    if row is None:
        return None
    ended = connection.exec_driver_sql(
        "SELECT event, count(*) FROM journal WHERE run = ? AND event NOT IN ('sending', 'conflict', 'held')"
        " GROUP BY event",
        (row[0],),
    )
    return Run(row[0], row[1], row[2], row[3], row[4], {one[0]: one[1] for one in ended})
