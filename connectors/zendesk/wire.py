"""Zendesk's records as they come over the wire: the parts we read, with their types, untranslated."""

from __future__ import annotations

from typing import Annotated

import msgspec

Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
Ref = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""An id of another record; 0 and below stand for nobody, such as the system itself."""
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class WireOrganization(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    id: Id
    name: str | None = None
    tags: list[str] | None = None
    organization_fields: dict[str, object] | None = None
    created_at: str | None = None
    updated_at: str
    deleted_at: str | None = None


class WireUser(msgspec.Struct, frozen=True, kw_only=True, gc=False):
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


class WireField(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    id: Id
    value: object = None


class WireMinutes(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    calendar: Count | None = None


class WireMetrics(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    ticket_id: Ref | None = None
    assignee_stations: Count | None = None
    reopens: Count | None = None
    replies: Count | None = None
    assignee_updated_at: str | None = None
    requester_updated_at: str | None = None
    solved_at: str | None = None
    reply_time_in_minutes: WireMinutes | None = None


class WireVia(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    channel: object = None


class WireTarget(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    metric: str
    stage: str | None = None
    breach_at: str | None = None


class WireTargets(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """``ticket_id`` is only there where these lie beside the tickets instead of inside."""

    ticket_id: Ref | None = None
    policy_metrics: list[WireTarget] | None = None


class WireTicket(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """``via`` has been seen as something else than an object, hence its type.

    The vendor's order is kept, since the decoder looks for a key first behind the last one it found.
    """

    id: Id
    via: WireVia | str | float | bool | list[object] | None = None
    created_at: str
    updated_at: str
    generated_timestamp: Count | None = None
    subject: str | None = None
    priority: str | None = None
    status: str
    requester_id: Ref | None = None
    assignee_id: Ref | None = None
    organization_id: Ref | None = None
    group_id: Ref | None = None
    tags: list[str] | None = None
    custom_fields: list[WireField] | None = None
    custom_status_id: Ref | None = None
    brand_id: Ref | None = None
    metric_set: WireMetrics | None = None
    slas: WireTargets | None = None


class WireToldTicket(WireTicket, frozen=True, kw_only=True, gc=False):
    """A ticket with its first message and who wrote it, for whoever reads messages."""

    submitter_id: Ref | None = None
    description: str | None = None


class WireRating(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    id: Id
    ticket_id: Ref | None = None
    requester_id: Ref | None = None
    score: str
    comment: str | None = None
    created_at: str
    updated_at: str


class WireSubject(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a survey is about; ``zrn`` is ``zen:ticket:5158``."""

    id: object = None
    type: str | None = None
    zrn: str | None = None


class WireAnswer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    type: str | None = None
    rating_category: str | None = None
    value: object = None
    created_at: str | None = None
    updated_at: str | None = None


class WireSurvey(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An answered survey of the newer kind; its id is a text."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    responder_id: object = None
    subjects: list[WireSubject] | None = None
    answers: list[WireAnswer] | None = None
    created_at: str | None = None
    updated_at: str | None = None


class WireTicketField(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A field of tickets, and with ``key`` one of users or organizations.

    Options are read where they are needed: one odd option must not hide the names of all fields.
    """

    id: Id
    title: str = ""
    type: str = ""
    key: str | None = None
    position: Count | None = None
    active: bool | None = None
    sub_type_id: int | None = None
    custom_field_options: object = None
    system_field_options: object = None
    updated_at: str | None = None


class WireOption(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    name: str | None = None
    value: str


class WireGroup(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    id: Id
    name: str | None = None
    deleted: bool | None = None
    updated_at: str | None = None


class WireStatus(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    id: Id
    agent_label: str | None = None
    status_category: str | None = None
    active: bool | None = None
    updated_at: str | None = None


class WireBrand(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    id: Id
    name: str | None = None
    subdomain: str | None = None
    active: bool | None = None
    is_deleted: bool | None = None
    updated_at: str | None = None


class WirePolicy(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    id: Id
    title: str | None = None
    position: Count | None = None
    filter: object = None
    policy_metrics: object = None
    updated_at: str | None = None


class WireItem(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One record's part in a job's results."""

    id: Id
    success: bool | None = None
    error: str | None = None
    details: object = None


class WireJob(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """``results`` is null while a job waits, and an object for some kinds of job."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,128}$")]
    status: str
    results: object = None


def options(listed: object) -> list[WireOption]:
    """Options in a definition; what cannot be understood offers none."""
    try:
        return msgspec.convert(listed or [], list[WireOption])
    except msgspec.ValidationError:
        return []
