"""What the desk holds: mutable records in the vendor's words, with times as UTC seconds.

How they look on the wire is in ``wire.py``; where they are kept is in ``state.py``.
"""

from __future__ import annotations

from typing import Any

import msgspec

FieldValue = str | int | float | bool | list[str] | list[int] | None

STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
UNSOLVED = ("new", "open", "pending", "hold")
PRIORITIES = ("low", "normal", "high", "urgent")
TYPES = ("problem", "incident", "question", "task")


class User(msgspec.Struct, kw_only=True):
    """A person: customer (``end-user``) or staff. ``active`` is false once deleted."""

    id: int
    name: str
    email: str | None = None
    role: str = "end-user"
    phone: str | None = None
    external_id: str | None = None
    organization_id: int | None = None
    locale: str | None = None
    time_zone: str | None = None
    iana_time_zone: str | None = None
    tags: list[str] = []
    user_fields: dict[str, FieldValue] = {}
    active: bool = True
    alias: str | None = None
    details: str | None = None
    notes: str | None = None
    signature: str | None = None
    suspended: bool = False
    role_type: int | None = None
    """0 custom agent, 1 light agent, 4 admin; None for the others."""
    shared_phone: bool | None = None
    merged_into: int | None = None
    default_group_id: int | None = None
    erased: bool = False
    """Deleted for good: the number is all that is left."""
    created_at: int
    updated_at: int
    generated_timestamp: int = 0

    @property
    def staff(self) -> bool:
        """Whether this person answers tickets."""
        return self.role != "end-user"


class Organization(msgspec.Struct, kw_only=True):
    """A company. ``deleted_at`` is set once deleted: it stays in the export and is gone elsewhere."""

    id: int
    name: str
    external_id: str | None = None
    domain_names: list[str] = []
    tags: list[str] = []
    organization_fields: dict[str, FieldValue] = {}
    details: str | None = None
    notes: str | None = None
    group_id: int | None = None
    shared_tickets: bool = False
    shared_comments: bool = False
    created_at: int
    updated_at: int
    generated_timestamp: int = 0
    deleted_at: int | None = None


class Metrics(msgspec.Struct, kw_only=True):
    """What the desk counted about one ticket. Spans are whole minutes, instants UTC seconds."""

    reopens: int = 0
    replies: int = 0
    group_stations: int = 0
    assignee_stations: int = 0
    reply_minutes: int | None = None
    first_resolution_minutes: int | None = None
    full_resolution_minutes: int | None = None
    assigned_at: int | None = None
    initially_assigned_at: int | None = None
    solved_at: int | None = None
    status_updated_at: int | None = None
    latest_comment_added_at: int | None = None
    requester_updated_at: int | None = None
    assignee_updated_at: int | None = None


class Deletion(msgspec.Struct, frozen=True, kw_only=True):
    """Who deleted a ticket, when, and the status it would come back to; ``for_good`` once it cannot."""

    at: int
    actor_id: int
    status: str
    for_good: bool = False


class Ticket(msgspec.Struct, kw_only=True):
    """One request. ``status`` reads ``deleted`` once deleted; only the export shows it then."""

    id: int
    subject: str | None = None
    description: str | None = None
    status: str = "new"
    priority: str | None = None
    type: str | None = None
    channel: str = "web"
    requester_id: int | None = None
    submitter_id: int | None = None
    assignee_id: int | None = None
    organization_id: int | None = None
    group_id: int | None = None
    external_id: str | None = None
    tags: list[str] = []
    custom_fields: dict[int, FieldValue] = {}
    collaborator_ids: list[int] = []
    follower_ids: list[int] = []
    email_cc_ids: list[int] = []
    problem_id: int | None = None
    due_at: str | None = None
    deleted: Deletion | None = None
    rating_id: int | None = None
    support_type: str = "agent"
    """Who handles it: ``agent``, or ``ai_agent`` for one that no person has seen."""
    metrics: Metrics = msgspec.field(default_factory=Metrics)
    created_at: int
    updated_at: int
    generated_timestamp: int = 0


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a conversation; not ``public`` means that only staff see it."""

    id: int
    audit_id: int
    author_id: int | None
    body: str
    public: bool = True
    channel: str = "web"
    created_at: int


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """One update of a ticket: who, through what, and each thing it did as an event.

    The audit of a ticket's creation also keeps the values it began with in ``made``, by the names audits
    use; the numbers just above its own belong to them.
    """

    id: int
    ticket_id: int
    author_id: int | None
    channel: str
    events: list[dict[str, Any]]
    made: dict[str, FieldValue] = {}
    custom: dict[str, Any] = {}
    created_at: int


class Rating(msgspec.Struct, kw_only=True):
    """A requester's verdict on one ticket, ``good`` or ``bad``."""

    id: int
    ticket_id: int
    requester_id: int | None
    assignee_id: int | None = None
    group_id: int | None = None
    score: str
    comment: str | None = None
    created_at: int
    updated_at: int


class Group(msgspec.Struct, kw_only=True):
    """A team of agents. A ``deleted`` one is gone everywhere but by its id."""

    id: int
    name: str
    description: str = ""
    default: bool = False
    deleted: bool = False
    is_public: bool = True
    created_at: int
    updated_at: int


class GroupMembership(msgspec.Struct, kw_only=True):
    """An agent in a team; ``default`` marks the team their tickets go to.

    ``updated_at`` is None where nobody has touched it since the account began.
    """

    id: int
    user_id: int
    group_id: int
    default: bool = False
    created_at: int
    updated_at: int | None


class OrganizationMembership(msgspec.Struct, kw_only=True):
    """A person in a company; the ``default`` one is the company of their new tickets.

    ``updated_at`` is as for teams.
    """

    id: int
    user_id: int
    organization_id: int
    default: bool = False
    created_at: int
    updated_at: int | None


class Identity(msgspec.Struct, kw_only=True):
    """A way to reach a person: ``type`` is email or phone_number."""

    id: int
    user_id: int
    type: str
    value: str
    verified: bool = True
    primary: bool = False
    created_at: int
    updated_at: int


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """One choice of a dropdown: what people read, and the value that is stored."""

    id: int
    name: str
    value: str
    default: bool = False


class FieldDefinition(msgspec.Struct, kw_only=True):
    """A field of tickets, users or organizations; the last two are addressed by ``key``, not by id."""

    id: int
    title: str
    type: str
    key: str | None = None
    options: tuple[Option, ...] = ()
    removable: bool = True
    active: bool = True
    position: int | None = None
    """None stands for the place that its id gives it."""
    sub_type_id: int = 0
    """Of the priority field, 1 takes low and urgent away."""
    tag: str | None = None
    """Of a checkbox: the tag that a tick adds."""
    extras: dict[str, Any] = {}
    """Texts and switches that clients set and nothing here reads."""
    created_at: int
    updated_at: int

    @property
    def place(self) -> int:
        """Where it stands among its kind."""
        return self.id if self.position is None else self.position
