"""A small sandbox desk drawn from a seed, the policies that may rule it, and what its people do meanwhile."""

from __future__ import annotations

from functools import cache
from random import Random

from connectors.sandbox.changes import create, update
from connectors.sandbox.definitions import add_keyed_field, add_system_fields, add_ticket_field
from connectors.sandbox.people import open_desk
from connectors.sandbox.records import FieldValue, Organization, Rating, Ticket, User
from connectors.sandbox.refusals import RefusedError
from connectors.sandbox.state import Desk
from policies.load import load_text
from policies.model import Policy
from tests.clock import FakeClock

DAY = 86_400
PLANS = ("free", "team", "enterprise")
SEGMENTS = {"cue_segment_vip": "Key account", "cue_segment_frequent": "In touch often"}
"""Options of the segment's field, where a desk has it. One segment has none: it is not written."""

STATUSES = ("new", "open", "open", "pending", "hold", "solved", "closed")

POLICY = """
policy: {name}
goal: Answer first who pays most
owner: Support lead
metric: Share of good ratings
review_by: 2027-05-31

traits:
  plan: {{from: organization.fields.plan, type: text}}
  tickets_30d: {{count: tickets, within: 30 days}}
  bad_ratings: {{count: ratings, where: "score = 'bad'", within: 60 days}}

segments:
  vip:
    kind: value
    label: Key account
    rank: 10
    look: star
    when: {{all: ["plan {plans}"]}}
    treatment: {{tags: [{vip}], priority: {{at_least: {urgent}}}, service_level: fast, tone: concise}}
  frequent:
    kind: behavioural
    label: In touch often
    rank: 20
    look: plain
    when: {{all: [tickets_30d >= {often}]}}
    treatment: {{tags: [frequent], tone: concise}}
  unhappy:
    kind: sentiment
    label: Recent answers fell short
    rank: 30
    look: falling
    when: {{all: [bad_ratings >= 1]}}
    treatment: {{tags: [recover], priority: {{at_least: high}}, tone: concise}}

service_levels:
  fast: {{label: Fast, first_reply: {{urgent: 1 hour, high: 2 hours, normal: 4 hours, low: 8 hours}}}}

tones:
  concise:
    label: Short and to the point
    do: [The answer first]
    avoid: [Repeating the question]
    opening: {{en: "Hi {{{{ first_name }}}}, the short answer first."}}

house: {{tone: concise}}
"""


@cache
def policies() -> tuple[Policy, ...]:
    """What the policy says before and after its owner changes their mind."""
    said = (
        {"plans": "= 'enterprise'", "vip": "vip", "urgent": "urgent", "often": 3},
        {"plans": "in ('enterprise', 'team')", "vip": "vip", "urgent": "high", "often": 2},
        {"plans": "= 'team'", "vip": "gold", "urgent": "high", "often": 4},
    )
    return tuple(load_text(POLICY.format(name=f"p{n}", **one), f"p{n}") for n, one in enumerate(said))


def draw_desk(chance: Random, clock: FakeClock) -> Desk:
    """1 to 4 companies, 5 to 20 customers, 8 to 80 tickets (most desks have few) and some ratings."""
    desk, now = Desk(name="Drawn", clock=clock), clock.wall()
    opened = now - 100 * DAY
    add_system_fields(desk, opened)
    open_desk(desk, 1, opened)
    add_keyed_field(desk.organization_fields, "plan", "dropdown", PLANS, opened)
    if chance.random() < 0.5:
        add_ticket_field(desk, "Segment", "tagger", SEGMENTS, opened)
    for key in range(1, chance.randint(2, 5)):
        _company(desk, chance, key, now - chance.randrange(DAY, 50 * DAY))
    for key in range(11, 11 + chance.randint(5, 20)):
        _customer(desk, chance, key, now - chance.randrange(DAY, 50 * DAY))
    for key in range(101, 101 + chance.randint(8, chance.choice((12, 12, 20, 80)))):
        _ticket(desk, chance, key, now - chance.randrange(DAY, 40 * DAY))
    for key in range(1, 1 + chance.randint(0, 6)):
        rate(desk, chance, key, now - chance.randrange(DAY, 40 * DAY))
    return desk


def _company(desk: Desk, chance: Random, key: int, at: int) -> None:
    fields: dict[str, FieldValue] = {"plan": chance.choice(PLANS)}
    company = Organization(id=key, name=f"C{key}", organization_fields=fields, created_at=at, updated_at=at)
    desk.organizations.add(company)


def _customer(desk: Desk, chance: Random, key: int, at: int) -> None:
    company = chance.choice((*desk.organizations.ids, None))
    desk.users.add(
        User(
            id=key, name=f"Person {key}", email=f"p{key}@drawn.example", organization_id=company,
            created_at=at, updated_at=at,
        )
    )  # fmt: skip


def _customers(desk: Desk) -> list[User]:
    return [user for user in desk.users if not user.staff and user.active]


def _ticket(desk: Desk, chance: Random, key: int, at: int) -> None:
    asker = chance.choice(_customers(desk))
    tags = sorted(chance.sample(("billing", "seen", "printer"), chance.randint(0, 2)))
    desk.tickets.add(
        Ticket(
            id=key, subject=f"Subject {key}", description="Text", status=chance.choice(STATUSES),
            priority=chance.choice((None, None, "low", "normal", "high")), requester_id=asker.id,
            organization_id=asker.organization_id, tags=tags, created_at=at, updated_at=at,
        )
    )  # fmt: skip


def rate(desk: Desk, chance: Random, key: int, at: int) -> None:
    """A customer's verdict on one of the tickets."""
    ticket = desk.tickets.get(chance.choice(desk.tickets.ids))
    assert ticket is not None
    desk.ratings.add(
        Rating(
            id=key, ticket_id=ticket.id, requester_id=ticket.requester_id, created_at=at, updated_at=at,
            score=chance.choice(("good", "bad")),
        )
    )  # fmt: skip


def live(desk: Desk, chance: Random) -> None:
    """Some time of a desk's life: people write, are rated, move plans, and tickets come to an end."""
    now = desk.clock.wall()
    for _ in range(chance.randint(0, 3)):
        asker = chance.choice(_customers(desk))
        create(desk, {"subject": "New", "comment": {"body": "Help"}}, asker, "web", asker)
    if chance.random() < 0.3:
        rate(desk, chance, desk.ratings.next_id(), now)
    if chance.random() < 0.3:
        company = desk.organizations.get(chance.choice(desk.organizations.ids))
        if company is not None:
            company.organization_fields = {"plan": chance.choice(PLANS)}
            desk.organizations.touch(company, now)
    if chance.random() < 0.3:
        _end(desk, chance)


def _end(desk: Desk, chance: Random) -> None:
    """A ticket is closed or deleted."""
    ticket, agent = desk.tickets.get(chance.choice(desk.tickets.ids)), desk.users.get(desk.agent_id)
    if ticket is None or agent is None or ticket.status in ("closed", "deleted"):
        return
    if chance.random() < 0.5:
        ticket.status = "deleted"
        desk.tickets.touch(ticket, desk.clock.wall())
        return
    try:
        update(desk, ticket, {"status": "closed"}, agent, "web")
    except RefusedError:
        return
