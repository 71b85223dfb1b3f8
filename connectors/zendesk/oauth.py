"""Access tokens: how one is asked for, kept in memory and renewed. Nothing is written to disk."""

from __future__ import annotations

import threading
from typing import Annotated, Protocol

import msgspec

from connectors.answer import Answer, strict_json
from connectors.clock import Clock
from connectors.errors import AuthenticationError, RejectedError, UnavailableError
from connectors.http import Door

SCOPE = "read tickets:write"
"""All that reading the four streams, changing tickets and watching jobs needs."""

RENEW_AT = 0.8
"""Share of a token's life after which a new one is asked for."""


class Credentials(Protocol):
    """Where the ``Authorization`` header comes from."""

    def authorization(self) -> str:
        """The header to send now; asks for a token where none is at hand."""
        ...

    def refused(self, authorization: str) -> None:
        """The desk did not accept this header: forget it; AuthenticationError if there is no other."""
        ...

    def forget(self) -> None:
        """Keep no secret any longer."""
        ...


class WireToken(msgspec.Struct, frozen=True, kw_only=True):
    access_token: Annotated[str, msgspec.Meta(pattern=r"^[\x21-\x7e]{1,8192}$")]
    expires_in: float | None = None


class ClientCredentials:
    """Tokens by the client-credentials grant: no user is asked, and no refresh token exists.

    Safe for any number of threads; one asks and the others wait for what it gets.
    """

    def __init__(self, door: Door, *, client_id: str, client_secret: str, clock: Clock) -> None:
        self._door = door
        self._client = (client_id, client_secret)
        self._clock = clock
        self._lock = threading.Lock()
        self._header = ""
        self._renew_at: float | None = None

    def authorization(self) -> str:
        with self._lock:
            old = self._renew_at is not None and self._clock.mono() >= self._renew_at
            if old or not self._header:
                self._renew()
            return self._header

    def refused(self, authorization: str) -> None:
        with self._lock:
            # Another thread may have renewed it since: then the refusal is of the one before.
            if self._header == authorization:
                self._header = ""

    def forget(self) -> None:
        with self._lock:
            self._header, self._client = "", ("", "")

    def _renew(self) -> None:
        asked_at = self._clock.mono()
        token = self._ask()
        self._header = f"Bearer {token.access_token}"
        self._renew_at = None
        if token.expires_in is not None:
            # At least a minute, so that a desk with a confused clock is not asked before every request.
            self._renew_at = asked_at + RENEW_AT * min(max(token.expires_in, 75.0), 172_800.0)

    def _ask(self) -> WireToken:
        client_id, client_secret = self._client
        wish = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret,
            "scope": SCOPE,
        }
        try:
            return self._door.request(
                "POST",
                "/oauth/tokens",
                kind="read",
                decode=_token,
                body=msgspec.json.encode(wish),
                secrets=(client_secret,),
            )
        except (AuthenticationError, RejectedError, UnavailableError) as error:
            raise AuthenticationError(
                f"The help desk gives us no access token ({error.status}). Check the client id and the "
                "client secret, and that the OAuth client is confidential and active.",
                status=error.status,
            ) from None


class StaticToken:
    """A token that somebody else keeps alive."""

    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}"

    def authorization(self) -> str:
        return self._header

    def refused(self, authorization: str) -> None:
        raise AuthenticationError(
            "The help desk does not accept the access token; enter a new one.", status=401
        )

    def forget(self) -> None:
        self._header = ""


def _token(answer: Answer) -> WireToken:
    return msgspec.convert(strict_json(answer.body), WireToken)
