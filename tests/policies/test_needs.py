"""Guard rails beside the protected list: stated needs, stand-ins, tags, names that only sound protected."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.faults import Fault, PolicyError
from policies.guard import exposing, needs, protected
from policies.model import PRIORITIES, Policy
from policies.standing import Facts
from policies.treatment import Decision, decide
from tests.policies.desk import Desk, policy

NEED = "large_print: {from: customer.fields.needs_large_print, type: boolean, sensitivity: need}"
OTHER = "plan: {from: customer.fields.plan, type: text}"


def written(*segments: tuple[str, str, str], traits: str = f"{NEED}, {OTHER}") -> str:
    """A policy of segments: name, condition, treatment."""
    lines = [
        f"  {name}: {{kind: needs, label: {name}, rank: {rank}, when: {when}, treatment: {treatment}}}"
        for rank, (name, when, treatment) in enumerate(segments, start=1)
    ]
    return "\n".join([f"traits: {{{traits}}}", "segments:", *lines, ""])


def refused(source: str) -> list[Fault]:
    """The faults of a policy."""
    with pytest.raises(PolicyError) as caught:
        policy(source)
    return list(caught.value.faults)


UPWARDS = "{priority: {at_least: high}, service_level: fast, channel: phone, tone: calm, next_step: Call}"


@pytest.mark.parametrize(
    "when",
    [
        "large_print",
        "large_print = true",
        "'coalesce(large_print, false)'",
        "\"(large_print) and plan = 'team'\"",
        "{any: [\"plan = 'team'\", large_print]}",
        "{none: [not large_print]}",
        "{none: [large_print = false]}",
    ],
)
def test_g_3_a_need_may_raise_and_change_the_channel(when: str) -> None:
    """A need that speaks for membership may ask for priority, speed, channel, tone and a step."""
    of = policy(written(("helped", when, UPWARDS)))
    assert needs(of) == {"large_print"}
    assert exposing(of) == {"helped"}


@pytest.mark.parametrize(
    "when",
    [
        "not large_print",
        "large_print = false",
        "{none: [large_print]}",
        "{all: [{none: [{any: [large_print, \"plan = 'team'\"]}]}]}",
        "large_print is null",
        "coalesce(large_print, true) = (plan = 'team')",
    ],
)
@pytest.mark.parametrize("field", ["priority: {at_least: high}", "service_level: fast", "channel: phone"])
def test_g_3_a_need_that_costs_membership_is_refused(when: str, field: str) -> None:
    """Where stating a need puts somebody out of what others get, that is lowering, however it is written."""
    (found,) = refused(written(("quick", f'"{when}"' if when[0] != "{" else when, f"{{{field}}}")))
    name = field.partition(":")[0]
    assert (
        found.message == f"a stated need may raise, and never lower: large_print -> segment quick -> {name}"
    )
    assert found.code == "NEED"


def test_g_3_a_need_is_followed_through_segments() -> None:
    """Against a segment that the need speaks for is against the need; twice against is for it."""
    segments = (
        ("helped", "large_print", "{tone: calm}"),
        ("others", "\"not in_segment('helped')\"", "{tone: warm}"),
        ("quick", "\"in_segment('others')\"", "{priority: {at_least: high}}"),
    )
    (found,) = refused(written(*segments))
    assert found.message.endswith(
        "large_print -> segment helped -> segment others -> segment quick -> priority"
    )
    back = (*segments[:2], ("again", "{none: [\"in_segment('others')\"]}", "{priority: {at_least: high}}"))
    assert policy(written(*back)).segments


@pytest.mark.parametrize("field", ["tags: [print]", "route: Care", "note: Wants large print"])
def test_g_3_a_need_is_never_written_where_others_can_read_it(field: str) -> None:
    """A tag, a group or a note of a need could be read and acted upon by any rule of the desk."""
    (found,) = refused(written(("helped", "large_print", f"{{{field}}}")))
    assert found.message.startswith("a stated need must not be readable on the desk: large_print")


@pytest.mark.parametrize(
    "trait",
    [
        "it: {from: customer.fields.need, type: text, sensitivity: need}",
        "it: {from: customer.fields.is_female, type: boolean, sensitivity: need}",
        "it: {count: tickets, sensitivity: need}",
    ],
)
def test_g_3_not_everything_can_be_a_need(trait: str) -> None:
    """A need is a yes/no field; gender, age or belief are not made admissible by calling them needs."""
    when = "it is not null"
    found = refused(written(("helped", f'"{when}"', "{priority: {at_least: high}}"), traits=trait))
    assert {fault.message.partition(":")[0] for fault in found} == {
        "it cannot be a stated need",
        "a protected trait may colour the tone only",
    }


def _urgency(decision: Decision) -> tuple[int, int]:
    priority = -1 if decision.priority is None else [*map(str, PRIORITIES)].index(decision.priority.value)
    speed = {"fast": 2, "slow": 1}[decision.service_level.value] if decision.service_level else 0
    return priority, speed


def drawn(data: st.DataObject) -> Policy | None:
    """A policy that may read the need anywhere; None where the guard refuses it."""
    atoms = ["large_print", "not large_print", "plan = 'team'", "plan != 'team'"]
    asks = ["{priority: {at_least: high}}", "{service_level: fast}", "{service_level: slow}", "{tone: calm}"]
    segments: list[tuple[str, str, str]] = []
    for number in range(data.draw(st.integers(1, 4))):
        known = atoms + [f"in_segment('{name}')" for name, _, _ in segments]
        parts = ", ".join(
            f'"{part}"' for part in data.draw(st.lists(st.sampled_from(known), min_size=1, max_size=3))
        )
        group = data.draw(st.sampled_from(["all", "any", "none"]))
        segments.append((f"s{number}", f"{{{group}: [{parts}]}}", data.draw(st.sampled_from(asks))))
    try:
        return policy(written(*segments))
    except PolicyError:
        return None


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_g_3_stating_a_need_never_lowers_anything(data: st.DataObject) -> None:
    """Of every policy that is admitted: who states the need has at least the priority and speed they had."""
    of = drawn(data)
    if of is None:
        return
    plan, found = data.draw(st.sampled_from(["team", "free"])), []
    for stated in (False, True):
        desk = Desk()
        standing = desk.standing(
            of, desk.add("customers", fields={"needs_large_print": stated, "plan": plan})
        )
        members = {name: False for name, truth in zip(of.segments, standing.segments, strict=True) if truth}
        found.append(_urgency(decide(of, "7", members, Facts("7", "a", "open", {}, (), ()), None)))
    without, stating = found
    assert all(after >= before for before, after in zip(without, stating, strict=True))


def test_g_1_a_tag_whose_name_is_protected_is_protected() -> None:
    """Reading the tag is reading the attribute, in a segment, a situation or the rows of a computation."""
    (found,) = refused(
        written(
            ("asked", "\"'pregnant' in tags\"", "{channel: phone}"), traits="tags_: {from: customer.tags}"
        ).replace("in tags", "in tags_")
    )
    assert found.message.endswith("tag pregnant -> segment asked -> channel")
    counted = "it: {count: tickets, where: \"'muslim' in tags\"}"
    (found,) = refused(written(("asked", "it > 1", "{channel: phone}"), traits=counted))
    assert found.message.endswith("tag muslim -> it -> segment asked -> channel")


def test_g_1_protection_goes_through_segments() -> None:
    """A segment that asks about one that a protected trait leads to is reached, however many lie between."""
    segments = (
        ("third", "\"in_segment('second')\"", "{tags: [x]}"),
        ("first", "years > 65", "{tone: calm}"),
        ("second", "{none: [\"in_segment('first')\"]}", "{tone: calm}"),
    )
    (found,) = refused(written(*segments, traits="years: {from: customer.fields.age, type: number}"))
    assert found.message.endswith("years -> segment first -> segment second -> segment third -> tags")


def test_g_1_a_name_that_only_sounds_protected_can_be_declared_open_with_a_reason() -> None:
    """The reason stands in the file and is shown as a warning; a declared protection is not lifted by it."""
    reason = "open_because: The game they play"
    race = f"race_won: {{from: customer.fields.race_won, type: text, {reason}}}"
    when = "\"race_won = 'x'\""
    of = policy(written(("asked", when, "{tags: [x]}"), traits=race))
    assert protected(of) == {}
    (warning,) = of.warnings
    assert warning.message == "race_won is open although it may sound protected: The game they play"
    assert (warning.severity, warning.code, warning.line) == ("warning", "PROTECTED", 7)
    declared = race.replace("}", ", sensitivity: protected}")
    assert len(refused(written(("asked", when, "{tags: [x]}"), traits=declared))) == 1


@pytest.mark.parametrize(
    ("trait", "what"),
    [
        ("it: {from: customer.locale}", "where they live"),
        ("it: {from: customer.name}", "what they are called"),
        ("it: {from: customer.email}", "their address"),
        ("it: {from: customer.fields.postcode, type: text}", "where they live"),
        ("it: {from: customer.fields.x, type: text, label: Postleitzahl}", "where they live"),
        ("it: {from: organization.fields.device, type: text}", "their device"),
    ],
)
def test_g_2_a_stand_in_is_warned_about(trait: str, what: str) -> None:
    """The policy is loaded, and each weighty field it reaches has a warning with the path."""
    source = written(
        ("asked", "\"it = 'x'\"", "{tags: [x], tone: calm, channel: phone, route: A}"), traits=trait
    )
    of = policy(source)
    assert [(fault.code, fault.severity) for fault in of.warnings] == [("PROXY", "warning")] * 2
    assert of.warnings[1].message == (
        f"it tells {what}, which can stand in for something protected: it -> segment asked -> route"
    )


def test_g_2_language_may_choose_wording_without_a_warning() -> None:
    """Tone and tags of a place are no weighty matter."""
    source = written(
        ("asked", "\"it = 'de'\"", "{tags: [x], tone: calm}"), traits="it: {from: customer.locale}"
    )
    assert policy(source).warnings == ()


def test_g_2_a_stand_in_is_followed_through_segments() -> None:
    """The warning names the way, as a refusal does."""
    segments = (
        ("there", "\"it = 'x'\"", "{tone: calm}"),
        ("asked", "\"in_segment('there')\"", "{channel: phone}"),
    )
    (warning,) = policy(written(*segments, traits="it: {from: customer.fields.zip, type: text}")).warnings
    assert warning.message.endswith("it -> segment there -> segment asked -> channel")


FREE = "subject_: {from: ticket.fields.subject, type: text}"


def situation(when: str, more: str = "") -> str:
    """A policy whose one situation has this condition."""
    return (
        f"traits: {{{FREE}}}\nsegments: {{a: {{kind: value, label: A, rank: 1, when: 'true'}}}}\n"
        f'situations: {{s: {{label: S, rank: 1, when: "{when}", treatment: {{tone: calm}}}}}}\n{more}'
    )


def test_g_10_free_text_is_not_read() -> None:
    """A condition that looks for something in somebody's own words is refused."""
    (found,) = refused(situation("subject_ = 'furious'"))
    assert found.message == "subject_ is free text, and no word list holds furious"
    assert found.code == "FREE_TEXT"


def test_g_10_declared_words_may_be_looked_for() -> None:
    """A word list in the policy says which, and only those."""
    lists = "word_lists: {angry: [furious, Terrible]}\n"
    assert policy(situation("subject_ in ('furious', 'terrible')", lists)).word_lists == {
        "angry": ("furious", "Terrible")
    }
    assert len(refused(situation("subject_ in ('furious', 'lawyer')", lists))) == 1
    assert policy(situation("subject_ is null")).situations


def test_g_10_free_text_in_computations_counts() -> None:
    """Counting tickets by a word in them is reading them."""
    source = written(
        ("asked", "it > 1", "{tone: calm}"),
        traits=f"{FREE}, it: {{count: tickets, where: \"lower(subject_) = 'union'\"}}",
    )
    assert "is free text" in refused(source)[0].message
