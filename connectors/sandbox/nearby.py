"""Whether a request comes from a program on this machine that asks for the desk by this machine's name."""

from __future__ import annotations

from ipaddress import ip_address

from starlette.requests import Request


def nearby(request: Request) -> bool:
    """True for a loopback peer that asks a loopback name.

    The second half keeps out a foreign site whose name was pointed at this machine.
    """
    peer = request.client.host if request.client else ""
    return _loopback(peer) and _loopback(request.url.hostname or "")


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
