"""Computations over rows: their SQL and a slow Python reading of them agree, at every edge."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.computations import COMPUTATIONS
from policies.faults import PolicyError
from policies.segments import customer_query, read_customer
from policies.standing import Value
from policies.trait_model import OVER_ROWS
from policies.trait_model import WAYS as WAYS_OF_THE_MODEL
from tests.policies import slow_rows
from tests.policies.databases import Database, databases
from tests.policies.desk import DAY, NOW, Desk, one

MET = "met: {from: ticket.fields.met, type: boolean}, cost: {from: ticket.fields.cost, type: number}"


def known(desk: Desk, trait: str, customer: str, now: int = NOW) -> Value:
    """The value of one trait, declared as ``trait``, for a customer."""
    return desk.standing(one("true", f"{MET}, asked_for: {trait}"), customer, now).traits["asked_for"]


def test_every_computation_of_the_model_has_its_row() -> None:
    """A word that the model admits is a row of the table, and no row is without a word."""
    assert tuple(COMPUTATIONS) == OVER_ROWS


WAYS: list[tuple[str, Mapping[str, Any]]] = [
    ("count: tickets", {"count": "tickets"}),
    ("sum: ticket.reopens", {"sum": "ticket.reopens"}),
    ("average: ticket.reopens", {"average": "ticket.reopens"}),
    ("minimum: ticket.solved_at", {"minimum": "ticket.solved_at"}),
    ("maximum: ticket.reopens", {"maximum": "ticket.reopens"}),
    ("median: ticket.reopens", {"median": "ticket.reopens"}),
    ("distinct: ticket.channel", {"distinct": "ticket.channel"}),
    ("distinct: ticket.reopens", {"distinct": "ticket.reopens"}),
    ("first: ticket.channel", {"first": "ticket.channel"}),
    ("last: ticket.channel", {"last": "ticket.channel"}),
    ("last: ticket.reopens", {"last": "ticket.reopens"}),
    ("first: ticket.solved_at", {"first": "ticket.solved_at"}),
    ("days_since: ticket.solved_at", {"days_since": "ticket.solved_at"}),
    ("days_until: ticket.solved_at", {"days_until": "ticket.solved_at"}),
]
CUTS: list[tuple[str, Mapping[str, Any]]] = [
    ("", {}),
    (", within: 2 days", {"within": 2 * DAY}),
    (", before: 1 day", {"before": DAY}),
    (", within: 1 day, before: 2 days", {"within": DAY, "before": 2 * DAY}),
    (", where: \"channel = 'web'\"", {"where": lambda row: row["channel"] == "web"}),
    (
        ", where: reopens >= 1, within: 3 days",
        {"where": lambda row: (row["reopens"] or 0) >= 1, "within": 3 * DAY},
    ),
]
TRENDS: list[tuple[str, Mapping[str, Any]]] = [
    ("trend: tickets, within: 1 day", {"trend": "tickets", "within": DAY}),
    (
        "trend: ticket.reopens, within: 1 day, before: 2 days",
        {"trend": "ticket.reopens", "within": DAY, "before": 2 * DAY},
    ),
]
ALL = [*((way + cut, {**of, **by}) for way, of in WAYS for cut, by in CUTS), *TRENDS]
OF = one("true", ", ".join(f"x{number}: {{{text}}}" for number, (text, _) in enumerate(ALL)))
"""Every computation with every filter and window, in one policy."""

_moments = st.one_of(
    st.integers(-4 * DAY, DAY), st.integers(-4, 1).map(lambda days: days * DAY), st.just(1 - DAY)
)
_rows = st.lists(
    st.fixed_dictionaries(
        {
            "created_at": _moments.map(lambda seconds: NOW + seconds),
            "solved_at": st.one_of(st.none(), _moments.map(lambda seconds: NOW + seconds)),
            "reopens": st.one_of(st.none(), st.integers(0, 4)),
            "channel": st.sampled_from([None, "web", "voice", "Web", "wéb"]),
        }
    ),
    max_size=9,
)


@pytest.fixture(scope="module", name="three")
def all_databases(postgres_address: str) -> Iterator[list[Database]]:
    """The databases, with the same tables."""
    with databases(postgres_address) as three:
        yield three


@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(_rows, min_size=25, max_size=25))
def test_sql_agrees_with_a_slow_reading(three: list[Database], drawn: list[list[dict[str, Any]]]) -> None:
    """Every computation, filter and window gives what a plain reading of the same rows gives, everywhere."""
    customers = [{"id": f"c{number}"} for number in range(len(drawn))]
    tickets = [
        {**row, "id": str(100 * number + place), "customer_id": f"c{number}"}
        for number, rows in enumerate(drawn)
        for place, row in enumerate(rows)
    ]
    of = {f"c{number}": [row for row in tickets if row["customer_id"] == f"c{number}"]
          for number in range(len(drawn))}  # fmt: skip
    for database in three:
        database.fill({"customers": customers, "tickets": tickets})
        query = customer_query(OF, database.dialect, everyone=True)
        rows = database.rows(query.sql, query.given(now=NOW))
        assert len(rows) == len(customers)
        for standing in (read_customer(OF, row) for row in rows):
            _same(standing.traits, of[standing.customer_id])


def _same(found: Mapping[str, Value], rows: list[dict[str, Any]]) -> None:
    expected = {f"x{number}": slow_rows.value(of, rows) for number, (_, of) in enumerate(ALL)}
    assert found == {name: pytest.approx(one, rel=1e-12) if isinstance(one, float) else one
                     for name, one in expected.items()}  # fmt: skip


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], None),
        ([3], 3),
        ([None], None),
        ([1, 4], 2.5),
        ([4, 1, None], 2.5),
        ([2, 2, 9], 2),
        ([5, 1, 3], 3),
    ],
)
def test_the_median_is_the_middle(values: list[float | None], expected: Value) -> None:
    """One row, an even number of rows, ties and rows without a value."""
    desk = Desk()
    customer = desk.add("customers")
    for value in values:
        desk.add("tickets", customer_id=customer, fields={"cost": value})
    assert known(desk, "{median: ticket.cost}", customer) == expected


def test_ties_in_time_go_by_id() -> None:
    """Of tickets made in the same second the one with the lower number came first, 9 before 10."""
    desk = Desk()
    customer = desk.add("customers")
    for number, channel in (("10", "late"), ("9", "early"), ("100", "last")):
        desk.add("tickets", id=number, customer_id=customer, channel=channel, created_at=NOW - DAY)
    assert known(desk, "{first: ticket.channel}", customer) == "early"
    assert known(desk, "{last: ticket.channel}", customer) == "last"


@pytest.mark.parametrize(
    ("met", "expected"), [([True, False], False), ([False, True, None], True), ([], None)]
)
def test_the_last_of_something_that_is_yes_or_no(met: list[bool | None], expected: Value) -> None:
    """A truth can be the last one, too; where it is not known the one before counts."""
    desk = Desk()
    customer = desk.add("customers")
    for number, value in enumerate(met):
        desk.add("tickets", customer_id=customer, created_at=NOW - 50 + number, fields={"met": value})
    assert known(desk, "{last: ticket.met}", customer) is expected


def test_the_last_set_is_a_set() -> None:
    """The tags of the last ticket can be asked like the customer's own."""
    desk = Desk()
    customer = desk.add("customers")
    desk.add("tickets", customer_id=customer, created_at=NOW - 2, tags=["old"])
    desk.add("tickets", customer_id=customer, created_at=NOW - 1, tags=["a", "b"])
    of = one("'b' in last_tags", "last_tags: {last: ticket.tags}")
    assert desk.standing(of, customer).segments == (True,)


@pytest.mark.parametrize(
    ("seconds", "since", "until"),
    [
        (0, 0, 0),
        (-1, 0, -1),
        (-DAY + 1, 0, -1),
        (-DAY, 1, -1),
        (-DAY - 1, 1, -2),
        (1, -1, 0),
        (DAY, -1, 1),
        (DAY + 1, -2, 1),
    ],
)
def test_days_are_whole_and_rounded_down(seconds: int, since: int, until: int) -> None:
    """A day has passed when all its seconds have; what lies on the other side of now is below 0."""
    desk = Desk()
    customer = desk.add("customers")
    desk.add("tickets", customer_id=customer, breach_at=NOW + seconds)
    assert known(desk, "{days_since: ticket.breach_at}", customer) == since
    assert known(desk, "{days_until: ticket.breach_at}", customer) == until


def test_windows_side_by_side_count_every_row_once() -> None:
    """The end of one window is the start of the next: no row is in both, none in neither."""
    desk = Desk()
    customer = desk.add("customers")
    for seconds in (0, 1, DAY - 1, DAY, DAY + 1, 2 * DAY - 1, 2 * DAY):
        desk.add("tickets", customer_id=customer, created_at=NOW - seconds)
    assert known(desk, "{count: tickets, within: 1 day}", customer) == 3
    assert known(desk, "{count: tickets, within: 1 day, before: 1 day}", customer) == 3
    assert known(desk, "{count: tickets, before: 2 days}", customer) == 1
    assert known(desk, "{trend: tickets, within: 1 day}", customer) == 0


def test_a_trend_from_nothing_is_unknown() -> None:
    """There is no share by which something is above nothing; down to nothing is -1."""
    desk = Desk()
    customer = desk.add("customers")
    desk.add("tickets", customer_id=customer, created_at=NOW - 10)
    assert known(desk, "{trend: tickets, within: 1 day}", customer) is None
    assert known(desk, "{trend: tickets, within: 1 day}", customer, NOW + DAY) == -1


@pytest.mark.parametrize(
    ("trait", "message", "remedy"),
    [
        ("{median: ticket.channel}", "there is no median of a text", "column of type number"),
        ("{distinct: ticket.tags}", "there is no distinct of a set", "text or number or boolean or date"),
        ("{days_since: ticket.reopens}", "there is no days since of a number", "column of type date"),
        ("{last: ticket.chanel}", "ticket has no chanel", "Did you mean channel?"),
        ("{first: customer.locale}", "customer cannot be read here", "Begin with"),
        ("{trend: tickets}", "trend needs within", "Correct"),
        ("{trend: tickets, within: 2 days, before: 1 day}", "windows of a trend overlap", "Correct"),
        ("{trend: calls, within: 2 days}", "calls cannot be read here", "Begin with"),
        ("{from: customer.locale, before: 2 days}", "before does not go with from", "Correct"),
        ("{count: tickets, median: ticket.reopens}", "once: from, count", "Correct"),
    ],
)
def test_faults_say_what_to_write(trait: str, message: str, remedy: str) -> None:
    """A computation that cannot be is refused at its place, with what can."""
    with pytest.raises(PolicyError) as refused:
        one("true", f"asked_for: {trait}")
    (fault,) = refused.value.faults
    assert message in fault.message
    assert remedy in fault.remedy


def test_the_documentation_lists_every_way() -> None:
    """The table of traits in docs/policies.md has each way to know a trait, in the order of the model."""
    text = (Path(__file__).parents[2] / "docs" / "policies.md").read_text(encoding="utf-8")
    table = text.split("<!-- ways:begin -->")[1].split("<!-- ways:end -->")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert [re.findall(r"`([a-z_]+):", row)[0] for row in rows] == list(WAYS_OF_THE_MODEL)
