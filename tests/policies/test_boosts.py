"""Priority for a while: how long it is asked for, and what is said when it is over."""

from __future__ import annotations

import pytest

from policies import boosts
from policies.faults import PolicyError
from policies.stages import Reached
from policies.standing import Facts
from policies.treatment import Decision, decide
from tests.policies.desk import DAY, policy

MIDDLE = """
traits: {}
segments:
  recover: {kind: sentiment, label: Recover, rank: 1, when: 'true',
    treatment: {tags: [recover], priority: {at_least: high, for: 3 days}}}
  steady: {kind: value, label: Steady, rank: 2, when: 'true', treatment: {priority: {at_least: normal}}}
stages:
  settling: {label: Settling, rank: 1, enter: 'true', treatment: {priority: {at_least: urgent, for: 1 day}}}
"""
OF = policy(MIDDLE)
BEGUN = 1000


def decided(now: int, *members: str, reached: Reached | None = None) -> Decision:
    """The decision of somebody whose memberships began long ago."""
    over = boosts.over(OF, dict.fromkeys(members, BEGUN), reached, now)
    facts = Facts("7", "a", "open", {}, (), ())
    held = dict.fromkeys(members, False)
    return decide(OF, "7", held, facts, None, reached.stage if reached else None, over)


def test_a_boost_ends_to_the_second() -> None:
    """It stands for its three days and is gone with the last of them; the tag stays, the reason is kept."""
    last, after = decided(BEGUN + 3 * DAY - 1, "recover"), decided(BEGUN + 3 * DAY, "recover")
    assert last.priority is not None
    assert (last.priority.value, last.held) == ("high", ())
    assert after.priority is None
    assert [part.value for part in after.tags] == ["recover"]
    assert [claim.reason for claim in after.held] == [
        "Recover asks for at least high priority; the time for it is over."
    ]


def test_what_others_ask_for_is_left() -> None:
    """The next highest wish wins when a boost is over."""
    part = decided(BEGUN + 9 * DAY, "recover", "steady").priority
    assert part is not None
    assert (part.value, part.won.by) == ("normal", "segment:steady")


def test_a_stage_boosts_from_when_it_was_entered() -> None:
    """Its own date counts."""
    reached = Reached("settling", 50)
    before, after = decided(49 + DAY, reached=reached), decided(50 + DAY, reached=reached)
    assert before.priority is not None
    assert before.priority.value == "urgent"
    assert after.priority is None


def test_the_next_end_is_known() -> None:
    """Whoever looks again by the clock is told the next instant, and none when nothing is left to end."""
    since = {"recover": BEGUN, "steady": 1}
    reached = Reached("settling", BEGUN + 1)
    assert boosts.due(OF, since, reached, BEGUN) == BEGUN + 1 + DAY
    assert boosts.due(OF, since, reached, BEGUN + 1 + DAY) == BEGUN + 3 * DAY
    assert boosts.due(OF, since, None, BEGUN + 3 * DAY) is None


def test_a_situation_cannot_ask_for_a_while() -> None:
    """When a situation began is not remembered."""
    with pytest.raises(PolicyError, match="a situation asks for as long as it holds"):
        policy(
            MIDDLE + "situations: {s: {label: S, rank: 1, when: 'true',"
            " treatment: {priority: {at_least: high, for: 1 day}}}}\n"
        )
