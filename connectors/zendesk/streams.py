"""How Zendesk gives out what changed: by cursor and by time, each with its place and its end.

Only cursors are taken from answers, never addresses. Ratings and the desk's own words are plain lists,
in ``ratings.py`` and ``words.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

import msgspec

from connectors.answer import Answer, strict_json
from connectors.clock import Clock
from connectors.listing import listed
from connectors.records import Record
from connectors.zendesk.faults import Fault, fault
from connectors.zendesk.pace import PageSize
from connectors.zendesk.wire import WireTicket

T = TypeVar("T")

REFUSALS = (400, 422)
"""Statuses that a walk judges by itself: a refused cursor, or a time too recent."""

OVERLAP = 600
"""Seconds that are read again after a refused cursor, and of lists, where records may appear late."""

WITHHELD = 120
"""Exports keep the last minute back and refuse to be asked for it; twice that is never refused."""


class Read(Protocol):
    """GET a path with a query; refusals in ``REFUSALS`` are decoded, others raise."""

    def __call__(self, path: str, query: Sequence[tuple[str, str]], decode: Callable[[Answer], T]) -> T: ...


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One whole answer: records, typed or as plain JSON, and where the vendor says it goes on.

    The records of a long list can be taken once.
    """

    raws: Iterable[object]
    last: bool
    offered: bool = True
    cursor: str | None = None
    end_time: int | None = None


class ExportPlace(msgspec.Struct, frozen=True):
    """The vendor's cursor, and the newest version seen, to start from should the cursor be refused."""

    cursor: str | None = None
    stamp: int = 0

    @property
    def key(self) -> object:
        """What must differ from one page to the next."""
        return self.cursor

    @property
    def newest(self) -> int:
        """The newest version given so far."""
        return self.stamp


class TimedPlace(msgspec.Struct, frozen=True):
    """The instant from which to read; it is inclusive, so that its records come again."""

    start_time: int = 0

    @property
    def key(self) -> object:
        """What must differ from one page to the next."""
        return self.start_time

    @property
    def newest(self) -> int:
        """The newest instant given so far."""
        return self.start_time


class CursorExport:
    """``/incremental/{name}/cursor``: users and tickets. ``query`` holds the filters of every call."""

    def __init__(
        self,
        read: Read,
        clock: Clock,
        name: str,
        kind: type[msgspec.Struct],
        size: PageSize,
        query: Sequence[tuple[str, str]] = (),
    ) -> None:
        self._read = read
        self._clock = clock
        self._name = name
        self._kind = kind
        self._size = size
        self._query = query

    def begin(self, place: ExportPlace) -> ExportPlace:
        """The place itself: a cursor is asked for as it is."""
        return place

    def ask(self, place: ExportPlace) -> Reading | Fault:
        """The page behind ``place``, or why there is none."""
        start = str(_start(place.stamp - OVERLAP, self._clock))
        where = ("start_time", start) if place.cursor is None else ("cursor", place.cursor)
        query = [where, ("per_page", str(self._size.now)), *self._query]
        return self._read(f"/api/v2/incremental/{self._name}/cursor", query, self._decode)

    def after(self, place: ExportPlace, page: Reading, records: Sequence[Record]) -> ExportPlace:
        """The place behind ``page``; the old cursor stays where the page names none."""
        newest = max((record.version for record in records), default=0)
        return ExportPlace(page.cursor or place.cursor, max(place.stamp, newest))

    def ends(self, place: ExportPlace, page: Reading) -> bool:
        """Whether the stream ends with ``page``."""
        return page.last

    def restart(self, place: ExportPlace) -> ExportPlace | None:
        """Where to begin again when the cursor is refused; None when it is not the cursor's fault."""
        return None if place.cursor is None else ExportPlace(None, place.stamp)

    def _decode(self, answer: Answer) -> Reading | Fault:
        if answer.status in REFUSALS:
            return fault(answer.body)
        around, raws = listed(answer.body, self._name, self._kind)
        page = msgspec.convert(around, _Export)
        if not page.end_of_stream and not page.after_cursor:
            raise ValueError("the page is not the last and names no cursor")
        if issubclass(self._kind, WireTicket) and beside(around):
            raws = tickets_in(strict_json(answer.body))
        return Reading(raws=raws, last=page.end_of_stream, cursor=page.after_cursor)


class TimedExport:
    """``/incremental/{name}`` by time: organizations, which have no cursor."""

    def __init__(
        self, read: Read, clock: Clock, name: str, kind: type[msgspec.Struct], size: PageSize
    ) -> None:
        self._read = read
        self._clock = clock
        self._name = name
        self._kind = kind
        self._size = size

    def begin(self, place: TimedPlace) -> TimedPlace:
        """The place, or an earlier one that may be asked for: what a page leads to is judged against it."""
        return TimedPlace(_start(place.start_time, self._clock))

    def ask(self, place: TimedPlace) -> Reading | Fault:
        """The page that starts at ``place``, or why there is none."""
        # Not held back again: what the desk names as its end may be asked for, and must be, to get on.
        query = [("start_time", str(place.start_time)), ("per_page", str(self._size.now))]
        return self._read(f"/api/v2/incremental/{self._name}", query, self._decode)

    def after(self, place: TimedPlace, page: Reading, records: Sequence[Record]) -> TimedPlace:
        """The end of ``page``, where the next one starts; an empty page may have none."""
        return place if page.end_time is None else TimedPlace(page.end_time)

    def ends(self, place: TimedPlace, page: Reading) -> bool:
        """Whether the stream ends with ``page``."""
        return page.last

    def restart(self, place: TimedPlace) -> None:
        """None: a time that is refused today is refused tomorrow."""

    def _decode(self, answer: Answer) -> Reading | Fault:
        if answer.status in REFUSALS:
            return fault(answer.body)
        around, raws = listed(answer.body, self._name, self._kind)
        page = msgspec.convert(around, _Timed)
        last = page.count < self._size.now if page.end_of_stream is None else page.end_of_stream
        if not last and page.end_time is None:
            raise ValueError("the page is not the last and names no time to go on from")
        return Reading(raws=raws, last=last, end_time=page.end_time)


BESIDE = {"metric_sets": "metric_set", "slas": "slas"}
"""Lists that may lie beside the tickets, and the property under which each ticket has its own."""


def beside(around: Mapping[str, object]) -> bool:
    """Whether what should be inside the tickets lies beside them."""
    return any(isinstance(around.get(name), list) for name in BESIDE)


def tickets_in(body: Mapping[str, object]) -> list[object]:
    """The tickets of an answer, each with what is its own, be it that it came beside the tickets."""
    tickets = body.get("tickets")
    if not isinstance(tickets, list):
        raise ValueError("the page holds no tickets")
    for name, inside in BESIDE.items():
        lying = body.get(name)
        rows = lying if isinstance(lying, list) else []
        own = {each.get("ticket_id"): each for each in rows if isinstance(each, dict)}
        for ticket in tickets:
            if isinstance(ticket, dict) and ticket.get(inside) is None and ticket.get("id") in own:
                ticket[inside] = own[ticket["id"]]
    return tickets


class _Export(msgspec.Struct, kw_only=True):
    end_of_stream: bool
    after_cursor: str | None = None


class _Timed(msgspec.Struct, kw_only=True):
    count: int
    end_time: int | None = None
    end_of_stream: bool | None = None


def _start(wanted: int, clock: Clock) -> int:
    return max(0, min(wanted, clock.wall() - WITHHELD))
