"""Why a customer is where they are and a ticket is served as it is: line by line, with what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import Connection

from connectors.records import Customer, Ticket
from integration.census import compared
from integration.plan import Rules, TicketPlan, plan_ticket
from integration.store import assignments, journal, planning, population, records
from integration.store.engine import Store
from integration.store.journal import Entry
from integration.store.origins import Source
from integration.store.sources import sources
from integration.way_in import Advice, way_in
from policies.faults import nearest
from policies.load import load_text
from policies.model import Policy
from policies.rules import compiled
from policies.segments import explain, explain_stages, explain_ticket
from policies.stages import Reached
from policies.standing import Verdict
from policies.treatment import Decision


class NotKnownError(Exception):
    """What was asked about is not in the store; the message says what to do."""


class AmbiguousError(Exception):
    """What was asked about can be two things; the message says how to name each."""


@dataclass(frozen=True, slots=True)
class Why:
    """Everything that is known about the serving of one ticket, ready to be printed or sent as JSON."""

    ticket_id: str
    status: str
    customer_id: str | None
    customer: str | None
    policy: str | None
    """Version of the policy that looked last; its text is kept in the store."""
    assigned_at: int | None
    memberships: dict[str, bool]
    """Segment, and whether it is only kept because its condition is unknown today."""
    segments: tuple[Verdict, ...]
    situations: tuple[Verdict, ...]
    decision: Decision | None
    journal: tuple[Entry, ...]
    plan: TicketPlan
    """What a plan made now would change, and what it would leave alone with the reason."""
    sources: dict[str, Source] = field(default_factory=dict)
    """By trait, the records behind its value."""
    compared: dict[str, str] = field(default_factory=dict)
    """Among whom the customer was compared, in words, by the trait that says so."""
    stage: Reached | None = None
    """The stage of life the customer is in, and since when."""
    stages: tuple[Verdict, ...] = ()
    """The conditions on which each stage is entered and left."""


@dataclass(frozen=True, slots=True)
class WhyCustomer:
    """Everything that is known about one customer's segments, ready to be printed or sent as JSON."""

    customer_id: str
    customer: str
    policy: str | None
    assigned_at: int | None
    memberships: dict[str, bool]
    segments: tuple[Verdict, ...]
    sources: dict[str, Source]
    tickets: tuple[str, ...]
    """Those that are not at rest, newest first."""
    stage: Reached | None = None
    """The stage of life they are in, and since when."""
    stages: tuple[Verdict, ...] = ()
    """The conditions on which each stage is entered and left."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a word on the command line means."""

    kind: Literal["ticket", "customer"]
    id: str


def asked(store: Store, text: str) -> Asked:
    """The ticket or customer that is meant: ``1042``, ``#1042`` (a ticket), ``ticket:1042``, ``customer:7``.

    Raises AmbiguousError for an id that is both, NotKnownError for one that is neither.
    """
    for mark, kind in _MARKS.items():
        if text.startswith(mark):
            return Asked(kind, text.removeprefix(mark))
    with store.read() as connection:
        ticket = records.read(connection, Ticket, [text]).get(text)
        customer = records.read(connection, Customer, [text]).get(text)
    if ticket and customer:
        raise AmbiguousError(f"{text} is a ticket and a customer. Write ticket:{text} or customer:{text}.")
    if not ticket and not customer:
        raise NotKnownError(
            f"There is no ticket or customer {text} in the store."
            " If it is on the desk, run `deskcue sync` first."
        )
    return Asked("ticket" if ticket else "customer", text)


_MARKS: dict[str, Literal["ticket", "customer"]] = {
    "#": "ticket",
    "ticket:": "ticket",
    "customer:": "customer",
}


def why(store: Store, policy: Policy, rules: Rules, ticket_id: str) -> Why:
    """Explain one ticket from stored data only.

    Verdicts are read with the policy version that decided, even when the file has changed since.
    Raises NotKnownError for a ticket that is not in the store.
    """
    with store.read() as connection:
        ticket = records.read(connection, Ticket, [ticket_id]).get(ticket_id)
        if ticket is None:
            raise NotKnownError(
                f"There is no ticket {ticket_id} in the store."
                " If it is on the desk, run `deskcue sync` first."
            )
        return _explain(connection, policy, rules, ticket)


def why_customer(store: Store, policy: Policy, customer_id: str) -> WhyCustomer:
    """Explain where one customer is, from stored data only, with the policy that put them there.

    Raises NotKnownError for a customer who is not in the store.
    """
    with store.read() as connection:
        person = records.read(connection, Customer, [customer_id]).get(customer_id)
        if person is None or person.deleted:
            raise NotKnownError(
                f"There is no customer {customer_id} in the store."
                " If they are on the desk, run `deskcue sync` first."
            )
        found = assignments.standing(connection, customer_id)
        used = policy_of(connection, policy, found[1] if found else None)
        return WhyCustomer(
            customer_id=customer_id,
            customer=person.name,
            policy=found[1] if found else None,
            assigned_at=found[2] if found else None,
            memberships=assignments.members(connection, [customer_id]).get(customer_id, {}),
            segments=explain(used, found[0]) if found else (),
            sources=sources(connection, compiled(used).definitions, customer_id, None),
            tickets=tuple(population.open_ids(connection, customer_id)),
            stage=assignments.stages(connection, [customer_id]).get(customer_id),
            stages=explain_stages(used, found[0]) if found else (),
        )


def way_into(store: Store, policy: Policy, customer_id: str, segment: str, now: int) -> Advice | None:
    """What would bring a customer into a segment; None before anything was decided about them.

    Raises NotKnownError for a segment that the policy which decided does not have.
    """
    with store.read() as connection:
        found = assignments.standing(connection, customer_id)
        if found is None:
            return None
        used = policy_of(connection, policy, found[1])
    if segment not in used.segments:
        remedy = nearest(segment, used.segments, f"There are: {', '.join(used.segments)}.")
        raise NotKnownError(f"There is no segment {segment} in the policy that decided. {remedy}")
    return way_in(used, segment, found[0], now)


def _explain(connection: Connection, policy: Policy, rules: Rules, ticket: Ticket) -> Why:
    customer = ticket.customer_id or ""
    person = records.read(connection, Customer, [customer]).get(customer)
    found = assignments.standing(connection, customer)
    decided = assignments.decision(connection, ticket.id)
    version = found[1] if found else None
    used = policy_of(connection, policy, version)
    return Why(
        ticket_id=ticket.id,
        status=ticket.status,
        customer_id=ticket.customer_id,
        customer=person.name if person else None,
        policy=version,
        assigned_at=found[2] if found else None,
        memberships=assignments.members(connection, [customer]).get(customer, {}),
        segments=explain(used, found[0]) if found else (),
        situations=_situations(connection, policy, decided),
        decision=decided.decision if decided else None,
        journal=tuple(journal.history(connection, ticket.id)),
        compared=compared(connection, used, found[0], found[2]) if found else {},
        plan=plan_ticket(next(planning.known(connection, [ticket], rules.most_high)), rules),
        sources=sources(connection, compiled(used).definitions, customer, ticket.id),
        stage=assignments.stages(connection, [customer]).get(customer),
        stages=explain_stages(used, found[0]) if found else (),
    )


def _situations(
    connection: Connection, current: Policy, decided: assignments.Decided | None
) -> tuple[Verdict, ...]:
    """Each situation by the version that decided, which may be another than the customer's."""
    if decided is None:
        return ()
    return explain_ticket(policy_of(connection, current, decided.decision.policy), decided.facts)


def policy_of(connection: Connection, current: Policy, version: str | None) -> Policy:
    """The policy of that version: the present one, or the text that was stored when it was used."""
    if version is None or version == current.version:
        return current
    stored = assignments.policy_text(connection, version)
    return current if stored is None else load_text(stored[1], stored[0])
