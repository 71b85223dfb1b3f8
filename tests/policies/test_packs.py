"""The shipped packs, one for each kind of segment: their cases, and what holds for all of them."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from integration.cases import Written, read_cases
from integration.trial import tried
from policies.load import STARTER, load
from policies.model import Kind, Policy
from policies.openings import filled
from tests.policies.desk import NOW
from tests.policies.test_starter import UNFAIR

PACKS: dict[str, Policy] = {
    path.stem: load([path])
    for path in sorted(STARTER.parent.glob("*.yaml"))
    if path != STARTER and not path.name.endswith(".cases.yaml")
}
CASES = [
    pytest.param(name, case, id=f"{name}: {case.name}")
    for name, policy in PACKS.items()
    for case in read_cases(Path(STARTER.parent / f"{name}.cases.yaml"), policy)
]

KNOWN = {
    "demographic: a Gen Z shopper is met in an easy manner",
    "demographic: a formal elder gets the same service in another tone",
    "geographic: somebody in a winter region is asked where the device stands",
    "behavioural: somebody who asks again by phone is called back",
    "price: who pays 15 and calls at 45 is advised to write and never refused",
    "psychographic: a vegan shopper gets vegan replacements and no other service",
    "technographic: an iPhone gets the steps for iOS",
    "technographic: Android with an old version hears of the update too",
    "psychographic: an interest from a survey gives the example",
    "lifecycle: in the first days we ask soon again",
    "lifecycle: later we ask more rarely",
    "lifecycle: in the days before the first invoice we say what it will show",
    "industry: a machine maker who rarely writes has an emergency",
    "sentiment: low satisfaction is treated faster whatever they pay",
    "sentiment: a high recommender is offered an upgrade",
    "sentiment: with something else open nothing is offered",
    "price: the free tier is answered, too",
    "price: the team tier has its level",
    "price: the enterprise tier has its level",
}
"""The examples that support teams know, each of which is a case."""


@pytest.mark.parametrize(("name", "case"), CASES)
def test_case(name: str, case: Written) -> None:
    """The segments, situations and the decision are those that the case names."""
    failures = tried(case, PACKS[name], NOW).failures
    assert not failures, "\n".join(failures)


def test_every_kind_has_its_pack_and_every_pack_its_kind() -> None:
    """Twelve packs, named after the twelve kinds, each with segments of that kind alone."""
    assert sorted(PACKS) == sorted(get_args(Kind))
    for name, policy in PACKS.items():
        assert {segment.kind for segment in policy.segments.values()} == {name}


def test_the_examples_that_everybody_knows_are_cases() -> None:
    """None of them is lost when a pack is rewritten."""
    assert {str(case.id) for case in CASES} >= KNOWN


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_is_kind_and_fair(name: str) -> None:
    """No word of it speaks ill of customers, and whoever waits is raised where anybody goes first."""
    policy = PACKS[name]
    rules = [*policy.segments.values(), *policy.situations.values(), *policy.stages.values()]
    words = [text for rule in rules for text in (rule.label, rule.treatment.next_step, *rule.treatment.tags)]
    words += [text for tone in policy.tones.values() for text in (*tone.do, *tone.opening.values())]
    assert not [text for text in words if text and UNFAIR.search(text)]
    assert not [one for one in policy.warnings if "waited" in one.message]


@pytest.mark.parametrize("name", PACKS)
def test_an_age_reaches_the_tone_alone(name: str) -> None:
    """Segments of the demographic pack ask for a tone and nothing else, whichever they are."""
    for segment in PACKS[name].segments.values():
        if segment.kind == "demographic":
            assert segment.treatment.model_fields_set == {"tone"}


@pytest.mark.parametrize("name", PACKS)
@pytest.mark.parametrize("known", [{"first_name": "Ana"}, {}])
def test_opening_lines_are_whole_sentences(name: str, known: dict[str, str]) -> None:
    """With a name and without one no line has a gap."""
    for tone in PACKS[name].tones.values():
        for line in tone.opening.values():
            said = filled(line, known)
            assert said is not None
            assert " ," not in said, said
            assert "{{" not in said
