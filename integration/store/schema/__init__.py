"""The tables, once: records as the desk has them, what we decided, what we sent and what came of it.

Ids are text, times are UTC seconds, lists and custom fields are JSON text.
One store holds one desk, so that no query can mix two (docs/decisions.md).
"""

from __future__ import annotations

from integration.store.schema.base import metadata
from integration.store.schema.decided import (
    census,
    decisions,
    dirty,
    due,
    memberships,
    past_decisions,
    past_records,
    past_standings,
    policies,
    prints,
    stages,
    standings,
    ticket_steps,
)
from integration.store.schema.records import (
    customers,
    dead_letters,
    events,
    imported,
    imports,
    merged,
    organizations,
    ratings,
    streams,
    terms,
    tickets,
)
from integration.store.schema.written import (
    feedback,
    holds,
    inbox,
    journal,
    outbox,
    owned,
    runs,
    state,
)

__all__ = [
    "census",
    "customers",
    "dead_letters",
    "decisions",
    "dirty",
    "due",
    "events",
    "feedback",
    "holds",
    "imported",
    "imports",
    "inbox",
    "journal",
    "memberships",
    "merged",
    "metadata",
    "organizations",
    "outbox",
    "owned",
    "past_decisions",
    "past_records",
    "past_standings",
    "policies",
    "prints",
    "ratings",
    "runs",
    "stages",
    "standings",
    "state",
    "streams",
    "terms",
    "ticket_steps",
    "tickets",
]
