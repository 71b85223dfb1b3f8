"""The tables, once: records as the desk has them, what we decided, what we sent and what came of it.

Ids are text, times are UTC seconds, lists and custom fields are JSON text.
One store holds one desk, so that no query can mix two (docs/decisions.md).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, MetaData, Table, Text

metadata = MetaData()


def _record(name: str, *columns: Column[object]) -> Table:
    """A table of records: key, guard against older versions, and the record's own columns."""
    return Table(
        name,
        metadata,
        Column("id", Text, primary_key=True),
        Column("version", BigInteger, nullable=False),
        Column("digest", Text, nullable=False),
        *columns,
        Column("updated_at", BigInteger, nullable=False),
        Column("deleted", Boolean, nullable=False),
    )


organizations = _record(
    "organizations",
    Column("name", Text, nullable=False),
    Column("tags", Text, nullable=False),
    Column("fields", Text, nullable=False),
    Column("created_at", BigInteger),
)

customers = _record(
    "customers",
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("external_id", Text),
    Column("organization_id", Text),
    Column("locale", Text),
    Column("time_zone", Text),
    Column("tags", Text, nullable=False),
    Column("fields", Text, nullable=False),
    Column("created_at", BigInteger),
    Column("erased", Boolean, nullable=False, server_default="0"),
)
Index("customers_by_organization", customers.c.organization_id)
Index("customers_by_external_id", customers.c.external_id)

tickets = _record(
    "tickets",
    Column("stamp", Text, nullable=False),
    Column("customer_id", Text),
    Column("organization_id", Text),
    Column("subject", Text),
    Column("status", Text, nullable=False),
    Column("priority", Text),
    Column("service_level", Text),
    Column("channel", Text),
    Column("tags", Text, nullable=False),
    Column("fields", Text, nullable=False),
    Column("group_id", Text),
    Column("assignee_id", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("solved_at", BigInteger),
    Column("waiting_since", BigInteger),
    Column("reopens", Integer),
    Column("reassignments", Integer),
    Column("replies", Integer),
    Column("first_reply_minutes", Integer),
    Column("status_id", Text),
    Column("brand_id", Text),
    Column("breach_at", BigInteger),
    Column("targets", Text, nullable=False, server_default="[]"),
)
Index("tickets_by_customer", tickets.c.customer_id, tickets.c.created_at)

ratings = _record(
    "ratings",
    Column("ticket_id", Text),
    Column("customer_id", Text),
    Column("score", Text, nullable=False),
    Column("commented", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
Index("ratings_by_customer", ratings.c.customer_id, ratings.c.created_at)

imported = Table(
    "imported",
    metadata,
    Column("source", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("fields", Text, nullable=False),
    Column("as_of", BigInteger, nullable=False),
    Column("origin", Text, nullable=False),
    Column("line", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("news", Boolean, nullable=False),
    Column("deleted", Boolean, nullable=False),
)
"""What imports say, by import and key, whether a customer has that key or not. ``kind`` is the kind of key.

``seen`` is the reading that met the row last. ``news`` marks one whose customers are still to be marked
dirty, and ``deleted`` one that is gone from its file: it stays until they are."""

events = Table(
    "events",
    metadata,
    Column("id", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("value", Double),
    Column("happened_at", BigInteger, nullable=False),
    Column("origin", Text, nullable=False),
    Column("line", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("news", Boolean, nullable=False),
    Column("deleted", Boolean, nullable=False),
)
"""What customers did, as imports tell it; the id begins with the import's name. The rest is as above."""
# No index begins with the kind or the source: SQLite would take either for rare, and look at every customer
# once an event when it is asked about everyone.
Index("events_by_key", events.c.key, events.c.kind, events.c.happened_at)

imports = Table(
    "imports",
    metadata,
    Column("name", Text, primary_key=True),
    Column("signature", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("unmatched", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
    Column("whole_at", BigInteger),
    Column("read_at", BigInteger),
)
"""Where each import stands: what was read last and how it was defined then, and when it was read whole."""

terms = _record(
    "terms",
    Column("part", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("key", Text),
    Column("type", Text),
    Column("position", Integer),
    Column("active", Boolean, nullable=False),
    Column("choices", Text, nullable=False),
    Column("detail", Text, nullable=False),
)
"""The desk's own words: groups, fields and their choices, statuses, brands, service level policies."""
Index("terms_by_part", terms.c.part, terms.c.position)

merged = Table(
    "merged",
    metadata,
    Column("loser", Text, primary_key=True),
    Column("winner", Text, nullable=False),
)
"""Customers who turned out to be another one: what comes under the old id belongs to the new."""

streams = Table(
    "streams",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("cursor", Text),
    Column("records", BigInteger, nullable=False),
    Column("synced_at", BigInteger),
    Column("fault", Text),
    Column("fault_at", BigInteger),
    Column("stamp", BigInteger, nullable=False, server_default="0"),
    Column("unavailable", Text),
)
"""Where each stream stands: its place, when it was last read to the end, and what stopped it since.

``stamp`` is the newest version it gave, to go on from should the place be unreadable. ``unavailable`` is
the reason for which this desk does not offer the stream at all."""

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
)

dirty = Table(
    "dirty",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("mark", Integer, nullable=False),
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
