"""Store to sidebar: everything stored about one ticket, gathered in one consistent read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import Connection

from connectors.records import Customer, Organization, Ticket
from integration.marks import last
from integration.sidebar.model import Sources
from integration.store import assignments, records, status, steps
from integration.store.engine import Store
from policies.treatment import Decision


def sources(store: Store, ticket_id: str, next_sync: int | None) -> Sources:
    """What the view of a ticket may see; a ticket that is not stored gives sources without a ticket."""
    with store.read() as connection:
        return _gather(connection, ticket_id, next_sync)


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
