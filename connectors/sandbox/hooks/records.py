"""Webhooks and the log of their deliveries, and the numbers both are known by."""

from __future__ import annotations

import hashlib
from collections import deque
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

ACCOUNT = 22_129_848
"""The number of the account, as envelopes and headers give it."""

CONDITIONAL = "conditional_ticket_events"
"""The subscription of a webhook that triggers call; it stands alone."""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""The digits of a ULID."""

LOGGED = 7 * 86_400
"""Seconds a delivery can be looked up."""

MOST_LOGGED = 20_000
"""Deliveries that are kept at most, all webhooks together."""


class Webhook(msgspec.Struct, kw_only=True):
    """One address that wants to be told. ``secret`` signs what goes there."""

    id: str
    name: str
    endpoint: str
    description: str = ""
    status: str = "active"
    http_method: str = "POST"
    request_format: str = "json"
    subscriptions: tuple[str, ...] = (CONDITIONAL,)
    authentication: dict[str, Any] | None = None
    custom_headers: dict[str, str] = {}
    secret: str
    author_id: int
    created_at: int
    updated_at: int

    @property
    def conditional(self) -> bool:
        """Whether triggers call it, rather than events."""
        return self.subscriptions == (CONDITIONAL,)


class Attempt(NamedTuple):
    """One try: ``status`` in the words of the activity log, ``code`` the HTTP status where one came."""

    at: int
    status: str
    code: int | None
    response: bytes


class Invocation(msgspec.Struct, kw_only=True):
    """One thing to tell one webhook. ``kind`` is the event's type, or says that a trigger asked for it."""

    id: str
    webhook_id: str
    kind: str
    body: bytes
    created_at: int
    attempts: list[Attempt] = []


class Delivery(msgspec.Struct):
    """An invocation under way; one that is sent twice has two."""

    invocation: Invocation
    tries: int = 0


class Hooks:
    """The webhooks of one desk, and what was sent to them in the last days."""

    def __init__(self) -> None:
        self.webhooks: dict[str, Webhook] = {}
        self.log: deque[Invocation] = deque(maxlen=MOST_LOGGED)
        self.waiting: list[tuple[float, int, Delivery]] = []
        """A heap: when it is due on the monotonic clock, a number that keeps the order, what to send."""
        self._numbers = 0
        self._second = (0, 0)

    def number(self) -> int:
        """A number never given before."""
        self._numbers += 1
        return self._numbers

    def ulid(self, now: int) -> str:
        """An id that sorts by time; the same run gives the same ones."""
        value = (now * 1000 << 80) | int.from_bytes(self._digest()[:10])
        return "".join(ALPHABET[value >> shift & 31] for shift in range(125, -1, -5))

    def uuid(self) -> str:
        """The id of an event."""
        return str(UUID(bytes=self._digest()[:16], version=4))

    def _digest(self) -> bytes:
        return hashlib.sha256(f"number {self.number()}".encode()).digest()

    def nanoseconds(self, now: int) -> int:
        """A fraction of this second that only rises, so that events can be told apart by their time."""
        second, last = self._second
        self._second = (now, last + 1_000_003 if second == now and last < 998_000_000 else 1_000_003)
        return self._second[1]

    def audience(self, kind: str) -> list[Webhook]:
        """The webhooks that want to hear of an event type."""
        return [
            hook for hook in self.webhooks.values() if hook.status == "active" and kind in hook.subscriptions
        ]

    def forget(self, now: int) -> None:
        """Drop what is older than the log keeps."""
        while self.log and self.log[0].created_at + LOGGED <= now:
            self.log.popleft()
