"""Zendesk's records as they come over the wire: the parts we read, with their types, untranslated."""

from __future__ import annotations

from typing import Annotated

import msgspec

Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
Ref = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""An id of another record; 0 and below stand for nobody, such as the system itself."""
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class WireOrganization(msgspec.Struct, frozen=True, kw_only=True):
    id: Id
    name: str | None = None
    tags: list[str] | None = None
    organization_fields: dict[str, object] | None = None
    created_at: str | None = None
    updated_at: str
    deleted_at: str | None = None


class WireUser(msgspec.Struct, frozen=True, kw_only=True):
    id: Id
    name: str | None = None
    email: str | None = None
    external_id: str | None = None
    organization_id: Ref | None = None
    locale: str | None = None
    time_zone: str | None = None
    iana_time_zone: str | None = None
    role: str | None = None
    active: bool | None = None
    tags: list[str] | None = None
    user_fields: dict[str, object] | None = None
    created_at: str | None = None
    updated_at: str


class WireField(msgspec.Struct, frozen=True, kw_only=True):
    id: Id
    value: object = None


class WireMinutes(msgspec.Struct, frozen=True, kw_only=True):
    calendar: Count | None = None


class WireMetrics(msgspec.Struct, frozen=True, kw_only=True):
    ticket_id: Ref | None = None
    replies: Count | None = None
    reopens: Count | None = None
    assignee_stations: Count | None = None
    reply_time_in_minutes: WireMinutes | None = None
    solved_at: str | None = None
    requester_updated_at: str | None = None
    assignee_updated_at: str | None = None


class WireTicket(msgspec.Struct, frozen=True, kw_only=True):
    """``via`` has been seen as something else than an object, hence its type."""

    id: Id
    created_at: str
    updated_at: str
    generated_timestamp: Count | None = None
    requester_id: Ref | None = None
    organization_id: Ref | None = None
    group_id: Ref | None = None
    assignee_id: Ref | None = None
    subject: str | None = None
    status: str
    priority: str | None = None
    via: object = None
    tags: list[str] | None = None
    custom_fields: list[WireField] | None = None
    metric_set: WireMetrics | None = None


class WireRating(msgspec.Struct, frozen=True, kw_only=True):
    id: Id
    ticket_id: Ref | None = None
    requester_id: Ref | None = None
    score: str
    comment: str | None = None
    created_at: str
    updated_at: str


class WireTicketField(msgspec.Struct, frozen=True, kw_only=True):
    """Options are read where they are needed: one odd option must not hide the names of all fields."""

    id: Id
    title: str = ""
    type: str = ""
    active: bool | None = None
    sub_type_id: int | None = None
    custom_field_options: object = None
    system_field_options: object = None


class WireOption(msgspec.Struct, frozen=True, kw_only=True):
    name: str = ""
    value: str


class WireGroup(msgspec.Struct, frozen=True, kw_only=True):
    id: Id
    name: str = ""
    deleted: bool | None = None


class WireItem(msgspec.Struct, frozen=True, kw_only=True):
    """One record's part in a job's results."""

    id: Id
    success: bool | None = None
    error: str | None = None
    details: object = None


class WireJob(msgspec.Struct, frozen=True, kw_only=True):
    """``results`` is null while a job waits, and an object for some kinds of job."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,128}$")]
    status: str
    results: object = None
