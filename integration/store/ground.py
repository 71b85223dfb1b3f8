"""What held when plans were last allowed to be sent, and why the latest one waits for somebody's word."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection

from integration.store import facts

_GROUND, _WAITS = "ground", "waits for approval"


class Ground(msgspec.Struct, frozen=True):
    """What held when plans were last allowed to be sent."""

    at: int
    policy: str
    sizes: dict[str, int]


class Waits(msgspec.Struct, frozen=True):
    """A plan that nobody has allowed yet."""

    since: int
    plan: str
    reasons: tuple[str, ...]


def ground(connection: Connection) -> Ground | None:
    """What held then; None before the first time."""
    kept = facts.get(connection).get(_GROUND)
    return msgspec.json.decode(kept, type=Ground) if kept else None


def allow(connection: Connection, found: Ground) -> None:
    """Plans may be sent on this ground; nothing waits any more."""
    facts.put(connection, {_GROUND: msgspec.json.encode(found).decode(), _WAITS: ""})


def wait(connection: Connection, found: Waits) -> None:
    """This plan waits for approval; the instant at which waiting began stays."""
    before = waits(connection)
    since = before.since if before else found.since
    kept = msgspec.structs.replace(found, since=since)
    facts.put(connection, {_WAITS: msgspec.json.encode(kept).decode()})


def waits(connection: Connection) -> Waits | None:
    """The plan that waits for approval, if one does."""
    kept = facts.get(connection).get(_WAITS)
    return msgspec.json.decode(kept, type=Waits) if kept else None
