"""The account's own words: groups, fields with their choices, statuses, brands, service level policies.

Each is a short list that is read whole. What is not on it any more is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec

from connectors.answer import Answer, strict_json
from connectors.errors import CursorError, RejectedError
from connectors.records import Choice, Page, Stream, Term
from connectors.zendesk.faults import fault
from connectors.zendesk.streams import REFUSALS, Read
from connectors.zendesk.times import seconds
from connectors.zendesk.translate import SYSTEM_FIELDS, clean
from connectors.zendesk.walk import understood
from connectors.zendesk.wire import (
    WireBrand,
    WireGroup,
    WireOption,
    WirePolicy,
    WireStatus,
    WireTicketField,
    options,
)

SIZE = "100"
MOST_PAGES = 1_000
WHOLE = "whole"
"""The place of a list that has no places: it is read from its beginning every time."""

HIDING = 1
"""The sub-type of a priority field whose lowest and highest choice are hidden."""

HIDDEN = frozenset({"low", "urgent"})


class _Meta(msgspec.Struct, kw_only=True):
    has_more: bool = False
    after_cursor: str | None = None


class _Listing(msgspec.Struct, kw_only=True):
    """Where a list goes on: ``meta`` in the newer form, ``next_page`` in the older."""

    meta: _Meta | None = None
    next_page: object = None


def words(read: Read, stream: Stream) -> Iterator[Page]:
    """The one page of a stream of words."""
    part, raws, after, whole = PARTS[stream], [], None, False
    for _ in range(MOST_PAGES):
        found, after, whole = read(part.path, _query(after), _decoder(part, stream))
        raws += found
        if after is None:
            break
    else:
        raise CursorError(f"The help desk's list of {stream} does not end; it was stopped.")
    records, dead = understood(stream, raws, lambda raw: part.term(stream, raw))
    # A list that is known to go on elsewhere, or holds what we could not read, says nothing about the rest.
    yield Page(stream=stream, records=records, cursor=WHOLE, last=True, dead=dead, whole=whole and not dead)


def _query(after: str | None) -> list[tuple[str, str]]:
    size = [("page[size]", SIZE)]
    return size if after is None else [*size, ("page[after]", after)]


Found = tuple[list[object], str | None, bool]
"""The records of one answer, the cursor behind it, and whether nothing lies beyond that we cannot ask for."""


def _decoder(part: Part, stream: Stream) -> Callable[[Answer], Found]:
    def decode(answer: Answer) -> Found:
        if answer.status in REFUSALS:
            said = fault(answer.body)
            reason = f"{said.code} {said.text}".strip() or "no reason given"
            raise RejectedError(
                f"The help desk refuses to give out its {stream} ({reason}).", status=answer.status
            )
        body = strict_json(answer.body)
        listing = msgspec.convert(body, _Listing)
        raws = body.get(part.name)
        if not isinstance(raws, list):
            raise ValueError(f"the page holds no {part.name}")
        meta = listing.meta
        if meta is not None and meta.has_more and not meta.after_cursor:
            raise ValueError("the page is not the last and names no cursor")
        after = meta.after_cursor if meta is not None and meta.has_more else None
        return raws, after, meta is not None or not listing.next_page

    return decode


class Part(NamedTuple):
    """One list: where it is, the name under which it comes, and how its records become terms."""

    path: str
    name: str
    term: Callable[[Stream, object], Term]


def _field(stream: Stream, raw: object) -> Term:
    wire = msgspec.convert(raw, WireTicketField)
    listed = options(wire.custom_field_options) or options(wire.system_field_options)
    hidden = HIDDEN if wire.type == "priority" and wire.sub_type_id == HIDING else frozenset()
    return _term(
        stream,
        wire,
        name=wire.title,
        key=wire.key or (wire.type if wire.type in SYSTEM_FIELDS else None),
        type=clean(wire.type),
        position=wire.position,
        active=wire.active is not False,
        choices=tuple(one for one in map(_choice, listed) if one.value not in hidden),
    )


def _choice(option: WireOption) -> Choice:
    value = option.value if isinstance(option.value, str) else str(option.value)
    return Choice(clean(value), clean(option.name or value))


def _group(stream: Stream, raw: object) -> Term:
    wire = msgspec.convert(raw, WireGroup)
    return _term(stream, wire, name=wire.name, deleted=wire.deleted is True)


def _status(stream: Stream, raw: object) -> Term:
    wire = msgspec.convert(raw, WireStatus)
    return _term(
        stream, wire, name=wire.agent_label, type=wire.status_category, active=wire.active is not False
    )


def _brand(stream: Stream, raw: object) -> Term:
    wire = msgspec.convert(raw, WireBrand)
    return _term(
        stream,
        wire,
        name=wire.name,
        key=wire.subdomain,
        active=wire.active is not False,
        deleted=wire.is_deleted is True,
    )


def _policy(stream: Stream, raw: object) -> Term:
    wire = msgspec.convert(raw, WirePolicy)
    detail = {"filter": _text(wire.filter), "targets": _text(wire.policy_metrics)}
    return _term(stream, wire, name=wire.title, position=wire.position, detail=detail)


def _text(value: object) -> str:
    return msgspec.json.encode(value, order="sorted").decode()


def _term(stream: Stream, wire: Any, *, name: str | None, **said: Any) -> Term:
    updated = seconds(wire.updated_at, "updated_at") if wire.updated_at else 0
    return Term(
        id=f"{stream}:{wire.id}",
        version=updated,
        part=stream.value,
        name=clean(name or ""),
        updated_at=updated,
        **said,
    )


PARTS: dict[Stream, Part] = {
    Stream.GROUPS: Part("/api/v2/groups", "groups", _group),
    Stream.TICKET_FIELDS: Part("/api/v2/ticket_fields", "ticket_fields", _field),
    Stream.CUSTOMER_FIELDS: Part("/api/v2/user_fields", "user_fields", _field),
    Stream.ORGANIZATION_FIELDS: Part("/api/v2/organization_fields", "organization_fields", _field),
    Stream.STATUSES: Part("/api/v2/custom_statuses", "custom_statuses", _status),
    Stream.BRANDS: Part("/api/v2/brands", "brands", _brand),
    Stream.SERVICE_LEVELS: Part("/api/v2/slas/policies", "sla_policies", _policy),
}
