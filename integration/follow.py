"""Hints to store: the records that webhooks spoke of are fetched as they are now, and saved like a sync's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.base import Connector
from connectors.clock import Clock
from connectors.hints import Hint
from connectors.records import Record, Stream
from integration.store import inbox, records
from integration.store.engine import Store

AT_ONCE = 500
"""Hints followed in one transaction."""


@dataclass(slots=True)
class Followed:
    """What hints led to: how many there were, records fetched, and those that had really changed."""

    hints: int = 0
    records: int = 0
    changed: int = 0


def follow(store: Store, connector: Connector, clock: Clock) -> Followed:
    """Look at every record a waiting hint speaks of; many hints about one record are one look.

    A record that is gone is left to the export, which says how it went. Hints stay waiting until their
    records are saved, so a crash or an unreachable desk loses none.
    """
    result = Followed()
    while True:
        with store.read() as connection:
            hints = inbox.waiting(connection, AT_ONCE)
        if not hints:
            return result
        found = _fetch(connector, hints)
        with store.write() as connection:
            result.changed += records.save(connection, found)
            inbox.followed(connection, hints, clock.wall())
        result.hints += len(hints)
        result.records += len(found)


def _fetch(connector: Connector, hints: Sequence[Hint]) -> list[Record]:
    found: list[Record] = []
    batch = connector.capabilities.batch
    for stream in (Stream.ORGANIZATIONS, Stream.CUSTOMERS, Stream.TICKETS):
        ids = sorted({hint.record_id for hint in hints if hint.stream is stream})
        for start in range(0, len(ids), batch):
            found += connector.records(stream, ids[start : start + batch])
    return found
