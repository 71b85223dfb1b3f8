"""One reading of the store: what is true of some customers now, what was stored of them, and what follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from integration.store import assignments
from integration.store.assignments import Decided
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
from policies.treatment import decide


@dataclass(frozen=True, slots=True)
class Seen:
    """What one reading says about some customers."""

    standings: tuple[Standing, ...]
    tickets: tuple[Facts, ...]
    channels: Mapping[str, str | None]
    before: Mapping[str, Mapping[str, bool]]
    """The memberships that are stored, as ``assignments.members`` gives them."""
    due: Mapping[str, int | None]
    """When time alone can next change something about each customer."""


def look(connection: Connection, policy: Policy, scope: Sequence[str], now: int, *, at_rest: bool) -> Seen:
    """Read these customers as of ``now``; ``at_rest`` reads their solved and closed tickets, too."""
    run = assignments.run_query
    customers = run(connection, customer_query(policy), scope, {"now": now})
    tickets = run(connection, ticket_query(policy), scope, {"now": now, "all_statuses": int(at_rest)})
    standings = tuple(read_customer(policy, row) for row in customers)
    found = tuple(read_ticket(policy, row) for row in tickets)
    return Seen(
        standings=standings,
        tickets=found,
        channels=assignments.channels(connection, [one.ticket_id for one in found]),
        before=assignments.members(connection, scope),
        due=_due(
            [
                *((one.customer_id, next_at(row)) for one, row in zip(standings, customers, strict=True)),
                *((one.customer_id, next_at(row)) for one, row in zip(found, tickets, strict=True)),
            ]
        ),
    )


def _due(instants: Iterable[tuple[str, int | None]]) -> dict[str, int | None]:
    """The earliest instant of each customer."""
    earliest: dict[str, int | None] = {}
    for customer, at in instants:
        known = earliest.setdefault(customer, at)
        if at is not None and (known is None or at < known):
            earliest[customer] = at
    return earliest


def memberships(policy: Policy, seen: Seen) -> dict[str, dict[str, bool]]:
    """Who is in what: true conditions make members; an unknown one keeps whoever was one, and says so."""
    return {
        one.customer_id: dict(_members(policy, one, seen.before.get(one.customer_id, {})))
        for one in seen.standings
    }


def _members(policy: Policy, standing: Standing, former: Mapping[str, bool]) -> Iterator[tuple[str, bool]]:
    for name, truth in zip(policy.segments, standing.segments, strict=True):
        if truth or (truth is None and name in former):
            yield name, truth is None


def decisions(policy: Policy, seen: Seen, members: Mapping[str, Mapping[str, bool]]) -> list[Decided]:
    """What follows for each ticket that was read."""
    return [
        Decided(
            decide(policy, one.ticket_id, members[one.customer_id], one, seen.channels.get(one.ticket_id)),
            one,
        )
        for one in seen.tickets
        if one.customer_id in members
    ]
