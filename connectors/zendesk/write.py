"""Our changes in Zendesk's words. Nothing is sent from here; what became of them is read in ``jobs.py``."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec

from connectors.changes import Change, Field, TicketUpdate
from connectors.errors import RejectedError
from connectors.zendesk.history import KEY
from connectors.zendesk.places import Places

BATCH = 100
"""Tickets in one call that the vendor takes."""

_ID = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)


class Comment(msgspec.Struct, kw_only=True):
    """``public`` always goes out: where it is absent the customer gets the text by mail."""

    body: str
    public: bool = False


class Custom(msgspec.Struct, kw_only=True):
    id: int
    value: str | None


class Wish(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One ticket's entry in ``update_many``; absent keys stay as they are at the desk."""

    id: int | msgspec.UnsetType = msgspec.UNSET
    safe_update: bool | msgspec.UnsetType = msgspec.UNSET
    updated_stamp: str | msgspec.UnsetType = msgspec.UNSET
    additional_tags: list[str] = []
    remove_tags: list[str] = []
    priority: str | msgspec.UnsetType | None = msgspec.UNSET
    group_id: int | msgspec.UnsetType = msgspec.UNSET
    custom_fields: list[Custom] = []
    comment: Comment | msgspec.UnsetType = msgspec.UNSET
    metadata: dict[str, dict[str, object]] = {}


class _Wishes(msgspec.Struct):
    tickets: list[Wish]


class _OneWish(msgspec.Struct):
    ticket: Wish


def _tags(wish: Wish, change: Change, places: Places) -> None:
    wish.additional_tags += change.added
    wish.remove_tags += change.removed


def _priority(wish: Wish, change: Change, places: Places) -> None:
    wish.priority = change.after if isinstance(change.after, str) else None


def _service_level(wish: Wish, change: Change, places: Places) -> None:
    """The desk knows no service level to write; a tag stands for it, and rules there act on the tag."""
    wish.additional_tags += [f"{places.prefix}sla_{level}" for level in change.added]
    wish.remove_tags += [f"{places.prefix}sla_{level}" for level in change.removed]


def _segment(wish: Wish, change: Change, places: Places) -> None:
    if places.segment is None:
        raise RejectedError("This help desk has no active ticket field for the segment.")
    value = f"{places.segment_prefix}{change.after}" if change.after is not None else None
    wish.custom_fields.append(Custom(id=places.segment, value=value))


def _group(wish: Wish, change: Change, places: Places) -> None:
    wish.group_id = int(joined([str(change.after)], _ID, "group"))


def _note(wish: Wish, change: Change, places: Places) -> None:
    wish.comment = Comment(body=str(change.after))


WRITES: Mapping[Field, Callable[[Wish, Change, Places], None]] = {
    Field.TAGS: _tags,
    Field.PRIORITY: _priority,
    Field.SERVICE_LEVEL: _service_level,
    Field.SEGMENT: _segment,
    Field.GROUP: _group,
    Field.NOTE: _note,
}

_TAGS_ALONE = frozenset({Field.TAGS, Field.SERVICE_LEVEL})
"""What is written as tags and nothing else, so that no stamp is needed to keep others' work."""


def one_each(updates: Sequence[TicketUpdate], places: Places) -> bytes:
    """The body of one call that gives each ticket its own changes, each only while its stamp holds."""
    _demand_batch(updates)
    wishes = [_wish(update, places) for update in updates]
    for wish, update in zip(wishes, updates, strict=True):
        wish.id = int(ticket_ids([update.ticket_id]))
    return msgspec.json.encode(_Wishes(wishes))


def same_for_all(updates: Sequence[TicketUpdate], places: Places) -> bytes:
    """The body of one call that gives all tickets the same changes; their ids travel in the query.

    Only tickets that are ``alike`` may go together. Tags alone go without a stamp, as they are added and
    removed one by one whatever else happened to the ticket.
    """
    _demand_batch(updates)
    if len({alike(update) for update in updates}) > 1:
        raise RejectedError("One call of this form gives all its tickets the same change.")
    wish = _wish(updates[0], places)
    if tags_alone(updates[0]):
        wish.safe_update = wish.updated_stamp = msgspec.UNSET
    wish.metadata = _metadata(updates)
    return msgspec.json.encode(_OneWish(wish))


def alike(update: TicketUpdate) -> object:
    """What has to be equal for two tickets to share a call of the other form."""
    wanted = tuple((change.field, change.added, change.removed, change.after) for change in update.changes)
    if tags_alone(update):
        return tuple((field, added, removed) for field, added, removed, _ in wanted)
    return update.stamp, wanted


def tags_alone(update: TicketUpdate) -> bool:
    return all(change.field in _TAGS_ALONE for change in update.changes)


def touches_tags(update: TicketUpdate) -> bool:
    """Whether some of it travels under ``additional_tags`` or ``remove_tags``."""
    return any(change.field in _TAGS_ALONE for change in update.changes)


def tags_shown(update: TicketUpdate, tags: Collection[str], places: Places) -> bool:
    """Whether any of the tags that an update adds or removes stands or is gone as wanted.

    ``tags`` are all of the ticket's, those that carry a service level included.
    """
    wish = _wish(update, places)
    return any(tag in tags for tag in wish.additional_tags) or any(
        tag not in tags for tag in wish.remove_tags
    )


def _demand_batch(updates: Sequence[TicketUpdate]) -> None:
    if not 0 < len(updates) <= BATCH:
        raise RejectedError(f"One call changes 1 to {BATCH} tickets, not {len(updates)}.")


def _metadata(updates: Sequence[TicketUpdate]) -> dict[str, dict[str, object]]:
    """What the desk keeps in its audit: the marks, and the run and policy for the person who reads it."""
    marks = [mark for update in updates for mark in (update.mark, update.note_mark) if mark]
    names = {"run": updates[0].run, "policy": updates[0].policy}
    return {KEY: {"marks": marks, **{name: value for name, value in names.items() if value}}}


def ticket_ids(ids: Sequence[str]) -> str:
    """Ids as a query takes them; RejectedError for one that cannot be an id."""
    return joined(ids, _ID, "ticket")


def _wish(update: TicketUpdate, places: Places) -> Wish:
    wish = Wish(
        safe_update=True,
        updated_stamp=update.stamp,
        additional_tags=[],
        remove_tags=[],
        custom_fields=[],
        metadata=_metadata([update]),
    )
    for change in update.changes:
        WRITES[change.field](wish, change, places)
    return wish


def joined(ids: Sequence[str], shape: re.Pattern[str], what: str) -> str:
    """Ids parted by commas; RejectedError for one that is not of that shape."""
    if any(shape.fullmatch(entry) is None for entry in ids):
        raise RejectedError(f"One of the {what} ids is none that this help desk can have given.")
    return ",".join(ids)
