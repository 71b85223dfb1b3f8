"""The permanent journal: what was about to be sent, and what became of it. Appended to, never changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Row, select

from connectors.changes import Value
from integration.store import chain, schema
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


@dataclass(frozen=True, slots=True)
class Linked:
    """A row with its number, the call that carried it, and its link in the chain."""

    number: int
    job: str | None
    chain: str
    entry: Entry


def append(connection: Connection, lines: Iterable[Line], now: int) -> None:
    """Write lines down in their order, all in one statement, each linked to the one before."""
    rows = [row for line in lines for row in _rows(line, now)]
    if not rows:
        return
    last, linked = chain.end(connection), list[tuple[object, ...]]()
    for row in rows:
        last = chain.link(last, row)
        linked.append((*row, last))
    insert = f"INSERT INTO journal ({chain.COLUMNS}, chain) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
    many(connection, insert, linked)


def _rows(line: Line, now: int) -> Iterator[tuple[object, ...]]:
    wish = line.wish
    for change in wish.update.changes:
        before, after = text(change.before), text(change.after)
        reason = line.reason or change.reason
        name, what = wish.update.ticket_id, change.field.value
        yield now, wish.run, wish.job, name, what, line.event, before, after, reason, wish.policy


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows of the journal are asked for; what is None is not asked about."""

    ticket: str | None = None
    customer: str | None = None
    run: str | None = None
    since: int | None = None


def history(connection: Connection, ticket_id: str) -> Iterator[Entry]:
    """The journal of one ticket, oldest row first."""
    table = schema.journal
    for row in connection.execute(select(table).where(table.c.ticket_id == ticket_id).order_by(table.c.id)):
        yield _entry(row)


def between(connection: Connection, ticket_id: str, since: int, until: int | None) -> Iterator[Linked]:
    """The rows of one ticket from an instant on and before another, oldest first."""
    table = schema.journal
    query = select(table).where(table.c.ticket_id == ticket_id, table.c.at >= since)
    if until is not None:
        query = query.where(table.c.at < until)
    for row in connection.execute(query.order_by(table.c.id)):
        yield Linked(row.id, row.job, row.chain, _entry(row))


def latest(connection: Connection, wanted: Wanted, most: int) -> list[Entry]:
    """The latest rows that are asked for, oldest first."""
    table, query = schema.journal, select(schema.journal)
    if wanted.ticket is not None:
        query = query.where(table.c.ticket_id == wanted.ticket)
    if wanted.customer is not None:
        theirs = select(schema.tickets.c.id).where(schema.tickets.c.customer_id == wanted.customer)
        query = query.where(table.c.ticket_id.in_(theirs))
    if wanted.run is not None:
        query = query.where(table.c.run == wanted.run)
    if wanted.since is not None:
        query = query.where(table.c.at >= wanted.since)
    found = connection.execute(query.order_by(table.c.id.desc()).limit(most))
    return [_entry(row) for row in found][::-1]


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        row.at, row.run, row.ticket_id, row.field, row.event,
        value(row.before), value(row.after), row.reason, row.policy,
    )  # fmt: skip
