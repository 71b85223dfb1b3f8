"""The incremental exports: what changed since a place, oldest first, without the latest minute."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from urllib.parse import urlencode

from connectors.sandbox.paging import Query, instant, number
from connectors.sandbox.refusals import RefusedError, described, invalid_attribute, listed
from connectors.sandbox.shelves import Exported, ExportShelf, Place
from connectors.sandbox.trouble import Trouble
from connectors.sandbox.wire import Json

LARGEST = 1000
WITHHELD = 60
"""Seconds during which a changed record is not yet handed out."""

BEARABLE = 200
"""Records a page that even a slow export manages."""

CALM = Trouble()
"""For exports that nothing happens to."""

EMPTY = "1"
"""The fraction of a second in the cursor of an empty page: the same place under another name."""


def by_cursor(
    shelf: ExportShelf[Exported],
    name: str,
    query: Query,
    address: str,
    now: int,
    show: Callable[[Exported], Json],
    fits: Callable[[Exported], bool],
    trouble: Trouble,
) -> Json:
    """A page of a cursor export. ``after_cursor`` continues it, also after the last page."""
    asked = query.get("cursor")
    if asked and trouble.strikes("export-cursor-expired"):
        raise _expired()
    start, size = _start(query, now), _size(query, trouble)
    places = shelf.changed(start, now - WITHHELD)
    taken = [shelf.order[at] for at in places[:size]]
    cursor, end = _cursor(taken[-1] if taken else start), len(places) <= size
    if places and not _after_nothing(asked) and trouble.strikes("export-empty-page"):
        taken, cursor, end = [], _cursor(start, EMPTY), False
    elif asked and not end and trouble.strikes("export-stuck"):
        cursor = asked
    records = [record for place in taken if (record := shelf.get(place.id)) is not None and fits(record)]
    kept = {key: value for key, value in query.items() if key not in ("start_time", "cursor")}
    return {
        name: [show(record) for record in records],
        "after_url": f"{address}?{urlencode({**kept, 'cursor': cursor})}",
        "after_cursor": cursor,
        "before_url": None,
        "before_cursor": None,
        "end_of_stream": end,
    }


def by_time(
    shelf: ExportShelf[Exported],
    name: str,
    query: Query,
    address: str,
    now: int,
    show: Callable[[Exported], Json],
    fits: Callable[[Exported], bool],
    trouble: Trouble = CALM,
) -> Json:
    """A page of a time-based export: ``end_time`` starts the next one and is inclusive.

    A page grows beyond its size rather than end inside one second, so following it always gets on.
    """
    start, size = instant(query, "start_time", -1), _size(query, trouble)
    if start < 0:
        raise invalid_attribute("start_time", "must be an integer")
    if start > now - WITHHELD:
        text = "Too recent start_time. Use a start_time older than 1 minute"
        raise described(422, "InvalidValue", text)
    places = shelf.changed(Place(start, 0), now - WITHHELD)
    taken = [shelf.order[at] for at in places[: _whole_seconds(shelf, places, start, size)]]
    end = taken[-1].at if taken else start
    records = [record for place in taken if (record := shelf.get(place.id)) is not None and fits(record)]
    return {
        name: [show(record) for record in records],
        "count": len(records),
        "end_time": end,
        "next_page": f"{address}?{urlencode({**query, 'start_time': end})}",
        "end_of_stream": len(taken) == len(places),
    }


def _whole_seconds(shelf: ExportShelf[Exported], places: range, start: int, size: int) -> int:
    """How many of the places make a page that ends with a second, and with a later one than it began."""
    if len(places) <= size:
        return len(places)
    last = shelf.order[places[size - 1]].at
    if last == start:
        beyond = shelf.changed(Place(last + 1, 0), shelf.order[places[-1]].at)
        last = shelf.order[beyond[0]].at if beyond else last
    return len(shelf.changed(Place(start, 0), last))


def _start(query: Query, now: int) -> Place:
    if query.get("cursor"):
        return _place(query["cursor"])
    start = instant(query, "start_time", -1)
    if start < 0:
        raise invalid_attribute("start_time", "must be an integer")
    if start > now - WITHHELD:
        raise listed(400, "StartTimeTooRecent", f"start_time must be more than {WITHHELD} seconds ago")
    return Place(start, 0)


def _size(query: Query, trouble: Trouble) -> int:
    size = number(query, "per_page", LARGEST)
    if size < 1:
        raise invalid_attribute("per_page", "must be greater than 0")
    if min(size, LARGEST) > BEARABLE and trouble.strikes("export-slow"):
        raise described(504, "GatewayTimeout", "The export took too long")
    return min(size, LARGEST)


def _cursor(place: Place, fraction: str = "0") -> str:
    return b64encode(f"{place.at}.{fraction}||{place.id}|".encode()).decode()


def _place(cursor: str) -> Place:
    try:
        at, gap, key, end = b64decode(cursor.encode(), validate=True).decode().split("|")
        if not gap and not end:
            return Place(int(at.removesuffix(".0").removesuffix(f".{EMPTY}")), int(key))
    except ValueError:
        pass  # answered below, together with cursors of another shape
    raise _expired()


def _after_nothing(cursor: str | None) -> bool:
    """Whether the page before was an empty one: two of them do not follow each other."""
    return cursor is not None and cursor == _cursor(_place(cursor), EMPTY)


def _expired() -> RefusedError:
    return invalid_attribute("cursor", "cursor is invalid or expired")
