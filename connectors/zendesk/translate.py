"""Zendesk's words turned into ours, record by record. Where the records come from is of no concern here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar, get_args

import msgspec

from connectors.messages import MessageReader, Told
from connectors.records import (
    PRIORITIES,
    Customer,
    FieldValue,
    Organization,
    Priority,
    Rating,
    Status,
    Target,
    Ticket,
)
from connectors.zendesk.times import seconds
from connectors.zendesk.wire import (
    WireField,
    WireMetrics,
    WireOrganization,
    WireRating,
    WireTarget,
    WireTicket,
    WireTicketField,
    WireToldTicket,
    WireUser,
    WireVia,
)

W = TypeVar("W", bound=msgspec.Struct)

STATUSES: tuple[Status, ...] = get_args(Status)
DELETED = ("deleted", "scrubbed")
ERASED_NAME = "Permanently Deleted User"
SYSTEM_FIELDS = frozenset(
    {"subject", "description", "status", "custom_status", "tickettype", "priority", "group", "assignee"}
)
"""Types of ticket fields that every ticket has; they are columns of ours and never custom fields."""

METRICS = {
    "first_reply_time": "first_reply", "next_reply_time": "next_reply", "total_resolution_time": "resolution",
}  # fmt: skip
"""What a target is called here; pausable metrics keep the vendor's names, as ours pause otherwise."""

STAGES = {"active": "running", "achieved": "met"}
"""How a target stands; a paused one has no instant at which it breaks."""

WRITTEN = frozenset(
    {"email", "web", "web_widget", "help_center", "mobile", "mobile_sdk", "api", "web_service", "sms"}
)
"""Channels whose first message is the customer's own; that of a call or a chat is the desk's summary."""

_NO_METRICS = WireMetrics()
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_NOT_IN_KEYS = re.compile(r"[^a-z0-9]+")


def organization(raw: object) -> Organization:
    """The organization in ``raw``; ValueError without its content when it is not one."""
    wire = _typed(raw, WireOrganization)
    updated = seconds(wire.updated_at, "updated_at")
    return Organization(
        id=str(wire.id),
        version=updated,
        name=clean(wire.name or ""),
        tags=_tags(wire.tags),
        fields=_fields(wire.organization_fields or {}),
        created_at=_seconds_or_none(wire.created_at, "created_at"),
        updated_at=updated,
        deleted=wire.deleted_at is not None,
    )


def customer(raw: object) -> Customer:
    """The user in ``raw`` as a customer; staff and deactivated users come out as deleted."""
    wire = _typed(raw, WireUser)
    updated = seconds(wire.updated_at, "updated_at")
    erased = wire.name == ERASED_NAME
    if erased:
        return Customer(id=str(wire.id), version=updated, updated_at=updated, erased=True, deleted=True)
    return Customer(
        id=str(wire.id),
        version=updated,
        name=clean(wire.name or ""),
        email=_clean_or_none(wire.email),
        external_id=_clean_or_none(wire.external_id),
        organization_id=_ref(wire.organization_id),
        locale=_clean_or_none(wire.locale),
        time_zone=_clean_or_none(wire.iana_time_zone or wire.time_zone),
        tags=_tags(wire.tags),
        fields=_fields(wire.user_fields or {}),
        created_at=_seconds_or_none(wire.created_at, "created_at"),
        updated_at=updated,
        deleted=wire.active is False or wire.role not in (None, "end-user"),
    )


def ticket(
    raw: object, *, names: Mapping[int, str], prefix: str, reader: MessageReader | None = None
) -> Ticket:
    """The ticket in ``raw``; ``names`` gives the keys of custom fields, ``prefix`` marks our own tags.

    Without a ``reader`` of messages nothing is told of them.
    """
    wire = _typed(raw, WireToldTicket if reader else WireTicket)
    updated = seconds(wire.updated_at, "updated_at")
    version = updated if wire.generated_timestamp is None else wire.generated_timestamp
    if wire.status in DELETED:
        return _tombstone(wire, version, updated)
    created = seconds(wire.created_at, "created_at")
    level, tags = _level_and_tags(wire.tags, prefix) if wire.tags else (None, ())
    figures = wire.metric_set or _NO_METRICS
    reply_time, stations = figures.reply_time_in_minutes, figures.assignee_stations
    targets = _targets(wire.slas.policy_metrics) if wire.slas and wire.slas.policy_metrics else ()
    language, probability = (_told(wire, reader) if reader else None) or (None, None)
    # By position, in the order of Ticket's fields: names would double the time this function takes.
    return Ticket(
        str(wire.id),
        version,
        wire.updated_at,  # stamp
        _status(wire.status),
        created,
        updated,
        _ref(wire.requester_id),  # customer_id
        _ref(wire.organization_id),
        _clean_or_none(wire.subject),
        _priority(wire.priority),
        level,
        _channel(wire.via),
        tags,
        _custom_fields(wire.custom_fields, names) if wire.custom_fields else {},
        _ref(wire.group_id),
        _ref(wire.assignee_id),
        _seconds_or_none(figures.solved_at, "solved_at"),
        _waiting_since(wire, created),
        figures.reopens,
        None if stations is None else max(stations - 1, 0),  # reassignments
        figures.replies,
        reply_time.calendar if reply_time else None,  # first_reply_minutes
        _ref(wire.custom_status_id),
        _ref(wire.brand_id),
        _breach(targets) if targets else None,
        targets,
        language,
        probability,
    )


def _tombstone(wire: WireTicket, version: int, updated: int) -> Ticket:
    """What is left to say of a deleted ticket: whose it was. Its texts may be scrubbed by now."""
    return Ticket(
        id=str(wire.id),
        version=version,
        stamp=wire.updated_at,
        customer_id=_ref(wire.requester_id),
        status="closed",
        created_at=seconds(wire.created_at, "created_at"),
        updated_at=updated,
        deleted=True,
    )


def _told(wire: WireTicket, reader: MessageReader) -> Told | None:
    """What the first message tells where the customer wrote it; its subject helps where it is too short."""
    if not isinstance(wire, WireToldTicket) or _ref(wire.submitter_id) is None:
        return None
    if wire.submitter_id != wire.requester_id or _channel(wire.via) not in WRITTEN:
        return None
    said = wire.description or ""
    return reader(said) or reader(f"{wire.subject or ''}\n{said}")


def rating(raw: object) -> Rating | None:
    """The verdict in ``raw``; None for a survey that was offered and not answered."""
    wire = _typed(raw, WireRating)
    if wire.score not in ("good", "bad"):
        return None
    updated = seconds(wire.updated_at, "updated_at")
    return Rating(
        id=str(wire.id),
        version=updated,
        ticket_id=_ref(wire.ticket_id),
        customer_id=_ref(wire.requester_id),
        score="good" if wire.score == "good" else "bad",
        commented=bool(wire.comment and wire.comment.strip()),
        created_at=seconds(wire.created_at, "created_at"),
        updated_at=updated,
    )


def field_names(fields: Iterable[WireTicketField]) -> dict[int, str]:
    """The key of every custom ticket field: its title in lower case, other characters as ``_``.

    Of two fields with one title the older keeps it and the other adds its id, so that a key does not
    move from one field to another when a field is added.
    """
    names: dict[int, str] = {}
    for field in sorted(fields, key=lambda field: field.id):
        if field.type in SYSTEM_FIELDS:
            continue
        key = _NOT_IN_KEYS.sub("_", field.title.lower()).strip("_") or "field"
        taken = key == "field" or key in names.values()
        names[field.id] = f"{key}_{field.id}" if taken else key
    return names


def clean(text: str) -> str:
    """``text`` without what no database keeps: NUL and halves of characters."""
    if "\x00" not in text:
        if text.isascii():
            return text
        try:
            text.encode()  # finds halves of characters, and sooner than a pattern does
        except UnicodeEncodeError:
            pass
        else:
            return text
    return _UNSTORABLE.sub("\ufffd", text)


def _clean_or_none(text: str | None) -> str | None:
    return clean(text) if text else None


def _seconds_or_none(text: str | None, name: str) -> int | None:
    return seconds(text, name) if text else None


@lru_cache(maxsize=8192)
def _ref(number: int | None) -> str | None:
    return str(number) if number is not None and number > 0 else None


def _tags(tags: list[str] | None) -> tuple[str, ...]:
    if not tags:
        return ()
    together = "".join(tags)
    if not together.isascii() or "\x00" in together:
        tags = [clean(tag) for tag in tags]
    return tuple(sorted(set(tags)))


def _typed(raw: object, kind: type[W]) -> W:
    """The record itself where the page was decoded as a whole, else what can be made of plain JSON."""
    return raw if isinstance(raw, kind) else msgspec.convert(raw, kind)


def _targets(metrics: Sequence[WireTarget]) -> tuple[Target, ...]:
    return tuple([_target(one.metric, one.stage, one.breach_at) for one in metrics])


@lru_cache(maxsize=1024)
def _target(metric: str, stage: str | None, breach_at: str | None) -> Target:
    return Target(
        metric=METRICS.get(metric) or clean(metric),
        stage=STAGES.get(stage or "") or clean(stage or ""),
        breach_at=_seconds_or_none(breach_at, "breach_at"),
    )


def _breach(targets: Sequence[Target]) -> int | None:
    running = [one.breach_at for one in targets if one.breach_at and one.stage == "running"]
    return min(running) if running else None


def _level_and_tags(words: list[str], prefix: str) -> tuple[str | None, tuple[str, ...]]:
    """The level that the first matching tag names, and the other tags in order.

    A second such tag stays among the tags: it is one of ours that does not belong there, and a plan
    only removes what it can see.
    """
    tags, start = _tags(words), f"{prefix}sla_"
    if start not in "".join(words):  # sooner than a look at each
        return None, tags
    for place, tag in enumerate(tags):
        if tag.startswith(start) and tag != start:
            return tag.removeprefix(start), tags[:place] + tags[place + 1 :]
    return None, tags


@lru_cache(maxsize=8192)
def _status(text: str) -> Status:
    if text not in STATUSES:
        raise ValueError("status is none that we know")
    return text


@lru_cache(maxsize=8192)
def _priority(text: str | None) -> Priority | None:
    if text is not None and text not in PRIORITIES:
        raise ValueError("priority is none that we know")
    return text


def _channel(via: object) -> str | None:
    channel = via.channel if isinstance(via, WireVia) else None
    return clean(channel) if isinstance(channel, str) and channel else None


def _fields(values: Mapping[str, object]) -> dict[str, FieldValue]:
    pairs = ((clean(key), _value(value)) for key, value in values.items())
    return {key: value for key, value in pairs if value is not None}


def _custom_fields(fields: Iterable[WireField], names: Mapping[int, str]) -> dict[str, FieldValue]:
    """The filled fields by key. Most are empty, ticked, or plain words: those are seen to here."""
    found: dict[str, FieldValue] = {}
    for field in fields:
        value = field.value
        if value is None:
            continue
        if value is not True and value is not False:
            plain = type(value) is str and value.isascii() and "\x00" not in value
            value = (value if plain else _value(value)) or None if isinstance(value, str) else _value(value)
            if value is None:
                continue
        found[names.get(field.id) or f"field_{field.id}"] = value
    return found


def _value(value: object) -> FieldValue:
    """A field's value in our types; None for empty ones and for shapes we do not know."""
    if isinstance(value, str):
        return clean(value) or None
    if isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise ValueError("a custom field holds a number that no database keeps")
        return value
    if isinstance(value, list):
        return tuple(clean(entry) for entry in value if isinstance(entry, str)) or None
    return None


def _waiting_since(wire: WireTicket, created: int) -> int | None:
    """Since when the customer has been waiting for an answer, as far as the metrics tell."""
    if wire.status not in ("new", "open"):
        return None
    figures = wire.metric_set
    if figures is None or figures.replies is None:
        return created if wire.status == "new" else None
    if figures.replies == 0:
        return created
    asked = _seconds_or_none(figures.requester_updated_at, "requester_updated_at")
    answered = _seconds_or_none(figures.assignee_updated_at, "assignee_updated_at")
    if asked is None or answered is None:
        return None
    return asked if asked > answered else None
