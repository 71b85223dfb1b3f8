"""Lists in pages: by cursor when ``page[size]`` is sent, by offset otherwise."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Generic, NamedTuple
from urllib.parse import urlencode

from connectors.sandbox.refusals import invalid_attribute, listed
from connectors.sandbox.state import Kept, Shelf
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
    """The same of any records, which come in rising order of their ids."""
    kept = list(rows)
    if order is not None:
        kept.sort(key=order.place, reverse=order.falling)
    if by_cursor(query):
        return _by_cursor(kept, query, address, order or Order(), largest)
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
    size = _size(query, largest)
    places = [order.place(row) for row in (reversed(rows) if order.falling else rows)]
    if query.get("page[before]"):
        place = _place(query["page[before]"], "page[before]")
        end = (
            len(rows) - _at(bisect_right, places, place) if order.falling else _at(bisect_left, places, place)
        )
        start = max(end - size, 0)
    else:
        cursor = query.get("page[after]")
        start = _following(places, _place(cursor, "page[after]"), falling=order.falling) if cursor else 0
        end = min(start + size, len(rows))
    frame = _frame(rows[start:end], query, address, order, size, more=end < len(rows), less=start > 0)
    return Leaf(rows[start:end], frame)


def _following(places: list[Place], place: Place, *, falling: bool) -> int:
    return len(places) - _at(bisect_left, places, place) if falling else _at(bisect_right, places, place)


def _preceding(places: list[Place], place: Place, *, falling: bool) -> int:
    return len(places) - _at(bisect_right, places, place) if falling else _at(bisect_left, places, place)


def _at(bisect: Callable[[Sequence[Place], Place], int], places: list[Place], place: Place) -> int:
    """A cursor of another sort order cannot be compared with these places."""
    try:
        return bisect(places, place)
    except TypeError:
        raise _no_cursor("page[after]") from None


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
            "prev": linked(address, {**kept, "page[before]": first or ""} if less else None),
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
        value = json.loads(urlsafe_b64decode(cursor.encode()))
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
