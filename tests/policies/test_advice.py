"""Advice on channels: cost against value, what they answer, and everybody who is spared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.faults import Fault, PolicyError
from policies.load import load_text
from policies.model import Policy
from policies.standing import Facts, Value
from policies.treatment import Part, decide
from tests.policies.desk import TAIL, Desk, text

MIDDLE = """
traits:
  pays: {from: organization.fields.monthly, type: number, format: money, currency: EUR}
  answers_chat: {from: customer.fields.answers_chat, type: number}
  answers_email: {from: customer.fields.answers_email, type: number}
  fragile: {from: customer.fields.fragile, type: boolean, sensitivity: need}
segments:
  caller: {kind: behavioural, label: Caller, rank: 1, when: 'true', treatment: {channel: phone}}
situations:
  at_risk: {label: At risk, rank: 1, when: fragile}
  complains: {label: Complains, rank: 2, when: "'complaint' in tags"}
  again: {label: Again, rank: 3, when: reopens >= 1}
  call_now: {label: Call now, rank: 4, when: "'outage' in tags", treatment: {channel: phone}}
channel_advice:
  value: pays
  spare: {vulnerable: at_risk, complaint: complains, repeat: again}
"""
COST = "cost: {amount: %s, currency: EUR, as_of: 2026-09-01, source: Finance}"
CHANNELS = f"""channels:
  phone: {{label: Call, desk: [voice], {COST % 45}}}
  chat: {{label: Chat, answered: answers_chat, {COST % 6}}}
  email: {{label: Email, answered: answers_email, {COST % "4.50"}}}
"""
ENDS = TAIL.replace("channels:\n  phone: {label: Call}\n  chat: {label: Chat}\n", CHANNELS)
SOURCE = text(MIDDLE, tail=ENDS)
OF = load_text(SOURCE, "p.yaml")
NOBODY = (False, False, False, False)


def channel(
    pays: float | None,
    *,
    held: tuple[bool | None, ...] = NOBODY,
    member: bool = True,
    wrote: str | None = "voice",
    of: Policy = OF,
    **answers: Value,
) -> Part:
    """The channel of one ticket."""
    facts = Facts("7", "a", "open", {"pays": pays, **answers}, (), held)
    part = decide(of, "7", {"caller": False} if member else {}, facts, wrote).channel
    assert part is not None
    return part


def test_who_pays_15_and_calls_at_45_is_pointed_to_a_cheaper_channel() -> None:
    """The reason names cost, date, source and value, and that a call is answered; the old winner is kept."""
    part = channel(15)
    assert (part.value, part.won.by) == ("email", "advice")
    assert part.won.reason == (
        "Email: a contact by phone costs 45 EUR (as of 2026-09-01, Finance) and 15 EUR a month is paid."
        " Whoever uses phone all the same is answered there."
    )
    (lost,) = part.lost
    assert (lost.value, lost.by) == ("phone", "segment:caller")
    assert lost.reason == "Caller asks for the channel Call. Another channel is advised for its cost."


@pytest.mark.parametrize("pays", [45, 45.0, 1000, None])
def test_who_pays_enough_or_nobody_knows_what_keeps_the_channel(pays: float | None) -> None:
    """A contact may cost what a month brings; an unknown value is no reason."""
    assert channel(pays).value == "phone"


@pytest.mark.parametrize("truth", [True, None])
@pytest.mark.parametrize("which", [0, 1, 2])
def test_the_vulnerable_complaints_and_repeat_contacts_are_spared(which: int, truth: bool | None) -> None:
    """Neither in such a situation nor where it cannot be ruled out."""
    held = tuple(truth if at == which else False for at in range(4))
    assert channel(15, held=held).value == "phone"


def test_a_situation_that_asks_for_a_channel_gets_it() -> None:
    """Its evidence is the strongest there is."""
    part = channel(15, held=(False, False, False, True))
    assert (part.value, part.won.by) == ("phone", "situation:call_now")


def test_what_they_answer_decides_between_channels() -> None:
    """The channel they answer most; what is not known counts half; where they hardly answer is no advice."""
    assert channel(15, answers_chat=0.9, answers_email=0.4).value == "chat"
    assert channel(15, answers_chat=0.4).value == "email"
    assert channel(15, answers_chat=0.6).value == "chat"
    assert channel(15, answers_email=0.1).value == "chat"
    assert channel(15, answers_email=0.1, answers_chat=0.0).value == "phone"


def test_only_channels_within_the_limit_are_advised() -> None:
    """Somebody who pays five is pointed to what costs less than five, and nowhere where nothing does."""
    assert channel(5, answers_chat=1.0).value == "email"
    assert channel(4).value == "phone"
    half = load_text(SOURCE.replace("  value: pays\n", "  value: pays\n  share: 50\n"), "p")
    assert channel(60, of=half).value == "email"
    assert channel(90, of=half).value == "phone"


def test_as_asked_means_where_they_wrote() -> None:
    """Without any claim a call is weighed by what a call costs; other channels have no cost to weigh."""
    part = channel(15, member=False)
    assert (part.value, part.lost[0].value) == ("email", "as_asked")
    assert channel(15, member=False, wrote="email").value == "as_asked"
    assert channel(15, member=False, wrote=None).value == "as_asked"


@given(
    st.one_of(st.none(), st.floats(0, 200)),
    st.tuples(*[st.sampled_from([True, False, None])] * 3),
    st.one_of(st.none(), st.floats(0, 1)),
)
def test_g_3_stating_a_need_never_takes_a_channel_away(
    pays: float | None, held: tuple[bool | None, ...], chat: float | None
) -> None:
    """Whoever is vulnerable has the channel they would have without any advice."""
    part = channel(pays, held=(True, *held[1:], False), answers_chat=chat)
    assert (part.value, part.won.by) == ("phone", "segment:caller")


def test_the_statement_fetches_what_is_weighed() -> None:
    """Value and answers come with the ticket although no situation reads them."""
    desk = Desk()
    organization = desk.add("organizations", fields={"monthly": 15})
    customer = desk.add(
        "customers", organization_id=organization, fields={"answers_chat": 0.9, "fragile": False}
    )
    desk.add("tickets", customer_id=customer, reopens=0)
    (facts,) = desk.facts(OF, customer)
    assert (facts.values["pays"], facts.values["answers_chat"]) == (15, 0.9)
    part = decide(OF, facts.ticket_id, {"caller": False}, facts, "voice").channel
    assert part is not None
    assert part.value == "chat"


def refused(before: str, after: str) -> Fault:
    """The only fault of the policy with a part of it changed."""
    assert before in SOURCE
    with pytest.raises(PolicyError) as caught:
        load_text(SOURCE.replace(before, after, 1), "p.yaml")
    (found,) = caught.value.faults
    return found


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("value: pays", "value: payed", "payed is no number of the customer"),
        ("value: pays", "value: answers_chat", "answers_chat has no currency"),
        ("answered: answers_chat", "answered: nothing", "nothing is no number of the customer"),
        ("repeat: again", "repeat: agian", "there is no situation agian"),
        ("repeat: again", "", "repeat is missing in channel_advice.spare"),
        (", format: money, currency: EUR", "", "pays has no currency"),
        ("amount: 6, currency: EUR", "amount: 6, currency: USD", "USD cannot be weighed against EUR"),
        ("amount: 6", "amount: -6", "write an amount as digits"),
        ("label: Chat,", "label: Chat, hours: office,", "there is no calendar office"),
    ],
)
def test_names_that_do_not_meet(before: str, after: str, message: str) -> None:
    """Every part of the advice must lead somewhere, and nobody to be spared may be left out."""
    assert message in refused(before, after).message


def test_g_1_nothing_protected_is_weighed() -> None:
    """Neither value nor answers may come from a protected trait."""
    found = refused(
        "answers_chat: {from: customer.fields.answers_chat", "answers_chat: {from: customer.fields.age"
    )
    assert found.message == "a protected trait may colour the tone only: answers_chat -> channel"
