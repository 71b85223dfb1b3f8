"""Lists in pages: by cursor when ``page[size]`` is sent, by offset otherwise."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from urllib.parse import urlencode

from connectors.sandbox.refusals import invalid_attribute, listed
from connectors.sandbox.state import Kept, Shelf
from connectors.sandbox.wire import Json

Query = Mapping[str, str]

LARGEST = 100
DEEPEST = 10_000
"""Records an offset may reach; beyond, the vendor refuses."""


def page(
    shelf: Shelf[Kept],
    name: str,
    query: Query,
    address: str,
    show: Callable[[Kept], Json],
    fits: Callable[[Kept], bool],
) -> Json:
    """One page of the records that fit, under ``name``; ``address`` is the list's own, without its query."""
    if "page[size]" in query or "page[after]" in query:
        return _by_cursor(shelf, name, query, address, show, fits)
    return _by_offset(shelf, name, query, address, show, fits)


def _by_cursor(
    shelf: Shelf[Kept],
    name: str,
    query: Query,
    address: str,
    show: Callable[[Kept], Json],
    fits: Callable[[Kept], bool],
) -> Json:
    size = number(query, "page[size]", LARGEST)
    if not 1 <= size <= LARGEST:
        raise listed(400, "InvalidPaginationParameter", f"page[size] must be between 1 and {LARGEST}")
    after = _place(query["page[after]"]) if query.get("page[after]") else 0
    rows = list(islice(filter(fits, shelf.above(after)), size + 1))
    more, rows = len(rows) > size, rows[:size]
    cursor = _cursor(rows[-1].id) if rows else query.get("page[after]") or None
    following = {**query, "page[after]": cursor or "", "page[size]": str(size)} if more else None
    return {
        name: [show(row) for row in rows],
        "meta": {"has_more": more, "after_cursor": cursor, "before_cursor": None},
        "links": {"next": _address(address, following), "prev": None},
    }


def _by_offset(
    shelf: Shelf[Kept],
    name: str,
    query: Query,
    address: str,
    show: Callable[[Kept], Json],
    fits: Callable[[Kept], bool],
) -> Json:
    at = max(number(query, "page", 1), 1)
    size = min(max(number(query, "per_page", LARGEST), 1), LARGEST)
    if at * size > DEEPEST:
        title = "Invalid pagination depth"
        raise listed(400, "InvalidPaginationDepth", title, f"Only the first {DEEPEST} records can be paged")
    rows = list(filter(fits, shelf))
    first = (at - 1) * size
    following = {**query, "page": str(at + 1)} if first + size < len(rows) else None
    former = {**query, "page": str(at - 1)} if at > 1 else None
    return {
        name: [show(row) for row in rows[first : first + size]],
        "count": len(rows),
        "next_page": _address(address, following),
        "previous_page": _address(address, former),
    }


def whole(rows: Iterable[Kept], name: str, show: Callable[[Kept], Json]) -> Json:
    """Everything in one answer, as field lists come."""
    shown = [show(row) for row in rows]
    return {name: shown, "count": len(shown), "next_page": None, "previous_page": None}


def number(query: Query, name: str, otherwise: int) -> int:
    """A whole number from the query."""
    text = query.get(name)
    if text is None or text == "":
        return otherwise
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise invalid_attribute(name, "must be an integer")
    return int(text)


def instant(query: Query, name: str, otherwise: int) -> int:
    """Seconds since 1970 from the query; a fraction is dropped, as clients in the field send floats."""
    whole_part, dot, fraction = query.get(name, "").partition(".")
    if dot and fraction.isascii() and fraction.isdigit():
        return number({name: whole_part}, name, otherwise)
    return number(query, name, otherwise)


def _cursor(key: int) -> str:
    return urlsafe_b64encode(f"id:{key}".encode()).decode()


def _place(cursor: str) -> int:
    try:
        word, _, key = urlsafe_b64decode(cursor.encode()).decode().partition(":")
        if word == "id":
            return int(key)
    except ValueError:
        pass  # answered below, together with cursors that decode to something else
    raise listed(400, "InvalidPaginationParameter", "page[after] is not a valid cursor")


def _address(address: str, query: Query | None) -> str | None:
    return None if query is None else f"{address}?{urlencode(query)}"
