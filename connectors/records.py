"""What a help desk holds, in our words: frozen records with text ids and UTC seconds.

Vendor words end in each vendor's ``translate.py``; nothing here names a vendor.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

FieldValue = str | int | float | bool | tuple[str, ...] | None
"""A custom field's value; absent and empty both arrive as None."""

SEGMENT_KEY = "deskcue_segment"
"""The custom field of a ticket that holds the segment we wrote, where the desk has one."""

Status = Literal["new", "open", "pending", "hold", "solved", "closed"]
Priority = Literal["low", "normal", "high", "urgent"]
PRIORITIES: tuple[Priority, ...] = ("low", "normal", "high", "urgent")
"""From least to most urgent."""

UNSOLVED: tuple[Status, ...] = ("new", "open", "pending", "hold")


class Stream(StrEnum):
    """The kinds of records a desk is read for, in the order in which they are read."""

    ORGANIZATIONS = "organizations"
    CUSTOMERS = "customers"
    TICKETS = "tickets"
    RATINGS = "ratings"


class Organization(msgspec.Struct, frozen=True, kw_only=True):
    """A company whose people write to the desk. ``version`` rises with every change at the desk."""

    id: str
    version: int
    name: str = ""
    tags: tuple[str, ...] = ()
    fields: dict[str, FieldValue] = {}
    created_at: int | None = None
    updated_at: int
    deleted: bool = False


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """A person who asks. Staff are not customers: they arrive as ``deleted``, so that a promotion shows."""

    id: str
    version: int
    name: str = ""
    email: str | None = None
    external_id: str | None = None
    organization_id: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    tags: tuple[str, ...] = ()
    fields: dict[str, FieldValue] = {}
    created_at: int | None = None
    updated_at: int
    deleted: bool = False


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """One request. ``customer_id`` is None where the desk does not know who asked.

    ``tags`` are all tags of the ticket but the one that carries our service level, which is
    ``service_level``. ``waiting_since`` is the instant from which the customer has been waiting for an
    answer, None when the next word is theirs or the ticket is at rest. ``stamp`` is what the desk wants
    to see again when we write, to notice that somebody else wrote in between.
    """

    id: str
    version: int
    stamp: str
    customer_id: str | None = None
    organization_id: str | None = None
    subject: str | None = None
    status: Status
    priority: Priority | None = None
    service_level: str | None = None
    channel: str | None = None
    tags: tuple[str, ...] = ()
    fields: dict[str, FieldValue] = {}
    group_id: str | None = None
    assignee_id: str | None = None
    created_at: int
    updated_at: int
    solved_at: int | None = None
    waiting_since: int | None = None
    reopens: int | None = None
    reassignments: int | None = None
    replies: int | None = None
    first_reply_minutes: int | None = None
    deleted: bool = False


class Rating(msgspec.Struct, frozen=True, kw_only=True):
    """A customer's verdict on one ticket; whether they commented is kept, the comment is not."""

    id: str
    version: int
    ticket_id: str | None = None
    customer_id: str | None = None
    score: Literal["good", "bad"]
    commented: bool = False
    created_at: int
    updated_at: int
    deleted: bool = False


Record = Organization | Customer | Ticket | Rating


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A record that could not be understood: where it stood and why, without its content."""

    stream: Stream
    id: str
    reason: str


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of a stream. ``cursor`` is opaque and is saved in the transaction that saves the records."""

    stream: Stream
    records: tuple[Record, ...]
    cursor: str
    last: bool
    dead: tuple[DeadLetter, ...] = ()
