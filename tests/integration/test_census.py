"""The census in the store: taken once a day, the same for one customer and for all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import insert, select

from integration.assign import assign
from integration.census import ANEW_AFTER, compared
from integration.progress import silent
from integration.store import assignments, schema
from integration.store.engine import Store
from policies.model import Policy
from tests.clock import FakeClock
from tests.policies.desk import one


def comparing(trait: str = "{rank: arr}") -> Policy:
    """A policy whose one segment are the first two customers."""
    return one("place <= 2", f"arr: {{from: customer.fields.arr, type: number}}, place: {trait}")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = Store(tmp_path / "deskcue.db", writer=True)
    yield found
    found.close()


def come(store: Store, **arr: int) -> None:
    """These customers are new, with that revenue."""
    row = {"version": 1, "digest": "", "name": "", "tags": "[]", "updated_at": 1, "deleted": False}
    with store.write() as connection:
        for customer, value in arr.items():
            fields = msgspec.json.encode({"arr": value}).decode()
            connection.execute(insert(schema.customers), {**row, "id": customer, "fields": fields})
            connection.execute(insert(schema.dirty), {"customer_id": customer, "mark": 1})


def members(store: Store) -> set[str]:
    with store.read() as connection:
        return set(connection.execute(select(schema.memberships.c.customer_id)).scalars())


def censuses(store: Store) -> list[int]:
    """When the censuses in the store were taken."""
    with store.read() as connection:
        return list(connection.execute(select(schema.census.c.taken_at)).scalars())


def test_newcomers_are_compared_with_the_census_in_force(store: Store) -> None:
    """Who comes later does not move others before the next census, which moves everybody it must."""
    clock, policy = FakeClock(), comparing()
    come(store, a=10, b=20, c=30, d=40)
    assert assign(store, policy, clock, silent, at_rest=True).customers == 4
    assert members(store) == {"c", "d"}
    come(store, e=50, f=60)
    assert assign(store, policy, clock, silent, at_rest=True).customers == 2
    assert members(store) == {"c", "d", "e", "f"}
    clock.advance(ANEW_AFTER)
    assign(store, policy, clock, silent, at_rest=True)
    assert members(store) == {"e", "f"}
    assert censuses(store) == [clock.wall()]


def test_everyone_asks_for_a_new_census(store: Store) -> None:
    """Assigning everyone by hand compares with today's customers."""
    clock, policy = FakeClock(), comparing()
    come(store, a=10, b=20, c=30)
    assign(store, policy, clock, silent, at_rest=True)
    come(store, d=40)
    clock.advance(60)
    assign(store, policy, clock, silent, at_rest=True, everyone=True)
    assert members(store) == {"c", "d"}
    assert censuses(store) == [clock.wall()]


def test_another_comparison_asks_for_a_new_census(store: Store) -> None:
    """A policy that compares something else does not use the cuts of the one before."""
    clock = FakeClock()
    come(store, a=10, b=20, c=30)
    assign(store, comparing(), clock, silent, at_rest=True)
    assert members(store) == {"b", "c"}
    clock.advance(60)
    assign(store, comparing("{rank: arr, best: lowest}"), clock, silent, at_rest=True)
    assert members(store) == {"a", "b"}
    assert len(censuses(store)) == 1


def test_a_second_run_does_nothing(store: Store) -> None:
    """While the census is in force nobody is looked at again for it."""
    clock, policy = FakeClock(), comparing()
    come(store, a=10, b=20, c=30)
    assign(store, policy, clock, silent, at_rest=True)
    taken = censuses(store)
    clock.advance(60)
    assert assign(store, policy, clock, silent, at_rest=True).customers == 0
    assert censuses(store) == taken


def test_a_policy_that_compares_nobody_takes_no_census(store: Store) -> None:
    """Nothing is read of everyone for nothing."""
    come(store, a=10)
    policy = one("arr > 5", "arr: {from: customer.fields.arr, type: number}")
    assign(store, policy, FakeClock(), silent, at_rest=True)
    assert censuses(store) == []
    assert members(store) == {"a"}


def test_the_explanation_says_among_how_many_and_when(store: Store) -> None:
    """The number of customers and the day of the census stand beside what follows from it."""
    clock, policy = FakeClock(), comparing()
    come(store, a=10, b=20, c=30)
    assign(store, policy, clock, silent, at_rest=True)
    with store.read() as connection:
        found = assignments.standing(connection, "a")
        assert found is not None
        standing, _, assigned_at = found
        assert compared(connection, policy, standing, assigned_at) == {
            "place": "of 3 customers on Oct 18, 2026"
        }
        assert compared(connection, policy, standing, assigned_at - 1) == {}
        assert compared(connection, one("true"), standing, assigned_at) == {}
