"""What lint says of files alone: each check finds its fault, and keeps quiet about what is well."""

from __future__ import annotations

from datetime import date

import pytest

from policies.lint import CHECKS, Remark, lint
from policies.load import STARTER, load
from policies.model import Policy
from tests.policies.desk import policy

TODAY = date(2026, 6, 1)


def found(of: Policy, check: str, today: date = TODAY) -> list[Remark]:
    return [remark for remark in lint(of, today) if remark.check == check]


def about(when: str) -> Policy:
    return policy(f"""
traits:
  total: {{count: tickets}}
  calls: {{share: tickets, of: "channel = 'voice'"}}
  plan: {{from: customer.fields.plan, type: text}}
  renewal: {{from: customer.fields.renewal, type: date}}
  marks: {{from: customer.tags}}
segments:
  asked: {{kind: value, label: Asked, rank: 1, when: {when}, treatment: {{tags: [asked]}}}}
""")


def test_the_starter_is_clean() -> None:
    """What is shipped gives no reason to complain."""
    assert lint(load([STARTER]), TODAY) == []


def test_a_policy_is_overdue_the_day_after_its_review() -> None:
    """On the day itself it is not; the remark names the owner."""
    of = about("total > 1")
    assert found(of, "overdue", date(2027, 5, 31)) == []
    (remark,) = found(of, "overdue", date(2027, 6, 1))
    assert "Nobody" in remark.message


@pytest.mark.parametrize(
    "when",
    [
        "total > 5 and total < 3",
        "{all: [total > 5, total < 3]}",
        "{all: [total >= 5], none: [total > 2]}",
        "total > 5 and total < 6",
        "total < 0",
        "total is null",
        "calls > 1",
        "{all: [\"plan = 'a'\", \"plan = 'b'\"]}",
        "{all: [\"plan = 'a'\", plan is null]}",
        "{all: [\"plan in ('a', 'b')\"], none: [\"plan = 'a'\", \"plan = 'b'\"]}",
        "{all: [renewal < now, renewal > now + days(1)]}",
        "{all: [\"'vip' in marks\"], none: [\"'vip' in marks\"]}",
        "{any: [{all: [total > 5, total < 3]}, {all: [\"plan = 'a'\", \"plan = 'b'\"]}]}",
        "{all: [total > calls], none: [total > calls]}",
    ],
)
def test_a_pol_10_a_rule_that_can_never_hold_is_an_error(when: str) -> None:
    """The reason is found without data, and names the lines that exclude each other."""
    (remark,) = found(about(when), "contradiction")
    assert remark.level == "error"
    assert remark.path == ("segments", "asked", "when")
    assert "`" in remark.message


@pytest.mark.parametrize(
    "when",
    [
        "total > 5 and total < 7",
        "calls >= 1",
        "plan is null",
        "{any: [total > 5, total < 3]}",
        "{all: [\"plan = 'a'\", \"lower(plan) = 'b'\"]}",
        "{all: [renewal > now, renewal < now + days(1)]}",
        "{all: [\"'vip' in marks\", \"'new' in marks\"]}",
        "total > calls",
    ],
)
def test_a_rule_that_can_hold_and_fail_is_left_alone(when: str) -> None:
    """Neither a contradiction nor universal."""
    assert lint(about(when), TODAY) == [
        remark for remark in lint(about(when), TODAY) if remark.check in ("unused",)
    ]


@pytest.mark.parametrize("when", ["total >= 0", "{any: [total > 3, total <= 3]}", "not (calls > 1)"])
def test_a_rule_that_can_never_be_false_is_universal(when: str) -> None:
    """It holds for everybody whose traits are known."""
    (remark,) = found(about(when), "universal")
    assert remark.level == "warning"


def test_a_contradiction_names_only_the_lines_it_needs() -> None:
    """Of three lines about one trait, the two that exclude each other."""
    (remark,) = found(about("{all: [total > 1, total > 5, total < 3]}"), "contradiction")
    assert "`total > 5` and `total < 3`" in remark.message
    assert "`total > 1`" not in remark.message


TWO = """
traits: {{total: {{count: tickets}}}}
segments:
  one: {{kind: value, label: One, rank: 1, when: total > 1, treatment: {one}}}
  two: {{kind: value, label: Two, rank: 2, when: {when}, treatment: {two}}}
situations:
  late: {{label: Late, rank: {rank}, when: reopens > 1, treatment: {{next_step: Hurry}}}}
"""


def test_a_pol_10_ties_are_errors() -> None:
    """A shared rank with two next steps; two levels of equal speed. Apart, neither is said."""
    same = "{next_step: Call, service_level: fast}"
    apart = policy(TWO.format(one=same, two="{tags: [x]}", when="total > 2", rank=3))
    assert found(apart, "tied") == []
    tied = policy(TWO.format(one=same, two="{tags: [x]}", when="total > 2", rank=1))
    assert [remark.path for remark in found(tied, "tied")] == [("situations", "late", "rank")]
    text = tied.text.replace("rank: 1, when: reopens", "rank: 3, when: reopens")
    text = text.replace(
        "slow: {label: Slow, first_reply: {urgent: 1 hour, high: 4 hours, normal: 8",
        "slow: {label: Slow, first_reply: {urgent: 1 hour, high: 4 hours, normal: 4",
    )
    text = text.replace("{tags: [x]}", "{service_level: slow}")
    from policies.load import load_text

    (remark,) = found(load_text(text, "x"), "tied")
    assert remark.path == ("service_levels", "slow")


def test_two_segments_with_the_same_conditions_are_named() -> None:
    """Only when groups and lines are the same."""
    same = policy(TWO.format(one="{tags: [x]}", two="{tags: [y]}", when="total  >  1", rank=3))
    assert [remark.path for remark in found(same, "same-condition")] == [("segments", "two", "when")]
    other = policy(TWO.format(one="{tags: [x]}", two="{tags: [y]}", when="{none: [total > 1]}", rank=3))
    assert found(other, "same-condition") == []


def test_what_is_declared_and_not_used_is_named() -> None:
    """Traits, tones, channels and levels; and a segment that asks for nothing."""
    of = policy("""
traits:
  total: {count: tickets}
  voice: {from: ticket.channel}
  calls: {share: tickets, of: "voice = 'voice'"}
  worth: {from: customer.fields.worth, type: number, format: money, currency: EUR}
segments:
  asked: {kind: value, label: Asked, rank: 1, when: total > 1}
""")
    paths = {remark.path for remark in found(of, "unused")}
    assert ("traits", "calls") in paths
    assert paths.isdisjoint({("traits", "voice"), ("traits", "total"), ("traits", "worth")})
    assert {("tones", "calm"), ("channels", "phone"), ("service_levels", "fast")} <= paths
    assert ("tones", "plain") not in paths
    assert [remark.path for remark in found(of, "no-treatment")] == [("segments", "asked")]


def test_every_check_has_a_meaning_and_every_remark_a_remedy() -> None:
    """People read sentences."""
    assert all(check.meaning for check in CHECKS.values())
    assert all(remark.remedy.endswith(".") for remark in lint(about("total < 0"), date(2028, 1, 1)))
