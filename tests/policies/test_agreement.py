"""The SQL of a condition agrees with a slow Python reading of it on every database, whatever is missing."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from policies.language import read
from policies.vocabulary import Type
from tests.policies import drawn, slow
from tests.policies.databases import Database, databases, hold, truths

SCOPE: dict[str, Type] = {
    "n1": "number",
    "n2": "number",
    "d1": "date",
    "d2": "date",
    "t1": "text",
    "t2": "text",
    "b1": "boolean",
    "b2": "boolean",
    "s1": "set",
}


@pytest.fixture(scope="module", name="engines")
def three_databases(postgres_address: str) -> Iterator[list[Database]]:
    """SQLite, PostgreSQL and DuckDB."""
    with databases(postgres_address) as engines:
        yield engines


def truth(engines: list[Database], text: str, row: slow.Row) -> bool | None:
    """What all databases say of the condition for this row."""
    found = set()
    for engine in engines:
        hold(engine, SCOPE, [row])
        found.add(truths(engine, [read(text, SCOPE)], slow.NOW)[0][0])
    (answer,) = found
    return answer


def drawn_row(random: Random) -> dict[str, slow.Value]:
    """A value for every name, each of which may be missing."""
    instants: list[slow.Value] = [
        slow.NOW + random.randint(-9, 9) * slow.DAY,
        slow.NOW + random.randint(-5, 5),
        *_INSTANTS,
    ]
    values: dict[Type, list[slow.Value]] = {
        "number": [random.randint(-3, 8), random.randint(-999, 999) / 100, *_NUMBERS],
        "date": instants,
        "text": list(drawn.TEXTS),
        "boolean": [True, False],
        "set": [[], random.sample(drawn.TEXTS, 3)],
    }
    return {
        name: None if random.random() < 0.2 else random.choice(values[type_]) for name, type_ in SCOPE.items()
    }


_NUMBERS = [0, 0.5, 2.25, -0.25, 0.1, 19.99, 0.3, 1e15, -1e15, 1e-15, 999999999999999, 1 / 3]
_INSTANTS = [0, -1, 951_782_400, 1_709_164_799, -62_135_596_800, 253_402_300_799]


def disagreements(engines: list[Database], seed: int, conditions: int, rows: int) -> list[object]:
    """Conditions and rows on which some database and the slow reading part ways."""
    random = Random(seed)
    drawer = drawn.Drawn(random, SCOPE)
    asked = [drawer.condition() for _ in range(conditions)]
    held = [drawn_row(random) for _ in range(rows)]
    right = [tuple(slow.value(condition, {**row, "now": slow.NOW}) for condition in asked) for row in held]
    wrong: list[object] = []
    for engine in engines:
        hold(engine, SCOPE, held)
        found = truths(engine, [read(condition.text, SCOPE) for condition in asked], slow.NOW)
        wrong += [
            (engine.dialect.name, asked[column].text, held[place], answer, right[place][column])
            for place, answers in enumerate(found)
            for column, answer in enumerate(answers)
            if answer is not right[place][column]
        ]
    return wrong


@pytest.mark.parametrize("seed", range(4))
def test_every_database_and_the_slow_reading_agree(engines: list[Database], seed: int) -> None:
    """Drawn conditions over drawn rows are true, false or unknown alike, in all four readings."""
    assert disagreements(engines, seed, conditions=25, rows=20) == []


ROW: dict[str, slow.Value] = {
    "n1": 4,
    "n2": None,
    "d1": slow.NOW,
    "d2": None,
    "t1": "team",
    "t2": None,
    "b1": True,
    "b2": None,
    "s1": None,
}


@pytest.mark.parametrize(
    "text",
    [
        "n2 = 1",
        "n2 != 1",
        "not n2 = 1",
        "not n2 != 1",
        "n2 < 1",
        "n2 <= 1",
        "n2 > 1",
        "n2 >= 1",
        "n1 = n2",
        "n2 = n2",
        "n2 between 1 and 2",
        "not n2 between 1 and 2",
        "n1 between n2 and 9",
        "n2 in (1, 2)",
        "n2 not in (1, 2)",
        "n1 in (1, n2)",
        "n1 not in (1, n2)",
        "n1 + n2 > 0",
        "n1 - n2 > 0",
        "n1 * n2 = 0",
        "n1 / n2 > 0",
        "n2 / n1 > 0",
        "n1 / 0 > 0",
        "n1 / 0 <= 0",
        "n1 / (n1 - 4) = 1",
        "-n2 < 0",
        "t2 = 'team'",
        "t2 != 'team'",
        "t2 in ('team')",
        "t2 not in ('team')",
        "lower(t2) = 'team'",
        "coalesce(t2, t2) = 'team'",
        "d2 < now",
        "d2 > now - days(1)",
        "now - d2 > days(1)",
        "d1 + days(n2) > now",
        "d1 < now + hours(n2)",
        "b2",
        "not b2",
        "b2 = true",
        "b2 != true",
        "b1 = b2",
        "(n2 > 1) = b1",
        "'x' in s1",
        "'x' not in s1",
        "t2 in s1",
        "d2 = date('2026-01-31')",
        "year(d2) = 2026",
        "weekday(d2) != 1",
        "years_since(d2) < 5",
        "abs(n2) >= 0",
        "least(n1, n2) > 0",
        "least(n2, n1) > 0",
        "greatest(d1, d2) > now",
        "round_down(n2) = 0",
        "upper(t2) = 'TEAM'",
        "trim(t2) = ''",
        "length(t2) >= 0",
        "starts_with(t2, '')",
        "starts_with(t1, t2)",
        "ends_with(t2, '')",
        "ends_with(t1, t2)",
        "contains(t2, '')",
        "contains(t1, t2)",
        "t2 like '%'",
        "t2 not like '%'",
        "not t2 like 'x'",
        "size(s1) = 0",
        "now - d2 > minutes(n2)",
        "now - d1 > weeks(n2)",
        "b1 and b2",
        "b2 and b1",
        "not b1 or b2",
        "b2 or b2",
        "n1 = 4 and n2 = 4",
    ],
)
def test_a_missing_value_makes_every_operator_unknown(engines: list[Database], text: str) -> None:
    """What is compared with something missing is neither true nor false, negated or not."""
    assert truth(engines, text, ROW) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n2 is null", True),
        ("n2 is not null", False),
        ("(n2 > 1) is null", True),
        ("s1 is null", True),
        ("b1 or b2", True),
        ("b2 or b1", True),
        ("not b1 and b2", False),
        ("n1 = 4 or n2 = 4", True),
        ("n1 = 5 and n2 = 4", False),
        ("coalesce(n2, 0) = 0", True),
        ("coalesce(b2, false)", False),
        ("n1 in (4, n2)", True),
        ("n1 between n2 and 3", False),
    ],
)
def test_a_missing_value_that_cannot_matter_does_not(
    engines: list[Database], text: str, expected: bool
) -> None:
    """``or`` is true beside unknown, ``and`` false; ``is null`` and ``coalesce`` always know."""
    assert truth(engines, text, ROW) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("t1 = 'Team'", False),
        ("t1 = 'team '", False),
        ("lower(t1) = 'team'", True),
        ("lower('ÉA') = 'Éa'", True),
        ("'e\u0301' = '\u00e9'", False),
        ("n1 / 8 = 0.5", True),
        ("now - d1 = days(0)", True),
        ("d1 between now and now", True),
        ("t1 like 'TEAM'", False),
        ("t1 like 't__m'", True),
        ("t1 like 't_m'", False),
        ("'équipe' like '_quipe'", True),
        ("'e\u0301quipe' like '_quipe'", False),
        ("'[a]*?' like '[a]*?'", True),
        ("'abc' like 'a*'", False),
        ("'a%' like 'a\\%'", False),
        ("'a\\b' like 'a\\%'", True),
        ("upper('éa') = 'éA'", True),
        ("trim(' \u00a0a ') = '\u00a0a'", True),
        ("length('e\u0301😀') = 3", True),
        ("contains(t1, 'EA')", False),
        ("ends_with(t1, 'team too')", False),
        ("round_down(0 - 2.5) = 0 - 3", True),
        ("round_down(-n1 / 8) = -1", True),
        ("date('2024-02-29') < date('2024-03-01') and year(date('2024-02-29')) = 2024", True),
        ("weekday(date('2026-06-01')) = 1 and weekday(date('1969-12-28')) = 7", True),
        ("hour(date('2026-06-01T01:30+02:00')) = 23 and day(date('2026-06-01T01:30+02:00')) = 31", True),
        ("years_since(date('2000-06-01')) = 26", True),
        ("years_since(date('2000-06-02')) = 25", True),
        ("years_since(now + days(1)) = -1", True),
        ("year(date('9999-12-31') + days(1)) is null", True),
    ],
)
def test_texts_numbers_and_days_are_exact(engines: list[Database], text: str, expected: bool) -> None:
    """Texts are equal character for character, letters fold from A to Z, days are those of UTC."""
    assert truth(engines, text, ROW) is expected


def test_membership_in_an_empty_set_is_false(engines: list[Database]) -> None:
    """An empty set is known: nothing is in it."""
    assert truth(engines, "'x' in s1", {**ROW, "s1": []}) is False
    assert truth(engines, "'x' in s1", {**ROW, "s1": ["x"]}) is True


@pytest.mark.parametrize(
    ("now", "years"),
    [("2027-02-28", 26), ("2027-03-01", 27), ("2028-02-28", 27), ("2028-02-29", 28)],
)
def test_who_was_born_on_a_leap_day_has_a_birthday_every_year(
    engines: list[Database], now: str, years: int
) -> None:
    """In other years it is the 1st of March."""
    condition = read(f"years_since(date('2000-02-29')) = {years}", SCOPE)
    for engine in engines:
        hold(engine, SCOPE, [ROW])
        assert truths(engine, [condition], int(str(slow.day(now).value))) == [(True,)]
