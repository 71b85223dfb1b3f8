"""Sending what waits: when it is due, signed, logged, and tried again where the vendor does so."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from typing import Any

from connectors.sandbox.hooks.breaker import Breaker
from connectors.sandbox.hooks.post import TIMEOUT, Parcel, Post, Reply, post
from connectors.sandbox.hooks.queue import wait
from connectors.sandbox.hooks.records import Attempt, Delivery, Webhook
from connectors.sandbox.hooks.signing import headers
from connectors.sandbox.state import Desk

LINES = 8
"""Requests that are under way at once."""

RETRIES = {409: 3, 429: 3, 503: 3}
"""How often a delivery is tried again after an answer; after any other, 500 included, it is not."""
TIMEOUTS = 5
"""How often after no answer in time."""
LONGEST_WAIT = 60
"""A ``Retry-After`` must be below this many seconds, otherwise there is no further try."""
PAUSES = (5.0, 15.0, 30.0, 60.0, 120.0)
"""Seconds before the next try after 409 and timeouts; the vendor does not tell its own."""
ASKING = (429, 503)

CUT = 1_024
"""Bytes of an answer that the log keeps."""


class Inline(Executor):
    """Does the work at once, for tests and simulations that have no time to wait."""

    def submit(self, work: Callable[..., Any], /, *args: Any, **more: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(work(*args, **more))
        return done


class Sender:
    """Works off the queue of one desk. A ``way`` of one's own is called at once, the real one in threads."""

    def __init__(self, desk: Desk, way: Post | None = None) -> None:
        self._desk = desk
        self._post = way or post
        self._lines: Executor = Inline() if way else ThreadPoolExecutor(LINES, "webhook")
        self._flying: list[tuple[Delivery, Future[Reply]]] = []
        self._breakers: dict[str, Breaker] = {}
        self._busy = False

    def settle(self) -> None:
        """Send what is due and note what came back; called before every request and now and then."""
        if self._busy:
            return  # whom we tell asks the desk in turn
        self._busy = True
        try:
            self._desk.hooks.forget(self._desk.clock.wall())
            self._collect()
            while (delivery := self._due()) is not None:
                self._start(delivery)
                self._collect()
        finally:
            self._busy = False

    def close(self) -> None:
        """Send nothing more; what is under way is left to itself."""
        self._lines.shutdown(wait=False, cancel_futures=True)

    def trial(self, parcel: Parcel) -> Future[Reply]:
        """One call outside of queue and log."""
        return self._lines.submit(self._post, parcel)

    def _due(self) -> Delivery | None:
        waiting = self._desk.hooks.waiting
        if waiting and waiting[0][0] <= self._desk.clock.mono() and len(self._flying) < LINES:
            return heapq.heappop(waiting)[2]
        return None

    def _start(self, delivery: Delivery) -> None:
        """Send one, unless its webhook is gone or off; while the circuit is open it is lost."""
        hook = self._desk.hooks.webhooks.get(delivery.invocation.webhook_id)
        if hook is None or hook.status != "active":
            return
        now = self._desk.clock.wall()
        if self._breaker(hook.id).open(self._desk.clock.mono()):
            delivery.invocation.attempts.append(Attempt(now, "circuit broken", None, b""))
            return
        self._flying.append((delivery, self._lines.submit(self._post, self._parcel(hook, delivery, now))))

    def _parcel(self, hook: Webhook, delivery: Delivery, now: int) -> Parcel:
        sent = headers(hook, delivery.invocation, now)
        return Parcel(hook.http_method, hook.endpoint, sent, delivery.invocation.body)

    def _breaker(self, key: str) -> Breaker:
        return self._breakers.setdefault(key, Breaker())

    def _collect(self) -> None:
        done = [pair for pair in self._flying if pair[1].done()]
        self._flying = [pair for pair in self._flying if not pair[1].done()]
        for delivery, future in done:
            self._answered(delivery, future.result())

    def _answered(self, delivery: Delivery, reply: Reply) -> None:
        delivery.tries += 1
        attempt = Attempt(self._desk.clock.wall(), _outcome(reply), reply.status, reply.body[:CUT])
        delivery.invocation.attempts.append(attempt)
        good = attempt.status == "success"
        self._breaker(delivery.invocation.webhook_id).saw(self._desk.clock.mono(), good=good)
        pause = _pause(reply, delivery.tries, self._desk.clock.wall())
        if pause is not None:
            wait(self._desk, delivery, pause)


def _outcome(reply: Reply) -> str:
    """The word of the activity log for an answer."""
    if reply.status is None:
        return reply.fault
    if 200 <= reply.status < 300:
        return "success"
    return "client error" if 400 <= reply.status < 500 else "failed"


def _pause(reply: Reply, tries: int, now: int) -> float | None:
    """Seconds until the next try; None when there is none."""
    limit = RETRIES.get(reply.status, 0) if reply.status else TIMEOUTS if reply.fault == TIMEOUT else 0
    if tries > limit:
        return None
    if reply.status in ASKING:
        asked = _asked(reply.headers.get("retry-after", ""), now)
        return None if asked is None or not 0 <= asked < LONGEST_WAIT else float(asked)
    return PAUSES[tries - 1]


def _asked(text: str, now: int) -> int | None:
    """Seconds of a ``Retry-After``, which may be a date."""
    if text.strip().isascii() and text.strip().isdigit():
        return int(text)
    try:
        return int(parsedate_to_datetime(text).timestamp()) - now
    except (TypeError, ValueError):
        return None
