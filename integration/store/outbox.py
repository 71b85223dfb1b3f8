"""Wishes on their way to the desk: runs, what is waiting, what is under way and what was given up.

The permanent record of it all is in ``journal.py``, what we wrote last in ``owned.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, select

from connectors.changes import TicketUpdate
from integration.store import journal, schema
from integration.store.bulk import listing, many
from integration.store.effects import ALL
from integration.store.journal import Line
from integration.store.wish import Wish

TRIES = 3
"""How often one wish is sent before it is given up."""

LOST = "nobody knows whether the desk took it"
"""Why a wish waits that was sent, never answered and not seen on its ticket: it may still arrive."""


_URGENCY = (
    "coalesce((SELECT coalesce(t.breach_at, t.waiting_since + 86400) FROM tickets AS t"
    " WHERE t.id = {ticket}), 1 << 53)"
)
"""When a ticket's wish is due: when a promise breaks, else a day after the customer began to wait.

Where nobody waits it is due after all others."""


def start_run(
    connection: Connection, *, run: str, policy: str, plan: str, changes: int, now: int, undoes: str = ""
) -> None:
    """Open the record of a run; starting it again after a crash changes nothing."""
    connection.exec_driver_sql(
        "INSERT INTO runs (id, policy, plan, changes, enqueued, started_at, finished_at, undoes)"
        " VALUES (?, ?, ?, ?, 0, ?, NULL, ?)"
        " ON CONFLICT (id) DO NOTHING",
        (run, policy, plan, changes, now, undoes or None),
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
        " (SELECT run FROM outbox WHERE state IN ('pending', 'later', 'claimed', 'unknown'))",
        (now,),
    )


def enqueue(connection: Connection, run: str, updates: Sequence[TicketUpdate]) -> None:
    """Put wishes into the outbox; a newer one for the same ticket replaces one that was not sent.

    While the ticket has not moved the tries go on counting: a new plan every few minutes must not let
    one that always fails be sent for ever. One that waits for a limit of its ticket goes on waiting.
    """
    many(
        connection,
        "INSERT INTO outbox (ticket_id, run, stamp, body, state, job, tries, claimed_at, reason, due)"  # noqa: S608  # fixed text
        f" VALUES (?1, ?2, ?3, ?4, 'pending', NULL, 0, NULL, NULL, {_URGENCY.format(ticket='?1')})"
        " ON CONFLICT (ticket_id) DO UPDATE SET run = excluded.run, stamp = excluded.stamp,"
        " body = excluded.body, due = excluded.due,"
        " state = iif(state = 'later', state, 'pending'), job = NULL,"
        " claimed_at = iif(state = 'later', claimed_at, NULL),"
        " tries = iif(state IN ('pending', 'later') AND stamp = excluded.stamp, tries, 0),"
        " reason = iif(state IN ('pending', 'later') AND stamp = excluded.stamp, reason, NULL)"
        " WHERE state NOT IN ('claimed', 'unknown')",
        [(one.ticket_id, run, one.stamp, msgspec.json.encode(one).decode()) for one in updates],
    )


def waits(connection: Connection, tickets: Sequence[str]) -> dict[str, str]:
    """Of these tickets those for which a wish waits that an enqueued one would replace.

    With the run that it takes back, if it does.
    """
    rows = connection.exec_driver_sql(
        "SELECT ticket_id, coalesce(json_extract(body, '$.undoes'), '') FROM outbox"
        " WHERE state IN ('pending', 'later') AND ticket_id IN (SELECT value FROM json_each(?))",
        (listing(tickets),),
    )
    return {row[0]: row[1] for row in rows}


def of_run(connection: Connection, run: str) -> list[Wish]:
    """The wishes of a run, or of ALL together, that wait to be sent."""
    table = schema.outbox
    waits_to_be_sent = table.c.state.in_(("pending", "later"))
    theirs = waits_to_be_sent if run == ALL else waits_to_be_sent & (table.c.run == run)
    return _wishes(connection, _stored(theirs))


def waiting(connection: Connection, batch: int) -> list[Wish]:
    """The wishes for the next call, at most ``batch``, the most urgent first.

    Those that failed together with others go last and in ever smaller calls, the last time alone: one
    that the desk cannot bear then fails by itself, and holds up nobody.
    """
    table = schema.outbox
    pending = table.c.state == "pending"
    query = _stored(pending & table.c.reason.is_(None)).order_by(table.c.due, table.c.ticket_id)
    if fresh := _wishes(connection, query.limit(batch)):
        return fresh
    query = _stored(pending).order_by(table.c.tries, table.c.ticket_id)
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
    journal.append(connection, [Line(wish, "sending") for wish in taken], now)
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
    journal.append(connection, [Line(wish, "held", reason) for wish in wishes], now)
    many(
        connection,
        "UPDATE outbox SET state = 'pending', claimed_at = NULL, tries = tries - 1 WHERE ticket_id = ?",
        [(wish.update.ticket_id,) for wish in wishes],
    )


def divide(connection: Connection, wishes: Sequence[Wish], reason: str, now: int) -> None:
    """The desk refused a call of several as a whole: they wait for smaller calls.

    Nobody is given up for what another one in the same call may have caused.
    """
    journal.append(connection, [Line(wish, "held", reason) for wish in wishes], now)
    many(
        connection,
        "UPDATE outbox SET state = 'pending', claimed_at = NULL, tries = min(tries, ?),"
        " reason = coalesce(reason, ?) WHERE ticket_id = ?",
        [(TRIES - 1, reason, wish.update.ticket_id) for wish in wishes],
    )


class Release(NamedTuple):
    """A wish that may be sent again, as it reads now: at once, or from an instant on.

    ``reason`` is LOST where the last sending may arrive yet.
    """

    update: TicketUpdate
    reason: str | None = None
    until: int | None = None


def release(connection: Connection, releases: Iterable[Release]) -> None:
    """Let wishes be sent again."""
    many(
        connection,
        "UPDATE outbox SET state = ?, job = NULL, claimed_at = ?, stamp = ?, body = ?, reason = ?"
        " WHERE ticket_id = ?",
        [
            (
                "pending" if one.until is None else "later",
                one.until,
                one.update.stamp,
                msgspec.json.encode(one.update).decode(),
                one.reason,
                one.update.ticket_id,
            )
            for one in releases
        ],
    )


def wake(connection: Connection, now: int) -> None:
    """Wishes that waited for a limit of their own ticket may be sent once their time has come."""
    connection.exec_driver_sql(
        "UPDATE outbox SET state = 'pending', claimed_at = NULL WHERE state = 'later' AND claimed_at <= ?",
        (now,),
    )


def done(connection: Connection, lines: Sequence[Line], now: int) -> None:
    """Wishes are settled for good: they leave the outbox, the journal keeps them."""
    journal.append(connection, lines, now)
    many(
        connection,
        "DELETE FROM outbox WHERE ticket_id = ?",
        [(line.wish.update.ticket_id,) for line in lines],
    )


def bury(connection: Connection, lines: Sequence[Line], now: int) -> None:
    """Wishes cannot be fulfilled: each stays with its reason until its ticket changes."""
    journal.append(connection, lines, now)
    many(
        connection,
        "UPDATE outbox SET state = ?, reason = ? WHERE ticket_id = ?",
        [
            ("blocked" if line.event == "blocked" else "dead", line.reason, line.wish.update.ticket_id)
            for line in lines
        ],
    )


def in_hand(connection: Connection) -> list[Wish]:
    """Wishes that may have been sent and are not settled: claimed, unanswered, or waiting as LOST."""
    table = schema.outbox
    doubtful = (table.c.state == "pending") & (table.c.reason == LOST)
    sent_off = table.c.state.in_(("claimed", "unknown"))
    return _wishes(connection, _stored(sent_off | doubtful).order_by(table.c.ticket_id))


def _stored(which: ColumnElement[bool]) -> Select[Any]:
    """Rows of the outbox, each with the policy of its run."""
    table, runs = schema.outbox, schema.runs
    return select(table, runs.c.policy).outerjoin(runs, runs.c.id == table.c.run).where(which)


def _wishes(connection: Connection, query: Select[Any]) -> list[Wish]:
    return [
        Wish(
            msgspec.json.decode(row.body, type=TicketUpdate),
            row.run,
            row.policy or "",
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
