"""One ticket's update on its way to the desk, and how values are kept as text."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from connectors.changes import TicketUpdate, Value


@dataclass(frozen=True, slots=True)
class Wish:
    """One ticket's update in the outbox.

    ``policy`` is the version that its run was planned with. ``tries`` counts how often it was sent, now
    included. ``reason`` says of one that waits why the last sending did not settle it, and of one that
    was given up, why.
    """

    update: TicketUpdate
    run: str
    policy: str
    state: str
    job: str | None
    tries: int
    reason: str | None


def text(value: Value) -> str | None:
    """A field's value as the store keeps it."""
    return None if value is None else msgspec.json.encode(value).decode()


def value(kept: str | None) -> Value:
    """What ``text`` has kept."""
    return None if kept is None else msgspec.json.decode(kept, type=str | tuple[str, ...])
