"""Why a ticket is served as it is: segments line by line, the decision, what was written and what was not."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.records import Customer, Ticket
from integration.plan import Rules, TicketPlan, plan_ticket
from integration.store import assignments, journal, planning, records
from integration.store.engine import Store
from integration.store.journal import Entry
from policies.load import load_text
from policies.model import Policy
from policies.segments import explain, explain_ticket
from policies.standing import Verdict
from policies.treatment import Decision


class NotKnownError(Exception):
    """What was asked about is not in the store; the message says what to do."""


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
        plan=plan_ticket(next(planning.known(connection, [ticket])), rules),
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
