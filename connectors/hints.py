"""What a webhook tells us: that one record may have changed. Never its content; that is fetched."""

from __future__ import annotations

import msgspec

from connectors.records import Stream


class Hint(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery of an event. ``event_id`` is the same on every delivery of it."""

    event_id: str
    stream: Stream
    record_id: str


class ForgedError(Exception):
    """The delivery does not prove that it comes from the desk: tell the sender nothing more."""
