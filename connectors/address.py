"""Which addresses a desk may have, checked before the first byte leaves. Nothing is opened here."""

from __future__ import annotations

import re

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


def _below(host: str, suffix: str) -> bool:
    return host == suffix or host.endswith(f".{suffix}")
