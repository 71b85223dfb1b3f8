"""The permanent journal: what was about to be sent, and what became of it. Appended to, never changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from sqlalchemy import Connection, select

from connectors.changes import Value
from integration.store import schema
from integration.store.bulk import many
from integration.store.wish import Wish, text, value

Event = Literal[
    "sending", "written", "found", "conflict", "gone", "rejected", "blocked", "dropped", "held", "released"
]  # fmt: skip
"""``sending`` stands before an effect; each of the others ends it. ``found``: it already was so.

``released`` stands alone: from now on what the ticket shows counts as ours."""


class Line(NamedTuple):
    """What happened to a wish: a row for each of its fields. Without a reason the changes' own ones stand."""

    wish: Wish
    event: Event
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the journal."""

    at: int
    run: str
    ticket_id: str
    field: str
    event: str
    before: Value
    after: Value
    reason: str
    policy: str


def append(connection: Connection, lines: Iterable[Line], now: int) -> None:
    """Write lines down in their order, all in one statement."""
    many(
        connection,
        "INSERT INTO journal (run, job, ticket_id, field, event, before, after, reason, policy, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [row for line in lines for row in _rows(line, now)],
    )


def _rows(line: Line, now: int) -> Iterator[tuple[object, ...]]:
    wish = line.wish
    for change in wish.update.changes:
        before, after = text(change.before), text(change.after)
        reason = line.reason or change.reason
        ticket = wish.update.ticket_id
        yield wish.run, wish.job, ticket, change.field, line.event, before, after, reason, wish.policy, now


def history(connection: Connection, ticket_id: str) -> Iterator[Entry]:
    """The journal of one ticket, oldest row first."""
    table = schema.journal
    for row in connection.execute(select(table).where(table.c.ticket_id == ticket_id).order_by(table.c.id)):
        yield Entry(
            row.at, row.run, row.ticket_id, row.field, row.event,
            value(row.before), value(row.after), row.reason, row.policy,
        )  # fmt: skip
