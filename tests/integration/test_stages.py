"""Stages of life in the store: entered by an assignment, kept over the next ones, left after their stay."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from connectors.records import Customer, Ticket
from integration.assign import assign
from integration.explain import why_customer
from integration.progress import silent
from integration.store import assignments, records
from integration.store.engine import Store
from policies.model import Policy
from policies.stages import Reached
from tests.clock import FakeClock
from tests.policies.desk import policy

OF = policy("""
traits: {used: {from: customer.fields.used, type: number}}
segments: {all_: {kind: value, label: All, rank: 1, when: 'true'}}
stages:
  settling: {label: Settling in, rank: 1, enter: used < 5, exit: used >= 5, stay: 7 days}
  at_home: {label: At home, rank: 2, enter: used >= 5, exit: used < 2}
""")
DAY = 86400


def look(store: Store, clock: FakeClock, used: int | None, of: Policy = OF) -> Reached | None:
    """Save the customer as they are now, assign everybody, and give their stage."""
    now = clock.wall()
    person = Customer(id="1", version=now, fields={} if used is None else {"used": used}, updated_at=now)
    with store.write() as connection:
        records.save(connection, [person])
    assign(store, of, clock, silent, at_rest=False, everyone=True)
    with store.read() as connection:
        return assignments.stages(connection, ["1"]).get("1")


def test_a_stage_is_remembered_between_assignments(tmp_path: Path) -> None:
    """It is entered once, stands through its stay and what is not known, and is left with a new date."""
    clock = FakeClock()
    start = clock.wall()
    with closing(Store(tmp_path / "deskcue.db", writer=True)) as store:
        assert look(store, clock, 1) == Reached("settling", start)
        clock.sleep(3 * DAY)
        assert look(store, clock, 9) == Reached("settling", start)
        clock.sleep(3 * DAY)
        assert look(store, clock, None) == Reached("settling", start)
        clock.sleep(2 * DAY)
        assert look(store, clock, 9) == Reached("at_home", start + 8 * DAY)
        clock.sleep(DAY)
        assert look(store, clock, 3) == Reached("at_home", start + 8 * DAY)
        with store.write() as connection:
            assignments.forget(connection, ["1"])
            assert assignments.stages(connection, ["1"]) == {}


def test_a_boost_is_over_so_long_after_its_membership_began(tmp_path: Path) -> None:
    """The date of the membership counts, however often it is looked at in between."""
    of = policy("""
traits: {}
segments:
  recover:
    kind: sentiment
    label: Recover
    rank: 1
    when: 'true'
    treatment: {priority: {at_least: high, for: 3 days}}
""")
    clock = FakeClock()
    asked: list[bool] = []
    ticket = Ticket(id="7", version=1, stamp="", customer_id="1", status="open", updated_at=1, created_at=1)
    with closing(Store(tmp_path / "deskcue.db", writer=True)) as store:
        with store.write() as connection:
            records.save(connection, [ticket])
        for _ in range(4):
            look(store, clock, 1, of)
            with store.read() as connection:
                found = assignments.decision(connection, "7")
            assert found is not None
            asked.append(found.decision.priority is not None)
            clock.sleep(DAY)
    assert asked == [True, True, True, False]


def test_why_tells_the_stage_and_what_enters_and_leaves_it(tmp_path: Path) -> None:
    """A customer's proof has the conditions of each stage with the values seen."""
    clock = FakeClock()
    with closing(Store(tmp_path / "deskcue.db", writer=True)) as store:
        look(store, clock, 1)
        found = why_customer(store, OF, "1")
    assert found.stage == Reached("settling", clock.wall())
    truths = {verdict.label: verdict.truth for verdict in found.stages}
    assert truths == {
        "Settling in: enter": True,
        "Settling in: exit": False,
        "At home: enter": False,
        "At home: exit": True,
    }
    assert found.stages[0].lines[0].seen == {"used": 1}
