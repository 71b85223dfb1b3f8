"""How Zendesk gives out what changed: three ways to page, each with its place and its end.

Only cursors are taken from answers, never addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import msgspec

from connectors.answer import Answer, strict_json
from connectors.clock import Clock
from connectors.records import Record
from connectors.zendesk.faults import Fault, fault
from connectors.zendesk.translate import seconds

T = TypeVar("T")

REFUSALS = (400, 422)
"""Statuses that a walk judges by itself: a refused cursor, or a time too recent."""

OVERLAP = 600
"""Seconds that are read again after a refused cursor, and of the ratings, which may appear late."""

WITHHELD = 120
"""Exports keep the last minute back and refuse to be asked for it; twice that is never refused."""

EXPORT_SIZE = 1000
RATINGS_SIZE = 100
"""Records of a full page: what the vendor allows at most."""


class Read(Protocol):
    """GET a path with a query; refusals in ``REFUSALS`` are decoded, others raise."""

    def __call__(self, path: str, query: Sequence[tuple[str, str]], decode: Callable[[Answer], T]) -> T: ...


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One whole answer: records as they came, and where the vendor says it goes on."""

    raws: list[object]
    last: bool
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


class TimedPlace(msgspec.Struct, frozen=True):
    """The instant from which to read; it is inclusive, so that its records come again."""

    start_time: int = 0

    @property
    def key(self) -> object:
        """What must differ from one page to the next."""
        return self.start_time


class RatedPlace(msgspec.Struct, frozen=True):
    """Where this round started, the cursor within the round, and the newest record of the round."""

    since: int = 0
    after: str | None = None
    high: int = 0

    @property
    def key(self) -> object:
        """What must differ from one page to the next."""
        return self.since, self.after


Inside = Callable[[dict[str, object]], list[object]]
"""Takes the records out of an answer; ValueError when there is no list of them."""


class CursorExport:
    """``/incremental/{name}/cursor``: users and tickets. ``query`` holds the filters of every call."""

    def __init__(
        self, read: Read, clock: Clock, name: str, query: Sequence[tuple[str, str]], inside: Inside
    ) -> None:
        self._read = read
        self._clock = clock
        self._name = name
        self._query = query
        self._inside = inside

    def ask(self, place: ExportPlace) -> Reading | Fault:
        """The page behind ``place``, or why there is none."""
        start = str(_start(place.stamp - OVERLAP, self._clock))
        where = ("start_time", start) if place.cursor is None else ("cursor", place.cursor)
        return self._read(f"/api/v2/incremental/{self._name}/cursor", [where, *self._query], self._decode)

    def after(self, place: ExportPlace, page: Reading, records: Sequence[Record]) -> ExportPlace:
        """The place behind ``page``; the old cursor stays where the page names none."""
        newest = max((record.version for record in records), default=0)
        return ExportPlace(page.cursor or place.cursor, max(place.stamp, newest))

    def restart(self, place: ExportPlace) -> ExportPlace | None:
        """Where to begin again when the cursor is refused; None when it is not the cursor's fault."""
        return None if place.cursor is None else ExportPlace(None, place.stamp)

    def _decode(self, answer: Answer) -> Reading | Fault:
        if answer.status in REFUSALS:
            return fault(answer.body)
        body = strict_json(answer.body)
        page = msgspec.convert(body, _Export)
        if not page.end_of_stream and not page.after_cursor:
            raise ValueError("the page is not the last and names no cursor")
        return Reading(raws=self._inside(body), last=page.end_of_stream, cursor=page.after_cursor)


class TimedExport:
    """``/incremental/{name}`` by time: organizations, which have no cursor."""

    def __init__(self, read: Read, clock: Clock, name: str) -> None:
        self._read = read
        self._clock = clock
        self._name = name

    def ask(self, place: TimedPlace) -> Reading | Fault:
        """The page that starts at ``place``, or why there is none."""
        query = [("start_time", str(_start(place.start_time, self._clock))), ("per_page", str(EXPORT_SIZE))]
        return self._read(f"/api/v2/incremental/{self._name}", query, self._decode)

    def after(self, place: TimedPlace, page: Reading, records: Sequence[Record]) -> TimedPlace:
        """The end of ``page``, where the next one starts; an empty page may have none."""
        return place if page.end_time is None else TimedPlace(page.end_time)

    def restart(self, place: TimedPlace) -> None:
        """None: a time that is refused today is refused tomorrow."""

    def _decode(self, answer: Answer) -> Reading | Fault:
        if answer.status in REFUSALS:
            return fault(answer.body)
        body = strict_json(answer.body)
        page = msgspec.convert(body, _Timed)
        last = page.count < EXPORT_SIZE if page.end_of_stream is None else page.end_of_stream
        return Reading(raws=_list(body, self._name), last=last, end_time=page.end_time)


class RatedList:
    """``/satisfaction_ratings``: an ordinary list with a start time; each round runs to its end."""

    def __init__(self, read: Read) -> None:
        self._read = read

    def ask(self, place: RatedPlace) -> Reading | Fault:
        """The page behind ``place``, or why there is none."""
        query = [("page[size]", str(RATINGS_SIZE)), ("start_time", str(max(0, place.since - OVERLAP)))]
        if place.after is not None:
            query.append(("page[after]", place.after))
        return self._read("/api/v2/satisfaction_ratings", query, self._decode)

    def after(self, place: RatedPlace, page: Reading, records: Sequence[Record]) -> RatedPlace:
        """The place behind ``page``; after the last one a new round starts at the newest record."""
        high = max([place.high, *map(_created, page.raws)])
        return RatedPlace(high, None, high) if page.last else RatedPlace(place.since, page.cursor, high)

    def restart(self, place: RatedPlace) -> RatedPlace | None:
        """The beginning of the round, when the cursor within it is refused."""
        return None if place.after is None else RatedPlace(place.since, None, place.high)

    def _decode(self, answer: Answer) -> Reading | Fault:
        if answer.status in REFUSALS:
            return fault(answer.body)
        body = strict_json(answer.body)
        meta = msgspec.convert(body, _Listed).meta
        if meta.has_more and not meta.after_cursor:
            raise ValueError("the page is not the last and names no cursor")
        raws = _list(body, "satisfaction_ratings")
        return Reading(raws=raws, last=not meta.has_more, cursor=meta.after_cursor)


def users_in(body: dict[str, object]) -> list[object]:
    """The users of an answer."""
    return _list(body, "users")


def organizations_in(body: dict[str, object]) -> list[object]:
    """The organizations of an answer."""
    return _list(body, "organizations")


def tickets_in(body: dict[str, object]) -> list[object]:
    """The tickets of an answer, each with its metric set, be it that those came beside the tickets."""
    tickets = _list(body, "tickets")
    beside = body.get("metric_sets")
    if isinstance(beside, list):
        sets = {each.get("ticket_id"): each for each in beside if isinstance(each, dict)}
        for ticket in tickets:
            if isinstance(ticket, dict) and ticket.get("metric_set") is None:
                ticket["metric_set"] = sets.get(ticket.get("id"))
    return tickets


class _Export(msgspec.Struct, kw_only=True):
    end_of_stream: bool
    after_cursor: str | None = None


class _Timed(msgspec.Struct, kw_only=True):
    count: int
    end_time: int | None = None
    end_of_stream: bool | None = None


class _Meta(msgspec.Struct, kw_only=True):
    has_more: bool
    after_cursor: str | None = None


class _Listed(msgspec.Struct, kw_only=True):
    meta: _Meta


def _start(wanted: int, clock: Clock) -> int:
    return max(0, min(wanted, clock.wall() - WITHHELD))


def _list(body: dict[str, object], name: str) -> list[object]:
    found = body.get(name)
    if not isinstance(found, list):
        raise ValueError(f"the page holds no {name}")
    return found


def _created(raw: object) -> int:
    """When a rating was made, 0 where it does not say: also the unanswered ones move the place on."""
    text = raw.get("created_at") if isinstance(raw, dict) else None
    try:
        return seconds(text, "created_at") if isinstance(text, str) else 0
    except ValueError:
        return 0
