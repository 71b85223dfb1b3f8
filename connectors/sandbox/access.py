"""Who is asking: OAuth tokens by client credentials, API tokens, and what their scopes allow."""

from __future__ import annotations

import secrets
from base64 import b64decode
from hmac import compare_digest
from typing import NamedTuple

from connectors.sandbox.records import User
from connectors.sandbox.refusals import RefusedError, invalid_token, missing_scope, unauthenticated
from connectors.sandbox.state import Desk
from connectors.sandbox.wire import Json

CLIENT_ID = "deskcue"
SHORTEST, USUAL, LONGEST = 300, 1_800, 172_800
"""Seconds an access token may live, and lives when nothing is asked for."""


class Grant(NamedTuple):
    """A signed-in user and what they may do; no ``scopes`` means everything."""

    user: User
    scopes: frozenset[str] | None = None


class Issued(NamedTuple):
    """An access token that was handed out; ``until`` is wall time."""

    until: int
    scopes: frozenset[str]


class Gate:
    """Hands out and checks credentials. ``token`` is client secret, API token and bearer token in one."""

    def __init__(self, desk: Desk, token: str) -> None:
        self._desk = desk
        self._token = token
        self._issued: dict[str, Issued] = {}

    def issue(self, form: Json) -> Json:
        """An access token for a client that proves itself; there is no refresh token in this grant."""
        if form.get("grant_type") != "client_credentials":
            raise _denied(400, "unsupported_grant_type", "Only client_credentials is offered here.")
        key, secret = str(form.get("client_id", "")), str(form.get("client_secret", ""))
        if not (_same(key, CLIENT_ID) and _same(secret, self._token)):
            text = "Client authentication failed: check client_id and client_secret."
            raise _denied(401, "invalid_client", text)
        seconds = _lifetime(form.get("expires_in"))
        scope = str(form.get("scope") or "read write")
        self._forget_expired()
        token = secrets.token_urlsafe(32)
        self._issued[token] = Issued(self._desk.clock.wall() + seconds, frozenset(scope.split()))
        return {"access_token": token, "token_type": "bearer", "scope": scope, "expires_in": seconds}

    def identify(self, header: str | None) -> Grant | None:
        """Who an ``Authorization`` header speaks for; None without one, or with a bare password.

        A password is no credential any more, so the caller stays anonymous, as at the real desk.
        """
        scheme, _, rest = (header or "").strip().partition(" ")
        if scheme.lower() == "bearer":
            return self._bearer(rest.strip())
        if scheme.lower() == "basic":
            return self._basic(rest.strip())
        return None

    def _bearer(self, token: str) -> Grant:
        owner = self._desk.users.get(self._desk.owner_id)
        issued = self._issued.get(token)
        if owner is not None and issued is not None and self._desk.clock.wall() < issued.until:
            return Grant(owner, issued.scopes)
        if owner is not None and _same(token, self._token):
            return Grant(owner)
        raise invalid_token()

    def _basic(self, encoded: str) -> Grant | None:
        try:
            text = b64decode(encoded, validate=True).decode()
        except ValueError:
            raise unauthenticated() from None
        name, _, secret = text.partition(":")
        if not name.endswith("/token"):
            return None
        agent = self._desk.agent_by_email(name.removesuffix("/token"))
        if agent is None or not _same(secret, self._token):
            raise unauthenticated()
        return Grant(agent)

    def _forget_expired(self) -> None:
        now = self._desk.clock.wall()
        self._issued = {token: issued for token, issued in self._issued.items() if issued.until > now}


def check_scope(grant: Grant, method: str, resource: str | None) -> None:
    """Refuse what the token's scopes do not cover; a misspelt scope covers nothing.

    No ``resource`` means that only the plain scope will do.
    """
    need = "read" if method == "GET" else "write"
    enough = {need} if resource is None else {need, f"{resource}:{need}"}
    if grant.scopes is not None and not grant.scopes & enough:
        raise missing_scope(need)


def _lifetime(value: object) -> int:
    if value is None or value == "":
        return USUAL
    text = str(value)
    if text.isascii() and text.isdigit() and len(text) < 10 and SHORTEST <= int(text) <= LONGEST:
        return int(text)
    raise _denied(400, "invalid_request", f"expires_in must be between {SHORTEST} and {LONGEST} seconds.")


def _same(given: str, wanted: str) -> bool:
    return compare_digest(given.encode(), wanted.encode())


def _denied(status: int, error: str, text: str) -> RefusedError:
    return RefusedError(status, {"error": error, "error_description": text})
