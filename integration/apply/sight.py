"""What there is to judge a sent wish by: its ticket as it is now, the desk's word, and our marks there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from connectors.changes import OURS_ALONE, Change, Field, Outcome
from connectors.records import SEGMENT_KEY, Ticket
from integration.store import outbox
from integration.store.wish import Wish


@dataclass(frozen=True, slots=True)
class Sight:
    """One wish, its ticket read back, and what was said of it.

    ``traced`` tells whether the ticket's history shows our mark; None where nobody looked.
    ``noted`` tells the same of the note alone, which may have come with another update.
    """

    wish: Wish
    ticket: Ticket
    said: Outcome | None
    traced: bool | None = None
    noted: bool | None = None

    @property
    def result(self) -> str | None:
        return self.said.result if self.said else None

    @property
    def doubtful(self) -> bool:
        """Whether a sending is open of which nobody has said what became of it."""
        return self.result is None or self.wish.reason == outbox.LOST

    @property
    def moved(self) -> bool:
        """Whether anybody changed the ticket since it was planned."""
        return self.ticket.stamp != self.wish.update.stamp

    @property
    def shown(self) -> list[Change]:
        """The changes that the ticket shows; a note never shows on the ticket itself."""
        return [change for change in self.wish.update.changes if _shows[change.field](self.ticket, change)]

    @property
    def note(self) -> bool:
        return self.wish.update.note_mark is not None

    @property
    def whole(self) -> bool:
        """Whether everything that can be seen is there."""
        return len(self.shown) + self.note == len(self.wish.update.changes)

    @property
    def ambiguous(self) -> bool:
        """Whether the ticket alone does not tell whose hand it was.

        Values with our prefix speak for themselves; a priority may be a person's, and a note is not seen.
        A conflict on a ticket that shows all we wanted may be with ourselves, when a call arrived twice.
        """
        if self.result == "conflict" and self.whole and self.moved:
            return True
        if not self.doubtful:
            return False
        shown = {change.field for change in self.shown}
        return self.note or (bool(shown) and not shown & OURS_ALONE)

    @property
    def made(self) -> bool:
        """Whether our update happened.

        A ticket is changed whole or not at all. So of a sending that nobody heard of again, one change
        that shows says that all were made, and that somebody has changed the others since.
        """
        if self.traced is not None:
            return self.traced
        if self.result == "accepted":
            return self.moved or (self.whole and not self.note)
        return self.doubtful and bool(self.shown)


def holds(ticket: Ticket, changes: Sequence[Change]) -> bool:
    """Whether a ticket shows what these changes wanted of it."""
    return all(_shows[change.field](ticket, change) for change in changes)


def _shows_tags(ticket: Ticket, change: Change) -> bool:
    there = set(ticket.tags)
    return there.issuperset(change.added) and there.isdisjoint(change.removed)


_shows: Mapping[Field, Callable[[Ticket, Change], bool]] = {
    Field.TAGS: _shows_tags,
    Field.PRIORITY: lambda ticket, change: ticket.priority == change.after,
    Field.SERVICE_LEVEL: lambda ticket, change: ticket.service_level == change.after,
    Field.SEGMENT: lambda ticket, change: ticket.fields.get(SEGMENT_KEY) == change.after,
    Field.GROUP: lambda ticket, change: ticket.group_id == change.after,
    Field.NOTE: lambda ticket, change: False,
}
