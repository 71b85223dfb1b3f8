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
Score = Literal["good", "neutral", "bad"]
PRIORITIES: tuple[Priority, ...] = ("low", "normal", "high", "urgent")
"""From least to most urgent."""

UNSOLVED: tuple[Status, ...] = ("new", "open", "pending", "hold")


class Stream(StrEnum):
    """The kinds of records a desk is read for, in the order in which they are read."""

    ORGANIZATIONS = "organizations"
    CUSTOMERS = "customers"
    TICKETS = "tickets"
    RATINGS = "ratings"
    GROUPS = "groups"
    TICKET_FIELDS = "ticket_fields"
    CUSTOMER_FIELDS = "customer_fields"
    ORGANIZATION_FIELDS = "organization_fields"
    STATUSES = "statuses"
    BRANDS = "brands"
    SERVICE_LEVELS = "service_levels"


RELIED_ON = (Stream.ORGANIZATIONS, Stream.CUSTOMERS, Stream.TICKETS)
"""Streams without which no advice can be given; a plan may lack any of the others."""

VOCABULARY = tuple(Stream)[tuple(Stream).index(Stream.GROUPS) :]
"""Streams of the desk's own words; each is read whole every time."""


class Organization(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A company whose people write to the desk. ``version`` rises with every change at the desk."""

    id: str
    version: int
    name: str = ""
    tags: tuple[str, ...] = ()
    fields: dict[str, FieldValue] = {}
    created_at: int | None = None
    updated_at: int
    deleted: bool = False


class Customer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A person who asks. Staff are not customers: they arrive as ``deleted``, so that a promotion shows.

    ``erased`` says that the desk has forgotten the person on purpose, and that we must do so, too.
    """

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
    erased: bool = False
    updated_at: int
    deleted: bool = False


class Target(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One promise of a ticket's service level that the desk keeps the time of.

    ``metric`` is ``first_reply``, ``next_reply`` or ``resolution``, ``stage`` is ``running``, ``paused`` or
    ``met``; what is none of them keeps the desk's word. ``breach_at`` is when it breaks.
    """

    metric: str
    stage: str
    breach_at: int | None = None


class Ticket(msgspec.Struct, frozen=True, gc=False):
    """One request. ``customer_id`` is None where the desk does not know who asked.

    ``tags`` are all tags of the ticket but the one that carries our service level, which is
    ``service_level``. ``waiting_since`` is the instant from which the customer has been waiting for an
    answer, None when the next word is theirs or the ticket is at rest. ``stamp`` is what the desk wants
    to see again when we write, to notice that somebody else wrote in between. ``message_language`` is what
    the customer's first message is in, None where that is not read, not theirs or not sure.
    """

    id: str
    version: int
    stamp: str
    status: Status
    created_at: int
    updated_at: int
    customer_id: str | None = None
    organization_id: str | None = None
    subject: str | None = None
    priority: Priority | None = None
    service_level: str | None = None
    channel: str | None = None
    tags: tuple[str, ...] = ()
    fields: dict[str, FieldValue] = {}
    group_id: str | None = None
    assignee_id: str | None = None
    solved_at: int | None = None
    waiting_since: int | None = None
    reopens: int | None = None
    reassignments: int | None = None
    replies: int | None = None
    first_reply_minutes: int | None = None
    status_id: str | None = None
    brand_id: str | None = None
    breach_at: int | None = None
    targets: tuple[Target, ...] = ()
    message_language: str | None = None
    message_language_probability: float | None = None
    deleted: bool = False


class Rating(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A customer's verdict on one ticket; whether they commented is kept, the comment is not."""

    id: str
    version: int
    ticket_id: str | None = None
    customer_id: str | None = None
    score: Score
    commented: bool = False
    created_at: int
    updated_at: int
    deleted: bool = False


class Choice(msgspec.Struct, frozen=True, gc=False):
    """One value a field may have, and what people read."""

    value: str
    name: str


class Term(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A word of the desk: a group, a field, a status, a brand, a service level policy.

    ``part`` is the stream it came with and begins its ``id``, as two parts may number alike.
    ``key`` is the name under which records carry it, ``position`` the order in which the desk shows or
    tries it. ``detail`` is what else the part has to say, such as a policy's filter and targets.
    """

    id: str
    version: int
    part: str
    name: str
    key: str | None = None
    type: str | None = None
    position: int | None = None
    active: bool = True
    choices: tuple[Choice, ...] = ()
    detail: dict[str, str] = {}
    updated_at: int
    deleted: bool = False


Record = Organization | Customer | Ticket | Rating | Term


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A record that could not be understood: where it stood and why, without its content."""

    stream: Stream
    id: str
    reason: str


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of a stream. ``cursor`` is opaque and is saved in the transaction that saves the records.

    ``stamp`` is the newest version of the stream so far, to start from should the cursor become unreadable.
    ``whole`` says that these records are all there are: others of the stream are gone.
    """

    stream: Stream
    records: tuple[Record, ...]
    cursor: str
    last: bool
    dead: tuple[DeadLetter, ...] = ()
    stamp: int = 0
    whole: bool = False
