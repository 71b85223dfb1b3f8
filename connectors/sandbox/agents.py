"""Agents who work while a program does: each edit is one that a person could make in the browser.

They choose among the tickets that changed last, since those are the ones a program has in hand.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from connectors.sandbox.changes import Wish, update
from connectors.sandbox.records import PRIORITIES, Ticket
from connectors.sandbox.refusals import RefusedError
from connectors.sandbox.state import Desk

NEWEST = 50
"""Tickets that an agent may reach for."""

TAGS = ("called", "escalated", "waiting")
STATUSES = ("open", "open", "open", "pending", "solved")


def _comment(_: Ticket, chance: Random) -> Wish:
    return {"comment": {"body": chance.choice(("Called back.", "Asked a colleague.")), "public": False}}


def _priority(_: Ticket, chance: Random) -> Wish:
    return {"priority": chance.choice((*PRIORITIES, None))}


def _status(_: Ticket, chance: Random) -> Wish:
    return {"status": chance.choice(STATUSES)}


def _tag(ticket: Ticket, chance: Random) -> Wish:
    return {"tags": [*ticket.tags, chance.choice(TAGS)]}


def _untag(ticket: Ticket, chance: Random) -> Wish:
    gone = chance.choice(ticket.tags) if ticket.tags else None
    return {"tags": [tag for tag in ticket.tags if tag != gone]}


EDITS: dict[str, Callable[[Ticket, Random], Wish]] = {
    "agent-comment": _comment,
    "agent-priority": _priority,
    "agent-status": _status,
    "agent-tag": _tag,
    "agent-untag": _untag,
}
"""What an agent does, by the fault's name."""


def meddle(desk: Desk) -> None:
    """Let every agent who is due make one edit."""
    for name, edit in EDITS.items():
        if desk.trouble.strikes(name):
            _edit(desk, edit, desk.trouble.chance(name))


def _edit(desk: Desk, edit: Callable[[Ticket, Random], Wish], chance: Random) -> None:
    agent, ticket = desk.users.get(desk.agent_id), _within_reach(desk, chance)
    if agent is None or ticket is None:
        return
    try:
        update(desk, ticket, edit(ticket, chance), agent, "web")
    except RefusedError:
        return  # closed in the meantime: the agent is told so and goes on to the next


def _within_reach(desk: Desk, chance: Random) -> Ticket | None:
    """One of the tickets that changed last, though not within this very second.

    Stamps have whole seconds: nobody, at the real desk either, can see two edits in one apart.
    """
    if not desk.tickets.order:
        return None
    ticket = desk.tickets.get(chance.choice(desk.tickets.order[-NEWEST:]).id)
    if ticket is None or ticket.status == "deleted" or ticket.updated_at >= desk.clock.wall():
        return None
    return ticket
