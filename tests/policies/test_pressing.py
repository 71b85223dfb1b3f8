"""The order in which tickets get high priority where it is short."""

from __future__ import annotations

import pytest

from policies.faults import PolicyError
from policies.load import load_text
from policies.model import MOST_HIGH
from policies.pressing import WAITED, place
from policies.standing import Facts
from policies.treatment import decide
from tests.policies.desk import policy, text

POLICY = """
traits:
  calls: {count: tickets}
segments:
  key: {kind: value, label: Key, rank: 3, when: calls >= 1, treatment: {priority: {at_least: high}}}
  best: {kind: value, label: Best, rank: 9, when: calls >= 2, treatment: {priority: {at_least: urgent}}}
  known: {kind: value, label: Known, rank: 1, when: calls >= 2, treatment: {priority: {at_least: normal}}}
waiting: {after: 4 hours, priority: high}
"""


def placed(*members: str, waited: bool = False) -> int | None:
    facts = Facts("5", "7", "open", {}, (), (waited,))
    return decide(policy(POLICY), "5", dict.fromkeys(members, False), facts, None).place


def test_urgent_comes_first_and_then_the_better_rank() -> None:
    """Whoever asks for more is first, among equals whoever ranks higher."""
    line = [place(*one, waited=False) for one in (("urgent", 90), ("high", 1), ("high", 2))]
    assert [at for at in line if at is not None] == sorted({at for at in line if at is not None})
    assert None not in line
    assert placed("key", "best") == place("urgent", 9, waited=False)
    assert placed("key", "known") == place("high", 3, waited=False)


@pytest.mark.parametrize("priority", ["low", "normal"])
def test_what_is_not_high_stands_in_no_line(priority: str) -> None:
    """Only high and urgent are short."""
    assert place(priority, 1, waited=True) is None
    assert placed("known") is None


def test_g_4_whoever_has_waited_is_before_everyone() -> None:
    """A ticket that waited to its step stands where no cap reaches, whoever else asks for it."""
    assert placed(waited=True) == WAITED
    assert placed("key", waited=True) == WAITED


@pytest.mark.parametrize(("written", "share"), [("20 %", 0.2), ("0.35", 0.35), ("100%", 1.0), ("0", 0.0)])
def test_the_share_is_written_as_a_number_or_a_percentage(written: str, share: float) -> None:
    """Both mean the same; a fifth where a policy says nothing."""
    assert policy(f"{POLICY}\nmost_high: {written}\n").most_high == share
    assert policy(POLICY).most_high == MOST_HIGH == 0.2


@pytest.mark.parametrize("written", ["120 %", "-1", "2", "a lot", "true", "1e-1"])
def test_a_share_that_is_none_is_refused(written: str) -> None:
    """With the two ways to write one."""
    with pytest.raises(PolicyError, match="20 %"):
        load_text(text(f"{POLICY}\nmost_high: {written}\n"), "trial.yaml")
