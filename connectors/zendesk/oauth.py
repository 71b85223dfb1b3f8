"""Access tokens from the desk's token address, and how one without a refresh token is kept in memory."""

from __future__ import annotations

import threading
from typing import Annotated, Protocol

import msgspec

from connectors.answer import Answer, strict_json
from connectors.clock import Clock
from connectors.errors import AuthenticationError, ConnectorError, RejectedError, UnavailableError
from connectors.findings import Finding, ok
from connectors.http import Door
from connectors.zendesk.scopes import asked

RENEW_AT = 0.8
"""Share of a token's life after which a new one is asked for."""

SHORTEST, LONGEST = 75.0, 172_800.0
"""Seconds of life that are believed, so that a desk with a confused clock is not asked again at once."""

SECRET = ("code", "code_verifier", "refresh_token")
"""Parts of a request for a token that nobody else may see."""

_TOKEN = r"^[\x21-\x7e]{1,8192}$"  # noqa: S105  # what a token looks like, and no token

Token = Annotated[str, msgspec.Meta(pattern=_TOKEN)]


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

    def outlook(self) -> Finding:
        """How long this way of signing in will last; asks nobody and raises nothing."""
        ...


class WireToken(msgspec.Struct, frozen=True, kw_only=True):
    access_token: Token
    expires_in: float | None = None
    refresh_token: Token | None = None
    refresh_token_expires_in: float | None = None
    scope: str = ""

    def __repr__(self) -> str:
        return f"WireToken({self.scope!r})"


class TokenDesk:
    """The address that hands out tokens, as one client."""

    def __init__(self, door: Door, *, client_id: str, client_secret: str) -> None:
        self._door = door
        self.client_id = client_id
        self._secret = client_secret

    def ask(self, grant: str, *, once: bool, **wish: str) -> WireToken:
        """A token for a grant; raises what the door raises.

        With ``once`` the request is sent again only when it certainly was not taken: what is asked with can
        be used one time.
        """
        form = {"grant_type": grant, "client_id": self.client_id, **wish}
        if self._secret:
            form["client_secret"] = self._secret
        return self._door.request(
            "POST",
            "/oauth/tokens",
            kind="read",
            decode=_token,
            body=msgspec.json.encode(form),
            retry=not once,
            secrets=(self._secret, *(wish[name] for name in SECRET if name in wish)),
        )

    def forget(self) -> None:
        """Keep no secret any longer."""
        self._secret = ""


class ClientCredentials:
    """Tokens by the client-credentials grant: no user is asked, and no refresh token exists.

    Safe for any number of threads; one asks and the others wait for what it gets.
    """

    def __init__(
        self, door: Door, *, client_id: str, client_secret: str, clock: Clock, setup: bool = False
    ) -> None:
        self._desk = TokenDesk(door, client_id=client_id, client_secret=client_secret)
        self._clock = clock
        self._scope = asked(setup=setup)
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
        # Without the lock: whoever holds it may be waiting minutes for a desk that is away.
        self._header = ""
        self._desk.forget()

    def outlook(self) -> Finding:
        return ok("credentials", "OAuth by client credentials: tokens are asked for as they are needed.")

    def _renew(self) -> None:
        asked_at = self._clock.mono()
        token = self._ask()
        self._header = f"Bearer {token.access_token}"
        self._renew_at = None
        if token.expires_in is not None:
            self._renew_at = asked_at + RENEW_AT * life(token.expires_in)

    def _ask(self) -> WireToken:
        try:
            return self._desk.ask("client_credentials", once=False, scope=self._scope)
        except (AuthenticationError, RejectedError, UnavailableError) as error:
            raise not_our_client(error) from None


def not_our_client(error: ConnectorError) -> AuthenticationError:
    """What to say when the token address refuses the client itself."""
    return AuthenticationError(
        f"The help desk gives us no access token ({error.status}). Check the client id and the "
        "client secret, and that the OAuth client is confidential and active.",
        status=error.status,
    )


def life(stated: float) -> float:
    """The seconds a token is taken to live, from what the desk states."""
    return min(max(stated, SHORTEST), LONGEST)


def _token(answer: Answer) -> WireToken:
    return msgspec.convert(strict_json(answer.body), WireToken)
