"""Comparisons with all customers: cut points once for everybody, one answer for one and for a million."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from policies.census import NO_CENSUS, Census, census_queries, measures, read_groups, signature
from policies.census_sql import MOST_GROUPS, MOST_RANKS
from policies.faults import PolicyError
from policies.model import Policy
from policies.segments import customer_query, read_customer
from policies.standing import Value
from tests.policies.databases import Database, Sqlite, databases
from tests.policies.desk import NOW, one, policy

FIELDS = (
    "arr: {from: customer.fields.arr, type: number}, plan: {from: customer.fields.plan, type: text},"
    " silent: {from: customer.fields.silent, type: number}, seen: {from: customer.fields.seen, type: date}"
)
Fields = dict[str, Any]


@pytest.fixture(scope="module", name="three")
def all_databases(postgres_address: str) -> Iterator[list[Database]]:
    """The databases, with the same tables."""
    with databases(postgres_address) as three:
        yield three


def asking(traits: str) -> Policy:
    """A policy that compares customers."""
    return one("true", f"{FIELDS}, {traits}")


def fill(database: Database, people: list[Fields]) -> None:
    database.fill({"customers": [{"id": f"{n:05}", "fields": fields} for n, fields in enumerate(people)]})


def taken(database: Database, of: Policy) -> Census:
    """A census of all customers there are."""
    groups = {
        name: read_groups(database.rows(query.sql, query.given(now=NOW)))
        for name, query in census_queries(of, database.dialect).items()
    }
    return Census(NOW, groups)


def traits(database: Database, of: Policy, census: Census) -> list[dict[str, Value]]:
    """Everybody's traits by that census."""
    query = customer_query(of, database.dialect, everyone=True)
    rows = database.rows(query.sql, query.given(now=NOW, cuts=census.cuts))
    return [read_customer(of, row).traits for row in rows]


def found(database: Database, of: Policy, people: list[Fields], trait: str) -> list[Value]:
    """One trait of these people, compared with one another."""
    fill(database, people)
    return [one[trait] for one in traits(database, of, taken(database, of))]


def slow(people: list[Fields], of: Fields, kind: str, by: str | None, groups: int) -> int | None:
    """The plain reading: how many of the same group have less, or more."""
    mine = of.get("arr")
    if mine is None or (by and of.get(by) is None):
        return None
    others = [
        person["arr"] for person in people
        if person.get("arr") is not None and (by is None or person.get(by) == of.get(by))
    ]  # fmt: skip
    less, more = sum(one < mine for one in others), sum(one > mine for one in others)
    outcomes: dict[str, int] = {
        "percentile": 100 * less // len(others),
        "quantile": 1 + groups * less // len(others),
        "rank": 1 + more,
        "lowest": 1 + less,
    }
    return outcomes[kind]


ASKED: Mapping[str, tuple[str, str, str | None]] = {
    "x0": ("{percentile: arr}", "percentile", None),
    "x1": ("{percentile: arr, by: plan}", "percentile", "plan"),
    "x2": ("{quantile: arr, groups: 4}", "quantile", None),
    "x3": ("{quantile: arr, groups: 4, by: plan}", "quantile", "plan"),
    "x4": ("{rank: arr}", "rank", None),
    "x5": ("{rank: arr, by: plan, best: lowest}", "lowest", "plan"),
}
ALL = asking(", ".join(f"{name}: {text}" for name, (text, _, _) in ASKED.items()))


@pytest.mark.parametrize("count", [0, 1, 2, 7, 40, 230])
def test_comparisons_agree_with_a_slow_reading(three: list[Database], count: int) -> None:
    """Nobody, one, ties, missing values and groups: each outcome is what counting everybody gives."""
    draw = random.Random(count)
    people: list[Fields] = [
        {
            "arr": draw.choice([None, 0, -5, 7.25, *(draw.randrange(10**6) / 10 ** draw.randrange(4),) * 4]),
            "plan": draw.choice([None, "free", "Free", "téam", "o'x"]),
        }
        for _ in range(count)
    ]
    people = [{key: value for key, value in fields.items() if value is not None} for fields in people]
    expected = [
        {name: slow(people, of, kind, by, 4) for name, (_, kind, by) in ASKED.items()} for of in people
    ]
    for database in three:
        fill(database, people)
        census = taken(database, ALL)
        answers = traits(database, ALL, census)
        assert [{name: answer[name] for name in ASKED} for answer in answers] == expected, (
            database.dialect.name
        )


def test_a_census_stands_until_the_next_one(three: list[Database]) -> None:
    """Others come and go without anybody's outcome moving; a value between two counts as the nearer one."""
    of = asking("quarter: {quantile: arr, groups: 4}, place: {rank: arr}")
    for database in three:
        fill(database, [{"arr": value} for value in (10, 20, 30, 40)])
        census = taken(database, of)
        fill(database, [{"arr": value} for value in (10, 14, 16, 24, 26, 39, 41, 1000, -3)])
        answers = traits(database, of, census)
        assert [one["quarter"] for one in answers] == [1, 1, 2, 2, 3, 4, 4, 4, 1]
        assert [one["place"] for one in answers] == [4, 4, 3, 3, 2, 1, 1, 1, 4]


def test_before_the_first_census_everything_is_unknown(three: list[Database]) -> None:
    """Without anybody to compare with nothing is guessed."""
    for database in three:
        fill(database, [{"arr": 5, "plan": "x"}])
        assert {traits(database, ALL, NO_CENSUS)[0][name] for name in ASKED} == {None}


def test_recency_frequency_and_value(three: list[Database]) -> None:
    """Three scores side by side; few days since and late dates are recent."""
    of = asking(
        "by_days: {rfm: [silent, arr, arr], groups: 2}, by_date: {rfm: [seen, arr, arr], groups: 2},"
        " fives: {rfm: [silent, arr, arr]}"
    )
    people: list[Fields] = [
        {"silent": 1, "seen": "2026-05-31", "arr": 100},
        {"silent": 90, "seen": "2026-03-01", "arr": 200},
        {"silent": 90, "seen": "2026-03-01"},
    ]
    for database in three:
        fill(database, people)
        answers = traits(database, of, taken(database, of))
        assert [one["by_days"] for one in answers] == [211, 122, None]
        assert [one["by_date"] for one in answers] == [211, 122, None]
        assert [one["fives"] for one in answers] == [411, 133, None]


def test_only_the_first_ranks_are_told_apart() -> None:
    """A census stays small: everybody after the last rank that is kept shares it."""
    of, database = asking("place: {rank: arr}"), Sqlite()
    fill(database, [{"arr": value} for value in range(MOST_RANKS + 50)])
    census = taken(database, of)
    assert len(census.groups["place"][""].steps) == MOST_RANKS
    places = [one["place"] for one in traits(database, of, census)]
    assert places == [MOST_RANKS] * 50 + list(range(MOST_RANKS, 0, -1))


def test_only_the_largest_groups_are_kept() -> None:
    """Groups beyond the largest are unknown, ties going by name."""
    of, database = asking("place: {rank: arr, by: plan}"), Sqlite()
    people = [{"arr": 1, "plan": f"{number:02}"} for number in range(MOST_GROUPS + 5)] + [
        {"arr": 1, "plan": "zz"}
    ] * 2
    answers = found(database, of, people, "place")
    assert answers == [1] * (MOST_GROUPS - 1) + [None] * 6 + [1, 1]


def test_what_compares_can_be_used_like_any_other_trait(three: list[Database]) -> None:
    """Expressions, lookups and conditions may follow from a comparison."""
    of = one("top", f"{FIELDS}, pc: {{percentile: arr}}, top: {{is: pc >= 50}}")
    for database in three:
        fill(database, [{"arr": 1}, {"arr": 2}])
        query = customer_query(of, database.dialect, everyone=True)
        rows = database.rows(query.sql, query.given(now=NOW, cuts=taken(database, of).cuts))
        assert [read_customer(of, row).segments for row in rows] == [(False,), (True,)]


def test_the_census_counts_who_takes_part() -> None:
    """An explanation can say among how many customers somebody was compared."""
    database = Sqlite()
    fill(database, [{"arr": 1, "plan": "a"}, {"arr": 2, "plan": "b"}, {"arr": 3, "plan": "b"}, {"plan": "b"}])
    groups = taken(database, ALL).groups
    assert groups["x0"][""].size == 3
    assert {name: group.size for name, group in groups["x1"].items()} == {"a": 1, "b": 2}


def test_a_census_serves_every_policy_that_compares_the_same() -> None:
    """Only what is compared, and what that follows from, asks for a new census."""
    same = asking("other: {from: customer.locale}, x: {quantile: arr, groups: 4}")
    first = asking("x: {quantile: arr, groups: 4}")
    assert signature(first) == signature(same)
    for text in (
        "x: {quantile: arr, groups: 5}",
        "x: {quantile: silent, groups: 4}",
        "x: {percentile: arr}",
    ):
        assert signature(asking(text)) != signature(first)
    assert measures(one("true", FIELDS)) == {}


@pytest.mark.parametrize(
    ("trait", "message", "remedy"),
    [
        ("{percentile: plan}", "plan is a text, and percentile needs a number or a date", "number or date"),
        ("{percentile: ar}", "there is no trait ar", "Did you mean arr?"),
        ("{percentile: arr, by: silent}", "silent is a number, and by needs a text", "type text"),
        ("{quantile: arr}", "quantile needs groups", "Correct"),
        ("{quantile: arr, groups: 10}", "groups", "Correct"),
        ("{rank: pc}", "pc compares customers itself", "has alone"),
        ("{rank: above}", "above compares customers itself", "has alone"),
        ("{rank: arr, best: biggest}", "biggest is not known", "Did you mean highest?"),
        ("{rank: arr, where: 'true'}", "where does not go with rank", "Correct"),
        ("{rfm: [silent, arr]}", "rfm", "Correct"),
        ("{rfm: [silent, arr, plan]}", "plan is a text, and rfm needs a number or a date", "number or date"),
    ],
)
def test_faults_say_what_to_write(trait: str, message: str, remedy: str) -> None:
    """A comparison that cannot be is refused at its place, with what can."""
    with pytest.raises(PolicyError) as refused:
        asking(f"pc: {{percentile: arr}}, above: {{is: 2 * pc}}, asked_for: {trait}")
    fault = refused.value.faults[0]
    assert message in fault.message
    assert remedy in fault.remedy


def test_protection_passes_through_comparisons() -> None:
    """Who is compared by something protected, or inside protected groups, is not told from it."""
    for trait in ("{rank: age}", "{rank: arr, by: gender}", "{rfm: [silent, arr, age]}"):
        with pytest.raises(PolicyError, match=r"(age|gender) -> x -> segment s -> tags"):
            _protecting(trait)


def _protecting(trait: str) -> Policy:
    more = "age: {from: customer.fields.age, type: number}, gender: {from: customer.locale}"
    when = "when: x >= 1, treatment: {tags: [t]}"
    segments = f"segments: {{s: {{kind: value, label: S, rank: 1, {when}}}}}"
    return policy(f"traits: {{{FIELDS}, {more}, x: {trait}}}\n{segments}\n")
