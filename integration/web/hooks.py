"""Where the desk's webhooks arrive: proven, remembered, answered. What they lead to is done by a job later.

The sender tries again only after some answers (503 with a time among them), hence the choice of codes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from cachetools import TTLCache
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from connectors.clock import Clock
from connectors.hints import ForgedError, Hint
from integration.store.engine import StoreError
from integration.store.inbox import InboxFullError
from integration.web.body import is_plain_json, whole_body

LARGEST = 1 << 20
"""Bytes of a body; the largest real ones are a tenth of it."""

PATIENCE = 10.0
"""Seconds in which a body must have arrived."""

STORE_PATIENCE = 2.0
"""Seconds in which a hint must be stored; then the sender is asked to come again."""

COME_AGAIN = {"Retry-After": "30"}
"""The sender repeats after 503 only when it is told a time below a minute."""

FORGERIES = 20
"""Forged deliveries a minute from one address that are told so; more of them are told to slow down."""

_REFUSED = {408: "Too slow.", 413: "Too large."}

log = logging.getLogger("deskcue.webhooks")

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Hooks:
    """The door for one desk's webhooks.

    ``read`` tells the hint in a delivery and raises ForgedError, ValueError and StoreError; ``remember``
    stores it for good and raises StoreError and InboxFullError. Both may block.
    """

    read: Callable[[Headers, bytes], Hint | None]
    remember: Callable[[Hint], None]
    clock: Clock
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(4, "webhooks"))
    _forged: TTLCache[str, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_forged", TTLCache(10_000, ttl=60, timer=self.clock.mono))

    async def deliver(self, request: Request) -> Response:
        """Answer one delivery."""
        if not is_plain_json(request):
            return _said(415, "Send JSON, and unpacked.")
        try:
            body = await whole_body(request, LARGEST, PATIENCE)
        except HTTPException as refused:
            return _said(refused.status_code, _REFUSED[refused.status_code], {"Connection": "close"})
        return await self._take(request, body)

    async def _take(self, request: Request, body: bytes) -> Response:
        try:
            hint = self.read(_headers(request), body)
        except ForgedError:
            return self._forgery(request.client.host if request.client else "")
        except ValueError:
            return _said(400, "This event cannot be followed.")
        except StoreError as fault:
            log.warning("a webhook could not be checked: %s", fault)
            return _said(503, "Try again.", COME_AGAIN)
        return _said(200, "ok") if hint is None else await self._keep(hint)

    async def _keep(self, hint: Hint) -> Response:
        stored = asyncio.get_running_loop().run_in_executor(self._pool, self.remember, hint)
        try:
            # The shield lets a slow commit end by itself: should it succeed after all, the sender's
            # repetition is recognised by its event id.
            await asyncio.wait_for(asyncio.shield(stored), STORE_PATIENCE)
        except (StoreError, InboxFullError, TimeoutError) as fault:
            stored.add_done_callback(lambda done: done.cancelled() or done.exception())
            log.warning(
                "a webhook could not be stored in time (%s); its sender tries again", type(fault).__name__
            )
            return _said(503, "Try again.", COME_AGAIN)
        return _said(200, "ok")

    def _forgery(self, source: str) -> Response:
        """Who sends many is told to slow down; a genuine delivery from the same address is still taken."""
        self._forged[source] = count = self._forged.get(source, 0) + 1
        return _said(401, "Not signed by the help desk.") if count <= FORGERIES else _said(429, "Slow down.")


def _headers(request: Request) -> Headers:
    return [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in request.headers.raw]


def _said(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    return PlainTextResponse(text, status, headers)
