"""Why a ticket was served as it was at an instant that has passed, from what was kept of that time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
from sqlalchemy import Connection

from integration.explain import NotKnownError, policy_of
from integration.store import journal, past
from integration.store.assignments import Decided
from integration.store.engine import Store
from integration.store.journal import Entry
from policies.model import Policy
from policies.segments import explain, explain_ticket
from policies.standing import Standing, Verdict
from policies.treatment import Decision


@dataclass(frozen=True, slots=True)
class Then:
    """What held for one ticket at an instant, ready to be printed or sent as JSON."""

    ticket_id: str
    at: int
    status: str
    customer_id: str
    policy: str
    """Version of the policy that had decided; its text is kept in the store."""
    decided_at: int
    until: int | None
    """When another decision or none took its place; None when it still stands."""
    memberships: dict[str, bool]
    """Segment, and whether it was only kept because its condition was unknown."""
    segments: tuple[Verdict, ...]
    situations: tuple[Verdict, ...]
    decision: Decision
    journal: tuple[Entry, ...]
    """What had been written by then."""


def instant(text: str) -> int | None:
    """The UTC seconds of a day (its beginning) or of a day and time; UTC unless it names another zone."""
    try:
        found = datetime.fromisoformat(text)
        return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None


def why_then(store: Store, current: Policy, ticket_id: str, at: int) -> Then:
    """Explain what was decided for a ticket at an instant, by the policy of that time.

    Raises NotKnownError when nothing of that time is kept.
    """
    with store.read() as connection:
        row = past.decision(connection, ticket_id, at)
        if row is None:
            raise NotKnownError(_nothing(ticket_id, past.first_decision(connection, ticket_id)))
        decided = msgspec.json.decode(row.body, type=Decided)
        verdicts = _segments(connection, current, decided.facts.customer_id, at)
        return Then(
            ticket_id=ticket_id,
            at=at,
            status=decided.facts.status,
            customer_id=decided.facts.customer_id,
            policy=row.policy,
            decided_at=row.since,
            until=row.until,
            memberships=_memberships(decided.decision, verdicts),
            segments=verdicts,
            situations=explain_ticket(policy_of(connection, current, row.policy), decided.facts),
            decision=decided.decision,
            journal=tuple(entry for entry in journal.history(connection, ticket_id) if entry.at <= at),
        )


def _nothing(ticket_id: str, first: int | None) -> str:
    if first is None:
        return f"Nothing is kept of what was ever decided for ticket {ticket_id}."
    day = datetime.fromtimestamp(first, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return (
        f"Nothing is kept of what held for ticket {ticket_id} then."
        f" What is known of it begins at {day}, and tickets that are settled have no decision."
    )


def _segments(connection: Connection, current: Policy, customer_id: str, at: int) -> tuple[Verdict, ...]:
    row = past.standing(connection, customer_id, at)
    if row is None:
        return ()
    standing = msgspec.json.decode(row.body, type=Standing)
    return explain(policy_of(connection, current, row.policy), standing)


def _memberships(decision: Decision, verdicts: tuple[Verdict, ...]) -> dict[str, bool]:
    truths = {verdict.segment: verdict.truth for verdict in verdicts}
    return {name: truths.get(name, True) is None for name in decision.segments}
