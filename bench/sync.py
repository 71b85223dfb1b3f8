"""How much work it is to read a desk: tickets fetched, inflated, decoded and stored, per second of CPU.

Run it as ``python -m bench.sync`` (``--pages 20`` for a quick look). A separate process serves pages of
1,000 tickets of 2.5 KB; the real connector, door, sync and store read them into a store in a temporary
folder. Beside it stands what ``json.loads`` alone takes for the same bytes in the same run, so that the
figure does not depend on the machine. The goal is a ratio of 1 or more, and memory below 150 MB that does
not grow with the number of tickets.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
import urllib.request
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.pages import PAGE, served
from connectors.clock import SystemClock
from connectors.errors import AuthenticationError
from connectors.findings import Finding, ok
from connectors.http import Door
from connectors.messages import MessageReader
from connectors.zendesk.api import Zendesk
from connectors.zendesk.faults import words
from integration import messages
from integration.store import status
from integration.store.engine import Store
from integration.sync import sync


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run measured; memory in MB, after a quarter of the tickets and at the end."""

    tickets: int
    bytes_each: int
    synced_per_cpu_second: int
    loads_per_cpu_second: int
    ratio: float
    memory_early: int
    memory_peak: int


def measure(pages: int, reader: MessageReader | None = None) -> Figures:
    """Read so many pages and tell what it took."""
    early = 0

    def watch(_: str, done: int, __: int | None) -> None:
        nonlocal early
        if done == max(pages // 4, 1) * PAGE:
            early = _memory()

    with served(pages) as address, tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "deskcue.db", writer=True)
        desk = _desk(address, reader)
        began = time.process_time()
        sync(store, desk, SystemClock(), watch)
        synced = time.process_time() - began
        peak = _memory()
        with store.read() as connection:
            tickets = status.count(connection)["tickets"]
        desk.close()
        store.close()
        if tickets != pages * PAGE:
            raise SystemExit(f"Only {tickets} tickets arrived.")
        size, loaded = _loads(address, pages)
    return Figures(
        tickets=tickets,
        bytes_each=size // tickets,
        synced_per_cpu_second=round(tickets / synced),
        loads_per_cpu_second=round(tickets / loaded),
        ratio=round(loaded / synced, 2),
        memory_early=early,
        memory_peak=peak,
    )


class _Token:
    """Credentials that never end: what is measured is reading."""

    def authorization(self) -> str:
        return "Bearer bench"

    def refused(self, authorization: str) -> None:
        raise AuthenticationError("The page server asks for no token.")

    def forget(self) -> None:
        """There is nothing to forget."""

    def outlook(self) -> Finding:
        return ok("credentials", "A token that lives as long as the measurement.")


def _desk(address: str, reader: MessageReader | None) -> Zendesk:
    clock = SystemClock()
    door = Door(address, clock=clock, user_agent="bench", suffixes=(), words=words, loopback=True)
    return Zendesk(door, _Token(), clock=clock, tag_prefix="cue_", reader=reader)


def _loads(address: str, pages: int) -> tuple[int, float]:
    """The bytes of all pages, and the CPU seconds of ``json.loads`` over them, each page by itself."""
    size, spent = 0, 0.0
    for body in _bodies(address, pages):
        began = time.process_time()
        json.loads(body)
        spent += time.process_time() - began
        size += len(body)
    return size, spent


def _bodies(address: str, pages: int) -> Iterator[bytes]:
    for page in range(pages):
        with urllib.request.urlopen(f"{address}/api/v2/incremental/tickets/cursor?cursor={page}") as answer:  # noqa: S310 - our own server
            yield zlib.decompress(answer.read(), wbits=31)


def _memory() -> int:
    """The most memory this process has used so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    """Measure and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=200, help="pages of 1,000 tickets")
    parser.add_argument("--messages", action="store_true", help="tell the language of messages, too")
    asked = parser.parse_args()
    reader = messages.reader() if asked.messages else None
    print(json.dumps(asdict(measure(asked.pages, reader)), indent=2))


if __name__ == "__main__":
    main()
