"""The shipped policy: cases from files, and what holds for all of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from policies.load import STARTER, load
from policies.model import Tone
from policies.segments import Facts, Standing
from policies.treatment import Decision, Part, decide
from tests.policies.desk import DAY, NOW, Desk

POLICY = load([STARTER])
LANGUAGES = {"en", "de", "fr", "es", "pt", "ja"}
UNFAIR = re.compile(
    r"(?i)at.risk|churn|low.value|difficult|angry|cheap|complain|problem customer|nuisance|lazy|!|\uff01"
)


def _cases() -> Iterator[Any]:
    for path in sorted((Path(__file__).parent / "cases").glob("*.yaml")):
        for name, case in YAML(typ="safe", pure=True).load(path.read_text("utf-8")).items():
            yield pytest.param(case, id=f"{path.stem}: {name}")


def _filled(case: dict[str, Any]) -> Desk:
    """A desk that holds the customer ``asked`` as the case tells."""
    desk = Desk()
    organization = desk.add("organizations", fields=case["organization"]) if "organization" in case else None
    desk.add("customers", id="asked", organization_id=organization, fields=case.get("customer", {}))
    for number, ticket in enumerate(case.get("tickets", ())):
        given = dict(ticket)
        waiting = given.pop("waiting_days", None)
        given["waiting_since"] = None if waiting is None else NOW - waiting * DAY
        given["created_at"] = NOW - given.pop("days_ago") * DAY
        desk.add(
            "tickets", id=f"t{number}", customer_id="asked", **{"reopens": 0, "channel": "email", **given}
        )
    for rating in case.get("ratings", ()):
        created = NOW - rating["days_ago"] * DAY
        desk.add("ratings", customer_id="asked", created_at=created, score=rating["score"])
    return desk


@pytest.mark.parametrize("case", list(_cases()))
def test_case(case: dict[str, Any]) -> None:
    """The segments, situations and the decision are those that the case file names."""
    desk = _filled(case)
    standing = desk.standing(POLICY, "asked")
    truths = dict(zip(POLICY.segments, standing.segments, strict=True))
    for word, truth in (("in", True), ("out", False), ("unknown", None)):
        for name in case.get(word, ()):
            assert truths[name] is truth, (name, standing.traits)
    if "situations" in case or "decision" in case:
        _check_ticket(case, standing, desk.facts(POLICY, "asked")[0])


def _check_ticket(case: dict[str, Any], standing: Standing, facts: Facts) -> None:
    members = {name: False for name, truth in zip(POLICY.segments, standing.segments, strict=True) if truth}
    decision = decide(POLICY, facts.ticket_id, members, facts, "email")
    if "situations" in case:
        assert list(decision.situations) == case["situations"]
    for field, wanted in case.get("decision", {}).items():
        assert _value(decision, field) == wanted, (field, decision)


def _value(decision: Decision, field: str) -> object:
    if field == "segment":
        return decision.segment
    if field == "tags":
        return [part.value for part in decision.tags]
    part: Part | None = getattr(decision, field)
    return part.value if part else None


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
