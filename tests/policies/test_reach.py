"""What an edit of a policy reaches, from the edit alone."""

from __future__ import annotations

import pytest

from policies.load import load_text
from policies.model import Policy
from policies.reach import Reach, reach
from tests.policies.desk import HEAD, TAIL

POLICY = (
    HEAD
    + """
traits:
  plan: {from: organization.fields.plan, type: text}
  lately: {count: tickets, where: "status != 'closed'", within: 30 days}
segments:
  vip:
    {kind: value, label: Key account, rank: 1, when: {all: ["plan = 'enterprise'"]}, treatment: {tags: [vip]}}
  often:
    {kind: behavioural, label: In touch, rank: 2, when: "lately >= 5", treatment: {tone: calm}}
stages:
  begins: {label: Begins, rank: 4, enter: lately >= 1, treatment: {tone: calm}}
situations:
  first: {label: First contact, rank: 3, when: "lately = 1", treatment: {tone: warm}}
"""
    + TAIL
)
NOBODY, EVERYONE = Reach(), Reach(everyone=True)


def edited(*steps: tuple[str, str]) -> Policy:
    text = POLICY
    for old, new in steps:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return load_text(text, "edited.yaml")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("label: Key account", "label: Our best"),
        ("label: Key account, rank", "look: star, label: Key account, rank"),
        ("label: Calm, do: [Breathe]", "label: Calm, do: [Breathe, Wait]"),
        ("lately >= 5", "lately>=5"),
        ("status != 'closed'", "status  !=  'closed'"),
        ("goal: Try it", "goal: Try harder"),
        ("label: First contact", "label: New here"),
        (
            "  warm: {label: Warm",
            "  cool: {label: Cool, do: [Chill], opening: {en: Hi}}\n  warm: {label: Warm",
        ),
        ("type: text}", "type: text, label: The plan}"),
        ("\nsegments:", "\n# a remark\nsegments:"),
        ("\nsegments:", "\nmost_high: 30 %\nfloor: 8 days\nsegments:"),
    ],
)
def test_words_and_spaces_concern_nobody(old: str, new: str) -> None:
    """What only people read, and how a condition is spaced, changes no answer."""
    assert reach(load_text(POLICY, "p"), edited((old, new))) == NOBODY


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ((("tags: [vip]", "tags: [gold]"),), Reach(segments=("vip",))),
        ((("{tags: [vip]}", "{}"),), Reach(segments=("vip",))),
        ((("rank: 2", "rank: 7"),), Reach(segments=("often",))),
        ((("kind: behavioural", "kind: needs"),), Reach(segments=("often",))),
        ((("{tone: warm}", "{tone: calm}"),), Reach(situations=("first",))),
        (
            (("tags: [vip]", "tags: [x]"), ("{tone: warm}", "{}")),
            Reach(segments=("vip",), situations=("first",)),
        ),
    ],
)
def test_what_a_segment_asks_for_concerns_its_members(
    steps: tuple[tuple[str, str], ...], expected: Reach
) -> None:
    """A treatment, a rank or a kind speaks to whoever is in the segment or situation."""
    assert reach(load_text(POLICY, "p"), edited(*steps)) == expected


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("lately >= 5", "lately >= 6"),
        ("lately >= 5", "not lately < 5"),
        ("lately = 1", "lately = 2"),
        ("within: 30 days", "within: 31 days"),
        ("status != 'closed'", "status != 'solved'"),
        ("fields.plan, type", "fields.tier, type"),
        ("type: text}", "type: text, sensitivity: personal}"),
        ("  first:", "  second: {label: B, rank: 9, when: 'lately = 2'}\n  first:"),
        ("  often:", "  seldom: {kind: value, label: S, rank: 8, when: 'lately < 1'}\n  often:"),
        ("  often:", "  frequent:"),
        ("all: [", "any: ["),
        ("normal: 4 hours, low: 8 hours", "normal: 3 hours, low: 8 hours"),
        ("house: {tone: plain}", "house: {tone: calm}"),
        ("enter: lately >= 1, treatment: {tone: calm}", "enter: lately >= 1, treatment: {tone: warm}"),
        ("enter: lately >= 1", "enter: lately >= 2"),
        ("rank: 4, enter", "rank: 4, stay: 2 days, enter"),
    ],
)
def test_anything_else_concerns_everyone(old: str, new: str) -> None:
    """Traits, conditions, their order, promises and what holds for all: any of them can move anybody."""
    assert reach(load_text(POLICY, "p"), edited((old, new))) == EVERYONE


def test_another_order_of_segments_concerns_everyone() -> None:
    """What is stored of a customer is in the policy's order, which must not be read in another."""
    first, second = POLICY.index("  vip:"), POLICY.index("  often:")
    end = POLICY.index("stages:")
    swapped = POLICY[:first] + POLICY[second:end] + POLICY[first:second] + POLICY[end:]
    assert reach(load_text(POLICY, "p"), load_text(swapped, "p")) == EVERYONE


def test_a_segment_called_like_a_word_is_no_word() -> None:
    """Only keys of blocks are words; a name that an admin chose is none."""
    named = POLICY.replace("  often:", "  label:")
    changed = named.replace("lately >= 5", "lately >= 6")
    assert reach(load_text(named, "p"), load_text(changed, "p")) == EVERYONE
