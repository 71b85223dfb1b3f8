"""Who is asking: which client and person a credential stands for, and what its scopes allow."""

from __future__ import annotations

from base64 import b64decode
from typing import NamedTuple

import msgspec

from connectors.sandbox.grants import Grants, Issued, denied, same
from connectors.sandbox.records import User
from connectors.sandbox.refusals import (
    described,
    forbidden,
    invalid_token,
    missing_scope,
    unauthenticated,
)
from connectors.sandbox.state import Desk
from connectors.sandbox.wire import Json

CLIENT_ID = "deskcue"
LIGHT = 1
"""The role type of people who may read and not write."""


class Grant(NamedTuple):
    """A signed-in user and what they may do; no ``scopes`` means everything."""

    user: User
    scopes: frozenset[str] | None = None
    issued: Issued | None = None
    """The access token that was shown; None for the desk's own token and for API tokens."""


class Gate:
    """Hands out and checks credentials. ``token`` is client secret, API token and bearer token in one."""

    def __init__(self, desk: Desk, token: str) -> None:
        self._desk = desk
        self._token = token
        self.grants = Grants(desk)

    def issue(self, form: Json) -> Json:
        """An access token for a client that proves itself, by one of three kinds of grant."""
        kind = form.get("grant_type")
        if kind not in ("client_credentials", "authorization_code", "refresh_token"):
            raise denied(400, "unsupported_grant_type", "This kind of grant is not offered.")
        # A public client has no secret; its code and its refresh token are proof enough.
        self._demand_client(form, public=kind != "client_credentials")
        if kind == "client_credentials":
            scope = str(form.get("scope") or "read write")
            return self.grants.issue(self._desk.owner_id, scope, form, refreshable=False)
        said = self.grants.redeem(form) if kind == "authorization_code" else self.grants.refresh(form)
        if kind == "refresh_token" and self._desk.trouble.strikes("lost refreshes"):
            raise described(500, "InternalServerError", "Something went wrong")
        return said

    def knows(self, client_id: str) -> bool:
        """Whether there is a client of that identifier."""
        return same(client_id, CLIENT_ID)

    def identify(self, header: str | None) -> Grant | None:
        """Who an ``Authorization`` header speaks for; None without one, or with a bare password.

        A password is no credential any more, so the caller stays anonymous, as at the real desk.
        """
        scheme, _, rest = (header or "").strip().partition(" ")
        grant = None
        if scheme.lower() == "bearer":
            grant = self._bearer(rest.strip())
        elif scheme.lower() == "basic":
            grant = self._basic(rest.strip())
        return grant and self._troubled(grant)

    def _demand_client(self, form: Json, *, public: bool) -> None:
        key, secret = str(form.get("client_id", "")), str(form.get("client_secret") or "")
        nameless = public and not secret
        if not (self.knows(key) and (nameless or same(secret, self._token))):
            text = "Client authentication failed: check client_id and client_secret."
            raise denied(401, "invalid_client", text)

    def _bearer(self, token: str) -> Grant:
        issued = self.grants.find(token)
        if issued is not None and self._desk.trouble.strikes("expired tokens"):
            self.grants.spoil(token)
            raise invalid_token()
        if issued is None and not same(token, self._token):
            raise invalid_token()
        user = self._desk.users.get(issued.user_id if issued else self._desk.owner_id)
        if user is None or not user.active:
            raise invalid_token()
        scopes = frozenset(issued.scope.split()) if issued else None
        return Grant(user, scopes, issued)

    def _basic(self, encoded: str) -> Grant | None:
        try:
            text = b64decode(encoded, validate=True).decode()
        except ValueError:
            raise unauthenticated() from None
        name, _, secret = text.partition(":")
        if not name.endswith("/token"):
            return None
        agent = self._desk.agent_by_email(name.removesuffix("/token"))
        if agent is None or not same(secret, self._token):
            raise unauthenticated()
        return Grant(agent)

    def _troubled(self, grant: Grant) -> Grant | None:
        """The same grant, unless its user is suspended or one of the faults of sign-in is switched on."""
        trouble = self._desk.trouble
        if grant.user.suspended or trouble.strikes("suspended user"):
            raise unauthenticated()
        if trouble.strikes("anonymous login"):
            return None
        if trouble.strikes("agent role"):
            return grant._replace(user=msgspec.structs.replace(grant.user, role="agent"))
        return grant


def check_scope(grant: Grant, method: str, resource: str | None) -> None:
    """Refuse what the token's scopes do not cover; a misspelt scope covers nothing.

    No ``resource`` means that only the plain scope will do.
    """
    need = "read" if method == "GET" else "write"
    enough = {need} if resource is None else {need, f"{resource}:{need}"}
    if grant.scopes is not None and not grant.scopes & enough:
        raise missing_scope(need)


def check_role(grant: Grant, method: str, *, admin: bool) -> None:
    """Refuse what the person's role does not allow: admin's affairs, and any writing by a light agent."""
    light = grant.user.role_type == LIGHT and method != "GET"
    if light or (admin and grant.user.role != "admin"):
        raise forbidden()
