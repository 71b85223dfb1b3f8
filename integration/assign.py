"""Store to store: who is in which segment, and what that decides for each of their tickets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.clock import Clock
from integration.census import renewed
from integration.look import follows, look
from integration.marks import mark, mark_everyone
from integration.progress import Progress
from integration.store import assignments, due
from integration.store.assignments import Mark
from integration.store.engine import Store
from policies.census import Census
from policies.model import Policy

CHUNK = 500
"""Customers assigned in one transaction; small enough that another writer waits only briefly."""


@dataclass(slots=True)
class Assigned:
    """How many customers were looked at, and what changed for them."""

    customers: int = 0
    memberships: int = 0
    decisions: int = 0


def assign(
    store: Store, policy: Policy, clock: Clock, progress: Progress, *, at_rest: bool, everyone: bool = False
) -> Assigned:
    """Assign every customer that changed, whose instant has come or whom an edit of the policy concerns.

    ``at_rest`` decides for solved and closed tickets too.
    """
    now = clock.wall()
    _remember(store, policy, now)
    mark(store, policy, now, at_rest=at_rest, everyone=everyone)
    cuts = _census(store, policy, now, anew=everyone).cuts
    result = Assigned()
    with store.read() as connection:
        waiting = assignments.count_dirty(connection)
    while marks := _next(store):
        _chunk(store, policy, marks, now, cuts, result, at_rest=at_rest)
        progress("Assigning customers", result.customers, max(waiting, result.customers))
    return result


def _census(store: Store, policy: Policy, now: int, *, anew: bool) -> Census:
    """The census in force; when a new one moves a cut, everyone is looked at again."""
    before, found = renewed(store, policy, now, anew=anew)
    if found.cuts != before.cuts:
        mark_everyone(store)
    return found


def _remember(store: Store, policy: Policy, now: int) -> None:
    with store.write() as connection:
        assignments.save_policy(connection, policy.version, policy.name, policy.text, now)


def _next(store: Store) -> list[Mark]:
    with store.read() as connection:
        return assignments.dirty(connection, CHUNK)


def _chunk(
    store: Store,
    policy: Policy,
    marks: Sequence[Mark],
    now: int,
    cuts: str,
    result: Assigned,
    *,
    at_rest: bool,
) -> None:
    scope = [mark.customer_id for mark in marks]
    with store.read() as connection:
        seen = look(connection, policy, scope, now, cuts, at_rest=at_rest)
    found = follows(policy, seen)
    with store.write() as connection:
        for customer, now_in in found.members.items():
            before = seen.before.get(customer, {})
            result.memberships += assignments.save_members(connection, customer, before, now_in, now)
        assignments.save_stages(connection, seen.stages, found.stages)
        assignments.save_standings(connection, policy.version, seen.standings, now)
        result.decisions += assignments.save_decisions(connection, found.decided, now)
        assignments.drop_decisions(connection, scope, [one.facts.ticket_id for one in found.decided], now)
        assignments.forget(connection, sorted(set(scope) - found.members.keys()))
        due.save(connection, found.due)
        assignments.clean(connection, marks)
    result.customers += len(found.members)
