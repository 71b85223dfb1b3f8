"""Lists in pages: by cursor when ``page[size]`` is sent, by offset otherwise."""

from __future__ import annotations

import json
from base64 import b64decode, urlsafe_b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from operator import attrgetter
from typing import Generic, NamedTuple
from urllib.parse import urlencode

from connectors.sandbox.refusals import invalid_attribute, listed
from connectors.sandbox.shelves import Kept, Shelf
from connectors.sandbox.wire import Json

Query = Mapping[str, str]
Place = tuple[str | int, int]
"""Where a record stands in a sorted list: what it is sorted by, then its id."""

LARGEST = 100
DEEPEST = 10_000
"""Records an offset may reach; beyond, the vendor refuses."""


class Order(NamedTuple, Generic[Kept]):
    """What a list is sorted by; without a key it is in the order of ids."""

    key: Callable[[Kept], str | int] | None = None
    falling: bool = False

    def place(self, row: Kept) -> Place:
        return (self.key(row) if self.key else row.id), row.id


class Leaf(NamedTuple, Generic[Kept]):
    """The records of one page, and what stands beside them in the answer."""

    rows: list[Kept]
    frame: Json

    def under(self, name: str, show: Callable[[Kept], Json]) -> Json:
        """The page as an answer."""
        return {name: [show(row) for row in self.rows], **self.frame}


def page(
    shelf: Shelf[Kept],
    name: str,
    query: Query,
    address: str,
    show: Callable[[Kept], Json],
    fits: Callable[[Kept], bool],
) -> Json:
    """One page of the records that fit, under ``name``; ``address`` is the list's own, without its query."""
    return leaf(shelf, query, address, fits).under(name, show)


def by_cursor(query: Query) -> bool:
    """Whether a list is asked for in the newer of the two ways."""
    return any(word in query for word in ("page[size]", "page[after]", "page[before]"))


def leaf(
    shelf: Shelf[Kept],
    query: Query,
    address: str,
    fits: Callable[[Kept], bool],
    order: Order[Kept] | None = None,
    largest: int = LARGEST,
) -> Leaf[Kept]:
    """One page of a shelf, its records still as records."""
    if by_cursor(query) and order is None and "page[before]" not in query:
        return _by_id(shelf, query, address, fits, largest)
    return leaf_of(filter(fits, shelf), query, address, order, largest)


def leaf_of(
    rows: Iterable[Kept],
    query: Query,
    address: str,
    order: Order[Kept] | None = None,
    largest: int = LARGEST,
) -> Leaf[Kept]:
    """The same of any records, in whatever order they come."""
    kept = list(rows)
    if order is None or order.key is None:
        kept.sort(key=attrgetter("id"))
    else:
        kept.sort(key=order.place)
    if by_cursor(query):
        return _by_cursor(kept, query, address, order or Order(), largest)
    if order is not None and order.falling:
        kept.reverse()
    return _by_offset(kept, query, address)


def _by_id(
    shelf: Shelf[Kept], query: Query, address: str, fits: Callable[[Kept], bool], largest: int
) -> Leaf[Kept]:
    """A page in the order of ids is found without looking at those before it."""
    size = _size(query, largest)
    after = _place(query["page[after]"], "page[after]")[1] if query.get("page[after]") else 0
    rows = list(islice(filter(fits, shelf.above(after)), size + 1))
    more, rows = len(rows) > size, rows[:size]
    return Leaf(rows, _frame(rows, query, address, Order(), size, more=more, less=after > 0))


def _by_cursor(rows: list[Kept], query: Query, address: str, order: Order[Kept], largest: int) -> Leaf[Kept]:
    """A page of rows in rising order; a falling list is read from its end."""
    size = _size(query, largest)
    start, end = _span(rows, query, order, size)
    part = rows[start:end]
    more, less = end < len(rows), start > 0
    if order.falling:
        part.reverse()
        more, less = less, more
    return Leaf(part, _frame(part, query, address, order, size, more=more, less=less))


def _span(rows: list[Kept], query: Query, order: Order[Kept], size: int) -> tuple[int, int]:
    """Where the page begins and ends among rows in rising order."""
    backward = "page[after]" not in query and bool(query.get("page[before]"))
    name = "page[before]" if backward else "page[after]"
    upward = backward == order.falling
    if not query.get(name):
        return (0, size) if upward else (max(len(rows) - size, 0), len(rows))
    place = _place(query[name], name)
    try:
        if upward:
            start = bisect_right(rows, place, key=order.place)
            return start, min(start + size, len(rows))
        end = bisect_left(rows, place, key=order.place)
        return max(end - size, 0), end
    except TypeError:  # a cursor of another sort order cannot be compared with these places
        raise _no_cursor(name) from None


def _frame(
    rows: list[Kept], query: Query, address: str, order: Order[Kept], size: int, *, more: bool, less: bool
) -> Json:
    kept = {name: text for name, text in query.items() if name not in ("page[after]", "page[before]")}
    kept["page[size]"] = str(size)
    last = _cursor(order.place(rows[-1])) if rows else query.get("page[after]") or None
    first = _cursor(order.place(rows[0])) if rows else query.get("page[before]") or None
    return {
        "meta": {"has_more": more, "after_cursor": last, "before_cursor": first},
        "links": {
            "next": linked(address, {**kept, "page[after]": last or ""} if more else None),
            "prev": linked(address, {**kept, "page[before]": first or ""} if less and rows else None),
        },
    }


def _by_offset(rows: list[Kept], query: Query, address: str) -> Leaf[Kept]:
    at = max(number(query, "page", 1), 1)
    size = min(max(number(query, "per_page", LARGEST), 1), LARGEST)
    if at * size > DEEPEST:
        title = "Invalid pagination depth"
        raise listed(400, "InvalidPaginationDepth", title, f"Only the first {DEEPEST} records can be paged")
    first = (at - 1) * size
    return Leaf(rows[first : first + size], offsets(query, address, at, size, len(rows)))


def offsets(query: Query, address: str, at: int, size: int, count: int) -> Json:
    """What stands beside a page of an offset list."""
    following = {**query, "page": str(at + 1)} if at * size < count else None
    former = {**query, "page": str(at - 1)} if at > 1 else None
    return {
        "count": count,
        "next_page": linked(address, following),
        "previous_page": linked(address, former),
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


def _size(query: Query, largest: int) -> int:
    size = number(query, "page[size]", min(LARGEST, largest))
    if not 1 <= size <= largest:
        raise listed(400, "InvalidPaginationParameter", f"page[size] must be between 1 and {largest}")
    return size


def _cursor(place: Place) -> str:
    return urlsafe_b64encode(json.dumps(place).encode()).decode()


def _place(cursor: str, name: str) -> Place:
    try:
        value = json.loads(b64decode(cursor.encode(), b"-_", validate=True))
    except ValueError:
        raise _no_cursor(name) from None
    match value:
        case [str() | int() as key, int() as number]:
            return key, number
    raise _no_cursor(name)


def _no_cursor(name: str) -> Exception:
    return listed(400, "InvalidPaginationParameter", f"{name} is not a valid cursor")


def linked(address: str, query: Query | None) -> str | None:
    """The address of another page, where there is one."""
    return None if query is None else f"{address}?{urlencode(query)}"
