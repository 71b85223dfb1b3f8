"""What we sent and never heard of again: it may have arrived since, and what of it shows is ours.

A wish is dropped when nobody asks for it any more. If the process had died right after sending it, the desk
may carry it out all the same, later: without this our own tag would be a stranger's, and stay for ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from connectors.changes import OURS_ALONE, Change, Field, Value
from connectors.records import SEGMENT_KEY, Ticket
from integration.store.bulk import listing
from integration.store.outbox import LOST
from integration.store.wish import value

# The next row about the same field tells what became of a sending; where none does, it was lost on the way.
_ROWS = (
    "SELECT s.ticket_id, s.field, s.event, s.before, s.after FROM journal AS s"
    " WHERE s.event IN ('sending', 'written') AND s.ticket_id IN (SELECT value FROM json_each(:tickets))"
    " AND s.field IN (SELECT value FROM json_each(:fields)) AND (s.event = 'written' OR coalesce((SELECT"
    "  iif(e.event = 'conflict', e.reason = :lost, e.event IN ('dropped', 'blocked')) FROM journal AS e"
    "  WHERE e.ticket_id = s.ticket_id AND e.field = s.field AND e.id > s.id AND e.event <> 'sending'"
    "  ORDER BY e.id LIMIT 1), 1)) ORDER BY s.id"
)


@dataclass(slots=True)
class Adrift:
    """What the lost sendings of one ticket wanted."""

    added: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    """Tags that were to be put on and taken off."""
    values: dict[Field, set[Value]] = field(default_factory=dict)
    """Values that were to be set, of the other fields that are ours alone."""

    def sent(self, change: Change) -> None:
        """One more of which nobody heard again."""
        if change.field is Field.TAGS:
            self.added |= set(change.added)
            self.removed |= set(change.removed)
        else:
            self.values.setdefault(change.field, set()).add(change.after)

    def written(self, change: Change) -> None:
        """What was lost before a call that arrived cannot arrive any more: the desk refuses what is outdated.

        So what the ticket showed by then decides: a tag that was not there has not come, and never will.
        """
        if change.field is Field.TAGS:
            there = set(change.after or ())
            self.added &= there
            self.removed -= there
        else:
            self.values.pop(change.field, None)


def adrift(connection: Connection, tickets: Sequence[str]) -> dict[str, Adrift]:
    """What was lost on its way to these tickets and may have arrived."""
    given = {"tickets": listing(tickets), "fields": listing(sorted(OURS_ALONE)), "lost": LOST}
    found: dict[str, Adrift] = {}
    for ticket, name, event, before, after in connection.exec_driver_sql(_ROWS, given):
        change = Change(field=Field(name), before=value(before), after=value(after), reason="")
        if event == "sending":
            found.setdefault(ticket, Adrift()).sent(change)
        elif ticket in found:
            found[ticket].written(change)
    return found


def arrived(ticket: Ticket, owned: Mapping[Field, Value], lost: Adrift) -> Mapping[Field, Value]:
    """What is ours on a ticket, with what of the lost shows that it has arrived."""
    there, mine = set(ticket.tags), set(owned.get(Field.TAGS) or ())
    ours = (mine | (lost.added & there)) - (lost.removed - there)
    found: dict[Field, Value] = {**owned}
    if ours != mine:
        found[Field.TAGS] = tuple(sorted(ours))
    shows: dict[Field, object] = {
        Field.SERVICE_LEVEL: ticket.service_level, Field.SEGMENT: ticket.fields.get(SEGMENT_KEY),
    }  # fmt: skip
    for name, sent in lost.values.items():
        now = shows[name]
        if now in sent and (now is None or isinstance(now, str)):
            found[name] = now
    return found
