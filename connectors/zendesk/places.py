"""Where this account keeps what we write: the segment's field, the priorities in use, the groups.

Looked up from the account's own definitions, since ids differ from account to account and admins
deactivate, hide and delete.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import msgspec

from connectors.changes import Change, Field, TicketUpdate
from connectors.records import PRIORITIES, SEGMENT_KEY, Ticket
from connectors.zendesk import translate
from connectors.zendesk.wire import WireGroup, WireTicketField, options

LONGEST_TAG = 80
LONGEST_NOTE = 65_536
"""Bytes beyond which the vendor cuts a comment without a word."""

_TAG = re.compile(r"[a-z0-9_/\-]+", re.ASCII)
_HIDES_ENDS = 1
"""``sub_type_id`` of a priority field that offers neither low nor urgent."""


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """An account's ticket fields, as far as we read or write them."""

    prefix: str
    names: Mapping[int, str]
    """The key of every custom field by its id."""
    priorities: Mapping[str, str]
    segment: int | None
    """Id of the dropdown whose options carry our prefix; None where none is active."""
    segments: Mapping[str, str]
    """Names of segments that have an option, and what people call them."""

    @property
    def segment_prefix(self) -> str:
        """What a segment's option begins with."""
        return f"{self.prefix}segment_"

    def read(self, ticket: Ticket) -> Ticket:
        """The ticket with its segment by name; the tag that mirrors the dropdown is no tag of its own."""
        kept = ticket.fields.get(SEGMENT_KEY) if self.segment is not None else None
        if not isinstance(kept, str):
            return ticket
        name = kept.removeprefix(self.segment_prefix)
        tags = tuple(tag for tag in ticket.tags if tag != kept)
        return msgspec.structs.replace(ticket, tags=tags, fields={**ticket.fields, SEGMENT_KEY: name})


def places(fields: Sequence[WireTicketField], prefix: str) -> Places:
    """What the field definitions of an account say."""
    names, start = translate.field_names(fields), f"{prefix}segment_"
    segment, segments = None, dict[str, str]()
    for field in sorted(fields, key=lambda field: field.id):
        ours = {
            option.value.removeprefix(start): option.name or option.value
            for option in options(field.custom_field_options)
            if option.value.startswith(start) and option.value != start
        }
        if ours and field.type == "tagger" and field.active is not False and segment is None:
            segment, segments = field.id, ours
            names[field.id] = SEGMENT_KEY
    return Places(
        prefix=prefix, names=names, priorities=_priorities(fields), segment=segment, segments=segments
    )


def _priorities(fields: Sequence[WireTicketField]) -> Mapping[str, str]:
    """The priorities in use; all four where the account does not tell."""
    field = next((field for field in fields if field.type == "priority"), None)
    listed = options(field.system_field_options if field else None)
    told = {option.value: option.name or option.value for option in listed}
    known: dict[str, str] = {
        name: told.get(name, name.capitalize()) for name in PRIORITIES if not told or name in told
    }
    if field is not None and field.sub_type_id == _HIDES_ENDS:
        known = {name: title for name, title in known.items() if name in ("normal", "high")}
    return known


def lack(update: TicketUpdate, places: Places, groups: Sequence[WireGroup]) -> str | None:
    """Why this account cannot hold an update at all; None where nothing speaks against it."""
    return next(
        (why for change in update.changes if (why := _LACKS[change.field](change, places, groups))), None
    )


_Lack = Callable[[Change, Places, Sequence[WireGroup]], str | None]


def _bad_tag(tag: str) -> str | None:
    if _TAG.fullmatch(tag) is None:
        return f"{tag!r} is no tag that the help desk keeps as it is: a-z, 0-9, _, - and / only"
    return None if len(tag) <= LONGEST_TAG else f"the tag {tag[:20]}… is longer than {LONGEST_TAG} characters"


def _tags(change: Change, places: Places, groups: Sequence[WireGroup]) -> str | None:
    return next((why for tag in change.added if (why := _bad_tag(tag))), None)


def _service_level(change: Change, places: Places, groups: Sequence[WireGroup]) -> str | None:
    return next((why for one in change.added if (why := _bad_tag(f"{places.prefix}sla_{one}"))), None)


def _priority(change: Change, places: Places, groups: Sequence[WireGroup]) -> str | None:
    if change.after is None or change.after in places.priorities:
        return None
    return f"the priority {change.after} is hidden on this help desk"


def _segment(change: Change, places: Places, groups: Sequence[WireGroup]) -> str | None:
    if places.segment is None:
        return "this help desk has no active ticket field for the segment; `deskcue setup` makes it"
    if change.after is None or change.after in places.segments:
        return None
    return f"the segment's field has no option for {change.after}; `deskcue setup` adds it"


def _group(change: Change, places: Places, groups: Sequence[WireGroup]) -> str | None:
    if any(str(group.id) == change.after for group in groups):
        return None
    return f"there is no group {change.after} on this help desk"


def _note(change: Change, places: Places, groups: Sequence[WireGroup]) -> str | None:
    text = change.after if isinstance(change.after, str) else ""
    if not text.strip():
        return "a note without text cannot be left"
    return None if len(text.encode()) <= LONGEST_NOTE else "the note is longer than the help desk keeps"


_LACKS: Mapping[Field, _Lack] = {
    Field.TAGS: _tags,
    Field.PRIORITY: _priority,
    Field.SERVICE_LEVEL: _service_level,
    Field.SEGMENT: _segment,
    Field.GROUP: _group,
    Field.NOTE: _note,
}
