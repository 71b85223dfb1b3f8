"""Which addresses a desk may have, checked before the first byte leaves. Nothing is opened here."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_NAME = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HTTPS = re.compile(rf"https://(?P<host>{_NAME}(?:\.{_NAME})+)(?::443)?/?", re.ASCII | re.IGNORECASE)
_LOOPBACK = re.compile(r"(?P<origin>https?://127\.0\.0\.1:[1-9][0-9]{0,4})/?", re.ASCII)


def origin(address: str, *, suffixes: tuple[str, ...], loopback: bool) -> str:
    """The scheme, host and port to talk to, or ValueError telling what an address has to look like.

    The host is one of ``suffixes`` or below it, spoken to over https on port 443; with ``loopback`` it
    may also be 127.0.0.1 with a port. The error never repeats the address, which may hold a password.
    """
    if loopback and (local := _LOOPBACK.fullmatch(address)) is not None:
        return local["origin"]
    found = _HTTPS.fullmatch(address)
    host = found["host"].lower() if found else ""
    if len(host) > 253 or not any(_below(host, suffix) for suffix in suffixes):
        wanted = " or ".join(f"https://NAME.{suffix}" for suffix in suffixes)
        local_too = ", or http://127.0.0.1:PORT for a desk on this machine" if loopback else ""
        raise ValueError(
            f"The help desk's address is not one that may be called. Give it as {wanted}{local_too}, "
            "without user name, path or other port."
        )
    return f"https://{host}"


_FOUR = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
            "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        ),
    )
)  # fmt: skip
_SIX = IPv6Network("2000::/3")
"""All of IPv6 that is given out to the public; what is inside it and not public stands in ``_SIX_NOT``."""
_SIX_NOT = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "3fff::/20")))
_TRANSLATED, _SIX_TO_FOUR = IPv6Network("64:ff9b::/96"), IPv6Network("2002::/16")


def public(address: str) -> bool:
    """Whether a numeric address is one of the public internet, whatever it is wrapped in.

    The list is our own: the standard library's takes some that lead back to this machine for global.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        inner = _inside(found)
        if inner is None:
            return found in _SIX and not any(found in network for network in _SIX_NOT)
        found = inner
    return not any(found in network for network in _FOUR)


def _inside(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address carries to a translator or tunnel."""
    number = int(address)
    if address in _SIX_TO_FOUR:
        return IPv4Address(number >> 80 & 0xFFFFFFFF)
    if address in _TRANSLATED or address.ipv4_mapped is not None:
        return IPv4Address(number & 0xFFFFFFFF)
    return None


def _below(host: str, suffix: str) -> bool:
    return host == suffix or host.endswith(f".{suffix}")
