"""The connection below one request, for trouble that no answer of a web server can make.

A server finishes what it begins; to break off in the middle, its socket is taken by its number.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from http import HTTPStatus
from typing import Any, Literal, Protocol

from starlette.responses import Response
from starlette.types import Scope

KEY = "sandbox.line"
"""Where a request's scope may carry a line of its own."""

DESCRIPTORS = "/dev/fd"

Framing = Literal["length", "chunked", "close"]
"""How a body says where it ends: by its length, in chunks, or with its connection."""


class Line(Protocol):
    """What can be done to a request's connection."""

    async def pause(self, seconds: float) -> None:
        """Let the other side wait."""
        ...

    def cut(self, answer: Response, framing: Framing, kept: int) -> None:
        """Send the head and the first ``kept`` bytes of an answer, and break the connection."""
        ...

    def drop(self) -> None:
        """Break the connection without a word."""
        ...


def line_of(scope: Scope) -> Line:
    """The line below a request: the one its scope carries, otherwise the server's socket."""
    found: Line | None = scope.get(KEY)
    return found or SocketLine(scope)


class SocketLine:
    """The server's own socket to one client, which is found by the two ports."""

    def __init__(self, scope: Scope) -> None:
        self._ports = int(scope["server"][1]), int(scope["client"][1])

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def cut(self, answer: Response, framing: Framing, kept: int) -> None:
        self._break(_head(answer, framing) + _part(answer, framing, kept))

    def drop(self) -> None:
        self._break(b"")

    def _break(self, last_words: bytes) -> None:
        for name in os.listdir(DESCRIPTORS):
            with contextlib.suppress(OSError), socket.socket(fileno=os.dup(int(name))) as found:
                if (_port(found.getsockname()), _port(found.getpeername())) == self._ports:
                    found.send(last_words)
                    found.shutdown(socket.SHUT_RDWR)
                    return


def _port(address: Any) -> int:
    return int(address[1]) if isinstance(address, tuple) else -1


def _head(answer: Response, framing: Framing) -> bytes:
    ends = {"length": f"content-length: {len(answer.body)}", "chunked": "transfer-encoding: chunked"}
    fields = [f"{name}: {value}" for name, value in answer.headers.items() if name != "content-length"]
    phrase = HTTPStatus(answer.status_code).phrase
    first = f"HTTP/1.1 {answer.status_code} {phrase}"
    return "\r\n".join([first, *fields, ends.get(framing, "connection: close"), "", ""]).encode("latin-1")


def _part(answer: Response, framing: Framing, kept: int) -> bytes:
    part = bytes(answer.body[:kept])
    return b"%x\r\n%s" % (len(answer.body), part) if framing == "chunked" else part
