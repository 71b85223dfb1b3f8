"""However deep an admitted condition is, SQLite can read the statement it stands in."""

from __future__ import annotations

import json

import pytest

from policies.language import read
from policies.typed import ConditionError
from policies.vocabulary import Type
from tests.policies.desk import Desk, one, policy

SCOPE: dict[str, Type] = {"channel": "text", "created_at": "date", "reopens": "number", "tags": "set"}


@pytest.mark.parametrize(
    ("before", "inner", "after"),
    [
        ("(", "reopens > 1", ")"),
        ("not ", "reopens > 1", ""),
        ("not (", "reopens > 1", ")"),
        ("(reopens > 1 and ", "reopens > 1", ")"),
        ("(1 / ", "reopens", ") > 1"),
        ("lower(", "channel", ") = 'x'"),
        ("trim(", "channel", ") like 'x%'"),
        ("round_down(", "reopens", ") > 1"),
        ("least(1, ", "reopens", ") > 1"),
        ("coalesce(1, ", "reopens", ") > 1"),
        ("abs(", "size(tags)", ") > 1"),
        ("weekday(created_at + days(", "reopens", ")) > 1"),
        ("years_since(created_at + days(", "reopens", ")) > 1"),
        ("not ", "ends_with(trim(channel), lower(channel))", ""),
        ("not (", "lower(upper(channel)) in tags", ")"),
    ],
)
def test_a_pol_06_the_deepest_admitted_condition_can_be_run(before: str, inner: str, after: str) -> None:
    """In the deepest place of a statement, inside the sum of a computed trait, every shape still runs."""
    deepest, refusal = "", ""
    for depth in range(1, 40):
        close, _, end = after.partition(" ") if " " in after else (after, "", "")
        text = before * depth + inner + close * depth + (f" {end}" if end else "")
        try:
            read(text, SCOPE)
        except ConditionError as error:
            refusal = error.message
            break
        deepest = text
    assert any(words in refusal for words in ("inside one another", "too often", "too many functions"))
    trait = f"all_replies: {{sum: ticket.replies, where: {json.dumps(deepest)}, within: 3 days}}"
    desk = Desk()
    assert desk.standing(one("all_replies > 1", trait), desk.add("customers")).segments == (None,)


def test_a_pol_06_the_deepest_admitted_groups_can_be_run() -> None:
    """Groups inside one another are limited by the depth of the file; the deepest still runs."""
    item: object = "true"
    for _ in range(13):
        item = {"none": ["false", {"any": ["false", item]}]} if isinstance(item, str) else {"none": [item]}
    rule = json.dumps({"kind": "value", "label": "Deep", "rank": 1, "when": item})
    desk = Desk()
    of = policy(f"traits: {{}}\nsegments:\n  deep: {rule}\n")
    assert desk.standing(of, desk.add("customers")).segments == (False,)
