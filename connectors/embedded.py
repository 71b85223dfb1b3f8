"""A server of ours inside our process: it begins to answer, and it ends when it is told to, however early."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable

from granian.server.embed import Server

PATIENCE = 10.0
"""Seconds in which a server must begin to answer."""

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def until_signal() -> asyncio.Event:
    """An event that SIGINT, SIGTERM and SIGHUP set, except those the process ignores (as under nohup)."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in STOPS:
        if signal.getsignal(number) != signal.SIG_IGN:
            loop.add_signal_handler(number, stop.set)
    return stop


async def serve(
    server: Server, host: str, port: int, *, stop: asyncio.Event, ready: Callable[[], None]
) -> None:
    """Serve until ``stop``; ``ready`` is called once a request to ``/healthz`` has been answered.

    A stop that comes before the first answer waits for it: granian 2.8 forgets a stop it gets before its
    worker listens for one, and serves for ever.

    Raises RuntimeError when nothing is answered for ten seconds, and what the server itself ends with.
    """
    serving = asyncio.ensure_future(server.serve())
    waiting = asyncio.ensure_future(stop.wait())
    try:
        await _answering(host, port, serving)
        if not stop.is_set():
            ready()
        await asyncio.wait({waiting, serving}, return_when=asyncio.FIRST_COMPLETED)
        server.stop()  # type: ignore[no-untyped-call]  # granian types all but this
        with contextlib.suppress(asyncio.CancelledError):
            await serving
    finally:
        waiting.cancel()


async def _answering(host: str, port: int, serving: asyncio.Future[None]) -> None:
    """Wait for a first answer, whatever it says; a server that ends before that hands its error on."""
    loop = asyncio.get_running_loop()
    end = loop.time() + PATIENCE
    while loop.time() < end:
        if serving.done():
            serving.result()
            break
        if await _answers(host, port):
            return
        await asyncio.sleep(0.01)
    raise RuntimeError(f"the server did not begin to answer on {host}:{port}")


async def _answers(host: str, port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        line = await asyncio.wait_for(reader.readline(), 1.0)
        writer.close()
    except (OSError, TimeoutError):
        return False
    return line.startswith(b"HTTP/1.1 ")
