"""A server inside our process: stopped at any moment, it ends."""

from __future__ import annotations

import asyncio
import socket

from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

from connectors import embedded
from connectors.sandbox.app import application
from connectors.sandbox.state import Desk


def test_a_stop_before_the_first_answer_ends_the_server() -> None:
    """It is not lost, and nobody is told that the server is ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told: list[str] = []

    async def run() -> None:
        server = Server(
            application(Desk(), token="t", sidebar=None, delay=0.0),
            address="127.0.0.1", port=port, interface=Interfaces.ASGI, http=HTTPModes.http1,
            websockets=False, log_enabled=False,
        )  # fmt: skip
        stop = asyncio.Event()
        stop.set()
        serving = embedded.serve(server, "127.0.0.1", port, stop=stop, ready=lambda: told.append("ready"))
        await asyncio.wait_for(serving, 15)

    asyncio.run(run())
    assert told == []
