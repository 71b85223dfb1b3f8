"""The incremental exports: what changed since a place, oldest first, without the latest minute."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from urllib.parse import urlencode

from connectors.sandbox.paging import Query, instant, number
from connectors.sandbox.refusals import described, invalid_attribute, listed
from connectors.sandbox.state import Exported, ExportShelf, Place
from connectors.sandbox.wire import Json

LARGEST = 1000
WITHHELD = 60
"""Seconds during which a changed record is not yet handed out."""


def by_cursor(
    shelf: ExportShelf[Exported],
    name: str,
    query: Query,
    address: str,
    now: int,
    show: Callable[[Exported], Json],
    fits: Callable[[Exported], bool],
) -> Json:
    """A page of a cursor export. ``after_cursor`` continues it, also after the last page."""
    start, size = _start(query, now), _size(query)
    places = shelf.changed(start, now - WITHHELD)
    taken = [shelf.order[at] for at in places[:size]]
    cursor = _cursor(taken[-1] if taken else start)
    records = [record for place in taken if (record := shelf.get(place.id)) is not None and fits(record)]
    kept = {key: value for key, value in query.items() if key not in ("start_time", "cursor")}
    return {
        name: [show(record) for record in records],
        "after_url": f"{address}?{urlencode({**kept, 'cursor': cursor})}",
        "after_cursor": cursor,
        "before_url": None,
        "before_cursor": None,
        "end_of_stream": len(places) <= size,
    }


def by_time(
    shelf: ExportShelf[Exported],
    name: str,
    query: Query,
    address: str,
    now: int,
    show: Callable[[Exported], Json],
    fits: Callable[[Exported], bool],
) -> Json:
    """A page of a time-based export: ``end_time`` starts the next one and is inclusive.

    A page grows beyond its size rather than end inside one second, so following it always gets on.
    """
    start, size = instant(query, "start_time", -1), _size(query)
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


def _size(query: Query) -> int:
    size = number(query, "per_page", LARGEST)
    if size < 1:
        raise invalid_attribute("per_page", "must be greater than 0")
    return min(size, LARGEST)


def _cursor(place: Place) -> str:
    return b64encode(f"{place.at}.0||{place.id}|".encode()).decode()


def _place(cursor: str) -> Place:
    try:
        at, gap, key, end = b64decode(cursor.encode(), validate=True).decode().split("|")
        if not gap and not end:
            return Place(int(at.removesuffix(".0")), int(key))
    except ValueError:
        pass  # answered below, together with cursors of another shape
    raise invalid_attribute("cursor", "cursor is invalid or expired")
