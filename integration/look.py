"""One reading of the store: what is true of some customers now, what was stored of them, and what follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from integration.store import assignments
from integration.store.assignments import Decided
from policies import boosts
from policies.model import Policy
from policies.segments import (
    Facts,
    Standing,
    customer_query,
    next_at,
    read_customer,
    read_ticket,
    ticket_query,
)
from policies.stages import Reached, next_stage
from policies.stages import due as stay_over
from policies.treatment import decide

Members = Mapping[str, Mapping[str, bool]]
"""By customer the segments they are in, True where one stands although its condition is unknown."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one reading says about some customers."""

    now: int
    standings: tuple[Standing, ...]
    tickets: tuple[Facts, ...]
    channels: Mapping[str, str | None]
    before: Members
    """The memberships that are stored, as ``assignments.members`` gives them."""
    since: Mapping[str, Mapping[str, int]]
    """When each of those began."""
    stages: Mapping[str, Reached]
    """The stages that are stored."""
    moves: Mapping[str, int | None]
    """When time alone can next change a trait or a condition of each customer."""


@dataclass(frozen=True, slots=True)
class Follows:
    """What follows from a reading."""

    members: dict[str, dict[str, bool]]
    stages: dict[str, Reached | None]
    decided: list[Decided]
    due: dict[str, int | None]
    """When time alone can next change anything about each customer."""


def look(
    connection: Connection, policy: Policy, scope: Sequence[str], now: int, cuts: str, *, at_rest: bool
) -> Seen:
    """Read these customers as of ``now``; ``at_rest`` reads their solved and closed tickets, too.

    ``cuts`` are those of the census in force.
    """
    run = assignments.run_query
    given: dict[str, str | int] = {"now": now, "cuts": cuts}
    customers = run(connection, customer_query(policy), scope, given)
    tickets = run(connection, ticket_query(policy), scope, {**given, "all_statuses": int(at_rest)})
    standings = tuple(read_customer(policy, row) for row in customers)
    found = tuple(read_ticket(policy, row) for row in tickets)
    return Seen(
        now=now,
        standings=standings,
        tickets=found,
        channels=assignments.channels(connection, [one.ticket_id for one in found]),
        before=assignments.members(connection, scope),
        since=assignments.since(connection, scope),
        stages=assignments.stages(connection, scope),
        moves=_earliest(
            [
                *((one.customer_id, next_at(row)) for one, row in zip(standings, customers, strict=True)),
                *((one.customer_id, next_at(row)) for one, row in zip(found, tickets, strict=True)),
            ]
        ),
    )


def follows(policy: Policy, seen: Seen) -> Follows:
    """Who is in what, in which stage, and what that decides for each ticket that was read."""
    members = {
        one.customer_id: dict(_members(policy, one, seen.before.get(one.customer_id, {})))
        for one in seen.standings
    }
    stages = {
        one.customer_id: next_stage(policy.stages, seen.stages.get(one.customer_id), one.stages, seen.now)
        for one in seen.standings
    }
    since = {customer: _since(found, seen, customer) for customer, found in members.items()}
    over = {
        customer: boosts.over(policy, since[customer], stages[customer], seen.now) for customer in members
    }
    decided = [
        Decided(
            decide(
                policy,
                one.ticket_id,
                members[one.customer_id],
                one,
                seen.channels.get(one.ticket_id),
                reached.stage if (reached := stages[one.customer_id]) else None,
                over[one.customer_id],
            ),
            one,
        )
        for one in seen.tickets
        if one.customer_id in members
    ]
    due = _earliest(
        (customer, at)
        for customer in members
        for at in (
            seen.moves.get(customer),
            boosts.due(policy, since[customer], stages[customer], seen.now),
            _stay_over(policy, stages[customer], seen.now),
        )
    )
    return Follows(members, stages, decided, due)


def _earliest(instants: Iterable[tuple[str, int | None]]) -> dict[str, int | None]:
    """The earliest instant of each customer."""
    earliest: dict[str, int | None] = {}
    for customer, at in instants:
        known = earliest.setdefault(customer, at)
        if at is not None and (known is None or at < known):
            earliest[customer] = at
    return earliest


def _members(policy: Policy, standing: Standing, former: Mapping[str, bool]) -> Iterator[tuple[str, bool]]:
    """True conditions make members; an unknown one keeps whoever was one, and says so."""
    for name, truth in zip(policy.segments, standing.segments, strict=True):
        if truth or (truth is None and name in former):
            yield name, truth is None


def _since(members: Iterable[str], seen: Seen, customer: str) -> dict[str, int]:
    """When each membership began; one that is not stored yet begins now."""
    before = seen.since.get(customer, {})
    return {name: before.get(name, seen.now) for name in members}


def _stay_over(policy: Policy, reached: Reached | None, now: int) -> int | None:
    over = stay_over(policy.stages, reached) if reached else None
    return over if over is not None and over > now else None
