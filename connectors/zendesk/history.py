"""What a ticket's audits tell of our own updates: the marks they carry and the fields they moved."""

from __future__ import annotations

import msgspec

from connectors.answer import Answer, strict_json

KEY = "deskcue"
"""Under which name our marks travel in an update's metadata and come back under ``metadata.custom``."""


class Ours(msgspec.Struct, frozen=True, kw_only=True):
    """One update of ours."""

    marks: frozenset[str]
    fields: frozenset[str]
    """The vendor's names of the fields that moved."""


class WireMarks(msgspec.Struct, frozen=True, kw_only=True):
    marks: list[str] = []


class WireEvent(msgspec.Struct, frozen=True, kw_only=True):
    field_name: str | None = None


class WireAudit(msgspec.Struct, frozen=True, kw_only=True):
    """Other integrations put anything into their metadata, hence its type."""

    metadata: object = None
    events: list[WireEvent] = []


def ours(answer: Answer) -> list[Ours]:
    """Our updates among the audits in an answer; audits that are not ours are of no concern."""
    audits = msgspec.convert(strict_json(answer.body).get("audits"), list[object])
    return [found for audit in audits if (found := _ours(audit)) is not None]


def _ours(raw: object) -> Ours | None:
    try:
        audit = msgspec.convert(raw, WireAudit)
        custom = audit.metadata.get("custom") if isinstance(audit.metadata, dict) else None
        marks = msgspec.convert(custom.get(KEY) if isinstance(custom, dict) else None, WireMarks).marks
    except msgspec.ValidationError:
        return None
    moved = {event.field_name for event in audit.events if event.field_name}
    return Ours(marks=frozenset(marks), fields=frozenset(moved))
