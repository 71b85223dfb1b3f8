"""What was handed out: access tokens, refresh tokens that work once, and codes that live two minutes.

Which client and which person may have them is decided in ``access.py``.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256
from hmac import compare_digest

import msgspec

from connectors.sandbox.refusals import RefusedError
from connectors.sandbox.state import Desk
from connectors.sandbox.wire import Json

SHORTEST, USUAL, LONGEST = 300, 1_800, 172_800
"""Seconds an access token may live, and lives when nothing is asked for."""

REFRESH_SHORTEST, REFRESH_USUAL, REFRESH_LONGEST = 604_800, 2_592_000, 7_776_000
"""The same for a refresh token."""

CODE_LIFE = 120
"""Seconds an authorization code lives."""


class Issued(msgspec.Struct, kw_only=True):
    """One access token and the refresh token beside it; times are wall seconds, None is no end."""

    id: int
    access: str
    user_id: int
    scope: str
    made_at: int
    until: int | None
    used_at: int
    refresh: str | None = None
    refresh_until: int | None = None


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """A person's consent, to be turned into a token once; ``challenge`` is empty without PKCE."""

    user_id: int
    scope: str
    redirect: str
    challenge: str
    until: int


class Grants:
    """The tokens and codes of one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._issued: dict[str, Issued] = {}
        self._codes: dict[str, Code] = {}

    def find(self, access: str) -> Issued | None:
        """The token, while it lives."""
        issued = self._issued.get(access)
        now = self._desk.clock.wall()
        if issued is None or (issued.until is not None and issued.until <= now):
            return None
        issued.used_at = now
        return issued

    def issue(self, user_id: int, scope: str, form: Json, *, refreshable: bool) -> Json:
        """A new token, as the token address answers it."""
        seconds = _lifetime(form, "expires_in", SHORTEST, USUAL, LONGEST)
        longer = _lifetime(form, "refresh_token_expires_in", REFRESH_SHORTEST, REFRESH_USUAL, REFRESH_LONGEST)
        now = self._desk.clock.wall()
        if self._desk.trouble.strikes("missing scope"):
            scope = " ".join(part for part in scope.split() if not part.endswith("write"))
        self._forget_dead()
        issued = Issued(
            id=self._desk.serial(), access=secrets.token_urlsafe(32), user_id=user_id, scope=scope,
            made_at=now, until=now + seconds, used_at=now,
        )  # fmt: skip
        self._issued[issued.access] = issued
        said = {"access_token": issued.access, "token_type": "bearer", "scope": scope, "expires_in": seconds}
        if not refreshable:
            return said
        issued.refresh, issued.refresh_until = secrets.token_urlsafe(32), now + longer
        return {**said, "refresh_token": issued.refresh, "refresh_token_expires_in": longer}

    def consent(self, user_id: int, scope: str, redirect: str, challenge: str) -> str:
        """A code for a person who said yes."""
        code = secrets.token_urlsafe(24)
        until = self._desk.clock.wall() + CODE_LIFE
        self._codes[code] = Code(
            user_id=user_id, scope=scope, redirect=redirect, challenge=challenge, until=until
        )
        return code

    def redeem(self, form: Json) -> Json:
        """Tokens for a code: once, in time, to the address and the client that asked for it."""
        code = self._codes.pop(str(form.get("code", "")), None)
        if code is None or code.until <= self._desk.clock.wall():
            raise _invalid_grant()
        if code.redirect != str(form.get("redirect_uri", "")):
            raise _invalid_grant()
        if not _proved(code.challenge, str(form.get("code_verifier") or "")):
            raise _invalid_grant()
        return self.issue(code.user_id, code.scope, form, refreshable=True)

    def refresh(self, form: Json) -> Json:
        """New tokens for a refresh token; both old ones die at once."""
        given = str(form.get("refresh_token") or "")
        old = next((one for one in self._issued.values() if one.refresh == given), None)
        now = self._desk.clock.wall()
        if old is None or old.refresh_until is None or old.refresh_until <= now:
            raise _invalid_grant()
        # A new token may do less than the one before, never more.
        wished = str(form.get("scope") or old.scope).split()
        scope = " ".join(part for part in wished if part in old.scope.split()) or old.scope
        fresh = self.issue(old.user_id, scope, form, refreshable=True)
        self.revoke(old.access)
        return fresh

    def revoke(self, access: str) -> None:
        """End a token and its refresh token."""
        self._issued.pop(access, None)

    def spoil(self, access: str) -> None:
        """End an access token before its time; its refresh token goes on."""
        self._issued[access].until = self._desk.clock.wall()

    def _forget_dead(self) -> None:
        now = self._desk.clock.wall()
        self._issued = {key: one for key, one in self._issued.items() if _end(one) > now}
        self._codes = {key: code for key, code in self._codes.items() if code.until > now}


def denied(status: int, error: str, text: str) -> RefusedError:
    """A refusal in OAuth's own envelope."""
    return RefusedError(status, {"error": error, "error_description": text})


def same(given: str, wanted: str) -> bool:
    """Whether two secrets are equal, in a time that tells nothing."""
    return compare_digest(given.encode(), wanted.encode())


def _end(issued: Issued) -> float:
    ends = [end for end in (issued.until, issued.refresh_until) if end is not None]
    return float("inf") if issued.until is None else max(ends)


def _invalid_grant() -> RefusedError:
    text = "The authorization code or refresh token is invalid, expired, revoked or was used before."
    return denied(400, "invalid_grant", text)


def _proved(challenge: str, verifier: str) -> bool:
    """Whether the verifier is the one whose digest was announced (S256); nothing announced asks for none."""
    if not challenge:
        return not verifier
    digest = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
    return same(digest, challenge)


def _lifetime(form: Json, name: str, shortest: int, usual: int, longest: int) -> int:
    value = form.get(name)
    if value is None or value == "":
        return usual
    text = str(value)
    if text.isascii() and text.isdigit() and len(text) < 10 and shortest <= int(text) <= longest:
        return int(text)
    raise denied(400, "invalid_request", f"{name} must be between {shortest} and {longest} seconds.")
