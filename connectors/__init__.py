"""Talking to help desks: one folder a vendor, one face for all."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.base import Connector
    from connectors.clock import Clock
    from connectors.hints import Hint

VENDORS = {"zendesk": "connectors.zendesk.api"}
"""The module of each vendor; it is imported when a desk of that vendor is connected."""

WEBHOOKS = {"zendesk": "connectors.zendesk.webhook"}
"""The module that reads each vendor's webhooks."""


def connect(
    vendor: str,
    *,
    address: str,
    client_id: str,
    client_secret: str,
    clock: Clock,
    tag_prefix: str,
    loopback: bool,
    page_size: int = 1000,
) -> Connector:
    """A connector for one desk; nothing is sent yet.

    ``loopback`` also allows a desk on this machine, ``page_size`` is how many records a page may hold.
    Raises ValueError, naming neither address nor secret, for an unknown vendor or an address that is
    not one of the vendor's.
    """
    if vendor not in VENDORS:
        raise ValueError(f"There is no connector for {vendor!r}; there are: {', '.join(sorted(VENDORS))}.")
    desk: Connector = importlib.import_module(VENDORS[vendor]).connect(
        address=address,
        client_id=client_id,
        client_secret=client_secret,
        clock=clock,
        tag_prefix=tag_prefix,
        loopback=loopback,
        page_size=page_size,
    )
    return desk


def read_webhook(
    vendor: str, headers: Sequence[tuple[str, str]], body: bytes, *, secrets: Sequence[str], now: int
) -> Hint | None:
    """The record that a delivery speaks of, None where it is none that we keep.

    Header names are in lower case. Raises ForgedError for one that the desk has not signed, ValueError for
    one that it signed and nobody can follow, KeyError for a vendor without webhooks.
    """
    hint: Hint | None = importlib.import_module(WEBHOOKS[vendor]).read(
        headers, body, secrets=secrets, now=now
    )
    return hint
