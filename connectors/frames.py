"""Who opens the sidebar's frame inside a help desk: whose requests are taken, and what they prove."""

from __future__ import annotations

from dataclasses import dataclass


class UnsignedError(Exception):
    """The request does not show who is asking; why is nobody's business but ours."""


class UnknownKeyError(UnsignedError):
    """It is signed, and by none of the keys that we have: forged, or the account has a new one."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whose requests are taken: the account's host, its installation of the app, the app's public keys."""

    host: str
    """``acme.zendesk.com``."""
    installation: str
    keys: tuple[str, ...]
    """PEM; a second one while keys are changed."""


@dataclass(frozen=True, slots=True)
class Visit:
    """An agent who opened the frame."""

    agent: str
    location: str
