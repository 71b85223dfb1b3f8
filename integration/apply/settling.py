"""What became of wishes: the tickets are read back, and what they show decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec
from sqlalchemy import Connection

from connectors.base import Connector
from connectors.changes import Change, Field, Outcome
from connectors.clock import Clock
from connectors.errors import RejectedError
from connectors.records import Ticket
from integration.plan import Rules, plan_ticket
from integration.store import outbox, planning, records
from integration.store.engine import Store
from integration.store.outbox import Event, Wish

FEW = 4
"""Tickets that may be unreadable at once; when more are, and none can be read, it is the desk's fault."""


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
    repeated: bool = False
    """Whether the run had been sent to its end before."""

    @property
    def settled(self) -> int:
        """Tickets whose wish has left the queue, in whatever way."""
        return self.written + self.already + self.outdated + self.refused


class Settler:
    """Ends wishes that were sent, or sends them back into the queue; counts in ``applied``."""

    def __init__(
        self, store: Store, connector: Connector, clock: Clock, rules: Rules, applied: Applied
    ) -> None:
        self._store, self._connector, self._clock = store, connector, clock
        self._rules, self._applied = rules, applied

    def settle(self, wishes: Sequence[Wish], outcomes: Sequence[Outcome]) -> None:
        """Read the tickets back and end every wish: what the desk holds decides, not what it said."""
        said = {outcome.ticket_id: outcome for outcome in outcomes}
        ids = [wish.update.ticket_id for wish in wishes]
        fresh, unreadable = self._read(ids)
        if len(unreadable) > FEW and len(unreadable) == len(ids):
            raise RejectedError(unreadable[ids[0]])
        now = self._clock.wall()
        with self._store.write() as connection:
            records.save(connection, list(fresh.values()))
            for wish in wishes:
                ticket, outcome = fresh.get(wish.update.ticket_id), said.get(wish.update.ticket_id)
                if (reason := unreadable.get(wish.update.ticket_id)) is not None:
                    self._unseen(connection, wish, outcome, reason, now)
                else:
                    self._end(connection, wish, ticket, outcome, now)

    def _read(self, ids: Sequence[str]) -> tuple[dict[str, Ticket], dict[str, str]]:
        """The tickets as they are now and, by id, why some cannot be read: one must not hide the others."""
        try:
            return dict(self._connector.tickets(ids)), {}
        except RejectedError as fault:
            if len(ids) == 1:
                return {}, {ids[0]: fault.message}
        middle = len(ids) // 2
        (fresh, unreadable), (more, worse) = self._read(ids[:middle]), self._read(ids[middle:])
        return fresh | more, unreadable | worse

    def _unseen(
        self, connection: Connection, wish: Wish, said: Outcome | None, reason: str, now: int
    ) -> None:
        """Nobody can look: the desk's word is all there is, and the wish is not sent again blindly."""
        if said and said.result == "accepted":
            outbox.own(connection, wish, now)
        self._bury(connection, wish, "blocked", f"the ticket cannot be read back: {reason}", now)

    def _end(
        self, connection: Connection, wish: Wish, ticket: Ticket | None, said: Outcome | None, now: int
    ) -> None:
        """What the ticket shows decides; the desk's word tells whose hand it was.

        A ticket is changed whole or not at all. So of a sending that nobody heard of again, one change
        that shows says that all were made, and that somebody has changed the others since.
        """
        if ticket is None:
            self._bury(connection, wish, "gone", "the ticket is gone from the desk", now)
            return
        result = said.result if said else None
        shown = [change for change in wish.update.changes if holds(ticket, [change])]
        whole, moved = len(shown) == len(wish.update.changes), ticket.stamp != wish.update.stamp
        doubtful = result is None or wish.reason == outbox.LOST
        made = (result == "accepted" and (whole or moved)) or (doubtful and bool(shown))
        if whole:
            self._there(connection, wish, now, made=made)
        elif made:
            self._overtaken(connection, wish, ticket, shown, now)
        elif result == "rejected":
            self._bury(connection, wish, "rejected", said.reason if said else "", now)
        elif result == "accepted":
            self._bury(connection, wish, "rejected", "the desk accepted the change and did not make it", now)
        else:
            reason = "the ticket changed since it was planned"
            if not moved:
                reason = outbox.LOST if doubtful or not said else said.reason
            self._again(connection, wish, ticket, reason, now)

    def _there(self, connection: Connection, wish: Wish, now: int, *, made: bool) -> None:
        """The ticket shows what we wanted: by our hand, unless the desk says somebody was quicker."""
        if not made:
            outbox.done(connection, wish, "found", "somebody else had set it already", now)
            self._applied.already += 1
            return
        outbox.own(connection, wish, now)
        outbox.done(connection, wish, "written", "", now)
        self._applied.written += 1
        self._applied.changes += len(wish.update.changes)

    def _overtaken(
        self, connection: Connection, wish: Wish, ticket: Ticket, shown: Sequence[Change], now: int
    ) -> None:
        """It was made, and somebody changed a part of it before we looked: that part is theirs."""
        outbox.own(connection, wish, now)
        outbox.record(connection, _part(wish, shown), "written", "", now)
        rest = _part(wish, [change for change in wish.update.changes if change not in shown])
        outbox.done(connection, rest, "dropped", "it was changed again before we looked", now)
        self._applied.written += bool(shown)
        self._applied.already += not shown
        self._applied.changes += len(shown)

    def _again(self, connection: Connection, wish: Wish, ticket: Ticket, reason: str, now: int) -> None:
        """The ticket moved, or nobody knows: plan it again as it is now, a bounded number of times."""
        planned = plan_ticket(next(planning.known(connection, [ticket])), self._rules)
        if not planned.changes:
            outbox.done(connection, wish, "dropped", "nothing is left to write", now)
            self._applied.already += 1
        elif wish.tries >= outbox.TRIES:
            reason = f"given up after {wish.tries} times: {reason}"
            self._bury(connection, wish, "blocked", reason, now)
        else:
            outbox.record(connection, wish, "conflict", reason, now)
            outbox.release(connection, planned.update, reason if reason == outbox.LOST else None)
            self._applied.replanned += ticket.stamp != wish.update.stamp

    def _bury(self, connection: Connection, wish: Wish, event: Event, reason: str, now: int) -> None:
        outbox.bury(connection, wish, event, reason, now)
        self._applied.refused += 1


def _part(wish: Wish, changes: Sequence[Change]) -> Wish:
    return replace(wish, update=msgspec.structs.replace(wish.update, changes=tuple(changes)))


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
}
