"""What we may write to a ticket, the wish to write it, and what became of the wish."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Literal

import msgspec


class Field(StrEnum):
    """The writeable fields. A row here needs a row in each vendor's ``write.py``."""

    TAGS = "tags"
    PRIORITY = "priority"
    SERVICE_LEVEL = "service_level"
    SEGMENT = "segment"
    GROUP = "group"
    NOTE = "note"


Value = str | tuple[str, ...] | None
"""Tags as a sorted tuple (only ours, with their prefix), a group as its id, the others as text or None."""

OURS_ALONE = frozenset({Field.TAGS, Field.SERVICE_LEVEL, Field.SEGMENT})
"""Fields whose values carry our prefix: nobody else is likely to have set exactly these."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One field of one ticket, from what it is to what it should be, and why.

    A note has no value before: it is a comment that only staff see, added once and never again.
    """

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


class TicketUpdate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All changes of one ticket, with the stamp under which they were decided.

    ``run`` and ``policy`` say on whose behalf it is sent; both are filled in only for the sending.
    ``at_rest`` marks a ticket that is solved or closed: it takes tags and may bear nothing else.
    ``undoes`` names the run that it takes back; the desk is not told.
    """

    ticket_id: str
    stamp: str
    changes: tuple[Change, ...]
    run: str = ""
    policy: str = ""
    at_rest: bool = False
    undoes: str = ""

    @property
    def mark(self) -> str:
        """What the desk remembers with this update, and with no other one but its exact repetition."""
        wanted = [(change.field, change.before, change.after) for change in self.changes]
        return _digest([self.ticket_id, self.stamp, wanted])

    @property
    def note_mark(self) -> str | None:
        """What the desk remembers with a note, whatever else was sent along; None without a note."""
        notes = [change.after for change in self.changes if change.field is Field.NOTE]
        return _digest([self.ticket_id, notes[0]]) if notes else None


Result = Literal["accepted", "conflict", "gone", "missing", "forbidden", "later", "ignored", "rejected"]
"""``missing``: the desk has no such field, option or group. ``later``: a limit of this one ticket is used up.
``ignored``: taken, but a part was passed over; sent again it goes out in another form."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the desk said of one ticket of a call. ``accepted`` is a claim until a read-back shows it."""

    ticket_id: str
    result: Result
    reason: str = ""
    wait: float = 0.0
    """Seconds until it is worth trying again; only with ``later``."""


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """One field we may write, as somebody changed it, told by the desk's own history.

    Of tags only ours are shown, before and after. ``by`` is the id of the person, or what the desk calls
    the rule that did it, ``rule`` says which of the two. ``marks`` are ours where it was our own update.
    """

    at: int
    by: str
    rule: bool
    field: Field
    before: Value
    after: Value
    marks: frozenset[str] = frozenset()


class NextCall(msgspec.Struct, frozen=True, kw_only=True):
    """Wishes sorted before sending; those in neither part wait for a later call."""

    updates: tuple[TicketUpdate, ...]
    """What one call carries together, in the order asked for."""
    refused: tuple[Outcome, ...] = ()
    """What no call can carry, with the reason."""


def _entries(value: Value) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value


def _digest(value: object) -> str:
    return hashlib.sha256(msgspec.json.encode(value)).hexdigest()[:24]
