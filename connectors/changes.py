"""What we may write to a ticket, the wish to write it, and what became of the wish."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec


class Field(StrEnum):
    """The writeable fields. A row here needs a row in each vendor's ``write.py``."""

    TAGS = "tags"
    PRIORITY = "priority"
    SERVICE_LEVEL = "service_level"


Value = str | tuple[str, ...] | None
"""Tags as a sorted tuple (only ours, with their prefix); the other fields as text or None."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One field of one ticket, from what it is to what it should be, and why."""

    field: Field
    before: Value
    after: Value
    reason: str

    @property
    def added(self) -> tuple[str, ...]:
        """The entries of a set field that have to appear."""
        return tuple(sorted(set(_entries(self.after)) - set(_entries(self.before))))

    @property
    def removed(self) -> tuple[str, ...]:
        """The entries of a set field that have to disappear."""
        return tuple(sorted(set(_entries(self.before)) - set(_entries(self.after))))


class TicketUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """All changes of one ticket, with the stamp under which they were decided."""

    ticket_id: str
    stamp: str
    changes: tuple[Change, ...]


Result = Literal["accepted", "conflict", "gone", "rejected"]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the desk said of one ticket of a call. ``accepted`` is a claim until a read-back shows it."""

    ticket_id: str
    result: Result
    reason: str = ""


def _entries(value: Value) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value
