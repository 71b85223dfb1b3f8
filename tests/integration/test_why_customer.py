"""Why a customer is where they are, and the fewest changes that would bring them somewhere else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integration.explain import AmbiguousError, Asked, NotKnownError, asked, way_into, why_customer
from integration.way_in import way_in
from policies.lint import lint
from policies.model import Policy
from policies.standing import Value
from tests.integration.stock import Stock, stocked
from tests.integration.test_cli import run
from tests.policies.desk import DAY, NOW, Desk, policy, text

MIDDLE = """
traits:
  plan: {from: organization.fields.plan, type: text}
  seats: {from: customer.fields.seats, type: number}
  age: {from: customer.fields.age, type: number}
  renewal: {from: customer.fields.renewal, type: date, label: Renewal}
  marks: {from: customer.tags, label: Marks}
  beta: {from: customer.fields.beta, type: boolean}
  recent: {count: tickets, within: 30 days, label: Tickets in 30 days}
  calls: {share: tickets, of: "channel = 'voice'", format: percent, label: Calls}
segments:
  busy: {kind: behavioural, label: Busy, rank: 1, when: recent >= 5}
  either: {kind: value, label: Either, rank: 2, when: {any: [{all: [seats >= 10, "plan = 'team'"]}, beta]}}
  all:
    kind: value
    label: All
    rank: 3
    when: {all: [seats > 5, seats < 9, calls < 0.5], none: ["'x' in marks"]}
  old: {kind: demographic, label: Old, rank: 4, when: age >= 65, treatment: {tone: calm}}
  maybe: {kind: demographic, label: Maybe, rank: 5, when: age >= 65 or seats > 40, treatment: {tone: calm}}
  soon: {kind: lifecycle, label: Soon, rank: 6, when: renewal between now and now + days(30)}
  more: {kind: value, label: More, rank: 7, when: recent > seats}
  never: {kind: value, label: Never, rank: 8, when: {all: [recent > 5, recent < 3]}}
  loud: {kind: value, label: Loud, rank: 9, when: lower(plan) = 'big' and plan != 'big'}
"""
OF = policy(MIDDLE)
SOON = "Renewal: from Dec 24, 2026 (in 206 days) to between Jun 1, 2026 (today) and Jul 1, 2026 (in 30 days)"


@pytest.fixture
def stock(tmp_path: Path) -> Iterator[Stock]:
    """Ann, with three tickets of which two were calls, ten seats in a team, and a mark."""
    with stocked(tmp_path) as found:
        team = found.add(
            "organizations", id="o1", name="Acme", fields={"plan": "team"}, updated_at=NOW - 9 * DAY
        )
        fields = {"seats": 7, "age": 30, "beta": False, "renewal": "2026-12-24"}
        found.add("customers", id="7", name="Ann", organization_id=team, fields=fields, tags=["x", "y"])
        for number, channel in enumerate(("voice", "voice", "email"), start=7):
            found.add(
                "tickets", id=str(number), customer_id="7", channel=channel, created_at=NOW - number * DAY
            )
        found.assign(OF)
        yield found


def words(stock: Stock, segment: str) -> tuple[str, list[list[str]]]:
    advice = way_into(stock.store, OF, "7", segment, NOW)
    assert advice is not None
    return advice.outcome, [[change.words for change in way.changes] for way in advice.ways]


@pytest.mark.parametrize(
    ("segment", "outcome", "ways"),
    [
        ("busy", "found", [["Tickets in 30 days: from 3 to at least 5"]]),
        ("either", "found", [["Seats: from 7 to at least 10"], ["Beta: from no to yes"]]),
        ("all", "found", [["Calls: from 67% to less than 50%", "Marks: from x, y to a list without x"]]),
        ("soon", "found", [[SOON]]),
        ("old", "protected", []),
        ("maybe", "found", [["Seats: from 7 to more than 40"]]),
        ("more", "conditions", [[]]),
        ("never", "impossible", []),
    ],
)  # fmt: skip
def test_the_fewest_changes_are_told_in_words(
    stock: Stock, segment: str, outcome: str, ways: list[list[str]]
) -> None:
    """One change before two, several equal ones beside each other, and never a protected trait."""
    assert words(stock, segment) == (outcome, ways)


def test_a_way_that_does_not_lead_in_is_not_told(stock: Stock) -> None:
    """Small letters are asked of a text that must not be small itself: the obvious value would not do."""
    outcome, ways = words(stock, "loud")
    assert (outcome, ways) == ("none found", [])


_values = st.fixed_dictionaries(
    {
        "n": st.one_of(st.none(), st.integers(-9, 9), st.sampled_from([0.5, 2.25])),
        "m": st.one_of(st.none(), st.integers(-9, 9)),
        "t": st.sampled_from([None, "a", "b", "c"]),
        "b": st.sampled_from([None, True, False]),
        "d": st.one_of(st.none(), st.integers(-5, 5)),
    }
)
_lines = st.sampled_from(
    ["n > 2", "n <= -3", "n between 0 and 4", "m != 3", "n < 1 and m > 1", "n in (1, 5)", "m * 2 >= 5",
     "t = 'a'", "t in ('b', 'c')", "t != 'a'", "t is null", "t is not null", "b", "not b", "b = false",
     "d < now - days(2)", "d > now", "now - d < days(1)", "not (n > 2 or t = 'a')"]
)  # fmt: skip
_groups = st.recursive(
    _lines,
    lambda inner: st.dictionaries(
        st.sampled_from(["all", "any", "none"]),
        st.lists(inner, min_size=1, max_size=3),
        min_size=1,
        max_size=2,
    ),
    max_leaves=6,
)


def drawn_policy(when: object) -> Policy:
    traits = ", ".join(
        f"{name}: {{from: customer.fields.{name}, type: {type_}}}"
        for name, type_ in (("n", "number"), ("m", "number"), ("t", "text"), ("b", "boolean"), ("d", "date"))
    )
    asked_for = json.dumps({"kind": "value", "label": "Asked", "rank": 1, "when": when})
    return policy(f"traits: {{{traits}}}\nsegments:\n  asked: {asked_for}\n")


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(_groups, _values)
def test_whatever_is_advised_leads_in(when: object, values: dict[str, Value]) -> None:
    """For drawn conditions the engine agrees with each way, and only the impossible has none."""
    of, desk = drawn_policy(when), Desk()
    fields = {name: value for name, value in values.items() if value is not None}
    days = fields.pop("d", None)
    if isinstance(days, int):
        fields["d"] = datetime.fromtimestamp(NOW + days * DAY, UTC).isoformat()
    desk.add("customers", id="asked", fields=fields)
    standing = desk.standing(of, "asked")
    advice = way_in(of, "asked", standing, NOW)
    if standing.segments[0]:
        assert advice.outcome == "inside"
        return
    assert advice.outcome in ("found", "impossible", "too many")
    if advice.outcome == "impossible":
        assert "contradiction" in {remark.check for remark in lint(of, of.review_by)}
    assert all(way.changes for way in advice.ways)


def test_a_customer_is_explained_with_records_and_their_age(stock: Stock) -> None:
    """Every trait names where it comes from: the organization, the customer, the tickets."""
    found = why_customer(stock.store, OF, "7")
    assert found.customer == "Ann"
    assert found.sources["plan"].record == "organization o1"
    assert found.sources["plan"].at == NOW - 9 * DAY
    assert found.sources["seats"].record == "customer 7"
    assert found.sources["recent"].record == "3 tickets, the newest 7"
    assert found.sources["recent"].at == NOW - 7 * DAY
    assert found.tickets == ("7", "8", "9")
    with pytest.raises(NotKnownError, match="no customer 8"):
        why_customer(stock.store, OF, "8")


def test_an_id_that_is_both_has_to_be_named(stock: Stock) -> None:
    """7 is Ann and one of her tickets; 8 is a ticket; marks decide."""
    with pytest.raises(AmbiguousError, match="ticket:7 or customer:7"):
        asked(stock.store, "7")
    assert asked(stock.store, "8") == Asked("ticket", "8")
    assert asked(stock.store, "#7") == asked(stock.store, "ticket:7") == Asked("ticket", "7")
    assert asked(stock.store, "customer:7") == Asked("customer", "7")
    with pytest.raises(NotKnownError, match="no ticket or customer 99"):
        asked(stock.store, "99")


def test_the_command_explains_customers_and_segments(stock: Stock, tmp_path: Path) -> None:
    """Text for people, documents for programs, 2 for what can be read two ways, 1 for what is not there."""
    (tmp_path / "p.yaml").write_text(text(MIDDLE))
    here = {"DESKCUE_DATA": str(tmp_path), "DESKCUE_POLICY": '["p.yaml"]'}
    told = run(tmp_path, "why", "customer:7", **here)
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("Customer 7, Ann")
    assert "(Tickets in 30 days: 3 [3 tickets, the newest 7, " in told.stdout
    told = run(tmp_path, "why", "customer:7", "--segment", "busy", **here)
    assert "  Tickets in 30 days: from 3 to at least 5\n" in told.stdout
    document = json.loads(run(tmp_path, "why", "ticket:8", "--segment", "busy", "--json", **here).stdout)
    assert document["way_in"]["ways"][0]["changes"][0]["after"] == 5
    assert run(tmp_path, "why", "7", **here).returncode == 2
    wrong = run(tmp_path, "why", "customer:7", "--segment", "bsy", **here)
    assert (wrong.returncode, "Did you mean busy?" in wrong.stderr) == (1, True)
