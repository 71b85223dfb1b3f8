"""Service levels by metric and calendar, routes and notes."""

from __future__ import annotations

import pytest

from policies.faults import Fault, PolicyError
from policies.load import load_text
from policies.standing import Facts
from policies.treatment import decide
from tests.policies.desk import TAIL, text

MIDDLE = """
traits: {}
segments:
  first: {kind: value, label: First, rank: 1, when: 'true', treatment: {service_level: slow, route: Sales}}
  other:
    kind: value
    label: Other
    rank: 2
    when: 'true'
    treatment: {service_level: quick, route: Care, note: Hello}
calendars:
  office: {zone: Europe/Berlin, hours: {mon-fri: 09:00-17:00}, holidays: {country: DE, region: BY}}
"""
QUICK = """service_levels:
  quick:
    label: Quick
    first_reply: {urgent: 1 hour, high: 4 hours, normal: 8 hours, low: 24 hours}
    resolution: {urgent: 1 day, high: 2 days, normal: 3 days, low: 4 days}
    calendar: office
"""
ENDS = TAIL.replace("service_levels:\n", QUICK)
OF = load_text(text(MIDDLE, tail=ENDS), "p.yaml")


def refused(before: str, after: str) -> Fault:
    """The only fault of the policy with a part of it changed."""
    source = text(MIDDLE, tail=ENDS)
    assert before in source
    with pytest.raises(PolicyError) as caught:
        load_text(source.replace(before, after, 1), "p.yaml")
    (found,) = caught.value.faults
    return found


def test_targets_by_metric_and_priority() -> None:
    """A metric without targets has none, but for the next reply, which has those of the first."""
    quick = OF.service_levels["quick"]
    assert quick.target("resolution", "high") == 2 * 86400
    assert quick.target("next_reply", "high") == quick.target("first_reply", "high") == 4 * 3600
    assert OF.service_levels["slow"].target("resolution", "high") is None


def test_with_equal_replies_the_level_that_promises_more_is_the_stricter() -> None:
    """Quick and slow promise the same first reply; only quick promises an end."""
    part = decide(OF, "7", {"first": False, "other": False}, Facts("7", "a", "open", {}, (), ()), None)
    assert part.service_level is not None
    assert part.service_level.value == "quick"
    assert part.service_level.lost[0].reason == "First asks for Slow; Other asks for a stricter one."


def test_a_tie_between_levels_is_a_fault() -> None:
    """Where nobody can say which of two is stricter, the file says so when it is loaded."""
    found = refused("    resolution: {urgent: 1 day, high: 2 days, normal: 3 days, low: 4 days}\n", "")
    assert (found.code, found.message) == (
        "TIE",
        "slow is as strict as quick: nobody can say which of them wins",
    )


def test_a_calendar_must_exist_and_be_open_often_enough() -> None:
    """A promise in working hours that never fall due is none."""
    assert refused("calendar: office", "calendar: ofice").message == "there is no calendar ofice"
    found = refused("{mon-fri: 09:00-17:00}", "{mon: 09:00-09:01}")
    assert found.message == "office is not open often enough for quick"


def test_route_and_note_go_by_rank() -> None:
    """The best ranked wish wins, and the others are told why they lost."""
    decision = decide(OF, "7", {"first": False, "other": False}, Facts("7", "a", "open", {}, (), ()), None)
    assert decision.route is not None
    assert decision.route.value == "Sales"
    assert decision.route.won.reason == "First asks for the group Sales."
    assert decision.route.lost[0].reason == "Other asks for the group Care; First ranks higher."
    assert decision.note is not None
    assert decision.note.value == "Hello"
