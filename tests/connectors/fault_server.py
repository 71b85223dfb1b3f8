"""A server on loopback that misbehaves as told: one act for each connection, byte by byte if need be."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType

JSON = "application/json; charset=utf-8"


@dataclass(frozen=True)
class Request:
    """One request as it arrived; header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, object]:
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found


@dataclass(frozen=True)
class Line:
    """What an act has at hand: the connection, and a wait that ends with the server."""

    connection: socket.socket
    server: FaultServer

    def read(self) -> Request | None:
        """The next request, which is also written down; None when the client has gone."""
        head = b""
        while b"\r\n\r\n" not in head:
            if not (chunk := self.connection.recv(65536)):
                return None
            head += chunk
        head, _, body = head.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        while len(body) < int(headers.get("content-length", "0")):
            body += self.connection.recv(65536)
        method, target, _ = first.split(" ")
        request = Request(method, target, headers, body)
        self.server.requests.append(request)
        return request

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def wait(self, seconds: float) -> bool:
        """Let time pass; True when the server is being stopped."""
        return self.server.stopping.wait(seconds)


Act = Callable[[Line], None]


class FaultServer:
    """Performs ``acts`` in order, one a connection, and the last one again for all that follow."""

    def __init__(self, *acts: Act, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self.stopping = threading.Event()
        self._acts = list(acts)
        self._tls = tls
        self._threads: list[threading.Thread] = []
        self._lines: list[socket.socket] = []
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._accepting = threading.Thread(target=self._accept, daemon=True)

    @property
    def address(self) -> str:
        scheme = "http" if self._tls is None else "https"
        return f"{scheme}://127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> FaultServer:
        self._accepting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        # A closed listening socket does not wake the thread that waits on it; a shut one does.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._accepting.join()
        for connection in self._lines:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while not self.stopping.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            self._lines.append(connection)
            act = self._acts.pop(0) if len(self._acts) > 1 else self._acts[0]
            thread = threading.Thread(target=self._perform, args=(act, connection), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _perform(self, act: Act, connection: socket.socket) -> None:
        connection.settimeout(5)
        try:
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            act(Line(connection, self))
        except OSError:
            pass  # the client went away first, as some of these tests want
        finally:
            connection.close()


def response(
    status: int = 200, body: bytes = b"{}", *, kind: str = JSON, length: int | None = None, **headers: str
) -> bytes:
    """A whole answer as bytes; ``length`` lies about the body, keywords become headers."""
    lines = [
        f"HTTP/1.1 {status} Said",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body) if length is None else length}",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def as_json(value: object, status: int = 200, **headers: str) -> bytes:
    """An answer that holds ``value``."""
    return response(status, json.dumps(value).encode(), kind=JSON, length=None, **headers)


def packed(body: bytes) -> bytes:
    """An answer that holds ``body`` as gzip."""
    return response(body=gzip.compress(body), Content_Encoding="gzip")


def reply(data: bytes) -> Act:
    """Read one request, send ``data`` and say and do that the connection ends with it."""

    def act(line: Line) -> None:
        if line.read() is not None:
            line.send(data.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))

    return act


def replies(data: Iterable[bytes]) -> Act:
    """Answer request after request on one connection."""

    def act(line: Line) -> None:
        for entry in data:
            if line.read() is None:
                return
            line.send(entry)

    return act


def routed(respond: Callable[[Request], bytes]) -> Act:
    """Answer every request of a connection with what ``respond`` makes of it."""

    def act(line: Line) -> None:
        while (request := line.read()) is not None:
            line.send(respond(request))

    return act


def hang(line: Line) -> None:
    """Take the request and never say a word."""
    line.read()
    line.wait(30)


def drop(line: Line) -> None:
    """Take the request and hang up: it arrived, and nobody will hear what became of it."""
    line.read()


def trickle(data: bytes, *, whole: int = 0, every: float = 0.05) -> Act:
    """Send the first ``whole`` bytes at once and the others one by one."""

    def act(line: Line) -> None:
        line.read()
        line.send(data[:whole])
        for at in range(whole, len(data)):
            if line.wait(every):
                return
            line.send(data[at : at + 1])

    return act
