"""Putting deliveries into the queue, where trouble may delay, reorder, double or lose them."""

from __future__ import annotations

import heapq

from connectors.sandbox.hooks.records import Delivery, Invocation, Webhook
from connectors.sandbox.state import Desk

DELAY = (20.0, 300.0)
"""Seconds between which a delayed delivery comes late."""

SWAP = (0.2, 5.0)
"""Seconds by which a reordered delivery lets others pass."""


def enqueue(desk: Desk, hook: Webhook, kind: str, body: bytes) -> None:
    """Have something told to a webhook as soon as possible."""
    if desk.trouble.strikes("webhook-missing"):
        return
    invocation = Invocation(
        id=desk.hooks.ulid(desk.clock.wall()),
        webhook_id=hook.id,
        kind=kind,
        body=body,
        created_at=desk.clock.wall(),
    )
    desk.hooks.log.append(invocation)
    wait(desk, Delivery(invocation), _held(desk))
    if desk.trouble.strikes("webhook-doubled"):
        wait(desk, Delivery(invocation), _held(desk))


def wait(desk: Desk, delivery: Delivery, seconds: float) -> None:
    """Have a delivery tried after so many seconds."""
    due = desk.clock.mono() + seconds
    heapq.heappush(desk.hooks.waiting, (due, desk.hooks.number(), delivery))


def _held(desk: Desk) -> float:
    """For how long trouble holds a delivery back."""
    held = 0.0
    for fault, span in (("webhook-delayed", DELAY), ("webhook-reordered", SWAP)):
        if desk.trouble.strikes(fault):
            held += desk.trouble.chance(fault).uniform(*span)
    return held
