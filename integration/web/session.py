"""The short pass of an agent's open frame: minted when the desk has signed them in, sent with each question.

There are no cookies in a frame of another site, and storage may throw, so the page itself holds the pass.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

import msgspec
from cachetools import TTLCache

from connectors.clock import Clock

LIFE = 15 * 60
"""Seconds after which the page asks to be reloaded: only the desk can sign an agent in again."""

_SHORTEST = 32


class Pass(msgspec.Struct, frozen=True):
    """Who holds it, where, and until when."""

    account: str
    installation: str
    agent: str
    until: int


@dataclass(slots=True)
class Passes:
    """Mints and checks the passes of one installation; they end with the process at the latest."""

    clock: Clock
    account: str
    installation: str
    key: bytes = field(default_factory=lambda: secrets.token_bytes(_SHORTEST), repr=False)
    _seen: TTLCache[bytes, bool] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if len(self.key) < _SHORTEST:
            raise ValueError("the key of passes has to have 32 bytes at least")
        self._seen = TTLCache(maxsize=100_000, ttl=LIFE, timer=self.clock.mono)

    def first_use(self, token: str) -> bool:
        """Whether a signed request comes for the first time; the second one is somebody else's copy."""
        digest = hashlib.sha256(token.encode()).digest()
        if digest in self._seen:
            return False
        self._seen[digest] = True
        return True

    def mint(self, agent: str) -> str:
        """A pass for an agent."""
        until = self.clock.wall() + LIFE
        body = msgspec.json.encode(Pass(self.account, self.installation, agent, until))
        return f"{_text(body)}.{_text(self._sign(body))}"

    def holder(self, text: str) -> str | None:
        """The agent who holds this pass; None where it is none of ours, for elsewhere, or over."""
        body, _, signature = text.partition(".")
        try:
            found, sign = _bytes(body), _bytes(signature)
        except (ValueError, binascii.Error):
            return None
        if not hmac.compare_digest(sign, self._sign(found)):
            return None
        held = msgspec.json.decode(found, type=Pass)
        here = (held.account, held.installation) == (self.account, self.installation)
        return held.agent if here and self.clock.wall() < held.until else None

    def _sign(self, body: bytes) -> bytes:
        return hmac.digest(self.key, body, "sha256")


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
