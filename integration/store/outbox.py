"""Wishes on their way to the desk, the permanent journal of them, and what we wrote last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Select, select

from connectors.changes import Change, Field, TicketUpdate, Value
from integration.store import schema
from integration.store.bulk import listing, many

Event = Literal["sending", "written", "found", "conflict", "gone", "rejected", "blocked", "dropped", "held"]
"""``sending`` stands before an effect; each of the others ends it. ``found``: it already was so."""

TRIES = 3
"""How often one wish is sent before it is given up."""

LOST = "nobody knows whether the desk took it"
"""Why a wish waits that was sent, never answered and not seen on its ticket: it may still arrive."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One ticket's update in the outbox.

    ``tries`` counts how often it was sent, now included. ``reason`` says of one that waits why the last
    sending did not settle it, and of one that was given up, why.
    """

    update: TicketUpdate
    run: str
    state: str
    job: str | None
    tries: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal."""

    at: int
    run: str
    ticket_id: str
    field: str
    event: str
    before: Value
    after: Value
    reason: str
    policy: str


def start_run(connection: Connection, *, run: str, policy: str, plan: str, changes: int, now: int) -> None:
    """Open the record of a run; starting it again after a crash changes nothing."""
    connection.exec_driver_sql(
        "INSERT INTO runs (id, policy, plan, changes, enqueued, started_at, finished_at)"
        " VALUES (?, ?, ?, ?, 0, ?, NULL)"
        " ON CONFLICT (id) DO NOTHING",
        (run, policy, plan, changes, now),
    )


def is_enqueued(connection: Connection, run: str) -> bool:
    """Whether every wish of a run has entered the outbox at some time."""
    return bool(connection.execute(select(schema.runs.c.enqueued).where(schema.runs.c.id == run)).scalar())


def is_finished(connection: Connection, run: str) -> bool:
    """Whether a run was sent to its end."""
    ended = connection.execute(select(schema.runs.c.finished_at).where(schema.runs.c.id == run)).scalar()
    return ended is not None


def mark_enqueued(connection: Connection, run: str) -> None:
    """Every wish of the run is in the outbox: from now on it is only carried on."""
    connection.exec_driver_sql("UPDATE runs SET enqueued = 1 WHERE id = ?", (run,))


def finish_runs(connection: Connection, now: int) -> None:
    """Close every run of which nothing is left to send."""
    connection.exec_driver_sql(
        "UPDATE runs SET finished_at = ? WHERE finished_at IS NULL AND enqueued = 1 AND id NOT IN"
        " (SELECT run FROM outbox WHERE state IN ('pending', 'claimed', 'unknown'))",
        (now,),
    )


def enqueue(connection: Connection, run: str, updates: Sequence[TicketUpdate]) -> None:
    """Put wishes into the outbox; a newer one for the same ticket replaces one that was not sent.

    While the ticket has not moved the tries go on counting: a new plan every few minutes must not let
    one that always fails be sent for ever.
    """
    many(
        connection,
        "INSERT INTO outbox (ticket_id, run, stamp, body, state, job, tries, claimed_at, reason)"
        " VALUES (?, ?, ?, ?, 'pending', NULL, 0, NULL, NULL)"
        " ON CONFLICT (ticket_id) DO UPDATE SET run = excluded.run, stamp = excluded.stamp,"
        " body = excluded.body, state = 'pending', job = NULL, claimed_at = NULL,"
        " tries = iif(state = 'pending' AND stamp = excluded.stamp, tries, 0),"
        " reason = iif(state = 'pending' AND stamp = excluded.stamp, reason, NULL)"
        " WHERE state NOT IN ('claimed', 'unknown')",
        [(one.ticket_id, run, one.stamp, msgspec.json.encode(one).decode()) for one in updates],
    )


def waiting(connection: Connection, batch: int) -> list[Wish]:
    """The wishes for the next call, at most ``batch``.

    Those that failed together with others go last and in ever smaller calls, the last time alone: one
    that the desk cannot bear then fails by itself, and holds up nobody.
    """
    table = schema.outbox
    pending = table.c.state == "pending"
    query = select(table).where(pending, table.c.reason.is_(None)).order_by(table.c.ticket_id)
    if fresh := _wishes(connection, query.limit(batch)):
        return fresh
    query = select(table).where(pending).order_by(table.c.tries, table.c.ticket_id)
    failed = _wishes(connection, query.limit(batch))
    if not failed:
        return []
    size = 1 if failed[0].tries + 1 >= TRIES else max(1, batch // 10)
    return [wish for wish in failed if wish.tries == failed[0].tries][:size]


def claim(connection: Connection, wishes: Sequence[Wish], now: int) -> list[Wish]:
    """Take wishes for sending, journalled as about to be sent, before anything leaves."""
    many(
        connection,
        "UPDATE outbox SET state = 'claimed', claimed_at = ?, tries = tries + 1 WHERE ticket_id = ?",
        [(now, wish.update.ticket_id) for wish in wishes],
    )
    taken = [replace(wish, state="claimed", tries=wish.tries + 1) for wish in wishes]
    for wish in taken:
        record(connection, wish, "sending", "", now)
    return taken


def sent(connection: Connection, wishes: Sequence[Wish], job: str) -> None:
    """Remember under which job wishes went out, so that a crash can ask about it."""
    many(
        connection,
        "UPDATE outbox SET job = ? WHERE ticket_id = ?",
        [(job, wish.update.ticket_id) for wish in wishes],
    )


def lost(connection: Connection, wishes: Sequence[Wish]) -> None:
    """Nobody knows whether these were received: they are settled by reading."""
    many(
        connection,
        "UPDATE outbox SET state = 'unknown' WHERE ticket_id = ?",
        [(wish.update.ticket_id,) for wish in wishes],
    )


def unclaim(connection: Connection, wishes: Sequence[Wish], reason: str, now: int) -> None:
    """The desk certainly did not take these: they stay to be sent, and this try does not count."""
    for wish in wishes:
        record(connection, wish, "held", reason, now)
    many(
        connection,
        "UPDATE outbox SET state = 'pending', claimed_at = NULL, tries = tries - 1 WHERE ticket_id = ?",
        [(wish.update.ticket_id,) for wish in wishes],
    )


def divide(connection: Connection, wishes: Sequence[Wish], reason: str, now: int) -> None:
    """The desk refused a call of several as a whole: they wait for smaller calls.

    Nobody is given up for what another one in the same call may have caused.
    """
    for wish in wishes:
        record(connection, wish, "held", reason, now)
    many(
        connection,
        "UPDATE outbox SET state = 'pending', claimed_at = NULL, tries = min(tries, ?),"
        " reason = coalesce(reason, ?) WHERE ticket_id = ?",
        [(TRIES - 1, reason, wish.update.ticket_id) for wish in wishes],
    )


def release(connection: Connection, update: TicketUpdate, reason: str | None = None) -> None:
    """Let a wish be sent again, as it reads now; ``reason`` is LOST where the last sending may arrive yet."""
    connection.exec_driver_sql(
        "UPDATE outbox SET state = 'pending', job = NULL, claimed_at = NULL, stamp = ?, body = ?, reason = ?"
        " WHERE ticket_id = ?",
        (update.stamp, msgspec.json.encode(update).decode(), reason, update.ticket_id),
    )


def done(connection: Connection, wish: Wish, event: Event, reason: str, now: int) -> None:
    """A wish is settled for good: it leaves the outbox, the journal keeps it."""
    record(connection, wish, event, reason, now)
    connection.exec_driver_sql("DELETE FROM outbox WHERE ticket_id = ?", (wish.update.ticket_id,))


def bury(connection: Connection, wish: Wish, event: Event, reason: str, now: int) -> None:
    """A wish cannot be fulfilled: it stays with its reason until the ticket changes."""
    record(connection, wish, event, reason, now)
    connection.exec_driver_sql(
        "UPDATE outbox SET state = ?, reason = ? WHERE ticket_id = ?",
        ("blocked" if event == "blocked" else "dead", reason, wish.update.ticket_id),
    )


def own(connection: Connection, wish: Wish, now: int) -> None:
    """Remember what we wrote, to know it from what people write."""
    rows = []
    before = owned(connection, [wish.update.ticket_id]).get(wish.update.ticket_id, {})
    for change in wish.update.changes:
        value = change.after
        if change.field is Field.TAGS:
            former = before.get(Field.TAGS) or ()
            value = tuple(sorted((set(former) | set(change.added)) - set(change.removed)))
        rows.append((wish.update.ticket_id, change.field, _text(value), wish.run, now))
    many(
        connection,
        "INSERT INTO owned (ticket_id, field, value, run, written_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (ticket_id, field) DO UPDATE SET value = excluded.value, run = excluded.run,"
        " written_at = excluded.written_at",
        rows,
    )


def record(connection: Connection, wish: Wish, event: Event, reason: str, now: int) -> None:
    """Append to the journal, a line for each field of a wish."""
    policy = connection.execute(select(schema.runs.c.policy).where(schema.runs.c.id == wish.run)).scalar()
    many(
        connection,
        "INSERT INTO journal (run, job, ticket_id, field, event, before, after, reason, policy, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(*_line(wish, change, event, reason), policy or "", now) for change in wish.update.changes],
    )


def _line(wish: Wish, change: Change, event: Event, reason: str) -> tuple[object, ...]:
    before, after = _text(change.before), _text(change.after)
    return (
        wish.run,
        wish.job,
        wish.update.ticket_id,
        change.field,
        event,
        before,
        after,
        reason or change.reason,
    )


def _text(value: Value) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


def _value(text: str | None) -> Value:
    return None if text is None else msgspec.json.decode(text, type=str | tuple[str, ...])


def in_hand(connection: Connection) -> list[Wish]:
    """Wishes that may have been sent and are not settled: claimed, unanswered, or waiting as LOST."""
    table = schema.outbox
    doubtful = (table.c.state == "pending") & (table.c.reason == LOST)
    sent_off = table.c.state.in_(("claimed", "unknown"))
    return _wishes(connection, select(table).where(sent_off | doubtful).order_by(table.c.ticket_id))


def _wishes(connection: Connection, query: Select[Any]) -> list[Wish]:
    return [
        Wish(
            msgspec.json.decode(row.body, type=TicketUpdate),
            row.run,
            row.state,
            row.job,
            row.tries,
            row.reason,
        )
        for row in connection.execute(query)
    ]


def count(connection: Connection) -> dict[str, int]:
    """How many wishes there are in each state."""
    rows = connection.exec_driver_sql("SELECT state, count(*) FROM outbox GROUP BY state ORDER BY state")
    return {row[0]: row[1] for row in rows}


def refused(connection: Connection, tickets: Sequence[str]) -> dict[str, tuple[TicketUpdate, str]]:
    """Wishes the desk has refused, by ticket, with its reason."""
    rows = connection.exec_driver_sql(
        "SELECT ticket_id, body, reason FROM outbox WHERE state IN ('dead', 'blocked')"
        " AND ticket_id IN (SELECT value FROM json_each(?))",
        (listing(tickets),),
    )
    return {row[0]: (msgspec.json.decode(row[1], type=TicketUpdate), row[2] or "") for row in rows}


def owned(connection: Connection, tickets: Sequence[str]) -> dict[str, Mapping[Field, Value]]:
    """What we wrote last, by ticket and field."""
    rows = connection.exec_driver_sql(
        "SELECT ticket_id, field, value FROM owned WHERE ticket_id IN (SELECT value FROM json_each(?))",
        (listing(tickets),),
    )
    found: dict[str, dict[Field, Value]] = {}
    for ticket, field, value in rows:
        found.setdefault(ticket, {})[Field(field)] = _value(value)
    return dict(found)


def history(connection: Connection, ticket_id: str) -> Iterator[Entry]:
    """The journal of one ticket, oldest line first."""
    table = schema.journal
    for row in connection.execute(select(table).where(table.c.ticket_id == ticket_id).order_by(table.c.id)):
        yield Entry(
            row.at, row.run, row.ticket_id, row.field, row.event,
            _value(row.before), _value(row.after), row.reason, row.policy,
        )  # fmt: skip
