"""Store to store: who is in which segment, and what that decides for each of their tickets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.clock import Clock
from integration.census import renewed
from integration.progress import Progress
from integration.store import assignments, facts
from integration.store.assignments import Decided, Mark
from integration.store.engine import Store
from policies.boosts import over
from policies.census import Census
from policies.model import Policy
from policies.segments import (
    Facts,
    Standing,
    customer_query,
    read_customer,
    read_ticket,
    ticket_query,
)
from policies.stages import Reached, next_stage
from policies.treatment import decide

CHUNK = 500
"""Customers assigned in one transaction; small enough that another writer waits only briefly."""

EVERYONE_AFTER = 24 * 3600
"""Windows move with the clock, so everyone is looked at again once a day."""


@dataclass(slots=True)
class Assigned:
    """How many customers were looked at, and what changed for them."""

    customers: int = 0
    memberships: int = 0
    decisions: int = 0


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one reading of the store says about a chunk of customers."""

    standings: tuple[Standing, ...]
    tickets: tuple[Facts, ...]
    channels: Mapping[str, str | None]
    before: Mapping[str, Mapping[str, bool]]
    stages: Mapping[str, Reached]
    since: Mapping[str, Mapping[str, int]]


def assign(
    store: Store, policy: Policy, clock: Clock, progress: Progress, *, at_rest: bool, everyone: bool = False
) -> Assigned:
    """Assign every customer that changed, or everyone when the policy is new or a day has passed.

    ``at_rest`` decides for solved and closed tickets too.
    """
    now = clock.wall()
    _remember(store, policy, now)
    if everyone or _everyone_due(store, policy, now, at_rest=at_rest):
        _mark_everyone(store)
        with store.write() as connection:
            facts.put(
                connection, {"assigned by": _signature(policy, at_rest=at_rest), "assigned at": str(now)}
            )
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
        _mark_everyone(store)
    return found


def _remember(store: Store, policy: Policy, now: int) -> None:
    with store.write() as connection:
        assignments.save_policy(connection, policy.version, policy.name, policy.text, now)


def _signature(policy: Policy, *, at_rest: bool) -> str:
    return f"{policy.version} {'all' if at_rest else 'open'}"


def _everyone_due(store: Store, policy: Policy, now: int, *, at_rest: bool) -> bool:
    with store.read() as connection:
        stated = facts.get(connection)
    if stated.get("assigned by") != _signature(policy, at_rest=at_rest):
        return True
    # A last time that lies ahead comes from a clock that was wrong then: it tells nothing.
    return not 0 <= now - int(stated.get("assigned at", "0")) < EVERYONE_AFTER


def _mark_everyone(store: Store) -> None:
    after: str | None = ""
    while after is not None:
        with store.write() as connection:
            after = assignments.mark_everyone(connection, after, 1000)


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
        seen = _look(connection, policy, scope, {"now": now, "cuts": cuts}, at_rest=at_rest)
    members = {one.customer_id: _members(policy, one, seen.before) for one in seen.standings}
    stages = {
        one.customer_id: next_stage(policy.stages, seen.stages.get(one.customer_id), one.stages, now)
        for one in seen.standings
    }
    decided = [
        _decided(policy, one, members[one.customer_id], stages[one.customer_id], seen, now)
        for one in seen.tickets
        if one.customer_id in members
    ]
    with store.write() as connection:
        for customer, now_in in members.items():
            before = seen.before.get(customer, {})
            result.memberships += assignments.save_members(connection, customer, before, now_in, now)
        assignments.save_stages(connection, seen.stages, stages)
        assignments.save_standings(connection, policy.version, seen.standings, now)
        result.decisions += assignments.save_decisions(connection, decided, now)
        assignments.drop_decisions(connection, scope, [one.facts.ticket_id for one in decided])
        assignments.forget(connection, sorted(set(scope) - members.keys()))
        assignments.clean(connection, marks)
    result.customers += len(members)


def _decided(
    policy: Policy, facts: Facts, members: Mapping[str, bool], reached: Reached | None, seen: _Seen, now: int
) -> Decided:
    """The decision for one ticket; of a membership that begins now no boost can be over."""
    channel, stage = seen.channels.get(facts.ticket_id), reached.stage if reached else None
    ended = over(policy, seen.since.get(facts.customer_id, {}), reached, now)
    return Decided(decide(policy, facts.ticket_id, members, facts, channel, stage, ended), facts)


def _look(
    connection: Connection,
    policy: Policy,
    scope: Sequence[str],
    given: Mapping[str, str | int],
    *,
    at_rest: bool,
) -> _Seen:
    run = assignments.run_query
    customers = run(connection, customer_query(policy), scope, given)
    tickets = run(connection, ticket_query(policy), scope, {**given, "all_statuses": int(at_rest)})
    found = tuple(read_ticket(policy, row) for row in tickets)
    return _Seen(
        standings=tuple(read_customer(policy, row) for row in customers),
        tickets=found,
        channels=assignments.channels(connection, [one.ticket_id for one in found]),
        before=assignments.members(connection, scope),
        stages=assignments.stages(connection, scope),
        since=assignments.since(connection, scope),
    )


def _members(policy: Policy, standing: Standing, before: Mapping[str, Mapping[str, bool]]) -> dict[str, bool]:
    """True conditions make members; an unknown one keeps whoever was one, and says so."""
    former = before.get(standing.customer_id, {})
    found: dict[str, bool] = {}
    for name, truth in zip(policy.segments, standing.segments, strict=True):
        if truth or (truth is None and name in former):
            found[name] = truth is None
    return found
