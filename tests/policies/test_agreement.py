"""The SQL of a condition and a slow Python reading of it agree, whatever is missing."""

from __future__ import annotations

import json
import sqlite3

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from policies.dialects import SQLITE, Parameters, bound
from policies.language import read
from policies.vocabulary import Type
from tests.policies import drawn, slow

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
DATABASE = sqlite3.connect(":memory:", check_same_thread=False)


def truth(text: str, row: slow.Row) -> bool | None:
    """What the database says of the condition for this row."""
    parameters = Parameters()
    condition = bound(
        read(text, SCOPE), {name: exp.column(name, table="f") for name in SCOPE}, parameters, SQLITE
    )
    values = {
        f"v_{name}": json.dumps(value) if isinstance(value, list) else value for name, value in row.items()
    }
    row_of_values = exp.select(*(exp.alias_(exp.Placeholder(this=f"v_{name}"), name) for name in SCOPE))
    statement = SQLITE.sql(exp.select(condition).from_(row_of_values.subquery("f")))
    (found,) = DATABASE.execute(statement, {**parameters.values, **values, "now": slow.NOW}).fetchone()
    assert found in (None, 0, 1)
    return None if found is None else bool(found)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn.conditions(), st.lists(drawn.rows, min_size=1, max_size=4))
def test_sql_and_slow_reading_agree(condition: slow.Node, rows: list[dict[str, slow.Value]]) -> None:
    """For drawn conditions over drawn rows both readings say the same: true, false or unknown."""
    for row in rows:
        assert truth(condition.text, row) is slow.value(condition, row), (condition.text, row)


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
        "b1 and b2",
        "b2 and b1",
        "not b1 or b2",
        "b2 or b2",
        "n1 = 4 and n2 = 4",
    ],
)
def test_a_missing_value_makes_every_operator_unknown(text: str) -> None:
    """What is compared with something missing is neither true nor false, negated or not."""
    assert truth(text, ROW) is None


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
def test_a_missing_value_that_cannot_matter_does_not(text: str, expected: bool) -> None:
    """``or`` is true beside unknown, ``and`` false; ``is null`` and ``coalesce`` always know."""
    assert truth(text, ROW) is expected


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
    ],
)
def test_equality_is_exact(text: str, expected: bool) -> None:
    """Texts are equal character for character, ``lower`` folds A to Z only, and division is real."""
    assert truth(text, ROW) is expected


def test_membership_in_an_empty_set_is_false() -> None:
    """An empty set is known: nothing is in it."""
    assert truth("'x' in s1", {**ROW, "s1": []}) is False
    assert truth("'x' in s1", {**ROW, "s1": ["x"]}) is True
