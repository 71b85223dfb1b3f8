"""The relations and columns a policy may read, with their types and sensitivity.

A column here has its twin in ``integration/store/schema.py``; a test compares them. Times are UTC seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Type = Literal["text", "number", "boolean", "date", "set"]
"""``date`` is an instant in UTC seconds; ``set`` is a JSON list of texts."""

Sensitivity = Literal["open", "personal", "protected", "need"]
"""``need`` is what a customer asked to be taken care of: it may raise and change, and never lower."""


@dataclass(frozen=True, slots=True)
class Column:
    """One readable column."""

    name: str
    type: Type
    sensitivity: Sensitivity = "open"


@dataclass(frozen=True, slots=True)
class Relation:
    """One readable table: its key, its columns, and whether its rows carry custom ``fields`` (JSON)."""

    name: str
    table: str
    columns: tuple[Column, ...]
    has_fields: bool
    time: str
    """The column that places a row in time, for windows."""

    def column(self, name: str) -> Column | None:
        """The column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)


CUSTOMER = Relation(
    name="customer",
    table="customers",
    columns=(
        Column("id", "text"),
        Column("name", "text", "personal"),
        Column("email", "text", "personal"),
        Column("external_id", "text", "personal"),
        Column("organization_id", "text"),
        Column("locale", "text"),
        Column("time_zone", "text"),
        Column("tags", "set"),
        Column("created_at", "date"),
        Column("updated_at", "date"),
    ),
    has_fields=True,
    time="created_at",
)

ORGANIZATION = Relation(
    name="organization",
    table="organizations",
    columns=(
        Column("id", "text"),
        Column("name", "text"),
        Column("tags", "set"),
        Column("created_at", "date"),
        Column("updated_at", "date"),
    ),
    has_fields=True,
    time="created_at",
)

TICKET = Relation(
    name="ticket",
    table="tickets",
    columns=(
        Column("id", "text"),
        Column("status", "text"),
        Column("channel", "text"),
        Column("tags", "set"),
        Column("group_id", "text"),
        Column("brand_id", "text"),
        Column("created_at", "date"),
        Column("updated_at", "date"),
        Column("solved_at", "date"),
        Column("waiting_since", "date"),
        Column("breach_at", "date"),
        Column("reopens", "number"),
        Column("reassignments", "number"),
        Column("replies", "number"),
        Column("first_reply_minutes", "number"),
        Column("message_language", "text"),
        Column("message_language_probability", "number"),
    ),
    has_fields=True,
    time="created_at",
)

RATING = Relation(
    name="rating",
    table="ratings",
    columns=(
        Column("id", "text"),
        Column("ticket_id", "text"),
        Column("score", "text"),
        Column("commented", "boolean"),
        Column("created_at", "date"),
        Column("updated_at", "date"),
    ),
    has_fields=False,
    time="created_at",
)

EVENT = Relation(
    name="event",
    table="events",
    columns=(
        Column("id", "text"),
        Column("source", "text"),
        Column("name", "text"),
        Column("value", "number"),
        Column("happened_at", "date"),
    ),
    has_fields=False,
    time="happened_at",
)

IMPORT = Relation(name="import", table="imported", columns=(), has_fields=True, time="as_of")
"""Rows of an import, whose columns are what the policy says of it."""

RELATIONS: dict[str, Relation] = {
    "customer": CUSTOMER,
    "organization": ORGANIZATION,
    "ticket": TICKET,
    "rating": RATING,
    "event": EVENT,
    "import": IMPORT,
}
"""Relations by the word a policy uses; aggregates say the plural (``count: tickets``)."""
