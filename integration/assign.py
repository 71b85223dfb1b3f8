"""Store to store: who is in which segment, and what that decides for each of their tickets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.clock import Clock
from integration.look import decisions, look, memberships
from integration.progress import Progress
from integration.store import assignments, due, facts
from integration.store.assignments import Mark
from integration.store.engine import Store
from policies.model import Policy

CHUNK = 500
"""Customers assigned in one transaction; small enough that another writer waits only briefly."""

READING = "2"
"""Raised when the same policy and records can come to other answers: everyone is looked at once."""


@dataclass(slots=True)
class Assigned:
    """How many customers were looked at, and what changed for them."""

    customers: int = 0
    memberships: int = 0
    decisions: int = 0


def assign(
    store: Store, policy: Policy, clock: Clock, progress: Progress, *, at_rest: bool, everyone: bool = False
) -> Assigned:
    """Assign every customer that changed or whose instant has come, or everyone when the policy is new.

    ``at_rest`` decides for solved and closed tickets too.
    """
    now = clock.wall()
    _remember(store, policy, now)
    if everyone or _everyone_due(store, policy, now, at_rest=at_rest):
        _mark_everyone(store)
    _mark_due(store, now)
    with store.write() as connection:
        stated = {"assigned by": _signature(policy, at_rest=at_rest), "assigned at": str(now)}
        facts.put(connection, stated)
    result = Assigned()
    with store.read() as connection:
        waiting = assignments.count_dirty(connection)
    while marks := _next(store):
        _chunk(store, policy, marks, now, result, at_rest=at_rest)
        progress("Assigning customers", result.customers, max(waiting, result.customers))
    return result


def _remember(store: Store, policy: Policy, now: int) -> None:
    with store.write() as connection:
        assignments.save_policy(connection, policy.version, policy.name, policy.text, now)


def _signature(policy: Policy, *, at_rest: bool) -> str:
    return f"{policy.version} {'all' if at_rest else 'open'} {READING}"


def assigned_by(connection: Connection, policy: Policy, *, at_rest: bool) -> bool:
    """Whether it was this policy that assigned last."""
    return facts.get(connection).get("assigned by") == _signature(policy, at_rest=at_rest)


def _everyone_due(store: Store, policy: Policy, now: int, *, at_rest: bool) -> bool:
    with store.read() as connection:
        stated = facts.get(connection)
        if not assigned_by(connection, policy, at_rest=at_rest):
            return True
    # A last time that lies ahead comes from a clock that was wrong then: what was true at that time, and when
    # it will change, says nothing about now.
    return now < int(stated.get("assigned at", "0"))


def _mark_everyone(store: Store) -> None:
    after: str | None = ""
    while after is not None:
        with store.write() as connection:
            after = assignments.mark_everyone(connection, after, 1000)


def _mark_due(store: Store, now: int) -> None:
    full = True
    while full:
        with store.write() as connection:
            full = due.mark(connection, now, 1000) == 1000


def _next(store: Store) -> list[Mark]:
    with store.read() as connection:
        return assignments.dirty(connection, CHUNK)


def _chunk(
    store: Store, policy: Policy, marks: Sequence[Mark], now: int, result: Assigned, *, at_rest: bool
) -> None:
    scope = [mark.customer_id for mark in marks]
    with store.read() as connection:
        seen = look(connection, policy, scope, now, at_rest=at_rest)
    members = memberships(policy, seen)
    decided = decisions(policy, seen, members)
    with store.write() as connection:
        for customer, now_in in members.items():
            before = seen.before.get(customer, {})
            result.memberships += assignments.save_members(connection, customer, before, now_in, now)
        assignments.save_standings(connection, policy.version, seen.standings, now)
        result.decisions += assignments.save_decisions(connection, decided, now)
        assignments.drop_decisions(connection, scope, [one.facts.ticket_id for one in decided])
        assignments.forget(connection, sorted(set(scope) - members.keys()))
        due.save(connection, {customer: seen.due[customer] for customer in members})
        assignments.clean(connection, marks)
    result.customers += len(members)
