"""Serving a desk on an address of its own, in this thread until a signal or in one beside a test."""

from __future__ import annotations

import asyncio
import errno
import os
import secrets
import socket
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType

from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

from connectors import embedded
from connectors.clock import SystemClock
from connectors.sandbox.app import application
from connectors.sandbox.jobs import DELAY
from connectors.sandbox.state import Desk

THREADS = "/proc/self/task"
TICK = 0.1
"""Seconds between two looks at what is due."""

GRACE = 2.0
"""Seconds in which the server's threads must have ended."""


def serve(
    desk: Desk,
    *,
    host: str = "127.0.0.1",
    port: int,
    token: str,
    sidebar: str | None,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM. Port 0 takes a free one; ``ready`` gets the address once it answers.

    Raises OSError when the address cannot be had.
    """
    threads = _threads()
    running = _Running(desk, host, port, token, sidebar, DELAY)
    try:
        asyncio.run(_until_signal(running, ready))
    finally:
        _outlast(threads)


class RunningSandbox:
    """A desk served beside the code in the ``with`` block, on a free loopback port.

    ``delay`` is how long a job takes, in the seconds of the desk's own clock.
    """

    def __init__(
        self, desk: Desk, *, token: str | None = None, sidebar: str | None = None, delay: float = DELAY
    ) -> None:
        self.desk = desk
        self.token = token or secrets.token_urlsafe(24)
        self._running = _Running(desk, "127.0.0.1", 0, self.token, sidebar, delay)
        self._thread = ThreadPoolExecutor(1, "sandbox")
        self._stop: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None
        self._settled = threading.Event()

    @property
    def address(self) -> str:
        """Scheme, host and port."""
        return self._running.address

    def __enter__(self) -> RunningSandbox:
        serving = self._thread.submit(asyncio.run, self._serve())
        serving.add_done_callback(lambda _: self._settled.set())
        self._settled.wait()
        if serving.done():
            serving.result()
            raise RuntimeError("the sandbox desk ended before it answered")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stop is not None:
            loop, stop = self._stop
            loop.call_soon_threadsafe(stop.set)
        self._thread.shutdown()

    async def _serve(self) -> None:
        stop = asyncio.Event()
        self._stop = asyncio.get_running_loop(), stop
        await self._running.run(stop, self._settled.set)


class _Running:
    """One server on one port, which is held from the start so that nobody else gets it in between."""

    def __init__(
        self, desk: Desk, host: str, port: int, token: str, sidebar: str | None, delay: float
    ) -> None:
        self._hold = _reserve(host, port)
        self._host, self._port = host, int(self._hold.getsockname()[1])
        self._app = application(desk, token=token, sidebar=sidebar, delay=delay)

    @property
    def address(self) -> str:
        name = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{name}:{self._port}"

    async def run(self, stop: asyncio.Event, ready: Callable[[], None]) -> None:
        """Serve until ``stop``; ``ready`` is called once a request has been answered."""
        server = Server(
            self._app,
            address=self._host,
            port=self._port,
            interface=Interfaces.ASGINL,
            http=HTTPModes.http1,
            websockets=False,
            log_enabled=False,
        )
        ticking = asyncio.ensure_future(self._tick())
        try:
            await embedded.serve(server, self._host, self._port, stop=stop, ready=ready)
        finally:
            ticking.cancel()
            self._app.state.close()
            self._hold.close()

    async def _tick(self) -> None:
        """Let webhooks leave, and retries come due, while nobody asks."""
        while True:
            await asyncio.sleep(TICK)
            self._app.state.settle()


async def _until_signal(running: _Running, ready: Callable[[str], None] | None) -> None:
    await running.run(embedded.until_signal(), lambda: ready(running.address) if ready else None)


def _reserve(host: str, port: int) -> socket.socket:
    """Bind the port without listening, so that the server can bind it too (it shares its port)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    if port:
        _refuse_taken(family, host, port)
    hold = socket.socket(family, socket.SOCK_STREAM)
    try:
        hold.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if sys.platform != "win32":
            hold.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        hold.bind((host, port))
    except OSError:
        hold.close()
        raise
    return hold


def _refuse_taken(family: socket.AddressFamily, host: str, port: int) -> None:
    """Sharing a port would let two desks answer in turn; a plain bind tells whether somebody listens."""
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            if fault.errno == errno.EADDRINUSE:
                text = f"port {port} on {host} is in use: choose another, or end the program that has it"
                raise OSError(errno.EADDRINUSE, text) from None
            raise


def _threads() -> int | None:
    """How many threads the process has, those that Python does not know included; None where nobody tells."""
    try:
        return len(os.listdir(THREADS))
    except OSError:
        return None


def _outlast(before: int | None) -> None:
    """Wait until the server's own threads have ended.

    One that asks for Python while Python is already shutting down aborts the whole process: seen in about
    one end in fifteen with granian 2.8 on Python 3.11.
    """
    clock = SystemClock()
    end = clock.mono() + GRACE
    while clock.mono() < end:
        clock.sleep(0.02)
        now = _threads()
        if before is not None and now is not None and now <= before:
            return
