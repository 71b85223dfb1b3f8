"""Some customers assigned: one reading, what follows from it, and one transaction that stores it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from integration.look import follows, look
from integration.store import assignments, due, prints
from integration.store.assignments import Mark
from integration.store.engine import Store
from policies.model import Policy

CHUNK = 500
"""Customers assigned in one transaction; small enough that another writer waits only briefly."""


@dataclass(slots=True)
class Assigned:
    """How many customers were looked at, and what changed for them."""

    customers: int = 0
    memberships: int = 0
    decisions: int = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """By what customers are assigned: the policy, the instant, the census's cuts, and which tickets."""

    policy: Policy
    now: int
    cuts: str
    at_rest: bool
    """Whether solved and closed tickets are decided for, too."""


def assign_chunk(store: Store, terms: Terms, marks: Sequence[Mark], result: Assigned) -> None:
    """Assign these customers, take their marks back and count in ``result`` what changed."""
    policy, now = terms.policy, terms.now
    scope = [mark.customer_id for mark in marks]
    with store.read() as connection:
        seen = look(connection, policy, scope, now, terms.cuts, at_rest=terms.at_rest)
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
        prints.drop(connection, scope)
        assignments.clean(connection, marks)
    result.customers += len(found.members)
