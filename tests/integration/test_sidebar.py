"""The sidebar's view: every state as a fact."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from connectors.records import Priority, Target
from integration.sidebar import Sources, render_fragment
from integration.sidebar.writing import speaks
from integration.store.steps import Step
from policies.hours import Calendar
from tests.integration.sidebar_cases import (
    DAY,
    DECISION,
    HOUR,
    NOW,
    SHOP,
    ZONE,
    known,
    part,
    ratings,
    seen,
    standing,
    with_customer,
    with_ticket,
)


def test_ready_view_answers_who_how_and_where() -> None:
    """Segment, person, reasons, tone, channel and deadline of a known customer are all there."""
    shown = seen(known())
    assert (shown.state, shown.title, shown.look, shown.sure) == (
        "ready",
        "Renewal at stake",
        "falling",
        True,
    )
    assert (shown.name, shown.company) == ("Maya Chen", "Northwind")
    assert shown.announcement == "Advice for Maya Chen: Renewal at stake"
    assert shown.why is not None
    assert shown.why.summary == "Plan: enterprise, Bad ratings in 60 days: 3"
    assert shown.tone is not None
    assert (shown.tone.value, shown.tone.reason) == ("Calm and accountable", "")
    assert shown.channel is not None
    assert (shown.channel.value, shown.channel.reason) == ("Call, then email a recap", "Calls in 90 days: 4")
    assert (shown.channel.icon, shown.channel.avoid) == ("phone", "Avoid the bot.")
    assert shown.old is None
    assert shown.note is None
    assert shown.updated == "4 minutes ago"


def test_why_opens_to_every_membership_in_rank_order() -> None:
    """All memberships are listed, best rank first, each with the facts that speak for it."""
    why = seen(known()).why
    assert why is not None
    assert [membership.label for membership in why.memberships] == [
        "Renewal at stake",
        "Key account",
        "Likes to talk",
    ]
    assert why.memberships[1].facts == ("Yearly revenue: €48,000", "Tickets: 12")


def test_membership_kept_without_data_is_marked_unsure() -> None:
    """A segment that stands although unknown today says "Not sure yet" and names what is missing."""
    sources = replace(
        known(),
        members={"renewal_at_stake": True, "key_account": False},
        standing=standing(truths={"plan": None}, plan=None),
    )
    shown = seen(sources)
    assert shown.sure is False
    assert shown.why is not None
    assert shown.why.memberships[0].note == "Not known today: Plan"
    assert shown.why.summary == "Bad ratings in 60 days: 3"
    assert "Not sure yet" in render_fragment(shown, insert=False)


def test_protected_traits_and_their_segments_are_never_shown() -> None:
    """A segment that reads a protected trait colours the tone and appears nowhere, not even as the title."""
    sources = replace(
        known(),
        members={"elders": False, "renewal_at_stake": False},
        standing=standing(truths={"age": True}, age=83),
        decision=replace(
            DECISION,
            tone=part("calm", "segment:elders"),
            segment="elders",
            segments=("elders", "renewal_at_stake"),
        ),
    )
    shown = seen(sources)
    html = render_fragment(shown, insert=True)
    assert shown.title == "Renewal at stake"
    assert shown.tone is not None
    assert (shown.tone.value, shown.tone.reason) == ("Calm and accountable", "")
    assert "83" not in html
    assert "Takes their time" not in html


def test_tone_names_the_situation_that_asks_for_it() -> None:
    """When something else than the segment on top decides the tone, the row says what."""
    sources = replace(known(), decision=replace(DECISION, tone=part("calm", "situation:reopened")))
    tone = seen(sources).tone
    assert tone is not None
    assert tone.reason == "Reopened ticket"


def test_deadline_counts_from_the_wait_and_turns_red_in_the_last_hour() -> None:
    """Waiting for 22 minutes with an hour's target leaves 38 minutes, in red, with the reason."""
    due = seen(known()).reply_by
    assert due is not None
    assert (due.value, due.left, due.urgent) == ("12:10", "in 38 minutes", True)
    assert due.reason == "High: 1 hour (Fast lane)"


def test_nothing_is_said_twice_of_the_segment_on_top() -> None:
    """Deadline and lifecycle name a segment only where it is another than the one on top."""
    shown = seen(known())
    assert shown.facts[0].value == "Known since Jun 2024"
    members = {"key_account": False, "renewal_at_stake": False}
    demoted = SHOP.segments["renewal_at_stake"].model_copy(update={"rank": 25})
    other = seen(
        replace(known(), members=members),
        replace(SHOP, segments=SHOP.segments | {"renewal_at_stake": demoted}),
    )
    assert other.title == "Key account"
    assert other.reply_by is not None
    assert other.reply_by.reason == "High: 1 hour (Fast lane), Renewal at stake"
    assert other.facts[0].value == "Renewal at stake"


def test_what_is_not_known_says_what_it_needs() -> None:
    """A row without a value stays, and names what would give it one."""
    bare = with_customer(known(), time_zone=None, created_at=None)
    facts = seen(
        replace(bare, members={"prefers_phone": False}, standing=standing(yearly_revenue=None))
    ).facts
    assert [(fact.value, fact.note) for fact in facts if fact.label != "Satisfaction"] == [
        ("Not known", "Needs the date they joined"),
        ("Not known", "Needs an amount on record"),
        ("Not known", "Needs a time zone"),
    ]


@pytest.mark.parametrize(
    ("priority", "waited", "value", "left", "urgent"),
    [
        ("urgent", 0, "12:02", "in 30 minutes", True),
        (None, 0, "15:32", "in 4 hours", False),
        ("low", 0, "19:32", "in 8 hours", False),
        ("low", 7 * HOUR - 1, "12:32", "in 60 minutes", False),
        ("low", 7 * HOUR, "12:32", "in 60 minutes", False),
        ("low", 7 * HOUR + 1, "12:31", "in 59 minutes", True),
        ("high", 2 * HOUR, "10:32", "60 minutes ago", True),
        ("high", 3 * DAY, "Nov 19, 12:32", "2 days ago", True),
    ],
)
def test_deadline_follows_the_priority(
    priority: str | None, waited: int, value: str, left: str, urgent: bool
) -> None:
    """Each priority has its own target, none counts as normal, and other days are named."""
    sources = with_ticket(known(), priority=priority, waiting_since=NOW - waited, created_at=NOW - waited)
    due = seen(sources).reply_by
    assert due is not None
    assert (due.value, due.left, due.urgent) == (value, left, urgent)
    assert due.reason.startswith("Overdue. ") == left.endswith("ago")


def test_a_deadline_in_working_time_waits_for_the_office() -> None:
    """On a Sunday an hour of working time is due on Monday, an hour after the office opens."""
    office = Calendar.model_validate({"zone": ZONE, "hours": {"mon-fri": "09:00-17:00"}})
    fast = SHOP.service_levels["fast"].model_copy(update={"calendar": "office"})
    shop = replace(SHOP, service_levels={**SHOP.service_levels, "fast": fast}, calendars={"office": office})
    due = seen(known(), shop).reply_by
    assert due is not None
    assert (due.value, due.urgent) == ("Nov 23, 10:00", False)


def test_a_cheaper_channel_says_that_nobody_is_refused() -> None:
    """Advice for its cost names no sum; it says that whoever calls is answered."""
    shown = seen(replace(known(), decision=replace(DECISION, channel=part("phone", "advice"))))
    assert shown.channel is not None
    assert shown.channel.reason == (
        "Costs less to serve; whoever calls or writes elsewhere is answered there"
    )


def test_no_deadline_where_the_customer_has_the_next_word() -> None:
    """A ticket that waits for the customer has no reply due."""
    due = seen(with_ticket(known(), waiting_since=None)).reply_by
    assert due is not None
    assert (due.value, due.reason, due.at) == ("No reply due", "The next word is the customer's", None)


def test_no_deadline_without_a_service_level() -> None:
    """Nobody asked for a service level and the house has none: the row says so."""
    sources = replace(known(), decision=replace(DECISION, service_level=None))
    due = seen(sources).reply_by
    assert due is not None
    assert (due.value, due.at) == ("No target", None)


@pytest.mark.parametrize(
    ("synced_at", "fault", "lead", "cause"),
    [
        (
            NOW - 26 * HOUR,
            "The help desk is not answering.",
            "Last updated 26 hours ago.",
            "The help desk is",
        ),
        (NOW - 26 * HOUR, None, "Last updated 26 hours ago.", "No sync has finished since."),
        (NOW - 60, "The token was refused", "Last updated 1 minute ago.", "The token was refused."),
        (None, None, "Not everything has been read yet.", "The first sync has not finished."),
    ],
)
def test_old_records_are_said_to_be_old_and_give_no_deadline(
    synced_at: int | None, fault: str | None, lead: str, cause: str
) -> None:
    """Over a day old, or the last sync failed: age and cause on top, and the deadline is not known."""
    shown = seen(replace(known(), synced_at=synced_at, fault=fault))
    assert shown.old is not None
    assert shown.old.lead == lead
    assert shown.old.text.startswith(cause)
    assert shown.reply_by is not None
    assert (shown.reply_by.value, shown.reply_by.reason) == ("Not known", "Needs fresh ticket data")
    assert shown.tone is not None
    assert shown.tone.value == "Calm and accountable"


def test_records_of_a_day_are_fresh_enough() -> None:
    """Exactly 24 hours are not yet old."""
    assert seen(replace(known(), synced_at=NOW - DAY)).old is None


@pytest.mark.parametrize(
    ("sources", "sentence"),
    [
        (replace(known(), ticket=None), "We have not read this ticket yet."),
        (replace(known(), customer=None), "We have never seen this customer."),
        (replace(known(), standing=None), "This customer's segment has not been worked out yet."),
        (replace(known(), decision=None), "This customer's segment has not been worked out yet."),
    ],
    ids=["ticket", "customer", "standing", "decision"],
)
def test_unknown_customer_gets_house_style_and_no_segment(sources: Sources, sentence: str) -> None:
    """Where anything that names a segment is missing, none is made up, and the next sync is announced."""
    shown = seen(sources)
    assert (shown.state, shown.title) == ("unknown", "No segment yet")
    assert shown.note is not None
    assert shown.note.text == f"{sentence} The next sync is at 12:00. Until then, use the house style below."
    assert shown.tone is not None
    assert (shown.tone.value, shown.tone.reason) == ("Friendly and clear", "House style, not personal advice")
    assert shown.why is None
    assert shown.facts == ()


def test_unknown_customer_is_answered_where_they_wrote() -> None:
    """The house channel follows the ticket's own; without a ticket it is the policy's words."""
    written = seen(replace(known(), standing=None)).channel
    assert written is not None
    assert (written.value, written.reason) == ("Reply by email", "The channel they wrote in")
    nowhere = seen(replace(known(), ticket=None)).channel
    assert nowhere is not None
    assert nowhere.value == "The channel they wrote in"


def test_next_sync_in_the_past_is_not_announced() -> None:
    """An instant that has gone by is no promise."""
    note = seen(replace(known(), decision=None, next_sync=NOW - 1)).note
    assert note is not None
    assert note.text.endswith("Use the house style below.")
    assert "next sync" not in note.text


def test_person_without_right_to_be_known_is_not_named() -> None:
    """A removed customer, or a ticket nobody asked, shows no name, no company and no facts."""
    for sources in (with_customer(known(), deleted=True), with_ticket(known(), customer_id=None)):
        shown = seen(sources)
        assert (shown.state, shown.name, shown.company) == ("unknown", "", "")
        html = render_fragment(shown, insert=True)
        assert "Maya" not in html
        assert "Northwind" not in html


@pytest.mark.parametrize(
    "sources",
    [
        replace(known(), decision=replace(DECISION, policy="000000000000")),
        replace(known(), assigned_by="000000000000"),
    ],
    ids=["decision", "standing"],
)
def test_what_another_policy_decided_is_not_explained(sources: Sources) -> None:
    """After a change of policy nothing old is shown with the new policy's words."""
    shown = seen(sources)
    assert (shown.state, shown.why) == ("unknown", None)
    assert shown.note is not None
    assert shown.note.text.startswith("The policy has changed")


@pytest.mark.parametrize("status", ["solved", "closed"])
def test_ticket_at_rest_shows_who_but_not_how(status: str) -> None:
    """A finished ticket, which has no decision, keeps segment, reasons and facts; one line is the advice."""
    shown = seen(with_ticket(replace(known(), decision=None), status=status, waiting_since=None))
    assert (shown.state, shown.title) == ("rest", "Renewal at stake")
    assert shown.note is not None
    assert shown.note.text == f"This ticket is {status} and at rest. A follow-up gets its own advice."
    assert shown.why is not None
    assert len(shown.facts) == 4
    assert (shown.tone, shown.channel, shown.reply_by, shown.alert, shown.writing) == (None,) * 5


def test_ticket_at_rest_of_somebody_unknown_gives_no_advice_either() -> None:
    """Two facts in one line: who is not known, and that the ticket is at rest."""
    shown = seen(with_ticket(replace(known(), customer=None, decision=None), status="closed"))
    assert (shown.state, shown.title, shown.why, shown.facts) == ("rest", "No segment yet", None, ())
    assert shown.note is not None
    assert shown.note.text.startswith("We have never seen this customer. This ticket is closed")
    assert (shown.tone, shown.channel, shown.reply_by) == (None,) * 3


def test_customer_in_no_segment_is_known_all_the_same() -> None:
    """No membership is not "unknown": house style, with the customer's facts."""
    alone = replace(
        replace(DECISION, service_level=None, tone=None, channel=None, next_step=None),
        segment=None,
        segments=(),
    )
    shown = seen(replace(known(), decision=alone, members={}))
    assert (shown.state, shown.title, shown.why) == ("ready", "No segment", None)
    assert shown.note is not None
    assert shown.tone is not None
    assert shown.tone.reason == "House style"
    assert shown.facts[0].value == "Known since Jun 2024"


def test_alert_carries_the_renewal_and_the_next_step() -> None:
    """There is one alert at most; a renewal that is far leaves the step, and neither leaves none."""
    near = seen(known()).alert
    assert near is not None
    assert near.lead == "Renewal in 18 days."
    assert near.text == "Bring in the success manager before you close this."
    far = seen(replace(known(), standing=standing(renewal=NOW + 90 * DAY))).alert
    assert far is not None
    assert far.lead == "Next step."
    quiet = replace(known(), decision=replace(DECISION, next_step=None))
    assert seen(replace(quiet, standing=standing(renewal=NOW - DAY))).alert is None


@pytest.mark.parametrize(
    ("days", "lead"), [(0, "Renewal today."), (1, "Renewal tomorrow."), (30, "Renewal in 30 days.")]
)
def test_renewal_is_told_in_calendar_days(days: int, lead: str) -> None:
    """Today and tomorrow have their own words."""
    alert = seen(replace(known(), standing=standing(renewal=NOW + days * DAY))).alert
    assert alert is not None
    assert alert.lead == lead


@pytest.mark.parametrize(
    ("locale", "language", "start"),
    [
        ("en-US", "en", "Hi Maya"),
        ("de-AT", "de", "Guten Tag Maya"),
        ("de", "de", "Guten Tag Maya"),
        ("fi", "en", "Hi Maya"),
        (None, "en", "Hi Maya"),
    ],
)
def test_sample_line_is_in_the_customers_language(locale: str | None, language: str, start: str) -> None:
    """Their locale, then its base language, then English; the element says which."""
    shown = seen(with_customer(known(), locale=locale))
    assert shown.writing is not None
    assert shown.writing.sample is not None
    assert shown.writing.sample.language == language
    assert shown.writing.sample.text.startswith(start)
    assert f'lang="{language}" dir="ltr">{start}' in render_fragment(shown, insert=True)


@pytest.mark.parametrize(
    ("locale", "written", "spoken", "language"),
    [
        ("en-US", "de", "de", "de"),
        ("de-AT", "de", "de-AT", "de"),
        ("de_AT", "de", "de_AT", "de"),
        ("de", None, "de", "de"),
        (None, "de", "de", "de"),
        ("de", "fi", "fi", "en"),
        (None, None, None, "en"),
    ],
)
def test_sample_line_is_in_the_language_of_the_message(
    locale: str | None, written: str | None, spoken: str | None, language: str
) -> None:
    """What the customer writes in goes before their profile, which only says more of the same language."""
    sources = with_customer(known(), locale=locale)
    assert sources.ticket is not None
    ticket = msgspec.structs.replace(sources.ticket, message_language=written)
    assert speaks(sources.customer, ticket) == spoken
    shown = seen(replace(sources, ticket=ticket))
    assert shown.writing is not None
    assert shown.writing.sample is not None
    assert shown.writing.sample.language == language


def test_sample_line_has_the_deadline_on_the_customers_clock() -> None:
    """The same instant is 12:10 for the agent in Madrid and 20:10 for a customer in Tokyo."""
    shown = seen(with_customer(known(), time_zone="Asia/Tokyo"))
    assert shown.reply_by is not None
    assert shown.reply_by.value == "12:10"
    assert shown.writing is not None
    assert shown.writing.sample is not None
    assert "by 20:10" in shown.writing.sample.text


@pytest.mark.parametrize("name", ["", "maya@acme.example", "4711", "@maya", "Caller4", "M" * 40])
def test_sample_line_is_left_out_where_a_word_is_missing(name: str) -> None:
    """Nobody is greeted with an address, a number or a gap; the advice itself stays."""
    writing = seen(with_customer(known(), name=name)).writing
    assert writing is not None
    assert writing.sample is None
    assert writing.do


def test_advice_of_what_to_avoid_reads_as_one_sentence() -> None:
    """After the word "Avoid" a line goes on in small letters; abbreviations stay as they are."""
    writing = seen(replace(known(), decision=None)).writing
    assert writing is not None
    assert writing.avoid == ("abbreviations", "GDPR talk")


def test_sample_line_never_promises_a_time_that_has_passed() -> None:
    """An overdue deadline cannot be put into a promise."""
    writing = seen(with_ticket(known(), waiting_since=NOW - DAY)).writing
    assert writing is not None
    assert writing.sample is None


@pytest.mark.parametrize(
    ("scores", "value"),
    [
        ((), "No ratings yet"),
        (("good", "bad"), "1 of 2 good"),
        (("good", "good", "bad", "bad"), "2 of 4 good, falling"),
        (("bad", "bad", "good", "good"), "2 of 4 good, rising"),
        (("good", "bad", "good", "bad"), "2 of 4 good, steady"),
        (("bad",) * 10 + ("good",) * 10, "10 of 10 good, steady"),
    ],
)
def test_satisfaction_is_told_with_its_span_and_where_it_goes(scores: tuple[str, ...], value: str) -> None:
    """Counts instead of percents, a trend only from four ratings on, and since when."""
    fact = seen(replace(known(), ratings=ratings(*scores))).facts[2]
    assert fact.value == value
    assert bool(fact.note) == bool(scores)
    assert (fact.trend is not None) == (len(scores) >= 4)


def test_what_is_not_known_of_a_customer_says_so() -> None:
    """Rows without a source stay and say "Not known" instead of leaving a gap."""
    bare = replace(
        with_customer(known(), time_zone="Nowhere/Town", created_at=None),
        standing=standing(yearly_revenue=None),
        members={"prefers_phone": False},
        ratings=(),
    )
    shown = seen(bare)
    assert [fact.value for fact in shown.facts] == ["Not known", "Not known", "No ratings yet", "Not known"]


def test_figures_follow_the_readers_locale() -> None:
    """Money, clock and spans are those of the locale asked for."""
    shown = seen(known(), locale="de")
    assert shown.facts[1].value == "Yearly revenue: 48.000\xa0€"
    assert shown.reply_by is not None
    assert shown.reply_by.left == "in 38 Minuten"


def test_the_desks_own_clock_goes_before_ours() -> None:
    """Where the desk runs a reply target its instant is shown, and the reason says whose clock it is."""
    theirs = (
        Target(metric="resolution", stage="running", breach_at=NOW + 60),
        Target(metric="first_reply", stage="running", breach_at=NOW + 3 * HOUR),
        Target(metric="next_reply", stage="met", breach_at=NOW - HOUR),
    )
    due = seen(with_ticket(known(), targets=theirs)).reply_by
    assert due is not None
    assert (due.at, due.reason) == (NOW + 3 * HOUR, "High, by the help desk's own clock")


def test_a_clock_that_the_desk_has_paused_is_told_and_ours_is_not_shown_beside_it() -> None:
    """Paused it has no instant; one that runs goes before; a paused resolution is no matter of replies."""
    paused = Target(metric="next_reply", stage="paused")
    running = Target(metric="first_reply", stage="running", breach_at=NOW + HOUR)
    due = seen(with_ticket(known(), targets=(paused,))).reply_by
    assert due is not None
    assert (due.value, due.at, due.reason) == ("Paused", None, "The help desk's own clock is paused")
    both = seen(with_ticket(known(), targets=(paused, running))).reply_by
    assert both is not None
    assert both.at == NOW + HOUR
    other = seen(with_ticket(known(), targets=(Target(metric="resolution", stage="paused"),))).reply_by
    assert other is not None
    assert other.at is not None
    assert "clock" not in other.reason


def test_a_deadline_keeps_the_priority_its_clock_began_with() -> None:
    """Raised after the customer began to wait: the promise of the beginning is the one to keep."""
    ticket = known().ticket
    assert ticket is not None
    assert ticket.waiting_since is not None
    steps = (
        Step(ticket.waiting_since, "open", "low", ticket.waiting_since),
        Step(NOW - 60, "open", "high", ticket.waiting_since),
    )
    due = seen(replace(known(), steps=steps)).reply_by
    assert due is not None
    assert due.reason.startswith("Low: 8 hours")
    assert due.at == ticket.waiting_since + 8 * HOUR
    asked = replace(DECISION, priority=part("high", "segment:renewal_at_stake"))
    due = seen(replace(known(), steps=steps, decision=asked)).reply_by
    assert due is not None
    assert due.reason.startswith("High: 1 hour"), "what the policy asks for counts from the beginning"


@pytest.mark.parametrize(
    ("has", "promise"), [("high", "High: 1 hour"), ("low", "Low: 8 hours"), (None, "Normal: 4 hours")]
)
def test_a_priority_that_the_ticket_does_not_have_is_not_promised(has: Priority | None, promise: str) -> None:
    """Urgent is asked for, but high priority may be full, or a person has set another one."""
    asked = replace(DECISION, priority=part("urgent", "segment:renewal_at_stake"))
    due = seen(with_ticket(replace(known(), decision=asked), priority=has)).reply_by
    assert due is not None
    assert due.reason.startswith(promise)
