"""A person's consent, asked for once: where to send their browser, and what to make of the answer."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256
from hmac import compare_digest
from urllib.parse import parse_qs, urlencode, urlsplit

from connectors.answer import plain
from connectors.clock import Clock
from connectors.errors import RejectedError
from connectors.http import Door
from connectors.vault import Pair
from connectors.zendesk.oauth import TokenDesk
from connectors.zendesk.pair import pair_from


class Invitation:
    """One sign-in under way. The code that comes back is worth nothing without what is kept here (PKCE)."""

    def __init__(self, door: Door, tokens: TokenDesk, *, redirect: str, scope: str, clock: Clock) -> None:
        self._door = door
        self._tokens = tokens
        self._redirect = redirect
        self._scope = scope
        self._clock = clock
        self._state = secrets.token_urlsafe(24)
        self._verifier = secrets.token_urlsafe(48)

    @property
    def address(self) -> str:
        """The page on which the person agrees."""
        digest = sha256(self._verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self._tokens.client_id,
            "redirect_uri": self._redirect,
            "scope": self._scope,
            "state": self._state,
            "code_challenge": urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return f"{self._door.origin}/oauth/authorizations/new?{urlencode(query)}"

    def redeem(self, said: str) -> Pair:
        """The pair for what came back: the whole redirected address, or the code alone.

        Raises RejectedError when it is not the answer to this invitation or the person declined, and else
        what the door raises.
        """
        code = self._code(said.strip())
        token = self._tokens.ask(
            "authorization_code",
            once=True,
            code=code,
            redirect_uri=self._redirect,
            code_verifier=self._verifier,
            scope=self._scope,
        )
        return pair_from(token, self._door.origin, self._tokens.client_id, self._clock, scope=self._scope)

    def close(self) -> None:
        """Give back connections and forget secrets."""
        self._tokens.forget()
        self._door.close()

    def _code(self, said: str) -> str:
        if not any(mark in said for mark in "?&="):
            # Typed by the person who was shown it; only the holder of the verifier can use it.
            return said
        query = parse_qs(urlsplit(said).query)
        state, code = query.get("state", [""])[0], query.get("code", [""])[0]
        if not compare_digest(state.encode(), self._state.encode()):
            raise RejectedError("That address answers another sign-in than this one. Use the newest one.")
        if "error" in query:
            raise RejectedError(f"The help desk did not let us in ({plain(query['error'][0], 60)}).")
        if not code:
            raise RejectedError("That address holds no code. Copy all of it from the browser's address line.")
        return code
