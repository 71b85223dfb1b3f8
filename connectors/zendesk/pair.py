"""Signing in as a person agreed: a pair of tokens that both change with every refresh, kept in a vault.

The order of steps is the whole point. One process refreshes at a time; the new pair is stored before
anybody uses it; and nothing is called dead before the stored pair has been read again.
"""

from __future__ import annotations

import threading

from msgspec.structs import replace

from connectors.clock import Clock
from connectors.errors import (
    AuthenticationError,
    ConflictError,
    ConnectorError,
    RejectedError,
    RetryableError,
    UnavailableError,
    UnknownOutcomeError,
)
from connectors.findings import Finding, fault, ok, warning
from connectors.vault import Pair, Vault, VaultError
from connectors.zendesk.oauth import RENEW_AT, TokenDesk, WireToken, life, not_our_client

PATIENCE = 60.0
"""Seconds until a refresh that did not work out is tried again while the old token still does."""

PAUSE = 2.0
"""Seconds between the two refreshes when the first one's answer was lost."""

TRIES = 2

SOON = 7
"""Days before the end of an unused refresh token at which it is worth a word."""


class RotatingPair:
    """Credentials from a vault, for any number of threads and processes; ``desk`` is whom they are for."""

    def __init__(self, tokens: TokenDesk, vault: Vault, *, desk: str, clock: Clock) -> None:
        self._tokens = tokens
        self._vault = vault
        self._desk = desk
        self._clock = clock
        self._lock = threading.Lock()
        self._pair: Pair | None = None
        self._refused = ""
        self._patient_until = clock.mono()
        self._unsaved: Pair | None = None

    def authorization(self) -> str:
        with self._lock:
            if self._pair is None or self._due(self._pair):
                self._pair = self._current()
            return f"Bearer {self._pair.access}"

    def refused(self, authorization: str) -> None:
        with self._lock:
            # Another thread may have a newer pair by now: then the refusal is of the one before.
            if self._pair is not None and authorization == f"Bearer {self._pair.access}":
                self._refused = self._pair.access

    def forget(self) -> None:
        with self._lock:
            self._pair = self._unsaved = None
            self._refused = ""
            self._tokens.forget()

    def outlook(self) -> Finding:
        try:
            pair = self._stored()
        except AuthenticationError as error:
            return fault("credentials", error.message, "Run `deskcue sign-in`.")
        except VaultError as error:
            return fault("credentials", error.message, "Make the file readable and writable for this user.")
        if pair.refresh_until is None:
            return ok("credentials", "OAuth by a person's consent; the refresh token has no end.")
        days = (pair.refresh_until - self._clock.wall()) // 86_400
        what = f"OAuth by a person's consent; unused, it would last for another {max(days, 0)} days."
        if days < SOON:
            return warning(
                "credentials", what, "Let `deskcue serve` run, or sign in again with `deskcue sign-in`."
            )
        return ok("credentials", what)

    def _due(self, pair: Pair) -> bool:
        if pair.access == self._refused:
            return True
        old = pair.until is not None and self._clock.wall() >= _renewal(pair.made_at, pair.until)
        return old and self._clock.mono() >= self._patient_until

    def _current(self) -> Pair:
        """The pair to use now: the stored one, unless that is due as well."""
        with self._vault.locked():
            if self._unsaved is not None:
                self._keep(self._unsaved)
            stored = self._stored()
            return self._refreshed(stored) if self._due(stored) else stored

    def _stored(self) -> Pair:
        pair = self._vault.load()
        if pair is None:
            raise _reauth("Nobody has signed in to the help desk yet.")
        if (pair.desk, pair.client_id) != (self._desk, self._tokens.client_id):
            raise _reauth("The stored sign-in is for another help desk or another client.")
        if pair.dead:
            raise _reauth(pair.dead)
        return pair

    def _refreshed(self, old: Pair) -> Pair:
        if not old.refresh:
            raise _reauth("The access token has ended, and it came without a refresh token.")
        # Also a rehearsal: what cannot be written now could not be written with the new pair in hand.
        self._vault.save(replace(old, asked_at=self._clock.wall()))
        for attempt in range(TRIES):
            try:
                fresh = pair_from(self._ask(old), old.desk, old.client_id, self._clock, scope=old.scope)
            except (RetryableError, UnknownOutcomeError, ConflictError) as error:
                if old.access != self._refused:
                    # Whatever became of the refresh, the old token may still do: the next answer tells.
                    self._patient_until = self._clock.mono() + PATIENCE
                    return old
                if not isinstance(error, UnknownOutcomeError) or attempt == TRIES - 1:
                    raise _later(error) from error
                self._clock.sleep(PAUSE)
            except (AuthenticationError, RejectedError, UnavailableError) as error:
                if "invalid_grant" not in error.message:
                    raise not_our_client(error) from None
                return self._overtaken(old)
            else:
                self._keep(fresh)
                return fresh
        raise AssertionError("the last try returns or raises")

    def _ask(self, old: Pair) -> WireToken:
        return self._tokens.ask("refresh_token", once=True, refresh_token=old.refresh, scope=old.scope)

    def _keep(self, fresh: Pair) -> None:
        """Store a new pair; one that cannot be stored is held, and stored before anything else is done."""
        self._unsaved = fresh
        self._vault.save(fresh)
        self._unsaved = None

    def _overtaken(self, old: Pair) -> Pair:
        """The refresh token was refused: dead, unless the vault holds a newer one by now."""
        stored = self._stored()
        if stored.refresh != old.refresh:
            return stored
        unsure = " An earlier refresh was interrupted, which is how this happens." if old.asked_at else ""
        reason = f"The help desk does not accept the stored sign-in any more.{unsure}"
        self._vault.save(replace(stored, dead=reason))
        raise _reauth(reason)


def pair_from(token: WireToken, desk: str, client_id: str, clock: Clock, *, scope: str) -> Pair:
    """What a token answer is worth keeping; a token without refresh token ends with its access token."""
    now = clock.wall()
    longer = token.refresh_token_expires_in
    return Pair(
        desk=desk,
        client_id=client_id,
        scope=token.scope or scope,
        access=token.access_token,
        refresh=token.refresh_token or "",
        made_at=now,
        until=None if token.expires_in is None else now + int(life(token.expires_in)),
        refresh_until=None if longer is None else now + int(longer),
    )


def _renewal(made_at: int, until: int) -> float:
    return made_at + RENEW_AT * (until - made_at)


def _reauth(reason: str) -> AuthenticationError:
    return AuthenticationError(f"{reason} Sign in again with `deskcue sign-in`.", reauth=True)


def _later(error: ConnectorError) -> RetryableError:
    wait = error.wait if isinstance(error, RetryableError) else None
    text = "The help desk did not answer when the access token was to be renewed. Try again later."
    return RetryableError(text, status=error.status, wait=wait)
