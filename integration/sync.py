"""Desk to store: each stream page by page, place and records saved together."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from connectors.base import Connector
from connectors.clock import Clock
from connectors.errors import (
    AuthenticationError,
    ConnectorError,
    CursorError,
    RetryableError,
    UnavailableError,
    UnreadableCursorError,
)
from connectors.records import RELIED_ON, Page, Stream
from integration.progress import Progress
from integration.store import records
from integration.store.engine import Store

_log = logging.getLogger(__name__)

NEVER_EMPTY = (*RELIED_ON, Stream.GROUPS, Stream.TICKET_FIELDS, Stream.BRANDS)
"""Streams that no desk in use is without; the others may lose their last record in earnest."""


class EmptiedError(ConnectorError):
    """A stream that was full came back empty: something is wrong with the desk, or it is another one."""


@dataclass(slots=True)
class Read:
    """What became of one stream: records seen, records that changed, and the fault that stopped it."""

    seen: int = 0
    changed: int = 0
    dead: int = 0
    fault: str | None = None
    later: bool = False
    """Whether the fault is one that may be gone later."""
    unavailable: str | None = None
    """Why this desk does not offer the stream at all; that is a fault only where it did before."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync did, stream by stream."""

    streams: dict[str, Read] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether every stream was read to its end that there is."""
        return all(read.fault is None for read in self.streams.values())


def sync(store: Store, connector: Connector, clock: Clock, progress: Progress) -> Synced:
    """Read every stream from its saved place to its end.

    A stream that fails keeps its place and its reason, and the others go on. One that the desk does not
    offer is remembered as such, and asked for again in the next sync. Raises AuthenticationError at once,
    since no stream can do better, and EmptiedError, since nothing may be decided from what is left.
    """
    result = Synced()
    with _settled():
        for stream in connector.capabilities.streams:
            result.streams[stream] = read = Read()
            try:
                _stream(store, connector, clock, stream, read, progress)
            except ConnectorError as fault:
                _stopped(store, clock, stream, read, fault)
                if isinstance(fault, AuthenticationError | EmptiedError):
                    raise
    return result


@contextmanager
def _settled() -> Iterator[None]:
    """What is loaded by now stays: the garbage collector need not look through it again with every page.

    Whatever was garbage by then is made old by this, and Python would look at it almost never again
    (seen 2026-11: some 1.5 MB a sync in one process). So it is taken out, once in some syncs: looking through
    everything takes longer than a sync that finds little.
    """
    gc.freeze()
    gc.set_threshold(YOUNG, *_USUAL[1:])
    try:
        yield
    finally:
        gc.set_threshold(*_USUAL)
        gc.unfreeze()
        if next(_SYNCS) % CLEANED_EVERY == 0:
            gc.collect()


YOUNG = 20_000
"""Containers that are made before the garbage collector looks at them: a page has less, and no garbage."""

_USUAL = gc.get_threshold()
_SYNCS = count(1)
CLEANED_EVERY = 16
"""Syncs after which a process looks for garbage that was made old: some 25 MB at most."""


def _stopped(store: Store, clock: Clock, stream: Stream, read: Read, fault: ConnectorError) -> None:
    with store.write() as connection:
        if isinstance(fault, UnavailableError) and stream not in RELIED_ON:
            read.unavailable = fault.message
            if records.save_unavailable(connection, stream, fault.message, clock.wall()):
                # It was there until now: said once as a fault, since somebody may rely on it.
                read.fault = fault.message
            return
        read.fault, read.later = fault.message, isinstance(fault, RetryableError)
        records.save_fault(connection, stream, fault.message, clock.wall())


def _stream(
    store: Store, connector: Connector, clock: Clock, stream: Stream, read: Read, progress: Progress
) -> None:
    with store.read() as connection:
        place = records.cursor(connection, stream)
    anew = place is None
    for page in _pages(store, connector, stream, place):
        _demand_progress(page, place)
        if page.last and not read.seen and not page.records and not page.dead and (anew or page.whole):
            _demand_unfilled(store, stream)
        read.changed += _save(store, page, clock)
        place = page.cursor
        read.seen += len(page.records)
        read.dead += len(page.dead)
        progress(f"Reading {stream}", read.seen, None)
        if page.last:
            return
    raise CursorError(f"The stream of {stream} ended without its last page; it goes on from there next time.")


def _pages(store: Store, connector: Connector, stream: Stream, place: str | None) -> Iterator[Page]:
    """The pages behind a place; behind one that cannot be read, all that changed since the last good page."""
    pages = connector.pages(stream, place)
    try:
        first = next(pages, None)
    except UnreadableCursorError:
        with store.read() as connection:
            stamp = records.stamp(connection, stream)
        _log.warning("the saved place of %s cannot be read; it is read again from a little earlier", stream)
        yield from connector.pages(stream, connector.since(stream, stamp))
        return
    if first is not None:
        yield first
        yield from pages


def _save(store: Store, page: Page, clock: Clock) -> int:
    changed = 0
    for portion in records.portions(page):
        with store.write() as connection:
            changed += records.save_page(connection, portion, clock.wall())
            if page.whole and portion.whole:
                kept = [record.id for record in page.records]
                changed += records.bury_missing(connection, page.stream, kept)
    return changed


def _demand_progress(page: Page, place: str | None) -> None:
    if not page.last and page.cursor == place:
        raise CursorError(
            f"The desk answered the same place twice while reading {page.stream}."
            " Nothing was skipped; the next sync tries again from there."
        )


def _demand_unfilled(store: Store, stream: Stream) -> None:
    with store.read() as connection:
        if stream in NEVER_EMPTY and records.held(connection, stream):
            raise EmptiedError(
                f"The desk's {stream} came back empty although there were some; nothing was changed."
                " Check the address and what the client may see. If the desk was really emptied, use a new"
                " `data` folder for it."
            )
