"""What we send and what came of it; what agents and webhooks say; and the facts of this store."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text

from integration.store.schema.base import metadata

runs = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("policy", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Column("changes", Integer, nullable=False),
    Column("enqueued", Boolean, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Column("undoes", Text),
)
"""``undoes`` is the run that this one takes back."""

outbox = Table(
    "outbox",
    metadata,
    Column("ticket_id", Text, primary_key=True),
    Column("run", Text, nullable=False),
    Column("stamp", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("job", Text),
    Column("tries", Integer, nullable=False),
    Column("claimed_at", BigInteger),
    Column("reason", Text),
    Column("due", BigInteger, nullable=False, server_default=str(1 << 53)),
)
"""Wishes not yet settled, one row a ticket: pending, claimed, unknown, blocked or dead with a reason."""
Index("outbox_by_urgency", outbox.c.state, outbox.c.due, outbox.c.ticket_id)

journal = Table(
    "journal",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("run", Text, nullable=False),
    Column("job", Text),
    Column("ticket_id", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
    Column("reason", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("chain", Text, nullable=False, server_default=""),
    sqlite_autoincrement=True,
)
"""Appended to, never changed: one row before each effect (``sending``) and one after it.

``chain`` is a hash of the row and of the one before."""
Index("journal_by_ticket", journal.c.ticket_id, journal.c.id)
Index("journal_by_run", journal.c.run, journal.c.ticket_id)

owned = Table(
    "owned",
    metadata,
    Column("ticket_id", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("value", Text),
    Column("run", Text, nullable=False),
    Column("written_at", BigInteger, nullable=False),
)
"""What we wrote last, field by field: how a person's later change is recognised."""

holds = Table(
    "holds",
    metadata,
    Column("ticket_id", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("run", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
)
"""Fields that were taken back with a run: nothing is written to them until they are released."""
Index("holds_by_run", holds.c.run)

feedback = Table(
    "feedback",
    metadata,
    Column("ticket_id", Text, primary_key=True),
    Column("agent_id", Text, primary_key=True),
    Column("policy", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("segment", Text, nullable=False),
    Column("tone", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("line", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)
"""What agents say of the advice they were shown; the last answer of each stands."""
Index("feedback_by_customer", feedback.c.customer_id)
Index("feedback_by_time", feedback.c.at)

inbox = Table(
    "inbox",
    metadata,
    Column("event_id", Text, primary_key=True),
    Column("stream", Text, nullable=False),
    Column("record_id", Text, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("followed_at", BigInteger),
)
"""Webhooks that were answered with yes: which record may have changed, and when we looked."""
Index("inbox_waiting", inbox.c.followed_at, inbox.c.received_at)

state = Table(
    "state",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""Single facts: whose desk this is, which policy assigned last, when everyone was assigned last."""
