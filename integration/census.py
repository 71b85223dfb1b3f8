"""Store to store: the census of all customers by which a policy compares them, taken anew once a day."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection

from integration.store import assignments
from integration.store import census as kept
from integration.store.engine import Store
from policies.census import NO_CENSUS, Census, census_queries, measures, read_groups, signature, sizes
from policies.model import Policy
from policies.standing import Standing

ANEW_AFTER = 24 * 3600


def renewed(store: Store, policy: Policy, now: int, *, anew: bool = False) -> tuple[Census, Census]:
    """The census that was in force, and the one that is now.

    It is taken again when it is a day old, when the policy compares something else, or when ``anew`` asks.
    """
    if not measures(policy):
        return NO_CENSUS, NO_CENSUS
    what = signature(policy)
    with store.read() as connection:
        before = kept.get(connection, what)
        # One that lies ahead comes from a clock that was wrong then.
        if before and not anew and 0 <= now - before.taken_at < ANEW_AFTER:
            return before, before
        census = take(connection, policy, now)
    with store.write() as connection:
        kept.put(connection, what, census)
    return before or NO_CENSUS, census


def in_force(connection: Connection, policy: Policy) -> str:
    """The cuts by which customers are compared now."""
    found = kept.get(connection, signature(policy)) if measures(policy) else None
    return (found or NO_CENSUS).cuts


def cuts_for(store: Store, policy: Policy, now: int) -> str:
    """The cuts for looking at a policy that need not be in force: where there are none, those of now."""
    if not measures(policy):
        return NO_CENSUS.cuts
    with store.read() as connection:
        found = kept.get(connection, signature(policy))
        return (found or take(connection, policy, now)).cuts


def compared(connection: Connection, policy: Policy, standing: Standing, assigned_at: int) -> dict[str, str]:
    """Among whom the customer was compared, in words, by trait: ``of 1,204 customers on Nov 25, 2026``.

    Nothing when the census that was in force at ``assigned_at`` has given way to another.
    """
    census = kept.get(connection, signature(policy)) if measures(policy) else None
    if census is None or census.taken_at > assigned_at:
        return {}
    day = datetime.fromtimestamp(census.taken_at, UTC)
    return {
        name: f"of {size:,} {'customer' if size == 1 else 'customers'} on {day:%b} {day.day}, {day.year}"
        for name, size in sizes(policy, census, standing.traits).items()
    }


def take(connection: Connection, policy: Policy, now: int) -> Census:
    """A census of the customers that are in the store."""
    found = {
        name: read_groups(assignments.run_query(connection, query, (), {"now": now}))
        for name, query in census_queries(policy).items()
    }
    return Census(now, found)
