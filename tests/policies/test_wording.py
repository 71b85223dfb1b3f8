"""A trait and its value as a line that an agent may read aloud."""

from __future__ import annotations

import pytest

from policies.segments import facts_line
from policies.standing import Value
from tests.policies.desk import DAY, NOW, one

OF = one(
    "true",
    "revenue:"
    " {from: organization.fields.r, type: number, label: Yearly revenue, format: money, currency: EUR},"
    " francs: {from: organization.fields.r, type: number, format: money, currency: CHF},"
    " seats: {from: organization.fields.s, type: number},"
    " renewal: {from: organization.fields.d, type: date},"
    " happy: {share: ratings, of: \"score = 'good'\", format: percent, label: Satisfaction},"
    " opted_in: {from: customer.fields.o, type: boolean},"
    " own_tags: {from: customer.tags},"
    " plan: {from: organization.fields.plan, type: text},"
    " age: {from: customer.fields.age, type: number}",
)


@pytest.mark.parametrize(
    ("trait", "value", "line"),
    [
        ("revenue", 48000, "Yearly revenue: €48,000"),
        ("revenue", 48000.5, "Yearly revenue: €48,000.50"),
        ("revenue", -5, "Yearly revenue: -€5"),
        ("francs", 1200, "Francs: CHF 1,200"),
        ("seats", 1234567, "Seats: 1,234,567"),
        ("seats", 2.5, "Seats: 2.5"),
        ("seats", 3.0, "Seats: 3"),
        ("seats", float("inf"), "Seats: inf"),
        ("happy", 0.666, "Satisfaction: 67%"),
        ("renewal", NOW, "Renewal: Jun 1, 2026 (today)"),
        ("renewal", NOW + DAY, "Renewal: Jun 2, 2026 (tomorrow)"),
        ("renewal", NOW - DAY, "Renewal: May 31, 2026 (yesterday)"),
        ("renewal", NOW + 29 * DAY, "Renewal: Jun 30, 2026 (in 29 days)"),
        ("renewal", NOW - 1000 * DAY, "Renewal: Sep 5, 2023 (1,000 days ago)"),
        ("renewal", 10**15, "Renewal: not a date"),
        ("opted_in", True, "Opted in: yes"),
        ("opted_in", False, "Opted in: no"),
        ("own_tags", ["a", "b"], "Own tags: a, b"),
        ("own_tags", [], "Own tags: none"),
        ("plan", "enterprise", "Plan: enterprise"),
        ("plan", None, "Plan: not known"),
        ("reopens", 2, "Reopens: 2"),
        ("waiting_since", NOW - 2 * DAY, "Waiting since: May 30, 2026 (2 days ago)"),
    ],
)
def test_facts_read_as_plain_english(trait: str, value: Value, line: str) -> None:
    """Label and value, with the span for dates; ticket columns read by situations have lines too."""
    assert facts_line(OF, trait, value, NOW) == line


def test_a_protected_trait_is_never_a_reason() -> None:
    """There is no line for it, whatever its value."""
    assert facts_line(OF, "age", 70, NOW) is None
    assert facts_line(OF, "age", None, NOW) is None
