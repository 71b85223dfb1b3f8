"""Previews count what the engine says of everybody, beside what holds now, and write nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.preview import Preview, preview
from integration.progress import silent
from integration.store import population
from integration.store.dump import everything
from policies.funnel import settled, steps
from policies.rules import compiled
from tests.integration.stock import Stock, stocked
from tests.integration.test_cli import run
from tests.policies.desk import NOW, Desk, policy, text

BEFORE = """
traits:
  plan: {from: customer.fields.plan, type: text}
  seats: {from: customer.fields.seats, type: number}
  total: {count: tickets}
segments:
  big:
    kind: value
    label: Big
    rank: 1
    when: {all: ["plan = 'team'", seats >= 10], none: [total > 2]}
    treatment: {tags: [big]}
  seen: {kind: behavioural, label: Seen, rank: 2, when: total >= 1, treatment: {tags: [seen]}}
"""
AFTER = BEFORE.replace("seats >= 10", "seats >= 5").replace("total >= 1", "total >= 2")


@pytest.fixture
def stock(tmp_path: Path) -> Iterator[Stock]:
    """Six customers: plan, seats and tickets differ; one has no seats, one is deleted."""
    with stocked(tmp_path) as found:
        for name, plan, seats, tickets in (
            ("ann", "team", 12, 1), ("bob", "team", 7, 2), ("cid", "team", None, 0),
            ("dee", "free", 20, 3), ("eve", "team", 30, 3),
        ):  # fmt: skip
            fields = {"plan": plan} | ({} if seats is None else {"seats": seats})
            found.add("customers", id=name, name=name.title(), fields=fields)
            for number in range(tickets):
                priority = "high" if number == 0 else None
                found.add("tickets", customer_id=name, priority=priority)
        found.add("customers", id="gone", fields={"plan": "team", "seats": 99}, deleted=True)
        found.assign(policy(BEFORE))
        yield found


def seen(stock: Stock, middle: str) -> Preview:
    return preview(stock.store, policy(middle), NOW, silent)


def test_a_preview_of_the_same_policy_moves_nobody(stock: Stock) -> None:
    """Members are those of the assignment; nobody enters or leaves."""
    big = seen(stock, BEFORE).segments["big"]
    assert (big.members, big.unknown, big.entering, big.leaving) == (1, 1, 0, 0)
    assert big.sample == ["ann"]


def test_a_preview_counts_who_enters_and_who_leaves(stock: Stock) -> None:
    """Bob comes in with his seven seats; Ann has too few tickets for the other."""
    found = seen(stock, AFTER)
    assert found.customers == 5
    assert found.segments["big"].enters == ["bob"]
    assert (found.segments["seen"].members, found.segments["seen"].leaves) == (3, ["ann"])


def test_the_funnel_counts_each_condition_alone_and_with_those_before(stock: Stock) -> None:
    """Plan, seats, tickets: alone, unknown, and what is left."""
    big = seen(stock, BEFORE).segments["big"]
    assert [(step.text, step.alone, step.unknown, step.so_far) for step in big.steps] == [
        ("plan = 'team'", 4, 0, 4),
        ("seats >= 10", 3, 1, 2),
        ("not: total > 2", 3, 0, 1),
    ]


def test_open_tickets_of_members_are_told_by_priority(stock: Stock) -> None:
    """Seven tickets of three members, of which three have a priority."""
    view = seen(stock, AFTER).segments["seen"]
    assert view.by_priority == {"high": 3, "none": 5}
    assert view.by_service_level == {"none": 8}


def test_a_membership_kept_while_unknown_is_no_leaving(stock: Stock) -> None:
    """Ann's seats are gone: she stays a member, and the preview says that she is only kept."""
    with stock.store.write() as connection:
        connection.exec_driver_sql("UPDATE customers SET fields = '{\"plan\": \"team\"}' WHERE id = 'ann'")
    big = seen(stock, BEFORE).segments["big"]
    assert (big.members, big.kept, big.unknown, big.leaving) == (1, 1, 1, 0)


def test_a_preview_writes_nothing(stock: Stock) -> None:
    """The store is the same before and after, row by row."""
    with stock.store.read() as connection:
        before = list(everything(connection))
    seen(stock, AFTER)
    with stock.store.read() as connection:
        assert list(everything(connection)) == before


def test_everybody_is_looked_at_once_in_portions(stock: Stock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Portions of two reach all five, in order, without a gap or a second look."""
    monkeypatch.setattr(population, "PORTION", 2)
    found = [ids for _, ids in population.portions(stock.store)]
    assert found == [["ann", "bob"], ["cid", "dee"], ["eve"]]
    assert seen(stock, BEFORE).customers == 5


def test_steps_together_are_the_segment() -> None:
    """Nested groups: when all steps are met the segment is true, for every truth of four lines."""
    of = policy("""
traits: {n: {from: customer.fields.n, type: number}, m: {from: customer.fields.m, type: number}}
segments:
  asked:
    kind: value
    label: Asked
    rank: 1
    when: {all: [n > 0, {any: [m > 1, {none: [n > 5, m = 0]}]}], any: [n < 9, m < 3], none: [m = 7]}
""")
    (rule,) = compiled(of).segments
    desk = Desk()
    values = (None, 0, 1, 2, 6, 7, 9)
    ids = [desk.add("customers", fields={"n": n, "m": m}) for n in values for m in values]
    for standing in desk.standings(of, *ids):
        truths = [step.truth(standing.lines) for step in steps(rule)]
        assert settled(rule.when, iter(standing.lines)) is standing.segments[0]
        assert all(truths) is (standing.segments[0] is True)
        assert (False in truths) is (standing.segments[0] is False)


def test_the_command_tells_people_and_programs(stock: Stock, tmp_path: Path) -> None:
    """A table, one segment in full, the same as JSON; a wrong name is a usage error."""
    (tmp_path / "after.yaml").write_text(text(AFTER))
    here = {"DESKCUE_DATA": str(tmp_path)}
    done = run(tmp_path, "policy", "preview", "after.yaml", "--segment", "big", **here)
    assert done.returncode == 0, done.stderr
    assert "Bob (customer:bob)" in done.stdout
    assert "seats >= 5" in done.stdout
    found = json.loads(run(tmp_path, "policy", "preview", "after.yaml", "--json", **here).stdout)
    assert found["segments"]["big"]["entering"] == 1
    assert found["shared"] == {"big & seen": 1}
    wrong = run(tmp_path, "policy", "preview", "after.yaml", "--segment", "bgi", **here)
    assert (wrong.returncode, "Did you mean big?" in wrong.stderr) == (2, True)
