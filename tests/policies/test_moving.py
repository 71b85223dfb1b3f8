"""Whole policies under the clock: nothing changes before the instant that a row names, in any database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

import pytest

from policies.census import Census, census_queries, read_groups
from policies.faults import PolicyError
from policies.load import load_text
from policies.model import Policy
from policies.moving import flowing
from policies.rules import compiled
from policies.segments import customer_query, next_at, read_customer, read_ticket, ticket_query
from tests.policies import drawn_moving
from tests.policies.databases import Database, Sqlite, databases
from tests.policies.desk import one
from tests.policies.slow import NOW

DAY, HOUR = 86_400, 3_600

Read = list[tuple[str, int | None, object]]
"""Rows: whose they are, when they can change, and what they say but for what is another in every second."""


@pytest.fixture(scope="module", name="engines")
def three_databases(postgres_address: str) -> Iterator[list[Database]]:
    """SQLite, PostgreSQL and DuckDB."""
    with databases(postgres_address) as engines:
        yield engines


def drawn(random: Random) -> Policy:
    """A drawn policy that is neither too deep nor compares what never stands still."""
    while True:
        try:
            return load_text(drawn_moving.policy(random), "drawn.yaml")
        except PolicyError as error:
            if not any(word in str(error) for word in ("too many", "every second")):
                raise


def census(database: Database, policy: Policy, now: int) -> str:
    groups = {
        name: read_groups(database.rows(query.sql, query.given(now=now)))
        for name, query in census_queries(policy, database.dialect).items()
    }
    return Census(now, groups).cuts


def read(database: Database, policy: Policy, cuts: str, now: int) -> Read:
    """Everybody and every ticket, as of an instant."""
    flow = flowing(compiled(policy).definitions)
    given: dict[str, str | int] = {"now": now, "cuts": cuts, "all_statuses": 1}
    people = customer_query(policy, database.dialect, everyone=True)
    asked = ticket_query(policy, database.dialect, everyone=True)
    found: Read = []
    for row in database.rows(people.sql, people.given(**given)):
        standing = read_customer(policy, row)
        truths = (standing.lines, standing.segments, standing.stage_lines, standing.stages)
        found.append((standing.customer_id, next_at(row), (_still(standing.traits, flow), truths)))
    for row in database.rows(asked.sql, asked.given(**given)):
        facts = read_ticket(policy, row)
        said_of = (facts.ticket_id, facts.lines, facts.situations, facts.members)
        found.append((facts.customer_id, next_at(row), (_still(facts.values, flow), said_of)))
    return found


def _still(values: Mapping[str, Any], flow: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in flow}


def named(found: Read) -> dict[str, int]:
    """When each customer is to be looked at, for those who are."""
    least: dict[str, int] = {}
    for customer, at, _ in found:
        if at is not None:
            least[customer] = min(at, least.get(customer, at))
    return least


def said(found: Read) -> dict[str, list[object]]:
    """Everything that is true of each customer."""
    whole: dict[str, list[object]] = {}
    for customer, _, parts in found:
        whole.setdefault(customer, []).append(parts)
    return whole


def instants(random: Random, now: int, known: Mapping[str, int]) -> list[int]:
    """Some instants before people are to be looked at, the last of them, and the edges of hours and days."""
    last = max(known.values(), default=now + DAY) + HOUR
    units = [(unit, random.randint(now // unit, last // unit)) for unit in (HOUR, HOUR, DAY)]
    beside = [unit * count + second for unit, count in units for second in (-1, 0, 1)]
    between = [random.randint(now, at) for at in known.values()]
    found = sorted({at for at in (*beside, *between, *(at - 1 for at in known.values())) if at > now})
    return random.sample(found, min(len(found), 12))


def too_late(random: Random, database: Database, policy: Policy) -> tuple[int, list[object]]:
    """How many were found the same before their instant, and who had changed; from some instants on."""
    now = random.choice([NOW - 5, NOW + random.randint(-3 * DAY, 3 * DAY), NOW + DAY, NOW + 3 * DAY])
    cuts = census(database, policy, now)
    compared, wrong = 0, list[object]()
    for _ in range(4):
        first = read(database, policy, cuts, now)
        known, true = named(first), said(first)
        for at in instants(random, now, known):
            found = said(read(database, policy, cuts, at))
            for customer in [name for name in true if at < known.get(name, at + 1)]:
                compared += 1
                if found[customer] != true[customer]:
                    about = (policy.text, now, known.get(customer), at)
                    wrong.append((*about, true[customer], found[customer]))
        now = random.choice(sorted(known.values()) or [now + DAY])
    return compared, wrong


def differences(seeds: range) -> tuple[int, list[object]]:
    """All that ``too_late`` finds for these policies."""
    database, compared, wrong = Sqlite(), 0, list[object]()
    for seed in seeds:
        random = Random(seed)
        database.fill(drawn_moving.rows(random, 12))
        found, late = too_late(random, database, drawn(random))
        compared += found
        wrong += late[:1]
    return compared, wrong


@pytest.mark.parametrize("seed", range(2))
def test_nothing_about_a_policy_changes_before_the_next_instant(seed: int) -> None:
    """Traits, lines, segments, stages and situations are the same at every instant before the one named."""
    compared, wrong = differences(range(3 * seed, 3 * seed + 3))
    assert wrong == []
    assert compared > 100


@pytest.mark.full
@pytest.mark.parametrize("seed", range(100, 120))
def test_nothing_changes_before_its_instant_in_many_policies(seed: int) -> None:
    """The same for 400 other policies."""
    compared, wrong = differences(range(20 * seed, 20 * seed + 20))
    assert wrong == []
    assert compared > 1000


def test_three_databases_name_the_same_instants(engines: list[Database]) -> None:
    """To the second, for every customer and every ticket."""
    moving = 0
    for seed in range(2):
        random = Random(seed)
        desk, policy = drawn_moving.rows(random, 25), drawn(random)
        for engine in engines:
            engine.fill(desk)
        cuts = census(engines[0], policy, NOW)
        for now in (NOW, NOW + random.randint(0, 30 * DAY)):
            first, *others = (named(read(engine, policy, cuts, now)) for engine in engines)
            assert others == [first, first], (policy.text, now)
            moving += len(first)
    assert moving > 30


def test_nobody_is_compared_by_what_never_stands_still() -> None:
    """A census is taken once a day: a date that is another in every second is refused with what to do."""
    dates = 'd: {from: customer.created_at}, near: {is: "least(now, d)"}'
    with pytest.raises(PolicyError, match="place compares near, which is another in every second") as found:
        one("place > 3", f"{dates}, place: {{rank: near}}")
    assert "days_since: near" in str(found.value)
    one("place > 3", f"{dates}, quiet: {{days_since: near}}, place: {{rank: quiet}}")
