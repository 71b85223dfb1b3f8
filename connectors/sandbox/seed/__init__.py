"""A desk that reads like a real one: made from a number and an instant, the same every time."""

from __future__ import annotations

from random import Random

from connectors.clock import Clock
from connectors.sandbox.definitions import add_system_fields
from connectors.sandbox.people import open_desk
from connectors.sandbox.records import Rating, Ticket, User
from connectors.sandbox.seed.companies import add_companies
from connectors.sandbox.seed.customers import Persona, add_customers
from connectors.sandbox.seed.habits import DAY, HABITS, LATELY
from connectors.sandbox.seed.profiles import add_profiles
from connectors.sandbox.seed.tickets import FIRST_ID, Draft, drafts, open_floor, tell
from connectors.sandbox.seed.writing import Writer
from connectors.sandbox.state import Desk

STAFF_ID = 10_001
RATING_ID = 80_001
HOUR = 3_600
UNSOLVED_SHARE = 0.088
DELETED = 2
SCRUBBED = "SCRUBBED"
ERASED = "Permanently Deleted User"
MACHINE = 23
"""Of the settled chats, one in so many was handled by an AI agent."""


def seed(
    clock_now: int,
    *,
    customers: int = 400,
    organizations: int = 60,
    tickets: int = 2_500,
    number: int = 7,
    clock: Clock | None = None,
) -> Desk:
    """A filled desk whose latest event lies a few minutes before the full hour of ``clock_now``."""
    now = clock_now - clock_now % HOUR
    chance = Random(f"{number} {now}")  # noqa: S311 - the same desk every time, nothing secret
    desk = Desk(name="Lumbrook Support", clock=clock)
    opened = now - 1_400 * DAY
    add_system_fields(desk, opened)
    open_desk(desk, STAFF_ID, opened)
    floor = open_floor(desk, STAFF_ID + 2, opened)
    add_companies(desk, chance, now, organizations)
    personas = add_customers(desk, chance, now, customers)
    planned = drafts(chance, now, personas, tickets)
    still_open = _unsolved(chance, planned)
    for place, draft in enumerate(planned):
        rests = place not in still_open
        writer = tell(desk, chance, now, floor, draft, FIRST_ID + place, rests=rests)
        if rests:
            _rate(desk, chance, now, draft.persona, FIRST_ID + place, writer)
    _delete(desk, chance, planned)
    _hand_to_machine(desk)
    add_profiles(desk, Random(f"{number} {now} profiles"), now, opened)  # noqa: S311 - as above
    _forget_someone(desk, opened)
    return desk


def scaled(clock_now: int, tickets: int, number: int, clock: Clock | None = None) -> Desk:
    """A desk of so many tickets, with as many customers and companies to each as on the usual one."""
    share = tickets / 2_500
    return seed(
        clock_now,
        customers=max(round(400 * share), 40),
        organizations=max(round(60 * share), 6),
        tickets=tickets,
        number=number,
        clock=clock,
    )


def _unsolved(chance: Random, planned: list[Draft]) -> set[int]:
    """Which tickets are not settled yet: two in three of the newest."""
    count = round(len(planned) * UNSOLVED_SHARE)
    newest = range(max(len(planned) - round(count * 1.5), 0), len(planned))
    return set(chance.sample(newest, min(count, len(newest))))


def _rate(desk: Desk, chance: Random, now: int, persona: Persona, key: int, writer: Writer) -> None:
    """Perhaps a verdict on a settled ticket; of those who lose faith the late ones are bad."""
    ticket, habit = desk.tickets.get(key), HABITS[persona.habit]
    if ticket is None or ticket.metrics.solved_at is None or chance.random() >= habit.rates:
        return
    at = ticket.metrics.solved_at + chance.randrange(HOUR, 40 * HOUR)
    if at > now - 600:
        return
    good = habit.good_lately if now - at < LATELY else habit.good_before
    score = "good" if chance.random() < good else "bad"
    rating = Rating(
        id=max(desk.ratings.next_id(), RATING_ID),
        ticket_id=ticket.id,
        requester_id=ticket.requester_id,
        assignee_id=ticket.assignee_id,
        group_id=ticket.group_id,
        score=score,
        comment=writer.verdict(score),
        created_at=at,
        updated_at=at,
    )
    desk.ratings.add(rating)
    ticket.rating_id = rating.id
    desk.tickets.touch(ticket, at)


def _delete(desk: Desk, chance: Random, planned: list[Draft]) -> None:
    """A few tickets have been deleted since; only the export still knows of them."""
    older = [t for t in desk.tickets if t.status == "closed" and t.rating_id is None]
    for ticket in chance.sample(older, min(DELETED, len(older))):
        _forget(desk, ticket)

    scrubbed = next((t for t in desk.tickets if t.status == "deleted"), None)
    if scrubbed is not None:
        _scrub(desk, scrubbed)


def _forget(desk: Desk, ticket: Ticket) -> None:
    ticket.status = "deleted"
    desk.comments.pop(ticket.id, None)
    desk.tickets.touch(ticket, ticket.updated_at + HOUR)


def _scrub(desk: Desk, ticket: Ticket) -> None:
    """Deleted for longer than a month: its texts are gone for good."""
    ticket.subject = ticket.description = SCRUBBED
    desk.tickets.touch(ticket, ticket.updated_at + HOUR)


def _forget_someone(desk: Desk, at: int) -> None:
    """Somebody who worked here and was deleted for good: only the number is left."""
    user = User(
        id=desk.users.next_id(), name=ERASED, role="agent", active=False, created_at=at, updated_at=at + HOUR
    )
    desk.users.add(user)


def _hand_to_machine(desk: Desk) -> None:
    """A few settled chats were answered by an AI agent: lists and exports show them only when asked to."""
    for ticket in desk.tickets:
        if ticket.channel == "chat" and ticket.status == "closed" and ticket.id % MACHINE == 0:
            ticket.support_type = "ai_agent"
