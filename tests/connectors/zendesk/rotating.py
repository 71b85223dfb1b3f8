"""A desk that rotates a pair of tokens, with mishaps by name, and a vault in memory."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Literal

from connectors.vault import Pair
from tests.clock import NOON
from tests.connectors.fault_server import Request, as_json

SECRET = "s3cret-CANARY-7d1f"
Mishap = Literal["lost", "failed", "busy", "closed", "stranger"]
"""``lost`` rotates and fails, ``failed`` only fails; the others are 429, 404, and a client nobody knows."""

REFUSALS = {
    "failed": as_json({"error": "InternalServerError"}, 500),
    "busy": as_json({"error": "APIRateLimitExceeded"}, 429, Retry_After="7"),
    "closed": as_json({"error": "InvalidEndpoint", "description": "Not found"}, 404),
    "stranger": as_json({"error": "invalid_client", "error_description": f"bad {SECRET}"}, 401),
}


class RotatingDesk:
    """Keeps one pair: a refresh token works once, and takes the access token before it along."""

    def __init__(self, *, expires_in: int = 1800) -> None:
        self.expires_in = expires_in
        self.mishaps: deque[Mishap] = deque()
        self.asked: list[dict[str, object]] = []
        self.used: list[str] = []
        self.refused_grants = 0
        self._numbers = count(1)
        self._lock = threading.Lock()
        self.access, self.refresh = self._next()

    def _next(self) -> tuple[str, str]:
        number = next(self._numbers)
        return f"acc-{number}-CANARY", f"ref-{number}-CANARY"

    def respond(self, request: Request) -> bytes:
        with self._lock:
            return self._grant(request) if request.target == "/oauth/tokens" else self._me(request)

    def kill(self) -> None:
        """The access token ends before its time."""
        with self._lock:
            self.access = "nobody has this"

    def _grant(self, request: Request) -> bytes:
        form = request.json
        self.asked.append(form)
        mishap = self.mishaps.popleft() if self.mishaps else None
        if mishap in REFUSALS:
            return REFUSALS[mishap]
        if form.get("refresh_token") != self.refresh:
            self.refused_grants += 1
            return as_json({"error": "invalid_grant", "error_description": "used before"}, 400)
        self.access, self.refresh = self._next()
        if mishap == "lost":
            return as_json({"error": "InternalServerError"}, 500)
        pair = {"access_token": self.access, "refresh_token": self.refresh, "token_type": "bearer"}
        lives = {"expires_in": self.expires_in, "refresh_token_expires_in": 2_592_000}
        return as_json({**pair, **lives, "scope": "read tickets:write"}, 201)

    def _me(self, request: Request) -> bytes:
        self.used.append(request.headers.get("authorization", "").removeprefix("Bearer "))
        if self.used[-1] != self.access:
            return as_json({"error": "invalid_token", "error_description": "expired"}, 401)
        return as_json({"user": {"id": 7, "name": "Dana", "role": "admin"}})

    def stored(self, address: str) -> Pair:
        """The pair as it is in a vault when its owner has just signed in."""
        return Pair(
            desk=address, client_id="deskcue", scope="read tickets:write", access=self.access,
            refresh=self.refresh, made_at=NOON, until=NOON + self.expires_in, refresh_until=NOON + 2_592_000,
        )  # fmt: skip


class MemoryVault:
    """Keeps ``connectors.vault.Vault``; every pair ever saved is written down."""

    def __init__(self, pair: Pair | None = None) -> None:
        self.saved: list[Pair] = [] if pair is None else [pair]
        self._lock = threading.Lock()

    @contextmanager
    def locked(self) -> Iterator[None]:
        with self._lock:
            yield

    def load(self) -> Pair | None:
        return self.saved[-1] if self.saved else None

    def save(self, pair: Pair) -> None:
        self.saved.append(pair)
