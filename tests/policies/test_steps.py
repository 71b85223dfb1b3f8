"""Next steps: by name or in words, held back by conditions, by dates and by what is not known."""

from __future__ import annotations

import pytest

from policies.faults import Fault, PolicyError
from policies.load import load_text
from policies.standing import Facts
from policies.treatment import Decision, decide
from tests.policies.desk import DAY, NOW, Desk, policy, text

MIDDLE = """
traits:
  complaints: {count: tickets, where: "'complaint' in tags and status in ('new', 'open')"}
  asked: {from: customer.fields.last_review_request, type: date}
  seats: {from: organization.fields.seats, type: number}
segments:
  happy: {kind: sentiment, label: Happy, rank: 1, when: 'true', treatment: {next_step: ask_review}}
  growing: {kind: value, label: Growing, rank: 2, when: 'true', treatment: {next_step: more_seats}}
  plain_: {kind: price, label: Plain, rank: 3, when: 'true', treatment: {next_step: Thank them}}
next_steps:
  ask_review:
    kind: review
    text: Ask for a short review
    unless: [complaints >= 1]
    not_within: {span: 90 days, since: asked}
  more_seats: {kind: upsell, text: Offer more seats, unless: [complaints >= 1, seats > 100]}
"""
OF = policy(MIDDLE)
EVERYBODY = {"happy": False, "growing": False, "plain_": False}


def decided(*, tags: list[str] | None = None, asked: str | None = None, seats: int | None = 5) -> Decision:
    """The decision for a member of all three segments."""
    desk = Desk()
    organization = desk.add("organizations", fields={} if seats is None else {"seats": seats})
    fields = {} if asked is None else {"last_review_request": asked}
    customer = desk.add("customers", organization_id=organization, fields=fields)
    desk.add("tickets", customer_id=customer, tags=tags or [])
    (facts,) = desk.facts(OF, customer)
    return decide(OF, facts.ticket_id, EVERYBODY, facts, "email")


def step(decision: Decision) -> str | None:
    """The text of the step that won."""
    return decision.next_step.value if decision.next_step else None


def test_the_best_ranked_step_wins_with_its_text() -> None:
    """A name stands for the text that was declared under it; a sentence stands for itself."""
    decision = decided()
    assert step(decision) == "Ask for a short review"
    assert decision.next_step is not None
    assert [claim.value for claim in decision.next_step.lost] == ["Offer more seats", "Thank them"]
    assert decision.held == ()
    assert decision.situations == ()


def test_an_open_complaint_holds_offers_and_requests_back() -> None:
    """What is held back is no step, and is kept with the reason; what nothing holds back comes up."""
    decision = decided(tags=["complaint"])
    assert step(decision) == "Thank them"
    assert [(claim.value, claim.reason) for claim in decision.held] == [
        ("Ask for a short review", "Happy asks for a step; a reason to wait holds."),
        ("Offer more seats", "Growing asks for a step; a reason to wait holds."),
    ]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("2026-05-31T00:00:00Z", "Offer more seats"),
        ("2026-03-04T00:00:00Z", "Offer more seats"),
        ("2026-03-01T00:00:00Z", "Ask for a short review"),
        (None, "Ask for a short review"),
    ],
)
def test_nobody_is_asked_again_too_soon(asked: str | None, said: str) -> None:
    """Ninety days after the last time, or when it never was."""
    assert step(decided(asked=asked)) == said


def test_what_is_not_known_holds_back() -> None:
    """An offer that may be out of place waits until it is known that it is not."""
    decision = decided(seats=None, asked="2026-05-31T00:00:00Z")
    assert step(decision) == "Thank them"
    assert decision.held[-1].reason == "Growing asks for a step; whether to wait is not known."


def test_the_moment_is_exact() -> None:
    """At ninety days to the second the step is there again."""
    desk = Desk()
    organization = desk.add("organizations", fields={"seats": 1})
    customer = desk.add(
        "customers", organization_id=organization, fields={"last_review_request": "2026-06-01"}
    )
    desk.add("tickets", customer_id=customer)
    midnight = 1_780_272_000
    assert midnight == NOW - NOW % DAY
    for late, held in ((-1, True), (0, False)):
        (facts,) = desk.facts(OF, customer, now=midnight + 90 * DAY + late)
        assert bool(decide(OF, "1", EVERYBODY, facts, None).held) is held


def refused(before: str, after: str) -> Fault:
    """The only fault of the policy with a part of it changed."""
    assert before in MIDDLE
    with pytest.raises(PolicyError) as caught:
        load_text(text(MIDDLE.replace(before, after, 1)), "p.yaml")
    (found,) = caught.value.faults
    return found


def test_faults_stand_at_the_step() -> None:
    """Whatever is wrong with a step's conditions is told at the step, and a name must exist."""
    found = refused("{next_step: more_seats}", "{next_step: more_seets}")
    assert (found.message, found.remedy) == ("there is no next step more_seets", "Did you mean more_seats?")
    found = refused("seats > 100]", "seets > 100]")
    assert (found.message, found.line) == ("seets is not known here", 22)
    assert "compares" in refused("since: asked", "since: seats").message
    assert "upsel" in refused("kind: upsell", "kind: upsel").message


def test_g_1_nothing_protected_decides_about_a_step() -> None:
    """A step that is held back by a protected trait is refused, with the path."""
    found = refused("from: organization.fields.seats", "from: organization.fields.age")
    assert found.message == (
        "a protected trait may colour the tone only: seats -> situation hold-more_seats -> next_step"
    )
    assert found.line == 22


def test_the_proof_of_a_held_step_is_there() -> None:
    """What holds a step back is a situation, with its lines, like any other."""
    assert list(OF.situations) == ["hold-ask_review", "hold-more_seats"]
    assert decide(OF, "7", EVERYBODY, Facts("7", "a", "open", {}, (), (False, True)), None).situations == ()
