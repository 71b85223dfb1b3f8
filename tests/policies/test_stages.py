"""Stages of a customer's life: entered, kept, left, without flapping; guarded and explained."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.faults import Fault, PolicyError
from policies.guard import exposing
from policies.load import load_text
from policies.segments import explain_stages
from policies.stages import Reached, due, next_stage
from policies.standing import Facts, Truth
from policies.treatment import decide
from tests.policies.desk import DAY, NOW, Desk, policy, text

MIDDLE = """
traits:
  first: {minimum: ticket.created_at}
  used: {from: customer.fields.used, type: number}
  years: {from: customer.fields.age, type: number}
segments:
  all_: {kind: value, label: All, rank: 1, when: 'true', treatment: {tone: calm}}
stages:
  settling: {label: Settling in, rank: 10, enter: first > now - days(30), exit: used >= 5, stay: 7 days,
    treatment: {tone: warm, tags: [settling]}}
  at_home: {label: At home, rank: 20, enter: used >= 5, exit: used < 2, stay: 30 days}
  drifting: {label: Drifting, rank: 30, enter: {all: [used < 2, first is not null]}, treatment: {tone: plain}}
"""
OF = policy(MIDDLE)
STAGES = OF.stages


def then(reached: Reached | None, now: int, **truths: Truth) -> Reached | None:
    """The stage after one look; truths are ``settling_enter=True``."""
    return next_stage(
        STAGES, reached, {name.replace("_e", "-e"): truth for name, truth in truths.items()}, now
    )


def test_the_first_that_may_be_entered_is() -> None:
    """Without a stage the order of the file decides; where none may be entered there is none."""
    assert then(None, 5, settling_enter=True, at_home_enter=True) == Reached("settling", 5)
    assert then(None, 5, settling_enter=None, at_home_enter=True) == Reached("at_home", 5)
    assert then(None, 5, settling_enter=False) is None
    assert then(Reached("gone", 1), 5, at_home_enter=True) == Reached("at_home", 5)


@pytest.mark.parametrize(
    ("late", "left", "stage"),
    [
        (7 * DAY - 1, True, "settling"),
        (7 * DAY, True, "at_home"),
        (7 * DAY, False, "settling"),
        (7 * DAY, None, "settling"),
    ],
)
def test_a_stage_stands_until_its_exit_holds_and_its_stay_is_over(late: int, left: Truth, stage: str) -> None:
    """To the second; what is not known moves nobody."""
    found = then(Reached("settling", 100), 100 + late, settling_exit=left, at_home_enter=True)
    assert found is not None
    assert found.stage == stage
    assert found.since == (100 if stage == "settling" else 100 + late)


def test_leaving_without_a_next_stage_is_leaving() -> None:
    """Nobody is held in a stage that is over; further down the order is tried before further up."""
    home = Reached("at_home", 0)
    assert then(home, 30 * DAY, at_home_exit=True) is None
    both = {"settling_enter": True, "drifting_enter": True}
    assert then(home, 30 * DAY, at_home_exit=True, **both) == Reached("drifting", 30 * DAY)
    assert then(home, 30 * DAY, at_home_exit=True, settling_enter=True) == Reached("settling", 30 * DAY)


def test_a_stage_without_exit_is_left_for_another() -> None:
    """It stands as long as no other may be entered, also when its own entry holds no more."""
    drifting = Reached("drifting", 0)
    assert then(drifting, 9, drifting_enter=False) == drifting
    assert then(drifting, 9, at_home_enter=True) == Reached("at_home", 9)


TRUTHS = st.fixed_dictionaries(
    {
        name: st.sampled_from([True, False, None])
        for name in ("settling-enter", "settling-exit", "at_home-enter", "at_home-exit", "drifting-enter")
    }
)


@given(st.lists(st.tuples(st.integers(1, 20 * DAY), TRUTHS), max_size=12))
def test_nothing_flaps(looks: list[tuple[int, dict[str, Truth]]]) -> None:
    """Whatever is seen whenever: no stage is left before its stay, and a second look moves nobody."""
    now, reached = 0, None
    for later, truths in looks:
        now += later
        after = next_stage(STAGES, reached, truths, now)
        if reached is not None and after != reached:
            assert now >= (due(STAGES, reached) or 0)
        if after is not None and after != reached:
            assert after.since == now
            assert truths[f"{after.stage}-enter"] is True
            if STAGES[after.stage].stay:
                assert next_stage(STAGES, after, truths, now) == after
        reached = after


def test_the_statement_tells_the_conditions_of_stages() -> None:
    """Beside the segments, with three values and with their lines for the proof."""
    desk = Desk()
    customer = desk.add("customers", fields={"used": 1})
    desk.add("tickets", customer_id=customer, created_at=NOW - DAY)
    standing = desk.standing(OF, customer)
    assert standing.segments == (True,)
    assert standing.stages == {
        "settling-enter": True,
        "settling-exit": False,
        "at_home-enter": False,
        "at_home-exit": True,
        "drifting-enter": True,
    }
    proof = {verdict.segment: verdict for verdict in explain_stages(OF, standing)}
    assert [line.truth for line in proof["drifting-enter"].lines] == [True, True]
    assert proof["settling-exit"].lines[0].seen == {"used": 1}
    stranger = desk.standing(OF, desk.add("customers"))
    assert stranger.stages["drifting-enter"] is False
    assert stranger.stages["settling-enter"] is None


def test_a_stage_asks_like_a_segment() -> None:
    """It claims with the evidence of a life cycle, and the decision names it."""
    facts = Facts("7", "a", "open", {}, (), ())
    decision = decide(OF, "7", {}, facts, None, "settling")
    assert (decision.stage, decision.segment) == ("settling", None)
    assert decision.tone is not None
    assert (decision.tone.value, decision.tone.won.by) == ("warm", "stage:settling")
    assert [part.value for part in decision.tags] == ["settling"]
    assert decide(OF, "7", {}, facts, None, "gone").stage is None
    beside = decide(OF, "7", {"all_": False}, facts, None, "settling").tone
    assert beside is not None
    assert [claim.by for claim in beside.lost] == ["stage:settling"]


def refused(before: str, after: str) -> Fault:
    """The only fault of the policy with a part of it changed."""
    assert before in MIDDLE
    with pytest.raises(PolicyError) as caught:
        load_text(text(MIDDLE.replace(before, after, 1)), "p.yaml")
    (found,) = caught.value.faults
    return found


@pytest.mark.parametrize(
    ("before", "after", "message", "line"),
    [
        ("exit: used >= 5", "exit: usd >= 5", "usd is not known here", 15),
        ("rank: 20", "rank: 10", "rank 10 is taken by settling", 17),
        ("tone: warm", "tone: wram", "there is no tone wram", 16),
        ("stay: 7 days", "stay: seven", "stages.settling.stay: write a span", 15),
        (", enter: used >= 5, exit", ", exit", "enter is missing in stages.at_home", 17),
        ("label: Drifting", "label: Low value", "speaks ill of people: low value", 18),
    ],
)
def test_faults_stand_where_they_are_written(before: str, after: str, message: str, line: int) -> None:
    """Conditions, ranks, names and spans of stages are checked like those of segments."""
    found = refused(before, after)
    assert found.message.startswith(message)
    assert found.line == line


@pytest.mark.parametrize("part", ["enter: first > now - days(30)", "exit: used >= 5"])
def test_g_1_protection_goes_through_stages(part: str) -> None:
    """A stage that a protected trait opens or closes asks for a tone only, and is named nowhere."""
    key = part.partition(":")[0]
    found = refused(part, f"{key}: years > 65")
    assert found.message == (
        f"a protected trait may colour the tone only: years -> stage settling-{key} -> tags"
    )
    loaded = policy(MIDDLE.replace(part, f"{key}: years > 65").replace(", tags: [settling]", ""))
    assert exposing(loaded) == {"stage:settling"}


TURNS = policy("""
traits:
  calls: {count: tickets}
segments:
  any_one: {kind: value, label: Any, rank: 9, when: calls >= 0}
stages:
  one: {label: One, rank: 1, enter: calls >= 1}
  two: {label: Two, rank: 2, enter: calls >= 2}
  three: {label: Three, rank: 3, enter: calls >= 3, exit: calls >= 9}
""")


@pytest.mark.parametrize(
    ("truths", "expected"),
    [
        ({"one-enter": True}, "one"),
        ({"one-enter": True, "two-enter": True}, "two"),
        ({"one-enter": True, "two-enter": True, "three-enter": True, "three-exit": False}, "three"),
        ({"one-enter": True, "two-enter": True, "three-enter": True, "three-exit": True}, "two"),
    ],
)
@pytest.mark.parametrize("begun", [None, "one", "two", "three"])
def test_a_second_look_at_the_same_truths_moves_nobody(
    truths: dict[str, bool], expected: str, begun: str | None
) -> None:
    """Stages are gone through until one stands; two that could both be entered do not take turns."""
    first = next_stage(TURNS.stages, Reached(begun, 5) if begun else None, truths, 100)
    assert first is not None
    assert next_stage(TURNS.stages, first, truths, 200) == first
    if begun in (None, "one"):
        assert first.stage == expected
