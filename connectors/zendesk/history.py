"""What a ticket's audits tell: of our own updates their marks, and of everybody's who changed what."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from connectors.answer import Answer, strict_json
from connectors.changes import Edit, Field, Value
from connectors.zendesk.places import Places
from connectors.zendesk.times import seconds

KEY = "deskcue"
"""Under which name our marks travel in an update's metadata and come back under ``metadata.custom``."""


class Ours(msgspec.Struct, frozen=True, kw_only=True):
    """One update of ours."""

    marks: frozenset[str]
    fields: frozenset[str]
    """The vendor's names of the fields that moved."""


class WireMarks(msgspec.Struct, frozen=True, kw_only=True):
    marks: frozenset[str] = frozenset()


class WireFrom(msgspec.Struct, frozen=True, kw_only=True):
    title: object = None


class WireSource(msgspec.Struct, frozen=True, kw_only=True):
    """The vendor calls it ``from``."""

    origin: WireFrom | None = msgspec.field(default=None, name="from")


class WireVia(msgspec.Struct, frozen=True, kw_only=True):
    channel: str | int | None = None
    source: WireSource | None = None


class WireEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule did within an update says so with a ``via`` of its own."""

    type: object = None
    field_name: str | None = None
    value: object = None
    previous_value: object = None
    via: object = None


class WireAudit(msgspec.Struct, frozen=True, kw_only=True):
    """Other integrations put anything into their metadata, hence its type.

    Nor may the rest, where it is odd, hide the marks of an update of ours.
    """

    created_at: object = None
    author_id: object = None
    metadata: object = None
    events: list[WireEvent] = []
    via: object = None


def ours(answer: Answer) -> list[Ours]:
    """Our updates among the audits in an answer; audits that are not ours are of no concern."""
    return [found for audit in _audits(answer) if (found := _ours(audit)) is not None]


def edits(answer: Answer, places: Places) -> list[Edit]:
    """Every change of a field that we may write, oldest first; what reads as no audit is left out."""
    newest_first = list(_audits(answer))
    found = [edit for audit in newest_first[::-1] for edit in _edits(audit, places)]
    return sorted(found, key=lambda edit: edit.at)


def _audits(answer: Answer) -> Iterator[WireAudit]:
    for raw in msgspec.convert(strict_json(answer.body).get("audits"), list[object]):
        try:
            yield msgspec.convert(raw, WireAudit)
        except msgspec.ValidationError:
            continue


def _ours(audit: WireAudit) -> Ours | None:
    marks = _marks(audit)
    if marks is None:
        return None
    return Ours(marks=marks, fields=frozenset(one.field_name for one in audit.events if one.field_name))


def _marks(audit: WireAudit) -> frozenset[str] | None:
    """The marks an update of ours carries; None for everybody else's."""
    custom = audit.metadata.get("custom") if isinstance(audit.metadata, dict) else None
    try:
        return msgspec.convert(custom.get(KEY) if isinstance(custom, dict) else None, WireMarks).marks
    except msgspec.ValidationError:
        return None


def _edits(audit: WireAudit, places: Places) -> Iterator[Edit]:
    try:
        at = seconds(str(audit.created_at), "created_at")
    except ValueError:
        return
    marks = _marks(audit) or frozenset()
    for event in audit.events:
        if event.field_name is None or event.type not in ("Change", "Create"):
            continue
        by, rule = _hand(audit, event)
        for field, before, after in _moved(event.field_name, event, places):
            if before != after:
                yield Edit(
                    at=at, by=by, rule=rule, field=field, before=before, after=after,
                    marks=frozenset() if rule else marks,
                )  # fmt: skip


def _hand(audit: WireAudit, event: WireEvent) -> tuple[str, bool]:
    """Who it was, and whether that is a rule of the desk."""
    try:
        via = msgspec.convert(event.via or audit.via, WireVia)
    except msgspec.ValidationError:
        via = WireVia()
    if via.channel != "rule":
        return str(audit.author_id or ""), False
    title = via.source.origin.title if via.source and via.source.origin else None
    return title if isinstance(title, str) else "a rule", True


def _moved(name: str, event: WireEvent, places: Places) -> Iterator[tuple[Field, Value, Value]]:
    before, after = event.previous_value, event.value
    if name == "tags":
        yield from _tags(_words(before), _words(after), places)
    elif name == "priority":
        yield Field.PRIORITY, _text(before), _text(after)
    elif name == "group_id":
        yield Field.GROUP, _text(before), _text(after)
    elif places.segment is not None and name == str(places.segment):
        yield Field.SEGMENT, _segment(before, places), _segment(after, places)


def _tags(
    before: frozenset[str], after: frozenset[str], places: Places
) -> Iterator[tuple[Field, Value, Value]]:
    """Ours among the tags, and apart from them the one that carries the service level."""
    levels = [_level(one, places) for one in (before, after)]
    yield Field.SERVICE_LEVEL, levels[0], levels[1]
    yield Field.TAGS, _own(before, places), _own(after, places)


def _level(tags: frozenset[str], places: Places) -> str | None:
    start = f"{places.prefix}sla_"
    return next((tag.removeprefix(start) for tag in sorted(tags) if tag.startswith(start)), None)


def _own(tags: frozenset[str], places: Places) -> tuple[str, ...]:
    apart = (f"{places.prefix}sla_", places.segment_prefix)
    return tuple(sorted(tag for tag in tags if tag.startswith(places.prefix) and not tag.startswith(apart)))


def _segment(value: object, places: Places) -> str | None:
    text = _text(value)
    return text and text.removeprefix(places.segment_prefix)


def _words(value: object) -> frozenset[str]:
    """Tags, which come as a list and, in old audits, as one text."""
    if isinstance(value, str):
        return frozenset(value.split())
    return frozenset(map(str, value)) if isinstance(value, list) else frozenset()


def _text(value: object) -> str | None:
    return str(value) if value not in (None, "") else None
