"""Talking to help desks: one folder a vendor, one face for all."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.base import Connector, Invitation
    from connectors.clock import Clock
    from connectors.frames import Account, Visit
    from connectors.hints import Hint
    from connectors.messages import MessageReader
    from connectors.vault import Vault

VENDORS = {"zendesk": "connectors.zendesk.connect"}
"""The module of each vendor; it is imported when a desk of that vendor is connected."""

WEBHOOKS = {"zendesk": "connectors.zendesk.webhook"}
"""The module that reads each vendor's webhooks."""

FRAMES = {"zendesk": "connectors.zendesk.signed"}
"""The module that reads the signed requests with which each vendor opens the sidebar's frame."""

PACKAGES = {"zendesk": "connectors.zendesk.package"}
"""The module that packs the app to upload into an account of each vendor."""

USER_AGENT = "deskcue"


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
    user_agent: str = USER_AGENT,
    sign_in: str = "client_credentials",
    email: str = "",
    api_token: str = "",
    vault: Vault | None = None,
    setup: bool = False,
    reader: MessageReader | None = None,
) -> Connector:
    """A connector for one desk; nothing is sent yet.

    ``loopback`` also allows a desk on this machine, ``page_size`` is how many records a page may hold.
    ``sign_in`` is ``client_credentials``, ``authorization_code`` (a pair of tokens from ``vault``) or
    ``api_token`` (which speaks for ``email``). ``setup`` asks for what setting up an account takes, too.
    ``reader`` is shown the first message of customers' tickets; without it none is taken from the answer.
    Raises ValueError, naming neither address nor secret, for an unknown vendor, an unknown way to sign in
    or an address that is not one of the vendor's.
    """
    desk: Connector = _module(vendor).connect(
        address=address,
        client_id=client_id,
        client_secret=client_secret,
        clock=clock,
        tag_prefix=tag_prefix,
        loopback=loopback,
        page_size=page_size,
        user_agent=user_agent,
        sign_in=sign_in,
        email=email,
        api_token=api_token,
        vault=vault,
        setup=setup,
        reader=reader,
    )
    return desk


def invite(
    vendor: str,
    *,
    address: str,
    client_id: str,
    client_secret: str,
    clock: Clock,
    loopback: bool,
    redirect: str,
    user_agent: str = USER_AGENT,
    setup: bool = False,
) -> Invitation:
    """A sign-in for a person to agree to in their browser, which comes back to ``redirect``.

    Raises ValueError as ``connect`` does.
    """
    found: Invitation = _module(vendor).invite(
        address=address,
        client_id=client_id,
        client_secret=client_secret,
        clock=clock,
        loopback=loopback,
        redirect=redirect,
        user_agent=user_agent,
        setup=setup,
    )
    return found


def _module(vendor: str) -> ModuleType:
    if vendor not in VENDORS:
        raise ValueError(f"There is no connector for {vendor!r}; there are: {', '.join(sorted(VENDORS))}.")
    return importlib.import_module(VENDORS[vendor])


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


def read_visit(vendor: str, token: str, account: Account, *, now: int) -> Visit:
    """The agent whom a signed request proves.

    Raises UnsignedError for anything else, KeyError for a vendor that signs none.
    """
    visit: Visit = importlib.import_module(FRAMES[vendor]).verify(token, account, now)
    return visit


def demand_key(vendor: str, text: str) -> None:
    """Make sure that a text is a key by which the vendor's requests can be checked; raises ValueError."""
    importlib.import_module(FRAMES[vendor]).demand_key(text)


def package(vendor: str, address: str, version: str) -> bytes:
    """The app to upload into the account, for an installation that others reach at that address.

    Raises ValueError for an address that the vendor does not frame.
    """
    packed: bytes = importlib.import_module(PACKAGES[vendor]).package(address, version)
    return packed
