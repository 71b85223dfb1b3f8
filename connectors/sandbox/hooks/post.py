"""The way out of the desk: one request to an address on this machine, and never to any other."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from connectors.clock import SystemClock
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


def post(parcel: Parcel) -> Reply:
    """Send to this machine with the standard library; runs in a thread of its own."""
    parts = urlsplit(parcel.url)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK:
        return Reply(None, body=b"The sandbox calls only addresses on this machine.", fault=FAILED)
    host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname
    line = http.client.HTTPConnection(host, parts.port, timeout=DEADLINE)
    clock = SystemClock()
    try:
        return _talk(line, parcel, clock, clock.mono() + DEADLINE)
    except TimeoutError:
        return Reply(None, fault=TIMEOUT)
    except (OSError, ValueError, http.client.HTTPException) as fault:
        return Reply(None, body=type(fault).__name__.encode(), fault=FAILED)
    finally:
        line.close()


def _talk(line: http.client.HTTPConnection, parcel: Parcel, clock: SystemClock, end: float) -> Reply:
    """One exchange; what trickles in longer than the deadline is a timeout, too."""
    parts = urlsplit(parcel.url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    line.request(parcel.method, path, parcel.body, parcel.headers)
    answer = line.getresponse()
    body = b""
    while len(body) < MOST:
        if clock.mono() > end:
            raise TimeoutError
        part = answer.read1(MOST - len(body))
        if not part:
            break
        body += part
    return Reply(answer.status, {name.lower(): text for name, text in answer.getheaders()}, body)
