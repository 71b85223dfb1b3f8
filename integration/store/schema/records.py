"""What the desk and imports hold: records, the words of the desk, and how far each was read."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, Table, Text, text

from integration.store.schema.base import metadata


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
    Column("message_language", Text),
    Column("message_language_probability", Double),
)
Index("tickets_by_customer", tickets.c.customer_id, tickets.c.created_at)
Index(
    "open_tickets_by_organization",
    tickets.c.organization_id,
    tickets.c.created_at,
    sqlite_where=text("NOT deleted AND status NOT IN ('solved', 'closed')"),
)

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
