"""Desk to store: each stream page by page, place and records saved together."""

from __future__ import annotations

from dataclasses import dataclass, field

from connectors.base import Connector
from connectors.clock import Clock
from connectors.errors import AuthenticationError, ConnectorError, CursorError, RetryableError
from connectors.records import Page, Stream
from integration.progress import Progress
from integration.store import records
from integration.store.engine import Store


@dataclass(slots=True)
class Read:
    """What became of one stream: records seen, records that changed, and the fault that stopped it."""

    seen: int = 0
    changed: int = 0
    dead: int = 0
    fault: str | None = None
    later: bool = False
    """Whether the fault is one that may be gone later."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync did, stream by stream."""

    streams: dict[str, Read] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether every stream was read to its end."""
        return all(read.fault is None for read in self.streams.values())


def sync(store: Store, connector: Connector, clock: Clock, progress: Progress) -> Synced:
    """Read every stream from its saved place to its end.

    A stream that fails keeps its place and its reason, and the others go on. Raises
    AuthenticationError at once, since no stream can do better.
    """
    result = Synced()
    for stream in connector.capabilities.streams:
        result.streams[stream] = read = Read()
        try:
            _stream(store, connector, clock, stream, read, progress)
        except ConnectorError as fault:
            read.fault, read.later = fault.message, isinstance(fault, RetryableError)
            with store.write() as connection:
                records.save_fault(connection, stream, fault.message, clock.wall())
            if isinstance(fault, AuthenticationError):
                raise
    return result


def _stream(
    store: Store, connector: Connector, clock: Clock, stream: Stream, read: Read, progress: Progress
) -> None:
    with store.read() as connection:
        place = records.cursor(connection, stream)
    for page in connector.pages(stream, place):
        _demand_progress(page, place)
        with store.write() as connection:
            read.changed += records.save_page(connection, page, clock.wall())
        place = page.cursor
        read.seen += len(page.records)
        read.dead += len(page.dead)
        progress(f"Reading {stream}", read.seen, None)
        if page.last:
            return
    raise CursorError(f"The stream of {stream} ended without its last page; it goes on from there next time.")


def _demand_progress(page: Page, place: str | None) -> None:
    if not page.last and page.cursor == place:
        raise CursorError(
            f"The desk answered the same place twice while reading {page.stream}."
            " Nothing was skipped; the next sync tries again from there."
        )
