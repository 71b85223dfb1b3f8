"""What an agent waits for: the sidebar's fragment from a store of 100,000 tickets, many agents at once.

Run it as ``python -m bench.sidebar`` (``--customers 5000`` for a quick look). A server in a process of its
own serves the real application over a drawn population, for which a policy of thirty segments has decided,
with the words of its solved tickets indexed. Agents in this process ask at once, each over a connection of
their own: cold, when every fragment is asked for once, and warm, when a few are asked for again and again.
Beside them stands a fixed page of the same size from the same server in the same run, so that the figures do
not depend on the machine: ``beside`` is how many times as long the fragment's median takes.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from granian.constants import Interfaces
from granian.server.embed import Server
from starlette.types import ASGIApp, Receive, Scope, Send

from bench.crowd import NOW, fill, policy
from bench.pages import WORDS
from connectors import embedded
from connectors.clock import Clock
from integration.assign import assign
from integration.progress import silent
from integration.serve import free_port
from integration.sidebar.stored import sources
from integration.store.engine import Store
from integration.store.subjects import Subjects
from integration.web.app import create
from integration.web.home import Overview
from policies.load import load_text
from tests.clock import FakeClock

AGENTS = (20, 50)
ASKED = 2_000
"""Questions of one measurement."""
FEW = 20
"""Tickets that are asked for again and again."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One measurement; times in milliseconds."""

    what: str
    agents: int
    per_second: int
    p50: float
    p95: float
    p99: float
    bytes_each: int
    beside: float | None
    """The median beside that of a fixed page of the same size."""


class _Still(Clock):
    """The instant at which the population was drawn, so that advice is as fresh as it was decided."""

    def wall(self) -> int:
        return NOW

    def mono(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def prepare(folder: Path, size: int) -> list[str]:
    """A store with so many customers, decided for and indexed; gives its open tickets."""
    store = Store(folder / "deskcue.db", writer=True)
    fill(store, size)
    chance = random.Random(11)
    with store.write() as connection:
        ids = [str(row[0]) for row in connection.exec_driver_sql("SELECT id FROM tickets ORDER BY id")]
        connection.exec_driver_sql(
            "UPDATE tickets SET subject = ?, solved_at = created_at + 7200, waiting_since = created_at"
            " WHERE id = ?",
            [(" ".join(chance.choices(WORDS, k=5)), one) for one in ids],
        )
        connection.exec_driver_sql(
            "INSERT INTO streams (stream, cursor, records, synced_at, stamp)"
            " VALUES ('tickets', 'x', 1, ?, 1)",
            (NOW,),
        )
    assign(store, load_text(policy(), "bench.yaml"), FakeClock(NOW), silent, at_rest=False, everyone=True)
    Subjects(store.path).refresh(store)
    with store.read() as connection:
        rows = connection.exec_driver_sql("SELECT ticket_id FROM decisions ORDER BY ticket_id")
        found = [str(row[0]) for row in rows]
    store.close()
    return found


def serve(path: Path) -> None:
    """Serve the application over a store until told to stop, and say where."""
    store, rules = Store(path, writer=False), load_text(policy(), "bench.yaml")
    app = create(
        sources=lambda ticket: sources(store, ticket, None),
        policy=lambda: rules,
        overview=_nothing,
        clock=_Still(),
        zone="UTC",
        unsigned_sidebar=True,
        frame_ancestors=(),
    )
    port = free_port("127.0.0.1")
    server = Server(
        _Beside(app), address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_enabled=False
    )

    async def run() -> None:
        stop = embedded.until_signal()
        await embedded.serve(
            server, "127.0.0.1", port, stop=stop, ready=lambda: print(f"http://127.0.0.1:{port}", flush=True)
        )

    asyncio.run(run())


def _nothing() -> Overview:
    raise LookupError("the home page is not measured")


class _Beside:
    """The application, and beside it a page that costs nothing to make: ``/fixed/BYTES``."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if not path.startswith("/fixed/"):
            await self._app(scope, receive, send)
            return
        body = b"x" * int(path.removeprefix("/fixed/"))
        headers = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@contextmanager
def served(path: Path) -> Iterator[str]:
    """The address of a server over that store, in a process of its own."""
    command = [sys.executable, "-m", "bench.sidebar", "--serve", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ourselves
        assert process.stdout is not None  # noqa: S101 - it was asked for above
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def ask(address: str, paths: Sequence[str], agents: int) -> tuple[list[float], float, int]:
    """Milliseconds of every question, seconds of all together, and bytes of an answer in the middle."""

    def work(mine: Sequence[str]) -> list[tuple[float, int]]:
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
        took = []
        for path in mine:
            began = time.perf_counter()
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{path} answers {answer.status}")
            took.append((1000 * (time.perf_counter() - began), len(body)))
        connection.close()
        return took

    began = time.perf_counter()
    with ThreadPoolExecutor(agents) as pool:
        found = [
            one for took in pool.map(work, [paths[start::agents] for start in range(agents)]) for one in took
        ]
    seconds = time.perf_counter() - began
    return [one[0] for one in found], seconds, int(statistics.median(one[1] for one in found))


def measured(address: str, what: str, paths: Sequence[str], agents: int, base: float | None) -> Figures:
    """One measurement as figures."""
    took, seconds, size = ask(address, paths, agents)
    cuts = statistics.quantiles(took, n=100)
    beside = None if base is None else round(cuts[49] / base, 2)
    return Figures(
        what,
        agents,
        round(len(took) / seconds),
        round(cuts[49], 2),
        round(cuts[94], 2),
        round(cuts[98], 2),
        size,
        beside,
    )


def measure(size: int, asked: int = ASKED) -> list[Figures]:
    """Everything, for every number of agents."""
    found: list[Figures] = []
    with tempfile.TemporaryDirectory() as folder:
        tickets = prepare(Path(folder), size)
        chance = random.Random(5)
        with served(Path(folder) / "deskcue.db") as address:
            _, _, length = ask(address, [_path(tickets[-1])], 1)
            for agents in AGENTS:
                each = chance.sample(tickets, min(asked, len(tickets)))
                few = [tickets[number % min(FEW, len(tickets))] for number in range(asked)]
                fixed = measured(address, "fixed page", [f"/fixed/{length}"] * asked, agents, None)
                found.append(fixed)
                found.append(measured(address, "cold", [_path(one) for one in each], agents, fixed.p50))
                found.append(measured(address, "warm", [_path(one) for one in few], agents, fixed.p50))
    return found


def _path(ticket: str) -> str:
    return f"/sidebar/tickets/{ticket}"


def main() -> None:
    """Measure, and print a line for each measurement; JSON with ``--json``."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0] if __doc__ else "")
    parser.add_argument("--customers", type=int, default=86_000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve is not None:
        serve(options.serve)
        return
    found = measure(options.customers)
    if options.json:
        print(json.dumps([asdict(one) for one in found]))
        return
    for one in found:
        print(
            f"{one.agents} agents, {one.what}: {one.per_second:,}/s, p50 {one.p50} ms, p95 {one.p95} ms,"
            f" p99 {one.p99} ms, {one.bytes_each:,} bytes"
            + (f", {one.beside} times the fixed page" if one.beside else "")
        )


if __name__ == "__main__":
    main()
