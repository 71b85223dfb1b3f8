"""The way out of the desk: one request to an address on this machine, and never to any other."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Mapping
from contextlib import suppress
from socket import SHUT_RDWR
from threading import Event, Timer
from typing import NamedTuple
from urllib.parse import urlsplit

from connectors.sandbox.hooks.reading import LOOPBACK

DEADLINE = 12.0
"""Seconds in which the whole answer must be there."""

MOST = 65_536
"""Bytes of an answer that are kept."""

TIMEOUT, FAILED = "timeout", "failed"


class Parcel(NamedTuple):
    """One request to send."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes


class Reply(NamedTuple):
    """What came back: a status, or none and why (``timeout`` or ``failed``)."""

    status: int | None
    headers: Mapping[str, str] = {}
    body: bytes = b""
    fault: str = ""


Post = Callable[[Parcel], Reply]
"""Sends a request and waits for the answer; it never raises."""


def post(parcel: Parcel, deadline: float = DEADLINE) -> Reply:
    """Send to this machine with the standard library; runs in a thread of its own."""
    parts = urlsplit(parcel.url)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK:
        return Reply(None, body=b"The sandbox calls only addresses on this machine.", fault=FAILED)
    host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname
    line, late = http.client.HTTPConnection(host, parts.port, timeout=deadline), Event()
    watch = Timer(deadline, _hang_up, (line, late))
    watch.daemon = True
    watch.start()
    try:
        reply = _talk(line, parcel)
        return Reply(None, fault=TIMEOUT) if late.is_set() else reply
    except (OSError, ValueError, http.client.HTTPException) as fault:
        if late.is_set() or isinstance(fault, TimeoutError):
            return Reply(None, fault=TIMEOUT)
        return Reply(None, body=type(fault).__name__.encode(), fault=FAILED)
    finally:
        watch.cancel()
        line.close()


def _hang_up(line: http.client.HTTPConnection, late: Event) -> None:
    """End a call that trickles: the timeout of a socket is for each piece, ours for the whole answer."""
    late.set()
    if line.sock is not None:
        with suppress(OSError):
            line.sock.shutdown(SHUT_RDWR)


def _talk(line: http.client.HTTPConnection, parcel: Parcel) -> Reply:
    parts = urlsplit(parcel.url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    line.request(parcel.method, path, parcel.body, parcel.headers)
    answer = line.getresponse()
    body = answer.read(MOST)
    return Reply(answer.status, {name.lower(): text for name, text in answer.getheaders()}, body)
