"""Pages of lists that have an order of their own, other than that of their ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, NamedTuple, TypeVar

from connectors.sandbox.call import Answer, Call
from connectors.sandbox.paging import page
from connectors.sandbox.shelves import Shelf
from connectors.sandbox.wire import Json

Shown = TypeVar("Shown")


class Ranked(NamedTuple, Generic[Shown]):
    """A record that is numbered by its place in a list, so that the list can be paged in its own order."""

    id: int
    record: Shown


def ranked(call: Call, name: str, records: Iterable[Shown], show: Callable[[Shown], Json]) -> Answer:
    """A page of records in the order they are given."""
    shelf: Shelf[Ranked[Shown]] = Shelf()
    for rank, record in enumerate(records, 1):
        shelf.add(Ranked(rank, record))
    return Answer(
        200,
        page(shelf, name, call.query, call.address, lambda ranked: show(ranked.record), lambda _: True),
    )
