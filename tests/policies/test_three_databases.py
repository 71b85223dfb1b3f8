"""Drawn policies over drawn desks: three databases and a slow evaluator give the same standings and facts."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from policies.load import load_text
from policies.model import Policy
from policies.segments import customer_query, read_customer, read_ticket, ticket_query
from tests.policies import drawn_desk
from tests.policies.databases import Database, databases
from tests.policies.desk import policy
from tests.policies.drawn_desk import DrawnPolicy
from tests.policies.slow import NOW
from tests.policies.slow_desk import Person, lines, settled, truth

Answers = dict[str, tuple[dict[str, Any], tuple[Any, ...], tuple[Any, ...]]]
"""By customer or ticket: the values, the truth of every line, the truth of every rule."""


@pytest.fixture(scope="module", name="engines")
def three_databases(postgres_address: str) -> Iterator[list[Database]]:
    """SQLite, PostgreSQL and DuckDB."""
    with databases(postgres_address) as engines:
        yield engines


def right(policy: DrawnPolicy, desk: dict[str, list[dict[str, Any]]]) -> tuple[Answers, Answers]:
    """What the slow evaluator says of every customer and every ticket."""
    customers: Answers = {}
    tickets: Answers = {}
    for row in desk["customers"]:
        if row["deleted"]:
            continue
        person = Person(policy.traits, desk, row, NOW)
        known = settled(policy.segments, {**person.values, "now": NOW})
        rules = policy.segments.values()
        customers[row["id"]] = (
            person.values,
            tuple(truth(line, known) for rule in rules for line in lines(rule)),
            tuple(truth(rule, known) for rule in rules),
        )
        for ticket in person.tickets:
            values = {**person.values, **person.row_values("ticket", ticket)}
            situations = policy.situations.values()
            tickets[ticket["id"]] = (
                values,
                tuple(truth(line, values) for rule in situations for line in lines(rule)),
                tuple(truth(rule, values) for rule in situations),
            )
    return customers, tickets


def told(engine: Database, policy: Policy, *, everyone: bool) -> tuple[Answers, Answers]:
    """What a database says of them."""
    scope = '["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "nobody"]'
    given: dict[str, str | int] = {"now": NOW, "scope": scope, "all_statuses": 1}
    people = customer_query(policy, engine.dialect, everyone=everyone)
    standings = [read_customer(policy, row) for row in engine.rows(people.sql, people.given(**given))]
    asked = ticket_query(policy, engine.dialect, everyone=everyone)
    facts = [read_ticket(policy, row) for row in engine.rows(asked.sql, asked.given(**given))]
    return (
        {one.customer_id: (one.traits, one.lines, one.segments) for one in standings},
        {one.ticket_id: (one.values, one.lines, one.situations) for one in facts},
    )


def differences(
    engines: list[Database], seed: int, policies: int, customers: int
) -> tuple[int, list[object]]:
    """How many pairs of policy and customer were compared, and where some database parts ways."""
    random = Random(seed)
    desk = drawn_desk.rows(random, customers)
    pairs, wrong = 0, []
    for engine in engines:
        engine.fill(desk)
    for _ in range(policies):
        drawn = drawn_desk.policy(random, over=2)
        loaded = load_text(drawn.text, "drawn.yaml")
        expected = right(drawn, desk)
        pairs += len(expected[0])
        for engine in engines:
            for is_, should in zip(told(engine, loaded, everyone=True), expected, strict=True):
                wrong += _apart(engine.dialect.name, drawn, is_, should)
    return pairs, wrong


def _apart(engine: str, drawn: DrawnPolicy, is_: Answers, should: Answers) -> list[object]:
    """Where the answers differ; of a ticket only the values that the database was asked for are compared."""
    if is_.keys() != should.keys():
        return [(engine, "other customers or tickets", is_.keys() ^ should.keys())]
    return [
        (engine, key, part, drawn.text, is_[key], should[key])
        for key in should
        for part in range(3)
        if not _same(is_[key][part], should[key][part])
    ]


def _same(is_: Any, should: Any) -> bool:
    if isinstance(is_, dict):
        return all(_equal(value, should[name]) for name, value in is_.items())
    return all(one is other for one, other in zip(is_, should, strict=True))


def _equal(one: Any, other: Any) -> bool:
    """Exactly equal; 1 is 1.0, but true is not 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


@pytest.mark.parametrize("seed", range(2))
def test_three_databases_and_the_slow_evaluator_agree(engines: list[Database], seed: int) -> None:
    """Every value, line, segment and situation is the same in all four, for everyone on the desk."""
    pairs, wrong = differences(engines, seed, policies=3, customers=30)
    assert wrong == []
    assert pairs >= 60


@pytest.mark.full
@pytest.mark.parametrize("seed", range(100, 150))
def test_twenty_thousand_pairs_agree(engines: list[Database], seed: int) -> None:
    """The same, for 50 times 400 pairs and more of policies and customers."""
    pairs, wrong = differences(engines, seed, policies=4, customers=120)
    assert wrong == []
    assert pairs >= 400


def test_some_are_everyone_of_a_part(engines: list[Database]) -> None:
    """Asked about some customers, a database says of them what it says of them among everyone."""
    random = Random(7)
    desk = drawn_desk.rows(random, 20)
    loaded = load_text(drawn_desk.policy(random).text, "drawn.yaml")
    for engine in engines:
        engine.fill(desk)
        everyone, some = told(engine, loaded, everyone=True), told(engine, loaded, everyone=False)
        assert 0 < len(some[0]) <= 11
        assert some[0] == {key: everyone[0][key] for key in some[0]}
        assert some[1] == {key: everyone[1][key] for key in some[1]}
        assert "scope" not in customer_query(loaded, engine.dialect, everyone=True).asks


LANGUAGES = policy("""
traits:
  last_written: {last: ticket.message_language}
  german: {share: tickets, of: "message_language = 'de'"}
  sureness: {average: ticket.message_language_probability}
segments:
  writes_german: {kind: needs, label: German, rank: 1, when: "last_written = 'de'", treatment: {tone: calm}}
  never_german: {kind: needs, label: Not, rank: 2, when: {none: [german > 0]}, treatment: {tone: warm}}
situations:
  foreign: {label: Foreign, rank: 3, when: "message_language <> 'en'", treatment: {tone: plain}}
  unsure: {label: Unsure, rank: 4, when: message_language is null, treatment: {tone: plain}}
""")


def test_what_is_not_known_of_messages_is_unknown_everywhere(engines: list[Database]) -> None:
    """A message that tells nothing is neither German nor foreign, and is passed over by what is computed."""
    written: dict[str, list[str | None]] = {"0": ["de", None], "1": [None, None], "2": ["de", "en"], "3": []}
    base = {"stamp": "", "status": "open", "tags": "[]", "fields": "{}", "deleted": False}
    rows: dict[str, list[dict[str, Any]]] = {
        "customers": [
            {"id": one, "name": "", "tags": "[]", "fields": "{}", "deleted": False} for one in written
        ],
        "tickets": [
            {**base, "id": f"{customer}{place}", "customer_id": customer, "created_at": NOW - 9 + place,
             "message_language": language, "message_language_probability": language and 0.75}
            for customer, languages in written.items() for place, language in enumerate(languages)
        ],
    }  # fmt: skip
    for engine in engines:
        engine.fill(rows)
        customers, tickets = told(engine, LANGUAGES, everyone=True)
        assert {one: (values, rules) for one, (values, _, rules) in customers.items()} == {
            "0": ({"last_written": "de", "german": 1.0, "sureness": 0.75}, (True, False)),
            "1": ({"last_written": None, "german": None, "sureness": None}, (None, None)),
            "2": ({"last_written": "en", "german": 0.5, "sureness": 0.75}, (False, False)),
            "3": ({"last_written": None, "german": None, "sureness": None}, (None, None)),
        }
        assert {one: rules for one, (_, _, rules) in tickets.items()} == {
            "00": (True, False), "01": (None, True), "10": (None, True), "11": (None, True),
            "20": (True, False), "21": (False, False),
        }  # fmt: skip
