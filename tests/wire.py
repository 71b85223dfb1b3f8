"""The sandbox desk in this very process: its application driven by hand, without sockets, threads or a loop.

Time passes on the fake clock alone: a request takes a moment, and slow answers run into the deadline.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpcore
import httpx
from starlette.responses import Response
from starlette.types import ASGIApp, Message

from connectors.sandbox.line import KEY, Framing
from tests.clock import FakeClock

MOMENT = 0.05
"""Seconds that a request takes when nothing is wrong."""


class Wire(httpx.BaseTransport):
    """Requests to one application; ``point`` is called before one leaves and before its answer arrives."""

    def __init__(self, app: ASGIApp, clock: FakeClock, point: Callable[[], None] = lambda: None) -> None:
        self._app = app
        self._clock = clock
        self._point = point

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._point()
        self._clock.advance(MOMENT)
        limit = request.extensions["timeout"]["read"]
        line = _Line(self._clock, self._clock.mono() + limit)
        exchange = _Exchange(request.read(), line)
        _run(self._app(_scope(request, line), exchange.receive, exchange.send))
        self._point()
        if not exchange.status and line.fault is not None:
            raise line.fault
        body = _Body(exchange.parts, line.fault)
        return httpx.Response(exchange.status, headers=exchange.headers, stream=body)


class _BrokenError(Exception):
    """The client has gone; the desk stops where it is."""


class _Line:
    """The connection of one request, kept by the fake clock."""

    def __init__(self, clock: FakeClock, deadline: float) -> None:
        self._clock = clock
        self._deadline = deadline
        self.fault: Exception | None = None
        self.last: tuple[Response, bytes] | None = None

    async def pause(self, seconds: float) -> None:
        left = self._deadline - self._clock.mono()
        self._clock.advance(min(seconds, max(left, 0.0)))
        if seconds >= left:
            self.fault = httpcore.ReadTimeout("the answer takes too long")
            raise _BrokenError

    def cut(self, answer: Response, framing: Framing, kept: int) -> None:
        self.last = answer, bytes(answer.body[:kept])
        # A body that ends with its connection looks whole.
        self.fault = None if framing == "close" else httpcore.RemoteProtocolError("the body is cut")

    def drop(self) -> None:
        self.fault = httpcore.ReadError("the connection was reset")


class _Exchange:
    """What goes in and comes out of the application."""

    def __init__(self, body: bytes, line: _Line) -> None:
        self._body = body
        self._line = line
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.parts: list[bytes] = []

    async def receive(self) -> Message:
        return {"type": "http.request", "body": self._body, "more_body": False}

    async def send(self, message: Message) -> None:
        if self._line.last is not None:
            answer, part = self._line.last
            self.status, self.headers, self.parts = answer.status_code, answer.raw_headers, [part]
        elif self._line.fault is not None:
            return
        elif message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        elif message.get("body"):
            self.parts.append(message["body"])


class _Body(httpx.SyncByteStream):
    """The parts that arrived, and the fault that ended them."""

    def __init__(self, parts: list[bytes], fault: Exception | None) -> None:
        self._parts = parts
        self._fault = fault

    def __iter__(self) -> Iterator[bytes]:
        yield from self._parts
        if self._fault is not None:
            raise self._fault


def _run(work: Awaitable[None]) -> None:
    """Run to the end what never waits for anything but other coroutines."""
    try:
        next(work.__await__())
    except (StopIteration, _BrokenError):
        return
    raise RuntimeError("the application waits for something that only an event loop can bring")


def _scope(request: httpx.Request, line: _Line) -> dict[str, Any]:
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": request.method,
        "scheme": request.url.scheme, "path": request.url.path, "raw_path": request.url.raw_path,
        "query_string": request.url.query, "root_path": "", "client": ("127.0.0.1", 1),
        "server": (request.url.host, request.url.port),
        "headers": [(name.lower(), value) for name, value in request.headers.raw], KEY: line,
    }  # fmt: skip
