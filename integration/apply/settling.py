"""What became of wishes: the tickets are read back, and what they show decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from connectors.base import Connector
from connectors.changes import Field, Outcome
from connectors.clock import Clock
from connectors.errors import RejectedError, UnavailableError
from connectors.records import Ticket
from integration.apply.endings import Applied, Endings
from integration.apply.sight import Sight
from integration.apply.standing import planned_again
from integration.plan import Rules, TicketPlan
from integration.store import outbox, records
from integration.store.engine import Store
from integration.store.wish import Wish

FEW = 4
"""Tickets that may be unreadable at once; when more are, and none can be read, it is the desk's fault."""

REFUSALS = ("rejected", "missing", "forbidden")
"""Results with which a desk says no to one ticket for good."""


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
        seen = {sight.ticket.id: sight for sight in self._looked_at(wishes, fresh, said)}
        now = self._clock.wall()
        with self._store.write() as connection:
            records.save(connection, list(fresh.values()))
            endings = Endings(connection, self._applied, now)
            for wish in wishes:
                name = wish.update.ticket_id
                if name in unreadable:
                    self._unseen(endings, wish, said.get(name), unreadable[name])
                elif name in seen:
                    self._end(connection, endings, seen[name])
                else:
                    endings.buried(wish, "gone", "the ticket is gone from the desk")
            endings.save()

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

    def _looked_at(
        self, wishes: Sequence[Wish], fresh: Mapping[str, Ticket], said: Mapping[str, Outcome]
    ) -> list[Sight]:
        """Each readable ticket beside its wish; its history where it does not tell whose hand it was."""
        return [
            self._traced(Sight(wish, fresh[name], said.get(name)))
            for wish in wishes
            if (name := wish.update.ticket_id) in fresh
        ]

    def _traced(self, sight: Sight) -> Sight:
        if not sight.ambiguous:
            return sight
        try:
            marks = self._connector.marks(sight.ticket.id)
        except (RejectedError, UnavailableError):
            return sight
        update = sight.wish.update
        return replace(sight, traced=update.mark in marks, noted=update.note_mark in marks)

    def _unseen(self, endings: Endings, wish: Wish, said: Outcome | None, reason: str) -> None:
        """Nobody can look: the desk's word is all there is, and the wish is not sent again blindly."""
        if said and said.result == "accepted":
            endings.claimed(wish)
        endings.buried(wish, "blocked", f"the ticket cannot be read back: {reason}")

    def _end(self, connection: Connection, endings: Endings, sight: Sight) -> None:
        """What the ticket shows decides; the desk's word tells whose hand it was."""
        wish, reason = sight.wish, sight.said.reason if sight.said else ""
        if sight.result == "ignored" and not sight.whole:
            self._passed_over(connection, endings, sight)
        elif sight.whole and sight.made:
            endings.written(wish)
        elif sight.whole and not sight.note:
            endings.found(wish)
        elif sight.made:
            notes = [change for change in wish.update.changes if change.field is Field.NOTE]
            endings.overtaken(wish, [*sight.shown, *notes])
        elif sight.result == "later":
            self._later(connection, endings, sight)
        elif sight.result in REFUSALS and not sight.moved:
            endings.buried(wish, "rejected", reason)
        elif sight.result == "accepted":
            endings.buried(wish, "rejected", "the desk accepted the change and did not make it")
        else:
            self._once_more(connection, endings, sight)

    def _once_more(self, connection: Connection, endings: Endings, sight: Sight) -> None:
        if sight.doubtful and sight.note:
            self._keep_note_unsent(endings, sight)
        reason = "the ticket changed since it was planned"
        if not sight.moved:
            reason = outbox.LOST if sight.doubtful or not sight.said else sight.said.reason
        self._again(connection, endings, sight, reason)

    def _keep_note_unsent(self, endings: Endings, sight: Sight) -> None:
        """A note whose sending nobody heard of is never sent twice, found or not: it may arrive yet."""
        notes = [change for change in sight.wish.update.changes if change.field is Field.NOTE]
        if sight.noted:
            endings.settled(sight.wish, notes, "written")
        else:
            endings.settled(sight.wish, notes, "blocked", "nobody knows whether it was left; not left twice")

    def _passed_over(self, connection: Connection, endings: Endings, sight: Sight) -> None:
        """A part was made and is ours; the rest is planned for the ticket as it is now."""
        if sight.shown and sight.moved:
            endings.settled(sight.wish, sight.shown, "written")
        self._again(connection, endings, sight, sight.said.reason if sight.said else "")

    def _later(self, connection: Connection, endings: Endings, sight: Sight) -> None:
        wish, said = sight.wish, sight.said
        if said is None or wish.tries >= outbox.TRIES:
            self._again(connection, endings, sight, said.reason if said else "")
            return
        planned = self._planned(connection, sight)
        if planned.changes:
            endings.later(wish, planned.update, said.reason, said.wait)
        else:
            endings.needless(wish, _nothing_left(sight.ticket))

    def _again(self, connection: Connection, endings: Endings, sight: Sight, reason: str) -> None:
        """The ticket moved, or nobody knows: plan it again as it is now, a bounded number of times."""
        planned = self._planned(connection, sight)
        if not planned.changes:
            endings.needless(sight.wish, _nothing_left(sight.ticket))
        elif sight.wish.tries >= outbox.TRIES:
            endings.buried(sight.wish, "blocked", f"given up after {sight.wish.tries} times: {reason}")
        else:
            endings.again(sight.wish, planned.update, reason)

    def _planned(self, connection: Connection, sight: Sight) -> TicketPlan:
        """What the ticket would be planned for as it is now."""
        tickets = {sight.ticket.id: sight.ticket}
        return planned_again(connection, [sight.wish], tickets, self._rules)[sight.ticket.id]


def _nothing_left(ticket: Ticket) -> str:
    return "the ticket is closed" if ticket.status == "closed" else "nothing is left to write"
