"""How wishes end: gathered while tickets are judged, written down in a few statements, counted for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec
from sqlalchemy import Connection

from connectors.changes import Change, TicketUpdate
from integration.store import journal, outbox
from integration.store.journal import Event, Line
from integration.store.outbox import Release
from integration.store.owned import own
from integration.store.wish import Wish

OTHERWISE = "something else was decided since"
"""Why a wish is dropped that would not be planned as it is any more."""


@dataclass(slots=True)
class Applied:
    """What became of a run's tickets."""

    run: str = ""
    written: int = 0
    changes: int = 0
    """Fields written, over all tickets written."""
    already: int = 0
    """Tickets that needed nothing any more."""
    outdated: int = 0
    """Tickets for which something else has been decided since: the next plan has it."""
    replanned: int = 0
    refused: int = 0
    later: int = 0
    """Tickets whose own limit is used up: they wait in the outbox, and a later run sends them."""
    repeated: bool = False
    """Whether the run had been sent to its end before."""

    @property
    def settled(self) -> int:
        """Tickets whose wish has left the queue, in whatever way."""
        return self.written + self.already + self.outdated + self.refused


class Endings:
    """The ends of the wishes of one call, for one transaction; ``save`` writes them down."""

    def __init__(self, connection: Connection, applied: Applied, now: int) -> None:
        self._connection, self._applied, self._now = connection, applied, now
        self._lines: list[Line] = []
        self._ours: list[Wish] = []
        self._done: list[Line] = []
        self._buried: list[Line] = []
        self._released: list[Release] = []

    def written(self, wish: Wish) -> None:
        self._ours.append(wish)
        self._done.append(Line(wish, "written"))
        self._applied.written += 1
        self._applied.changes += len(wish.update.changes)

    def found(self, wish: Wish) -> None:
        """Somebody was quicker: it is there and not ours."""
        self._done.append(Line(wish, "found", "somebody else had set it already"))
        self._applied.already += 1

    def needless(self, wish: Wish, reason: str) -> None:
        """Nothing would be planned for the ticket any more."""
        self._done.append(Line(wish, "dropped", reason))
        self._applied.already += 1

    def outdated(self, wish: Wish) -> None:
        """Something else would be planned now."""
        self._done.append(Line(wish, "dropped", OTHERWISE))
        self._applied.outdated += 1

    def unfit(self, wish: Wish) -> None:
        """The same, for a wish that has not entered the outbox: what waits there for its ticket stays."""
        self._lines.append(Line(wish, "dropped", OTHERWISE))
        self._applied.outdated += 1

    def overtaken(self, wish: Wish, kept: Sequence[Change]) -> None:
        """It was made, and somebody changed all but ``kept`` before we looked: that part is theirs."""
        self._ours.append(wish)
        self._lines.append(Line(part(wish, kept), "written"))
        rest = [change for change in wish.update.changes if change not in kept]
        self._done.append(Line(part(wish, rest), "dropped", "it was changed again before we looked"))
        self._applied.written += bool(kept)
        self._applied.already += not kept
        self._applied.changes += len(kept)

    def settled(self, wish: Wish, changes: Sequence[Change], event: Event, reason: str = "") -> None:
        """These changes of a wish are ours from now on, at once, while the wish itself goes on."""
        ours = part(wish, changes)
        own(self._connection, [ours], self._now)
        journal.append(self._connection, [Line(ours, event, reason)], self._now)
        self._applied.changes += len(changes) if event == "written" else 0

    def claimed(self, wish: Wish) -> None:
        """The desk says so and nobody can look: it counts as ours, however the wish ends."""
        self._ours.append(wish)

    def buried(self, wish: Wish, event: Event, reason: str) -> None:
        self._buried.append(Line(wish, event, reason))
        self._applied.refused += 1

    def again(self, wish: Wish, update: TicketUpdate, reason: str) -> None:
        """Sent once more, as it reads now."""
        self._lines.append(Line(wish, "conflict", reason))
        self._released.append(Release(update, reason if reason == outbox.LOST else None))
        self._applied.replanned += update.stamp != wish.update.stamp

    def later(self, wish: Wish, update: TicketUpdate, reason: str, wait: float) -> None:
        """Sent once more, but not before ``wait`` seconds have passed."""
        self._lines.append(Line(wish, "held", reason))
        self._released.append(Release(update, reason, self._now + int(wait)))
        self._applied.later += 1

    def save(self) -> None:
        """Write all of it down."""
        journal.append(self._connection, self._lines, self._now)
        own(self._connection, self._ours, self._now)
        outbox.done(self._connection, self._done, self._now)
        outbox.bury(self._connection, self._buried, self._now)
        outbox.release(self._connection, self._released)


def part(wish: Wish, changes: Sequence[Change]) -> Wish:
    """The same wish for some of its changes only."""
    return replace(wish, update=msgspec.structs.replace(wish.update, changes=tuple(changes)))
