"""What we found and decided, what we did before, and what is to be looked at again."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text

from integration.store.schema.base import metadata

dirty = Table(
    "dirty",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("mark", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""Customers to assign again. The mark counts up, so a change during the work keeps the row."""

due = Table(
    "due",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
)
"""When to assign a customer again although no record changed: the clock's own marks."""
Index("due_by_at", due.c.at)

policies = Table(
    "policies",
    metadata,
    Column("version", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("first_used_at", BigInteger, nullable=False),
)
"""Every policy text that ever decided, so that an old decision can still be explained."""

census = Table(
    "census",
    metadata,
    Column("signature", Text, primary_key=True),
    Column("taken_at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
)
"""The cut points by which customers are compared, and what they are of. One row at most."""

standings = Table(
    "standings",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("policy", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("assigned_at", BigInteger, nullable=False),
)
"""Trait values and the truth of every condition line, as last seen for each customer."""

prints = Table(
    "prints",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("print", BigInteger, nullable=False),
)
"""What a screening read of each customer as one number, while they are stored as it read them."""

memberships = Table(
    "memberships",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("segment", Text, primary_key=True),
    Column("since", BigInteger, nullable=False),
    Column("kept", Boolean, nullable=False),
)
"""Who is in which segment. ``kept`` marks one that stands although its condition is unknown today."""
Index("memberships_by_segment", memberships.c.segment)

stages = Table(
    "stages",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("stage", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
)
"""The stage of life each customer is in, and since when; who is in none has no row."""

decisions = Table(
    "decisions",
    metadata,
    Column("ticket_id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("decided_at", BigInteger, nullable=False),
    Column("place", BigInteger),
)
Index("decisions_by_place", decisions.c.place, sqlite_where=decisions.c.place.is_not(None))
Index("decisions_by_customer", decisions.c.customer_id)

past_standings = Table(
    "past_standings",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("assigned_at", BigInteger, primary_key=True),
    Column("until", BigInteger, nullable=False),
    Column("policy", Text, nullable=False),
    Column("body", Text, nullable=False),
)
"""What was seen before of customers for whose tickets something was decided meanwhile."""
Index("past_standings_by_until", past_standings.c.until)

past_decisions = Table(
    "past_decisions",
    metadata,
    Column("ticket_id", Text, primary_key=True),
    Column("decided_at", BigInteger, primary_key=True),
    Column("until", BigInteger, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("body", Text, nullable=False),
)
"""What was decided before, from its own instant until another decision or none took its place."""
Index("past_decisions_by_until", past_decisions.c.until)
Index("past_decisions_by_customer", past_decisions.c.customer_id, past_decisions.c.until)

past_records = Table(
    "past_records",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("until", BigInteger, primary_key=True),
    Column("body", Text, nullable=False),
)
"""What customers and organizations were like before: by their table and id, and until when."""
Index("past_records_by_until", past_records.c.until)

ticket_steps = Table(
    "ticket_steps",
    metadata,
    Column("ticket_id", Text, primary_key=True),
    Column("at", BigInteger, primary_key=True),
    Column("status", Text, nullable=False),
    Column("priority", Text),
    Column("waiting_since", BigInteger),
)
"""What a ticket showed from an instant on, until its next step."""
