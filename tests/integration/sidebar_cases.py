"""What the sidebar's tests start from: Maya's ticket, the policy that decides about it, the view of both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from connectors.records import Customer, Organization, Rating, Ticket
from integration.sidebar import Company, CompanySources, Sources, View, company, view
from integration.store.companies import Crowd
from integration.store.solved import Solved
from policies.load import load_text
from policies.model import Policy
from policies.standing import Standing, Truth
from policies.treatment import Claim, Decision, Part

NOW = 1_795_343_520
"""22 November 2026, 11:32 in Madrid."""
HOUR = 3600
DAY = 24 * HOUR
ZONE = "Europe/Madrid"

POLICY = """\
policy: shop
goal: Every customer is answered in the way that suits them
owner: Head of support
metric: Share of good ratings
review_by: 2027-05-31
traits:
  plan: {from: organization.fields.plan, type: text, label: Plan}
  yearly_revenue:
    from: organization.fields.yearly_revenue
    type: number
    label: Yearly revenue
    format: money
    currency: EUR
  renewal: {from: organization.fields.renewal_date, type: date, label: Renewal}
  age: {from: customer.fields.age, type: number, sensitivity: protected, label: Age}
  bad_ratings_60d: {count: ratings, where: "score = 'bad'", within: 60 days, label: Bad ratings in 60 days}
  calls_90d: {count: tickets, where: "channel = 'voice'", within: 90 days, label: Calls in 90 days}
  tickets_total: {count: tickets, label: Tickets}
segments:
  renewal_at_stake:
    kind: lifecycle
    label: Renewal at stake
    rank: 10
    look: falling
    when: {all: ["plan = 'enterprise'", "bad_ratings_60d >= 2"]}
    treatment:
      tags: [at_stake]
      priority: {at_least: high}
      service_level: fast
      tone: calm
      next_step: Bring in the success manager before you close this
  key_account:
    kind: value
    label: Key account
    rank: 20
    look: gem
    when: {all: ["yearly_revenue >= 40000"], none: ["tickets_total > 50"]}
    treatment: {tags: [key]}
  prefers_phone:
    kind: needs
    label: Likes to talk
    rank: 30
    when: calls_90d >= 3
    treatment: {tags: [phone], channel: phone}
  elders:
    kind: demographic
    label: Takes their time
    rank: 5
    when: age >= 70
    treatment: {tone: calm}
situations:
  reopened: {label: Reopened ticket, rank: 10, when: reopens >= 1, treatment: {tone: calm}}
tones:
  friendly:
    label: Friendly and clear
    do: [Answer the question in the first line, Say what happens next]
    avoid: [Abbreviations, GDPR talk]
    opening: {en: "Hi {{ first_name }}, thank you for writing."}
  calm:
    label: Calm and accountable
    do: [Own the fault in the first line, "One next step, one name, one time"]
    avoid: ["“as mentioned”, “unfortunately”"]
    opening:
      en: "Hi {{ first_name }}, this is ours to fix. I will be back by {{ reply_by }} with an answer."
      de: "Guten Tag {{ first_name }}, das ist unser Fehler. Ich melde mich bis {{ reply_by }}."
channels:
  phone: {label: "Call, then email a recap", avoid: The bot}
service_levels:
  fast: {label: Fast lane, first_reply: {urgent: 30 minutes, high: 1 hour, normal: 4 hours, low: 8 hours}}
house: {tone: friendly, channel: as_asked}
"""

SHOP = load_text(POLICY, "shop.yaml")

LINES = ("plan", "bad_ratings", "revenue", "tickets", "calls", "age")
SEGMENTS = ("renewal_at_stake", "key_account", "prefers_phone", "elders")

CUSTOMER = Customer(
    id="7",
    version=1,
    name="Maya Chen",
    organization_id="3",
    locale="en-US",
    time_zone="Europe/Madrid",
    created_at=NOW - 900 * DAY,
    updated_at=NOW - DAY,
)
ORGANIZATION = Organization(id="3", version=1, name="Northwind", updated_at=NOW - DAY)
TICKET = Ticket(
    id="101",
    version=1,
    stamp="s",
    customer_id="7",
    organization_id="3",
    subject="Export has been failing since this morning",
    status="open",
    priority="high",
    channel="email",
    created_at=NOW - HOUR,
    updated_at=NOW - HOUR,
    waiting_since=NOW - 22 * 60,
)


def standing(*, truths: dict[str, Truth] | None = None, **traits: str | float | None) -> Standing:
    """Maya's standing; ``truths`` overrides condition lines by the names in LINES, the others hold."""
    lines = dict.fromkeys(LINES, True) | {"tickets": False, "age": None} | (truths or {})
    known: dict[str, str | int | float | bool | list[str] | None] = {
        "plan": "enterprise",
        "yearly_revenue": 48000,
        "renewal": NOW + 18 * DAY,
        "age": None,
        "bad_ratings_60d": 3,
        "calls_90d": 4,
        "tickets_total": 12,
    }
    known.update(traits)
    return Standing("7", known, tuple(lines[name] for name in LINES), (True, True, True, None))


def part(value: str, by: str) -> Part:
    """A field won without a fight."""
    return Part(value, Claim(value, by, "because"))


DECISION = Decision(
    ticket_id="101",
    policy=SHOP.version,
    segment="renewal_at_stake",
    segments=("renewal_at_stake", "key_account", "prefers_phone"),
    situations=(),
    service_level=part("fast", "segment:renewal_at_stake"),
    tone=part("calm", "segment:renewal_at_stake"),
    channel=part("phone", "segment:prefers_phone"),
    next_step=part("Bring in the success manager before you close this", "segment:renewal_at_stake"),
)
"""What the policy above decides for Maya's ticket."""


def ratings(*scores: str) -> tuple[Rating, ...]:
    """Ratings five days apart, the last one today."""
    return tuple(
        Rating(
            id=str(index),
            version=1,
            customer_id="7",
            score="good" if score == "good" else "bad",
            created_at=NOW - 5 * DAY * (len(scores) - 1 - index),
            updated_at=NOW,
        )
        for index, score in enumerate(scores)
    )


def known() -> Sources:
    """Everything stored about Maya's ticket, fresh."""
    return Sources(
        ticket_id="101",
        ticket=TICKET,
        customer=CUSTOMER,
        organization=ORGANIZATION,
        standing=standing(),
        assigned_by=SHOP.version,
        members={"renewal_at_stake": False, "key_account": False, "prefers_phone": False},
        decision=DECISION,
        ratings=ratings("good", "good", "good", "bad", "good", "bad", "bad"),
        synced_at=NOW - 240,
        next_sync=NOW + 28 * 60,
    )


OPEN = tuple(
    msgspec.structs.replace(TICKET, id=str(200 + index), status=status, group_id=group, subject=subject)
    for index, (status, group, subject) in enumerate(
        (("new", None, "One"), ("pending", None, None), ("hold", "9", "Two"))
    )
)
"""Maya's other tickets: one can be read, one has no subject, one is another group's."""

SOLVED = tuple(
    Solved(str(300 + index), "Three", NOW - DAY, NOW - HOUR, replies, 1.0, rated, frozenset())
    for index, (replies, rated) in enumerate(((1, "good"), (3, "bad"), (None, None)))
)
"""Tickets solved like hers."""


def apart() -> Sources:
    """Everything stored about Maya apart from any ticket, two of hers that are open among it."""
    return replace(
        known(),
        ticket_id="",
        ticket=None,
        decision=None,
        since=dict.fromkeys(("renewal_at_stake", "key_account", "prefers_phone"), NOW - DAY),
        open=(TICKET, msgspec.structs.replace(TICKET, id="99", group_id="4", subject="Secret", status="new")),
        about="customer",
    )


def every_state() -> Iterator[Sources]:
    """One of each: what is shown, kept, old, unknown, at rest, without a reply, overdue, …"""
    base = known()
    yield base
    for channel in ("email", "web", "voice", "chat", "other"):
        yield with_ticket(replace(base, standing=None), channel=channel)
    yield replace(base, ticket=None)
    yield replace(base, customer=None)
    yield replace(base, standing=None)
    yield replace(base, decision=None)
    yield replace(base, decision=None, next_sync=None)
    yield with_ticket(base, deleted=True)
    yield with_ticket(base, customer_id=None)
    yield with_customer(base, deleted=True)
    yield with_customer(base, name="", time_zone=None, created_at=None)
    yield replace(base, assigned_by="000000000000")
    for synced_at, fault in ((None, None), (NOW - 2 * DAY, None), (NOW - 60, "The token was refused.")):
        yield replace(base, synced_at=synced_at, fault=fault)
    for status in ("solved", "closed"):
        yield with_ticket(replace(base, decision=None), status=status, waiting_since=None)
        yield with_ticket(replace(base, customer=None, decision=None), status=status)
    yield with_ticket(base, waiting_since=None)
    for priority in ("urgent", "high", "normal", "low"):
        yield with_ticket(base, priority=priority, waiting_since=NOW - 3 * DAY)
    yield replace(base, decision=replace(DECISION, service_level=None, tone=None, channel=None))
    yield replace(base, decision=replace(DECISION, channel=part("phone", "advice")))
    yield replace(base, members={})
    yield replace(
        base, members={"renewal_at_stake": True}, standing=standing(truths={"plan": None}, plan=None)
    )
    for days in (0, 1, 2, 90):
        yield replace(base, standing=standing(renewal=NOW + days * DAY, yearly_revenue=None))
    for scores in ((), ("good", "bad"), ("bad", "bad", "good", "good"), ("good", "bad", "good", "bad")):
        yield replace(base, ratings=ratings(*scores))
    yield replace(base, open=OPEN, solved=SOLVED)
    base = replace(apart(), open=OPEN)
    yield base
    for missing in (None, msgspec.structs.replace(CUSTOMER, deleted=True)):
        yield replace(base, customer=missing)
    yield replace(base, standing=None, next_sync=None)
    yield replace(base, members={}, synced_at=NOW - 2 * DAY)


def northwind() -> CompanySources:
    """Everything stored about Maya's organization."""
    members = {"renewal_at_stake": 2, "key_account": 3, "prefers_phone": 1, "elders": 4}
    return CompanySources(
        organization_id="3",
        organization=ORGANIZATION,
        crowd=Crowd(customers=40, whole=True, waiting=0, segments=members, example="7"),
        assigned_by=SHOP.version,
        traits=standing(renewal=NOW + 90 * DAY, age=83).traits,
        open_count=1,
        open=(TICKET,),
        pressing=DECISION,
        group=None,
        synced_at=NOW - 240,
        fault=None,
        next_sync=NOW + 28 * 60,
    )


def firm(sources: CompanySources, policy: Policy = SHOP, *, locale: str = "en") -> Company:
    """The view of an organization at NOW, in Madrid."""
    return company(sources, policy, now=NOW, zone=ZONE, locale=locale)


def seen(sources: Sources, policy: Policy = SHOP, *, locale: str = "en") -> View:
    """The view at NOW, in Madrid."""
    return view(sources, policy, now=NOW, zone=ZONE, locale=locale)


def with_ticket(sources: Sources, **fields: object) -> Sources:
    """The same ticket with other fields."""
    return replace(sources, ticket=msgspec.structs.replace(TICKET, **fields))


def with_customer(sources: Sources, **fields: object) -> Sources:
    """The same customer with other fields."""
    return replace(sources, customer=msgspec.structs.replace(CUSTOMER, **fields))
