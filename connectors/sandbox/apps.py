"""The one app that is installed in the account: its numbers, its key, and what the key signs.

What is signed has the form of the vendor's own signed requests. Who may ask for the key is no affair of this.
"""

from __future__ import annotations

import hashlib
import uuid

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

APP, INSTALLATION = 710_001, 720_001
LIFE = 300
"""Seconds for which what was signed holds."""


class InstalledApp:
    """An app whose page is at ``address``, installed at an instant. Its key is made here and kept nowhere."""

    def __init__(self, address: str, at: int) -> None:
        self.address = address
        self.installed_at = at
        self._key: RSAPrivateKey | None = None

    @property
    def public_key(self) -> str:
        """The key by which the app knows what the account has signed, as PEM."""
        public = self._signing().public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def rotate(self) -> None:
        """From now on another key signs."""
        self._key = None

    def token(self, account: str, agent: int, address: str, now: int) -> str:
        """What proves to the app that this account's agent opens it at ``address`` beside a ticket."""
        home = f"https://{account}/api/v2"
        claims = {
            "iss": account,
            "aud": f"{home}/apps/installations/{INSTALLATION}.json",
            "sub": f"{home}/users/{agent}.json",
            "iat": now,
            "nbf": now,
            "exp": now + LIFE,
            "jti": str(uuid.uuid4()),
            # The vendor's recipe is not published: this is there so that nobody comes to rely on it.
            "qsh": hashlib.sha256(address.encode()).hexdigest(),
            "context": {"product": "support", "location": "ticket_sidebar"},
        }
        return jwt.encode(claims, self._signing(), algorithm="RS256")

    def _signing(self) -> RSAPrivateKey:
        if self._key is None:
            self._key = generate_private_key(public_exponent=65537, key_size=2048)
        return self._key
