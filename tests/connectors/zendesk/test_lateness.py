"""Records that appear after the place has passed their instant, and seconds fuller than a page."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec
import pytest

from connectors.answer import Answer
from connectors.records import Page, Stream
from connectors.sandbox.export import by_cursor, by_time
from connectors.sandbox.records import Organization, User
from connectors.sandbox.refusals import RefusedError
from connectors.sandbox.shelves import ExportShelf
from connectors.sandbox.trouble import Trouble
from connectors.sandbox.wire import stamp
from connectors.sandbox.wire_people import organization, user
from connectors.zendesk import translate
from connectors.zendesk.pace import PageSize
from connectors.zendesk.ratings import RatedList, RatedPlace, rating
from connectors.zendesk.streams import CursorExport, ExportPlace, TimedExport, TimedPlace
from connectors.zendesk.times import seconds
from connectors.zendesk.walk import Walk
from connectors.zendesk.wire import WireOrganization, WireUser
from tests.clock import NOON, FakeClock
from tests.connectors.zendesk.scripted import a_rating

T = TypeVar("T")
LATEST = 60
"""Seconds by which a record may become visible late, as documented."""


class Late:
    """A desk whose records become visible some time after their own stamp; ``read`` answers like HTTP."""

    def __init__(self, seed: int, size: int) -> None:
        self.draw = random.Random(seed)
        self.clock = FakeClock(NOON)
        self.size = PageSize(size)
        self.users: ExportShelf[User] = ExportShelf()
        self.companies: ExportShelf[Organization] = ExportShelf()
        self.rated: list[dict[str, Any]] = []
        self.hidden: list[tuple[int, int, int]] = []
        """When it becomes visible, its own instant, its number."""

    def happen(self, number: int) -> None:
        """Something happens now, or did within the same second, and will be visible a little later."""
        at = self.clock.wall() - self.draw.randrange(2)
        self.hidden.append((at + self.draw.randrange(LATEST + 1), at, number))

    def _appear(self) -> None:
        now = self.clock.wall()
        for visible, at, number in sorted(self.hidden):
            if visible <= now:
                self.users.add(User(id=number, name="x", created_at=at, updated_at=at))
                self.companies.add(Organization(id=number, name="x", created_at=at, updated_at=at))
                made = stamp(at)
                self.rated.append(a_rating(number, created_at=made, updated_at=made))
        self.hidden = [one for one in self.hidden if one[0] > now]

    def read(self, path: str, query: Sequence[tuple[str, str]], decode: Callable[[Answer], T]) -> T:
        self._appear()
        asked, now = dict(query), self.clock.wall()
        try:
            body = self._said(path, asked, now)
        except RefusedError as refusal:
            return decode(Answer(status=refusal.status, headers={}, body=msgspec.json.encode(refusal.body)))
        return decode(Answer(status=200, headers={}, body=msgspec.json.encode(body)))

    def _said(self, path: str, asked: dict[str, str], now: int) -> dict[str, Any]:
        calm = Trouble()
        if path.endswith("users/cursor"):
            return by_cursor(self.users, "users", asked, "x", now, lambda one: user(one, ""), _all, calm)
        if path.endswith("organizations"):
            name, show = "organizations", lambda one: organization(one, "")
            return by_time(self.companies, name, asked, "x", now, show, _all, calm)
        if path.endswith("survey_responses"):
            return {"survey_responses": [], "meta": {"has_more": False}}
        start = int(asked["start_time"])
        rows = [one for one in self.rated if seconds(one["created_at"], "created_at") >= start]
        first = int(asked.get("page[after]", "0"))
        more = first + 3 < len(rows)
        meta = {"has_more": more, "after_cursor": str(first + 3)}
        return {"satisfaction_ratings": rows[first : first + 3], "meta": meta}

    def pages(self, stream: Stream, saved: str | None) -> Iterator[Page]:
        if stream is Stream.CUSTOMERS:
            users = CursorExport(self.read, self.clock, "users", WireUser, self.size)
            return Walk(stream, users, ExportPlace, translate.customer, self.size).pages(saved)
        if stream is Stream.ORGANIZATIONS:
            timed = TimedExport(self.read, self.clock, "organizations", WireOrganization, self.size)
            return Walk(stream, timed, TimedPlace, translate.organization, self.size).pages(saved)
        return Walk(stream, RatedList(self.read), RatedPlace, rating, self.size).pages(saved)


def _all(_: object) -> bool:
    return True


def lost(stream: Stream, seed: int) -> set[str]:
    """What a desk of one seed has and a reader who comes at drawn moments never got."""
    late = Late(seed, 3)
    place: str | None = None
    got: set[str] = set()
    taken = 0
    for _ in range(12):
        for _ in range(late.draw.randrange(4)):
            taken += 1
            late.happen(taken)
        late.clock.advance(late.draw.choice((0, 1, 5, 30, 61, 200)))
        place = _read(late, stream, place, got)
    late.clock.advance(4 * LATEST)
    _read(late, stream, place, got)
    return {str(key) for key in late.users.ids} - got


def _read(late: Late, stream: Stream, place: str | None, got: set[str]) -> str | None:
    for page in late.pages(stream, place):
        got |= {record.id for record in page.records}
        place = page.cursor
    return place


STREAMS = (Stream.CUSTOMERS, Stream.ORGANIZATIONS, Stream.RATINGS)


@pytest.mark.parametrize("stream", STREAMS)
def test_f_page_02_nothing_that_appears_late_is_lost(stream: Stream) -> None:
    """Records visible up to a minute late, read at any moments: none is missing in the end."""
    for seed in range(60):
        assert lost(stream, seed) == set(), f"seed {seed}"


@pytest.mark.full
@pytest.mark.parametrize("stream", STREAMS)
def test_f_page_02_nothing_is_lost_in_ten_thousand_seeds(stream: Stream) -> None:
    """The same, 10,000 times."""
    for seed in range(10_000):
        assert lost(stream, seed) == set(), f"seed {seed}"


@pytest.mark.parametrize("stream", [Stream.CUSTOMERS, Stream.ORGANIZATIONS])
def test_f_page_01_five_thousand_records_in_one_second(stream: Stream) -> None:
    """More than a page of one instant: the walk gets on, ends, and every record has come."""
    late = Late(1, 1000)
    for number in range(1, 5_001):
        late.hidden.append((NOON - 500, NOON - 500, number))
    late.hidden.append((NOON - 400, NOON - 400, 9_000))
    got: set[str] = set()
    pages = 0
    for page in late.pages(stream, None):
        got |= {record.id for record in page.records}
        pages += 1
    assert len(got) == 5_001
    assert pages <= 8
