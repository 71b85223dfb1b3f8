"""Connections on which a whole request keeps one deadline, as a transport for ``http.py`` and nobody else."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx

from connectors.address import public
from connectors.clock import Clock

CONNECT_LIMIT = 10.0
"""Seconds for one address of a name, so that a dead first address leaves time for the second."""

LOOPBACK = "127.0.0.1"


class PrivateAddressError(httpcore.ConnectError):
    """The desk's name leads into a private network, and nothing was sent there."""


NEVER_LEFT = (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout)
"""Faults after which it is certain that the desk has not seen the request."""

BROKEN = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError)
"""Every way in which an exchange can break off, ``NEVER_LEFT`` included."""

LATE = httpcore.TimeoutException
"""The kind of ``BROKEN`` that means that the time was over."""

_deadline: ContextVar[float] = ContextVar("deadline")


@contextmanager
def finished_within(clock: Clock, seconds: float) -> Iterator[None]:
    """Everything this thread sends and reads inside ends, or fails with one of ``BROKEN``, in that time."""
    token = _deadline.set(clock.mono() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


class DeadlineTransport(httpx.BaseTransport):
    """Connections to share between threads, without proxies; for use inside ``finished_within``.

    A connection older than ``max_age`` seconds takes no further request. Only public addresses are dialled,
    unless ``loopback`` says that this machine is meant.
    """

    def __init__(
        self, clock: Clock, *, tls: ssl.SSLContext | None, max_age: float, loopback: bool = False
    ) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls,
            max_connections=10,
            keepalive_expiry=30.0,
            network_backend=_Backend(clock, max_age, loopback=loopback),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(status_code=answer.status, headers=answer.headers, stream=_Chunks(answer))

    def close(self) -> None:
        self._pool.close()


class _Chunks(httpx.SyncByteStream):
    """A body as it arrives; closing it gives the connection back."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


class _Stream(httpcore.NetworkStream):
    """A connection on which no single read, write or handshake may outlast the request it belongs to."""

    def __init__(self, inner: httpcore.NetworkStream, clock: Clock, old_at: float) -> None:
        self._inner = inner
        self._clock = clock
        self._old_at = old_at

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, timeout=_left(self._clock, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # The stream below applies its time-out to each part it sends, hence small parts from here.
        for start in range(0, len(buffer), 4096):
            left = _left(self._clock, httpcore.WriteTimeout)
            self._inner.write(buffer[start : start + 4096], timeout=left)

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(self._clock, httpcore.ConnectTimeout)
        return _Stream(
            self._inner.start_tls(ssl_context, server_hostname, timeout=left), self._clock, self._old_at
        )

    def close(self) -> None:
        self._inner.close()

    def get_extra_info(self, info: str) -> Any:
        # An idle connection that is readable has been closed by the other side, and the pool drops it:
        # said of an old one, it is how the pool is told to look the name up again.
        if info == "is_readable" and self._clock.mono() > self._old_at:
            return True
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """Looks names up and dials; all addresses of a name share the request's deadline."""

    def __init__(self, clock: Clock, max_age: float, *, loopback: bool) -> None:
        self._clock = clock
        self._max_age = max_age
        self._loopback = loopback
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        fault: Exception = httpcore.ConnectError("the name has no address")
        for address in self._allowed(_addresses(host, port)):
            left = min(CONNECT_LIMIT, _left(self._clock, httpcore.ConnectTimeout))
            try:
                inner = self._inner.connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                fault = error
            else:
                return _Stream(inner, self._clock, self._clock.mono() + self._max_age)
        raise fault

    def _allowed(self, found: Sequence[str]) -> Sequence[str]:
        """All addresses of a name, or none: what is checked here is dialled, and no second look-up follows.

        One private address among public ones is how a name is made to point at us between two requests.
        """
        wrong = [one for one in found if not (one == LOOPBACK if self._loopback else public(one))]
        if wrong:
            raise PrivateAddressError("the name leads to an address that is not public")
        return found


def _addresses(host: str, port: int) -> list[str]:
    # A look-up cannot be interrupted: its own limit is the resolver's, some seconds beyond our deadline.
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore.ConnectError("the name cannot be looked up") from error
    return [str(entry[4][0]) for entry in found]


def _left(clock: Clock, late: type[httpcore.TimeoutException]) -> float:
    left = _deadline.get() - clock.mono()
    if left <= 0:
        raise late("the request's time is over")
    return left
