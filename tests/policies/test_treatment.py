"""Decisions: who wins each field, who loses, and what is said about it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.load import STARTER, load, load_text
from policies.model import PRIORITIES
from policies.segments import Facts
from policies.treatment import Decision, Part, decide
from tests.policies.desk import TAIL, policy, text

SEGMENTS = {
    "seg_value": (
        "value",
        50,
        "{tags: [a, b], tone: calm, priority: {at_least: normal}, service_level: slow}",
    ),
    "seg_needs": ("needs", 90, "{tone: warm, channel: chat}"),
    "seg_calls": ("behavioural", 10, "{tone: plain, channel: phone, next_step: Call.}"),
    "seg_mood": ("sentiment", 20, "{tone: calm, priority: {at_least: high}, service_level: fast}"),
    "seg_also": ("price", 60, "{tags: [b], priority: {at_least: high}, next_step: Ask}"),
    "seg_old": ("demographic", 5, "{tone: warm}"),
}
SITUATIONS = {
    "back": (70, "{tags: [c], tone: plain, priority: {at_least: urgent}}"),
    "wait": (80, "{channel: phone, service_level: slow, next_step: Hurry}"),
}


def _written() -> str:
    lines = ["traits: {}", "segments:"]
    for name, (kind, rank, treatment) in SEGMENTS.items():
        label = name.removeprefix("seg_").capitalize()
        lines.append(
            f"  {name}: {{kind: {kind}, label: {label}, rank: {rank}, when: 'true', treatment: {treatment}}}"
        )
    lines.append("situations:")
    for name, (rank, treatment) in SITUATIONS.items():
        lines.append(
            f"  {name}: {{label: {name.capitalize()}, rank: {rank}, when: 'true', treatment: {treatment}}}"
        )
    return "\n".join([*lines, ""])


OF = policy(_written())


def decided(
    *members: str, situations: tuple[bool | None, bool | None] = (False, False), **given: object
) -> Decision:
    """The decision for these memberships and situations."""
    facts = Facts("7", "a", "open", {}, (), situations)
    kept = given.get("kept", ())
    channel = given.get("channel", "email")
    assert isinstance(kept, tuple)
    assert channel is None or isinstance(channel, str)
    return decide(OF, "7", {name: name in kept for name in members}, facts, channel)


def won(part: Part | None) -> tuple[str, str]:
    """The value of a part and who won it."""
    assert part is not None
    assert part.value == part.won.value
    return part.value, part.won.by


def lost(part: Part | None) -> list[tuple[str, str]]:
    """The values and claimants that did not win."""
    assert part is not None
    return [(claim.value, claim.by) for claim in part.lost]


def test_nobody_claims() -> None:
    """Without memberships the house decides tone and channel, and nothing else is asked for."""
    decision = decided()
    assert (decision.segment, decision.segments, decision.situations) == (None, (), ())
    assert (decision.tags, decision.priority, decision.service_level, decision.next_step) == (
        (),
        None,
        None,
        None,
    )
    assert won(decision.tone) == ("plain", "house")
    assert won(decision.channel) == ("as_asked", "house")
    assert decision.channel is not None
    assert decision.channel.won.reason == "Nobody asks for a channel. They wrote by email."
    assert decision.policy == OF.version


def test_a_ticket_without_a_channel_still_has_advice() -> None:
    """Where the desk does not say how they wrote, the reason says what stands."""
    channel = decided(channel=None).channel
    assert channel is not None
    assert channel.won.reason == "Nobody asks for a channel. The channel they wrote in."


def test_the_house_may_promise_a_service_level() -> None:
    """A level for everyone holds only when nobody asks for one."""
    of = load_text(
        text(
            "traits: {}\nsegments:\n  all_: {kind: value, label: All, rank: 1, when: 'true',"
            " treatment: {service_level: fast}}\n",
            tail=TAIL.replace("house: {tone: plain}", "house: {tone: plain, service_level: slow}"),
        ),
        "p",
    )
    facts = Facts("7", "a", "open", {}, (), ())
    assert won(decide(of, "7", {}, facts, None).service_level) == ("slow", "house")
    assert won(decide(of, "7", {"all_": False}, facts, None).service_level) == ("fast", "segment:all_")


def test_the_shown_segment_is_the_best_ranked() -> None:
    """Memberships come best rank first; the first is shown. Situations are never shown as a segment."""
    decision = decided("seg_value", "seg_mood", "seg_needs", situations=(True, True))
    assert decision.segment == "seg_mood"
    assert decision.segments == ("seg_mood", "seg_value", "seg_needs")
    assert decision.situations == ("back", "wait")


def test_tags_are_a_union() -> None:
    """Every tag asked for is there once, won by the best ranked who asks for it; situations join."""
    decision = decided("seg_value", "seg_also", situations=(True, False))
    assert [won(part) for part in decision.tags] == [
        ("a", "segment:seg_value"),
        ("b", "segment:seg_value"),
        ("c", "situation:back"),
    ]
    assert decision.tags[0].won.reason == "Value asks for the tag a."


def test_the_highest_priority_wins() -> None:
    """The highest of all wishes, segments and situations alike; equal wishes go to the better rank."""
    decision = decided("seg_value", "seg_also", "seg_mood")
    assert won(decision.priority) == ("high", "segment:seg_mood")
    assert lost(decision.priority) == [("high", "segment:seg_also"), ("normal", "segment:seg_value")]
    assert decision.priority is not None
    assert [claim.reason for claim in decision.priority.lost] == [
        "Also asks for at least high priority too.",
        "Value asks for at least normal priority; Mood asks for more.",
    ]
    assert won(decided("seg_mood", situations=(True, False)).priority) == ("urgent", "situation:back")


def test_the_strictest_service_level_wins() -> None:
    """The shortest first reply at normal priority, whatever the rank."""
    decision = decided("seg_value", "seg_mood", situations=(False, True))
    assert won(decision.service_level) == ("fast", "segment:seg_mood")
    assert decision.service_level is not None
    assert decision.service_level.lost[0].reason == "Value asks for Slow; Mood asks for a stricter one."
    assert won(decided("seg_value").service_level) == ("slow", "segment:seg_value")


def test_the_next_step_is_the_best_ranked() -> None:
    """One step, by rank over segments and situations together."""
    decision = decided("seg_also", "seg_calls", situations=(False, True))
    assert won(decision.next_step) == ("Call.", "segment:seg_calls")
    assert lost(decision.next_step) == [("Ask", "segment:seg_also"), ("Hurry", "situation:wait")]


@pytest.mark.parametrize(
    ("members", "situations", "tone"),
    [
        (("seg_old",), (False, False), ("warm", "segment:seg_old")),
        (("seg_old", "seg_value"), (False, False), ("calm", "segment:seg_value")),
        (("seg_old", "seg_value", "seg_calls"), (False, False), ("plain", "segment:seg_calls")),
        (("seg_value", "seg_mood", "seg_calls"), (False, False), ("plain", "segment:seg_calls")),
        (("seg_value", "seg_calls", "seg_needs"), (False, False), ("warm", "segment:seg_needs")),
        (("seg_calls", "seg_needs"), (True, False), ("plain", "situation:back")),
    ],
)
def test_tone_goes_by_evidence_then_rank(
    members: tuple[str, ...], situations: tuple[bool, bool], tone: tuple[str, str]
) -> None:
    """Situation, preference, behaviour, value, demography, house; inside one of them the better rank."""
    assert won(decided(*members, situations=situations).tone) == tone


def test_losers_are_told_why() -> None:
    """Weaker evidence and lower rank are different reasons, and both are kept."""
    tone = decided("seg_needs", "seg_calls", "seg_mood", "seg_old").tone
    assert tone is not None
    assert tone.won.reason == "Needs asks for the tone Warm."
    stronger = "Needs rests on stronger evidence (stated preference before observed behaviour)"
    assert [claim.reason for claim in tone.lost] == [
        f"Calls asks for the tone Plain; {stronger}.",
        f"Mood asks for the tone Calm; {stronger}.",
        "Old asks for the tone Warm too.",
    ]
    below = decided("seg_calls", "seg_mood").tone
    assert below is not None
    assert below.lost[0].reason == "Mood asks for the tone Calm; Calls ranks higher."


def test_channel_goes_by_evidence() -> None:
    """A stated preference beats what was observed, and a situation beats both."""
    assert won(decided("seg_calls", "seg_needs").channel) == ("chat", "segment:seg_needs")
    assert won(decided("seg_needs", situations=(False, True)).channel) == ("phone", "situation:wait")


def test_a_membership_that_stands_unknown_says_so() -> None:
    """A kept membership claims like any other, and its reason says that today's data cannot tell."""
    decision = decided("seg_mood", kept=("seg_mood",))
    assert won(decision.priority) == ("high", "segment:seg_mood")
    assert decision.priority is not None
    assert decision.priority.won.reason == (
        "Mood asks for at least high priority. It stays a member although the data of today cannot tell."
    )


def test_an_unknown_situation_asks_for_nothing() -> None:
    """Unknown is neither in nor out."""
    assert decided(situations=(None, None)) == decided()


def test_a_segment_that_left_the_policy_is_ignored() -> None:
    """A membership of an older policy claims nothing in this one."""
    assert decided("seg_gone", "seg_value") == decided("seg_value")


STARTER_POLICY = load([STARTER])


@given(
    st.sets(st.sampled_from(sorted(STARTER_POLICY.segments))),
    st.sampled_from(sorted(STARTER_POLICY.segments)),
    st.lists(st.sampled_from([True, False, None]), min_size=3, max_size=3),
)
def test_g_3_a_further_membership_never_lowers_anything(
    members: set[str], further: str, situations: list[bool | None]
) -> None:
    """Whoever joins a segment keeps every tag, and has the same or a higher priority and speed."""
    of, facts = STARTER_POLICY, Facts("7", "a", "open", {}, (), tuple(situations))
    before = decide(of, "7", dict.fromkeys(members, False), facts, None)
    after = decide(of, "7", dict.fromkeys(members | {further}, False), facts, None)
    assert {part.value for part in before.tags} <= {part.value for part in after.tags}
    assert _urgency(before.priority) <= _urgency(after.priority)
    assert _minutes(before.service_level) >= _minutes(after.service_level)


def _urgency(part: Part | None) -> int:
    return -1 if part is None else [str(priority) for priority in PRIORITIES].index(part.value)


def _minutes(part: Part | None) -> int:
    assert part is not None
    return STARTER_POLICY.service_levels[part.value].first_reply.normal
