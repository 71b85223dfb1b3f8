"""The tickets: when they came, what was said, how they ended."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from connectors.sandbox.definitions import add_group, add_ticket_field
from connectors.sandbox.people import add_staff
from connectors.sandbox.records import FieldValue, Ticket, User
from connectors.sandbox.seed.customers import Persona
from connectors.sandbox.seed.habits import DAY, HABITS
from connectors.sandbox.seed.names import AGENTS, GROUP_OF_CATEGORY, GROUPS
from connectors.sandbox.seed.scene import Scene
from connectors.sandbox.seed.story import Story
from connectors.sandbox.seed.writing import Writer
from connectors.sandbox.state import Desk
from connectors.sandbox.tags import joined

FIRST_ID = 1_001
HOUR = 3_600
CLOSED_AFTER = 4 * DAY
SLA_MINUTES = {"urgent": 60, "high": 240, "normal": 480, "low": 1_440}
CATEGORIES = {
    "hardware": "Hardware", "billing": "Billing", "payments": "Payments", "sign_in": "Sign-in",
    "reports": "Reports", "integrations": "Integrations", "shipping": "Shipping", "how_to": "How to",
    "outage": "Outage",
}  # fmt: skip
IMPACTS = {"one_person": "One person", "team": "A team", "whole_company": "The whole company"}


class Draft(NamedTuple):
    """A ticket to come: whose, and when it was opened."""

    created: int
    persona: Persona


class Floor(NamedTuple):
    """What the tickets need of the desk: its teams, its agents and its fields."""

    groups: dict[str, int]
    agents: dict[str, list[User]]
    category: int
    area: int
    sla_met: int
    impact: int


def open_floor(desk: Desk, first_id: int, at: int) -> Floor:
    """Add teams, agents and the account's own ticket fields."""
    groups = {name: add_group(desk, name, at) for name in GROUPS}
    agents: dict[str, list[User]] = {name: [] for name in GROUPS}
    for place, (name, group) in enumerate(AGENTS):
        email = f"{name.split()[0].lower()}@desk.example"
        agent = add_staff(desk, first_id + place, name, email, at)
        agent.default_group_id = groups[group]
        agents[group].append(agent)
    robin = desk.users.get(desk.agent_id)
    if robin is not None:
        agents["Software"].append(robin)
    return Floor(
        groups,
        agents,
        category=add_ticket_field(desk, "Category", "tagger", CATEGORIES, at),
        area=add_ticket_field(desk, "Product area", "text", {}, at),
        sla_met=add_ticket_field(desk, "SLA met", "checkbox", {}, at),
        impact=add_ticket_field(desk, "Impact", "tagger", IMPACTS, at),
    )


def drafts(chance: Random, now: int, personas: list[Persona], count: int) -> list[Draft]:
    """Who writes when, oldest first: everybody's least, and the rest by habit."""
    writers = [persona for persona in personas for _ in range(HABITS[persona.habit].fewest)][:count]
    weights = [HABITS[persona.habit].weight for persona in personas]
    if personas:
        writers += chance.choices(personas, weights, k=count - len(writers))
    newest = {persona.user.id: now - _age_of_latest(chance, persona) for persona in personas}
    planned = [Draft(_created(chance, now, writer, newest), writer) for writer in writers]
    return sorted(planned, key=lambda draft: (draft.created, draft.persona.user.id))


def _age_of_latest(chance: Random, persona: Persona) -> int:
    """Seconds since the latest ticket; most of those who write at all wrote not long ago."""
    least, most = HABITS[persona.habit].newest
    return int((least + (most - least) * chance.random() ** 2) * DAY)


def _created(chance: Random, now: int, writer: Persona, newest: dict[int, int]) -> int:
    """An instant between joining and the customer's latest ticket; the first one drawn is the latest."""
    key, habit = writer.user.id, HABITS[writer.habit]
    latest = max(abs(newest[key]), writer.user.created_at + HOUR)
    if newest[key] > 0:
        newest[key] = -newest[key]
        return latest
    earliest = max(now - habit.oldest * DAY, writer.user.created_at + HOUR // 2)
    return latest - int(max(latest - earliest, 1) * chance.random() ** 2.2)


def tell(
    desk: Desk, chance: Random, now: int, floor: Floor, draft: Draft, key: int, *, rests: bool
) -> Writer:
    """Put one ticket on the desk, at rest or still waiting for somebody. Gives who wrote it."""
    persona, habit = draft.persona, HABITS[draft.persona.habit]
    writer = Writer(chance, persona, draft.created)
    group = GROUP_OF_CATEGORY[writer.case.category]
    agent = chance.choice(floor.agents[group])
    writer.sign(agent.name)
    mood = chance.choices(tuple(habit.moods), tuple(habit.moods.values()))[0]
    channel = chance.choices(tuple(habit.channels), tuple(habit.channels.values()))[0]
    ticket = _blank(desk, chance, floor, draft, key, writer, channel)
    story = Story(desk, ticket)
    scene = Scene(chance, story, writer, persona.user, agent, now, slow=mood == "angry")
    story.step(persona.user, draft.created, {}, writer.opening(mood, channel))
    story.step(None, draft.created, {"group_id": floor.groups[group]})
    if rests:
        scene.to_rest(again=_times(chance, habit.reopens), priority=_priority(chance, mood, 0.4))
        _finish(floor, ticket, now, story)
    else:
        scene.still_open(_priority(chance, mood, 0.5))
    ticket.description = desk.comments[ticket.id][0].body
    desk.tickets.add(ticket)
    return writer


def _blank(
    desk: Desk, chance: Random, floor: Floor, draft: Draft, key: int, writer: Writer, channel: str
) -> Ticket:
    user, case = draft.persona.user, writer.case
    organization = desk.organizations.get(user.organization_id)
    fields: dict[int, FieldValue] = {floor.category: case.category, floor.area: case.area}
    tags = joined([case.category, case.product.lower()], user.tags)
    tags = joined(tags, organization.tags if organization else ())
    if chance.random() < 0.7:
        fields[floor.impact] = case.impact
        tags = joined(tags, [case.impact])
    return Ticket(
        id=key,
        subject=writer.subject(),
        channel=channel,
        requester_id=user.id,
        submitter_id=user.id,
        organization_id=user.organization_id,
        tags=tags,
        custom_fields=fields,
        created_at=draft.created,
        updated_at=draft.created,
    )


def _times(chance: Random, share: float) -> int:
    """How often a ticket comes back: mostly never, seldom twice."""
    if chance.random() >= share:
        return 0
    return 2 if chance.random() < 0.25 else 1


def _priority(chance: Random, mood: str, unset: float) -> str | None:
    if chance.random() < unset:
        return None
    weights = (1, 4, 8, 4) if mood == "angry" else (3, 10, 3, 1)
    return chance.choices(("low", "normal", "high", "urgent"), weights)[0]


def _finish(floor: Floor, ticket: Ticket, now: int, story: Story) -> None:
    """Note whether the first answer came in time, and close what was solved long enough ago."""
    target = SLA_MINUTES[ticket.priority or "normal"]
    minutes = ticket.metrics.reply_minutes
    ticket.custom_fields[floor.sla_met] = minutes is not None and minutes <= target
    solved = ticket.metrics.solved_at or ticket.updated_at
    if solved + CLOSED_AFTER < now - HOUR:
        story.step(None, max(solved + CLOSED_AFTER, ticket.updated_at), {"status": "closed"})
