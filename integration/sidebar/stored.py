"""Store to sidebar: everything stored about one ticket, gathered in one consistent read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import Connection

from connectors.records import UNSOLVED, Customer, Organization, Ticket
from integration.marks import last
from integration.sidebar.model import Sources
from integration.store import assignments, population, records, status, steps
from integration.store.engine import Store
from integration.store.solved import Solved, solved
from integration.store.subjects import Subjects
from policies.treatment import Decision

OTHERS = 4
"""Other open tickets that are read: one more than is shown."""

CANDIDATES = 60
"""Solved tickets about the same among which the most helpful are looked for."""


def sources(store: Store, ticket_id: str, next_sync: int | None) -> Sources:
    """What the view of a ticket may see; a ticket that is not stored gives sources without a ticket."""
    with store.read() as connection:
        found = _gather(connection, ticket_id, next_sync)
        live = found.ticket if found.ticket and not found.ticket.deleted else None
        if live is None or live.status not in UNSOLVED:
            return found
        return replace(found, open=_open(connection, live), solved=_solved(store, connection, live))


def _open(connection: Connection, ticket: Ticket) -> tuple[Ticket, ...]:
    if ticket.customer_id is None:
        return ()
    ids = [one for one in population.open_ids(connection, ticket.customer_id) if one != ticket.id][:OTHERS]
    stored = records.read(connection, Ticket, ids)
    return tuple(stored[one] for one in ids if one in stored)


def _solved(store: Store, connection: Connection, ticket: Ticket) -> tuple[Solved, ...]:
    if not ticket.subject:
        return ()
    found = Subjects(store.path).alike(ticket.subject, CANDIDATES)
    return tuple(solved(connection, found, but=ticket.id, group=ticket.group_id))


def _gather(connection: Connection, ticket_id: str, next_sync: int | None) -> Sources:
    fresh = status.freshness(connection)
    ticket = records.read(connection, Ticket, [ticket_id]).get(ticket_id)
    customer_id = (ticket.customer_id if ticket else None) or ""
    customer = records.read(connection, Customer, [customer_id]).get(customer_id)
    company = (ticket.organization_id if ticket else None) or (customer.organization_id if customer else None)
    found = assignments.standing(connection, customer_id)
    decided = assignments.decision(connection, ticket_id)
    standing_for = _standing_for(connection, customer_id)
    return Sources(
        ticket_id=ticket_id,
        ticket=ticket,
        customer=customer,
        organization=records.read(connection, Organization, [company or ""]).get(company or ""),
        standing=found[0] if found else None,
        assigned_by=standing_for(found[1]) if found else None,
        members=assignments.members(connection, [customer_id]).get(customer_id, {}),
        decision=_as_of_now(decided.decision, standing_for) if decided else None,
        steps=steps.of(connection, [ticket_id]).get(ticket_id, ()),
        ratings=records.ratings_of(connection, customer_id),
        synced_at=fresh.synced_at,
        fault=fresh.fault,
        next_sync=next_sync,
    )


def _standing_for(connection: Connection, customer_id: str) -> Callable[[str], str]:
    """The version that what another one found and decided stands for: the last, where no edit changed it."""
    by, waits = last(connection), assignments.is_dirty(connection, customer_id)
    return lambda version: by.version if by.stands(version) and not waits else version


def _as_of_now(decision: Decision, standing_for: Callable[[str], str]) -> Decision:
    return replace(decision, policy=standing_for(decision.policy))
