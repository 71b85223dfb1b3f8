"""What a policy would have done to the tickets of the past, each looked at as it was when it came in.

Every ticket is decided for at its own instant, with the tickets, ratings and events there were by then. What
nobody kept of that time is taken as it is today, and the result says so.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

from integration.census import cuts_for
from integration.look import Seen, follows
from integration.progress import Progress
from integration.store import assignments
from integration.store.engine import Store
from integration.store.schema import tickets as tickets_table
from policies.hours import due
from policies.model import Policy
from policies.segments import customer_query, read_customer, read_ticket, ticket_query
from policies.serving import Metric
from policies.treatment import Decision

ASSUMED = (
    "Fields of customers and companies, imported values and cuts among customers are those of today.",
    "A ticket counts as new when it came in; its subject, tags and priority are those of today.",
    "Stages and memberships that only stand are left out: they depend on a past that was not lived.",
)
"""What is not as it was, in sentences."""

_AS_IT_CAME: Mapping[str, str] = {
    "status": "'new'",
    "solved_at": "NULL",
    "waiting_since": "t.created_at",
    "reopens": "0",
    "reassignments": "0",
    "replies": "0",
    "first_reply_minutes": "NULL",
    "service_level": "NULL",
    "breach_at": "NULL",
    "targets": "'[]'",
}
"""Columns of the ticket in question that its later life has changed."""

_AS_IT_WAS: Mapping[str, str] = {
    "status": "iif(t.solved_at <= :at, 'solved', iif(t.status = 'closed', 'open', t.status))",
    "solved_at": "iif(t.solved_at <= :at, t.solved_at, NULL)",
    "waiting_since": "NULL",
}
"""The same of the customer's earlier tickets."""


@dataclass(slots=True)
class Kept:
    """How one promise would have been kept."""

    met: int = 0
    missed: int = 0
    unknown: int = 0
    """Tickets of which nobody wrote down when it happened, or that are still open."""


@dataclass(frozen=True, slots=True)
class Example:
    """One ticket as it would have been served."""

    ticket_id: str
    at: int
    segments: tuple[str, ...]
    situations: tuple[str, ...]
    tags: tuple[str, ...]
    had: str | None
    """The priority it had."""
    priority: str | None
    """The priority that would have been asked for."""
    service_level: str | None
    due: dict[Metric, int]
    """By metric, when it would have been due."""
    reasons: tuple[str, ...]


@dataclass(slots=True)
class BackTest:
    """What a policy would have done to the tickets that came in between two instants."""

    policy: str
    since: int
    until: int
    tickets: int = 0
    customers: int = 0
    segments: Counter[str] = field(default_factory=Counter)
    """Tickets by segment of their customer then."""
    fields: Counter[str] = field(default_factory=Counter)
    """Tickets that would have been given a tag, a priority, a service level, a group or a note."""
    priorities: Counter[str] = field(default_factory=Counter)
    """``had → asked for``, where a priority would have been asked for."""
    promises: dict[str, dict[str, Kept]] = field(default_factory=dict)
    """By service level and metric."""
    busiest: int = 0
    """The most tickets of one hour that would have been asked high or urgent priority for."""
    sample: list[Example] = field(default_factory=list)
    assumed: tuple[str, ...] = ASSUMED


def back_test(
    store: Store, policy: Policy, since: int, until: int, now: int, sample: int, progress: Progress
) -> BackTest:
    """Decide for every ticket that came in from ``since`` on and before ``until``; nothing is stored."""
    found = BackTest(policy.version, since, until)
    cuts = cuts_for(store, policy, now)
    hours: Counter[int] = Counter()
    with _past(store.path) as connection:
        total = _count(connection, since, until)
        every = max(1, total // sample) if sample else 0
        for customer, came in _customers(connection, since, until):
            found.customers += 1
            for ticket, at in came:
                decision = _decided(connection, policy, customer, ticket, at, cuts)
                if decision is None:
                    continue
                _counted(connection, policy, found, hours, decision, at)
                if every and (found.tickets - 1) % every == 0 and len(found.sample) < sample:
                    found.sample.append(_example(connection, policy, decision, at))
            progress("Looking at tickets of the past", found.tickets, total)
    found.busiest = max(hours.values(), default=0)
    return found


@contextmanager
def _past(path: Path) -> Iterator[Connection]:
    """The store, in which ``tickets`` are those of one customer as they were at an instant."""

    def connect() -> sqlite3.Connection:
        raw = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, check_same_thread=False)
        raw.execute("CREATE TEMP TABLE tickets AS SELECT * FROM main.tickets WHERE 0")
        return raw

    engine = create_engine("sqlite://", creator=connect, poolclass=StaticPool)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


_RANGE = (
    "FROM main.tickets WHERE NOT deleted AND customer_id IS NOT NULL AND created_at >= ? AND created_at < ?"
)


def _count(connection: Connection, since: int, until: int) -> int:
    return int(connection.exec_driver_sql(f"SELECT count(*) {_RANGE}", (since, until)).scalar_one())


def _customers(connection: Connection, since: int, until: int) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    """Customer by customer the tickets that came in, oldest first."""
    query = f"SELECT DISTINCT customer_id {_RANGE} ORDER BY customer_id"
    names = [str(row[0]) for row in connection.exec_driver_sql(query, (since, until))]
    for name in names:
        query = f"SELECT id, created_at {_RANGE} AND customer_id = ? ORDER BY created_at, id"
        rows = connection.exec_driver_sql(query, (since, until, name))
        yield name, [(str(row[0]), int(row[1])) for row in rows]


def _columns(others: Mapping[str, str]) -> str:
    return ", ".join(others.get(column.name, f"t.{column.name}") for column in tickets_table.columns)


# By name: columns that a migration added stand in another order in the file than in its description.
_NAMES = ", ".join(column.name for column in tickets_table.columns)
_FILL = (  # put together from our own columns
    f"INSERT INTO temp.tickets ({_NAMES}) SELECT {_columns(_AS_IT_WAS)} FROM main.tickets AS t"  # noqa: S608
    " WHERE t.customer_id = :customer AND t.created_at <= :at AND t.id <> :ticket"
    f" UNION ALL SELECT {_columns(_AS_IT_CAME)} FROM main.tickets AS t WHERE t.id = :ticket"
)


def _decided(
    connection: Connection, policy: Policy, customer: str, ticket: str, at: int, cuts: str
) -> Decision | None:
    """What would have been decided for a ticket as it came in."""
    connection.exec_driver_sql("DELETE FROM temp.tickets")
    connection.exec_driver_sql(_FILL, {"customer": customer, "ticket": ticket, "at": at})
    given: dict[str, str | int] = {"now": at, "cuts": cuts}
    run = assignments.run_query
    standings = tuple(
        read_customer(policy, row) for row in run(connection, customer_query(policy), [customer], given)
    )
    asked = {**given, "all_statuses": 0}
    facts = (read_ticket(policy, row) for row in run(connection, ticket_query(policy), [customer], asked))
    mine = tuple(one for one in facts if one.ticket_id == ticket)
    seen = Seen(
        now=at,
        standings=standings,
        tickets=mine,
        channels=assignments.channels(connection, [ticket]),
        before={},
        since={},
        stages={},
        moves={},
    )
    decided = follows(policy, seen).decided
    return decided[0].decision if decided else None


@dataclass(frozen=True, slots=True)
class _Ended:
    """What became of a ticket."""

    priority: str | None
    replied_at: int | None
    solved_at: int | None


def _ended(connection: Connection, ticket: str) -> _Ended:
    row = connection.exec_driver_sql(
        "SELECT priority, created_at + 60 * first_reply_minutes, solved_at FROM main.tickets WHERE id = ?",
        (ticket,),
    ).one()
    return _Ended(row[0], row[1], row[2])


def _counted(
    connection: Connection, policy: Policy, found: BackTest, hours: Counter[int], one: Decision, at: int
) -> None:
    ended = _ended(connection, one.ticket_id)
    found.tickets += 1
    found.segments.update(one.segments)
    for name in ("tags", "priority", "service_level", "route", "note"):
        if getattr(one, name):
            found.fields[name] += 1
    if one.priority:
        found.priorities[f"{ended.priority or 'none'} → {one.priority.value}"] += 1
        if one.priority.value in ("high", "urgent"):
            hours[at // 3600] += 1
    for metric, instant in _due(policy, one, at, ended).items():
        level = one.service_level.value if one.service_level else ""
        kept = found.promises.setdefault(level, {}).setdefault(metric, Kept())
        happened = ended.replied_at if metric == "first_reply" else ended.solved_at
        if happened is None:
            kept.unknown += 1
        elif happened <= instant:
            kept.met += 1
        else:
            kept.missed += 1


def _due(policy: Policy, one: Decision, at: int, ended: _Ended) -> dict[Metric, int]:
    """By metric, when the service level's promise would have fallen due, counted from the arrival."""
    level = policy.service_levels.get(one.service_level.value) if one.service_level else None
    priority = one.priority.value if one.priority else ended.priority
    if level is None or priority is None:
        return {}
    calendar = policy.calendars[level.calendar] if level.calendar else None
    metrics: tuple[Metric, ...] = ("first_reply", "resolution")
    targets = {metric: level.target(metric, priority) for metric in metrics}  # type: ignore[arg-type]
    return {metric: due(calendar, at, span) for metric, span in targets.items() if span is not None}


def _example(connection: Connection, policy: Policy, one: Decision, at: int) -> Example:
    ended = _ended(connection, one.ticket_id)
    parts = [*one.tags, *(part for part in (one.priority, one.service_level) if part)]
    return Example(
        ticket_id=one.ticket_id,
        at=at,
        segments=one.segments,
        situations=one.situations,
        tags=tuple(part.value for part in one.tags),
        had=ended.priority,
        priority=one.priority.value if one.priority else None,
        service_level=one.service_level.value if one.service_level else None,
        due=_due(policy, one, at, ended),
        reasons=tuple(part.won.reason for part in parts),
    )
