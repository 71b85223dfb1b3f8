"""The shipped policy: cases from files, and what holds for all of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from integration.cases import Written, read_cases
from integration.trial import tried
from policies.load import STARTER, load
from policies.model import Tone
from tests.policies.desk import DAY, NOW, Desk

POLICY = load([STARTER])
LANGUAGES = {"en", "de", "fr", "es", "pt", "ja"}
UNFAIR = re.compile(
    r"(?i)at.risk|churn|low.value|difficult|angry|cheap|complain|problem customer|nuisance|lazy|!|\uff01"
)


CASES = [
    case
    for path in sorted((Path(__file__).parent / "cases").glob("*.yaml"))
    for case in read_cases(path, POLICY)
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.place.file}: {case.name}")
def test_case(case: Written) -> None:
    """The segments, situations and the decision are those that the case file names."""
    failures = tried(case, POLICY, NOW).failures
    assert not failures, "\n".join(failures)


def test_the_starter_has_the_promised_breadth() -> None:
    """At least ten segments with tags, over eight kinds; some with priority, level, tone and channel."""
    tagged = [segment for segment in POLICY.segments.values() if segment.treatment.tags]
    assert len(tagged) >= 10
    assert len({segment.kind for segment in POLICY.segments.values()}) >= 8
    for field in ("priority", "service_level", "tone", "channel", "next_step"):
        assert sum(bool(getattr(segment.treatment, field)) for segment in tagged) >= 3


def test_every_tag_belongs_to_one_rule() -> None:
    """A tag on a ticket tells which segment or situation put it there."""
    rules = [*POLICY.segments.values(), *POLICY.situations.values()]
    tags = [tag for rule in rules for tag in rule.treatment.tags]
    assert len(tags) == len(set(tags))


def test_every_declared_thing_is_used() -> None:
    """No tone, channel or service level is declared and never asked for."""
    rules = [*POLICY.segments.values(), *POLICY.situations.values()]
    asked = {
        value
        for rule in rules
        for value in (rule.treatment.tone, rule.treatment.channel, rule.treatment.service_level)
    } | {POLICY.house.tone, POLICY.house.channel, POLICY.house.service_level}
    assert {*POLICY.tones, *POLICY.channels, *POLICY.service_levels} <= asked


@pytest.mark.parametrize("tone", POLICY.tones.values(), ids=POLICY.tones)
def test_every_tone_opens_in_six_languages(tone: Tone) -> None:
    """Each opening line greets by name, in its own words."""
    assert set(tone.opening) == LANGUAGES
    assert all("{{ first_name }}" in line for line in tone.opening.values())
    assert len(set(tone.opening.values())) == len(LANGUAGES)


def test_every_word_can_be_read_aloud() -> None:
    """No label, step, tone or opening line says a word that an agent could not say to the customer."""
    shown = [
        text
        for rule in (*POLICY.segments.values(), *POLICY.situations.values())
        for text in (rule.label, rule.treatment.next_step or "")
    ]
    shown += [
        text
        for tone in POLICY.tones.values()
        for text in (tone.label, *tone.do, *tone.avoid, *tone.opening.values())
    ]
    shown += [text for channel in POLICY.channels.values() for text in (channel.label, channel.avoid or "")]
    assert not [text for text in shown if UNFAIR.search(text)]


def test_a_desk_with_old_tickets_only_still_has_segments() -> None:
    """Years after its last ticket, a desk of tickets alone still tells its customers apart."""
    desk = Desk()
    desk.add("customers", id="caller")
    for number in range(30):
        desk.add(
            "tickets",
            customer_id="caller",
            status="closed",
            channel="voice",
            reopens=int(number % 4 == 0),
            fields={"sla_met": number % 2 == 0},
            created_at=NOW - (3650 + number) * DAY,
        )
    standing = desk.standing(POLICY, "caller")
    held = {name for name, truth in zip(POLICY.segments, standing.segments, strict=True) if truth}
    assert held == {"let_down", "repeat_reopener", "calls_first", "frequent", "quiet"}
