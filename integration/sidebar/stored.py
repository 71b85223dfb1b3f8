"""Store to sidebar: all that is stored of a ticket, a customer or an organization, in one consistent read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypedDict

from sqlalchemy import Connection

from connectors.records import UNSOLVED, Customer, Organization, Stream, Ticket
from integration.marks import last
from integration.sidebar.company import CompanySources
from integration.sidebar.model import Sources
from integration.store import assignments, companies, population, records, status, steps
from integration.store.engine import Store
from integration.store.solved import Solved, solved
from integration.store.subjects import Subjects
from policies.treatment import Decision

OTHERS = 4
"""Other open tickets that are read: one more than is shown."""

PRESSING = 5
"""Tickets of an organization that are looked at for what is to be done next."""

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


def customer_sources(store: Store, customer_id: str, next_sync: int | None) -> Sources:
    """What the view of a customer may see; one who is not stored gives sources without a customer."""
    with store.read() as connection:
        known = _person(connection, customer_id, _standing_for(connection, customer_id))
        company = known.customer.organization_id if known.customer else None
        return replace(
            known,
            **_fresh(connection, next_sync),
            organization=_organization(connection, company),
            since=assignments.since(connection, [customer_id]).get(customer_id, {}),
            stage=assignments.stages(connection, [customer_id]).get(customer_id),
            open=_tickets(connection, population.open_ids(connection, customer_id, OTHERS)),
            group=_only_group(connection),
            about="customer",
        )


def company_sources(store: Store, organization_id: str, next_sync: int | None) -> CompanySources:
    """What the view of an organization may see; one that is not stored gives sources without one."""
    with store.read() as connection:
        by = last(connection)
        crowd = companies.crowd(connection, organization_id, by.version, by.standing)
        example = assignments.standing(connection, crowd.example) if crowd.example else None
        ids = companies.open_tickets(connection, organization_id)
        return CompanySources(
            organization_id=organization_id,
            organization=_organization(connection, organization_id),
            crowd=crowd,
            assigned_by=by.version,
            traits=example[0].traits if example else {},
            open_count=len(ids),
            open=_tickets(connection, ids[:OTHERS]),
            pressing=_pressing(connection, organization_id),
            group=_only_group(connection),
            **_fresh(connection, next_sync),
        )


def _pressing(connection: Connection, organization_id: str) -> Decision | None:
    """Of the most pressing tickets the first for which something is to be done next."""
    for ticket in companies.pressing(connection, organization_id, PRESSING):
        decided = assignments.decision(connection, ticket)
        if decided and decided.decision.next_step:
            return _as_of_now(decided.decision, _standing_for(connection, decided.facts.customer_id))
    return None


def _open(connection: Connection, ticket: Ticket) -> tuple[Ticket, ...]:
    if ticket.customer_id is None:
        return ()
    ids = population.open_ids(connection, ticket.customer_id, OTHERS + 1)
    return _tickets(connection, [one for one in ids if one != ticket.id][:OTHERS])


def _tickets(connection: Connection, ids: Sequence[str]) -> tuple[Ticket, ...]:
    stored = records.read(connection, Ticket, ids)
    return tuple(stored[one] for one in ids if one in stored)


def _only_group(connection: Connection) -> str | None:
    """The one group that the desk has, if it has no other: all its agents are in it."""
    part = Stream.GROUPS.value
    rows = connection.exec_driver_sql(
        "SELECT id FROM terms WHERE part = ? AND NOT deleted LIMIT 2", (part,)
    ).fetchall()
    return str(rows[0][0]).removeprefix(f"{part}:") if len(rows) == 1 else None


def _solved(store: Store, connection: Connection, ticket: Ticket) -> tuple[Solved, ...]:
    if not ticket.subject:
        return ()
    found = Subjects(store.path).alike(ticket.subject, CANDIDATES)
    return tuple(solved(connection, found, but=ticket.id, group=ticket.group_id))


def _gather(connection: Connection, ticket_id: str, next_sync: int | None) -> Sources:
    ticket = records.read(connection, Ticket, [ticket_id]).get(ticket_id)
    customer_id = (ticket.customer_id if ticket else None) or ""
    standing_for = _standing_for(connection, customer_id)
    known = _person(connection, customer_id, standing_for)
    company = (ticket.organization_id if ticket else None) or (
        known.customer.organization_id if known.customer else None
    )
    decided = assignments.decision(connection, ticket_id)
    return replace(
        known,
        **_fresh(connection, next_sync),
        ticket_id=ticket_id,
        ticket=ticket,
        organization=_organization(connection, company),
        decision=_as_of_now(decided.decision, standing_for) if decided else None,
        steps=steps.of(connection, [ticket_id]).get(ticket_id, ()),
    )


def _person(connection: Connection, customer_id: str, standing_for: Callable[[str], str]) -> Sources:
    """The customer, and what is found of them."""
    found = assignments.standing(connection, customer_id)
    return Sources(
        ticket_id="",
        customer=records.read(connection, Customer, [customer_id]).get(customer_id),
        standing=found[0] if found else None,
        assigned_by=standing_for(found[1]) if found else None,
        members=assignments.members(connection, [customer_id]).get(customer_id, {}),
        ratings=records.ratings_of(connection, customer_id),
    )


def _organization(connection: Connection, organization_id: str | None) -> Organization | None:
    found = organization_id or ""
    return records.read(connection, Organization, [found]).get(found)


class _Fresh(TypedDict):
    synced_at: int | None
    fault: str | None
    next_sync: int | None


def _fresh(connection: Connection, next_sync: int | None) -> _Fresh:
    fresh = status.freshness(connection)
    return {"synced_at": fresh.synced_at, "fault": fresh.fault, "next_sync": next_sync}


def _standing_for(connection: Connection, customer_id: str) -> Callable[[str], str]:
    """The version that what another one found and decided stands for: the last, where no edit changed it."""
    by, waits = last(connection), assignments.is_dirty(connection, customer_id)
    return lambda version: by.version if by.stands(version) and not waits else version


def _as_of_now(decision: Decision, standing_for: Callable[[str], str]) -> Decision:
    return replace(decision, policy=standing_for(decision.policy))
