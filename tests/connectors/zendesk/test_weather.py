"""What the connector makes of each kind of trouble: what is repeated, what is in doubt, and what it costs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connectors.changes import Change, Field, TicketUpdate
from connectors.errors import ConnectorError, RetryableError, UnknownOutcomeError
from connectors.http import Door
from connectors.records import Page, Stream
from connectors.sandbox.app import application
from connectors.sandbox.state import Desk
from connectors.window import ParkedError
from connectors.zendesk.api import SUFFIXES, Zendesk
from connectors.zendesk.faults import words
from connectors.zendesk.limits import LIMITS
from tests.clock import FakeClock
from tests.connectors.sandbox.rig import fresh, small_desk, ticket
from tests.connectors.zendesk.scripted import StaticToken
from tests.wire import Wire

SPOILT = (
    "cut-chunked", "cut-close", "cut-gzip", "cut-length", "delayed", "dropped", "error-500", "error-502",
    "error-503", "error-504", "error-520", "swallowed", "wrong-empty", "wrong-html", "wrong-list",
    "wrong-null",
)  # fmt: skip
"""Faults after which nobody can know whether a request was taken."""

REFUSED = ("error-503-wait", "storm", "storm-date", "storm-garbage", "storm-silent")
"""Answers that say that it was not taken."""


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def desk(clock: FakeClock) -> Desk:
    return small_desk(clock)


@pytest.fixture
def zendesk(desk: Desk, clock: FakeClock) -> Zendesk:
    door = Door(
        "http://127.0.0.1:1", clock=clock, user_agent="deskcue", suffixes=SUFFIXES, words=words,
        limits=LIMITS, loopback=True, transport=Wire(application(desk, token="t"), clock),
    )  # fmt: skip
    return Zendesk(door, StaticToken("t"), clock=clock, tag_prefix="cue_", page_size=4)


def read(zendesk: Zendesk) -> list[Page]:
    return list(zendesk.pages(Stream.TICKETS, None))


def write(zendesk: Zendesk, desk: Desk) -> str:
    change = Change(field=Field.PRIORITY, before=None, after="high", reason="because")
    return zendesk.send([TicketUpdate(ticket_id="101", stamp=fresh(desk, 101), changes=(change,))])


def sent(desk: Desk, method: str) -> int:
    """How many requests the connector has sent; what arrives late was sent before."""
    return sum(
        one.method == method and (one.fault != "delayed" or not one.status) for one in desk.ledger.requests
    )


@pytest.mark.parametrize("fault", [*SPOILT, *REFUSED])
def test_f_http_04_a_read_is_repeated_a_bounded_number_of_times(
    zendesk: Zendesk, desk: Desk, clock: FakeClock, fault: str
) -> None:
    """While the fault lasts it ends, after five attempts and some minutes, in an error that says later."""
    desk.trouble.set({fault: 1})
    began = clock.mono()
    with pytest.raises(RetryableError):
        read(zendesk)
    assert sent(desk, "GET") == 5
    assert clock.mono() - began < 600


@pytest.mark.parametrize("fault", SPOILT)
def test_f_http_13_no_spoilt_page_is_given_out(zendesk: Zendesk, desk: Desk, fault: str) -> None:
    """F-HTTP-13 to -15: with the fault at every second request all records come, none of them twice."""
    desk.trouble.set({fault: 0.5})
    struck = 0
    for seed in range(3):
        desk.trouble.restart(seed)
        records = [record.id for page in collected(lambda: read(zendesk)) for record in page.records]
        assert sorted(records) == [str(key) for key in desk.tickets.ids]
        struck += desk.trouble.struck[fault]
    assert struck > 0


def collected(work: Callable[[], list[Page]]) -> list[Page]:
    """The result of work that may have to be begun again."""
    for _ in range(20):
        try:
            return work()
        except RetryableError:
            continue
    raise AssertionError("twenty rounds were not enough")


@pytest.mark.parametrize("fault", SPOILT)
def test_f_http_19_a_write_in_doubt_is_never_repeated(zendesk: Zendesk, desk: Desk, fault: str) -> None:
    """One request leaves, and the error says that nobody knows; whether it was done only reading tells."""
    desk.trouble.set({fault: 1})
    with pytest.raises(UnknownOutcomeError):
        write(zendesk, desk)
    assert sent(desk, "PUT") == 1


@pytest.mark.parametrize("fault", REFUSED)
def test_a_write_that_was_refused_is_sent_again(zendesk: Zendesk, desk: Desk, fault: str) -> None:
    """429, and 503 with a time to come back, say that nothing was done; later it is done, once."""
    desk.trouble.set({fault: 1})
    with pytest.raises(RetryableError):
        write(zendesk, desk)
    desk.trouble.clear()
    write(zendesk, desk)
    desk.clock.sleep(60)
    zendesk.outcomes(["none"])
    assert ticket(desk, 101).priority == "high"
    assert [one.field for one in desk.ledger.effects] == ["priority"]


def test_f_http_02_an_absurd_wait_parks_the_work(zendesk: Zendesk, desk: Desk, clock: FakeClock) -> None:
    """Eleven days are not slept through: the error tells the wait, and nothing is asked meanwhile."""
    desk.trouble.set({"storm-huge": 1})
    began = clock.mono()
    for _ in range(3):
        with pytest.raises(ParkedError):
            read(zendesk)
    assert sent(desk, "GET") == 1
    assert clock.mono() - began < 1


@pytest.mark.parametrize("fault", ["slow-headers", "slow-body"])
def test_f_http_11_the_deadline_holds_for_the_whole_answer(
    zendesk: Zendesk, desk: Desk, clock: FakeClock, fault: str
) -> None:
    """F-HTTP-12: no answer keeps a write longer than the deadline, though every piece may come in time."""
    desk.trouble.set({fault: 1})
    spans = []
    for seed in range(12):
        desk.trouble.restart(seed)
        began = clock.mono()
        try:
            write(zendesk, desk)
        except UnknownOutcomeError:
            spans.append(clock.mono() - began)
    assert len(spans) > 2
    assert max(spans) <= 31


def test_f_page_08_an_empty_page_is_not_the_end(zendesk: Zendesk, desk: Desk) -> None:
    """Pages without records and with a cursor that moves are followed; every ticket comes."""
    desk.trouble.restart(1)
    desk.trouble.set({"empty-page": 0.5})
    pages = read(zendesk)
    assert any(not page.records and not page.last for page in pages)
    assert sorted(r.id for page in pages for r in page.records) == [str(key) for key in desk.tickets.ids]


def test_f_page_03_a_cursor_that_stands_still_stops_the_stream(zendesk: Zendesk, desk: Desk) -> None:
    """The page is not given out twice, and the error says that the export does not move on."""
    desk.trouble.set({"stuck-cursor": 1})
    given: list[Page] = []
    with pytest.raises(ConnectorError, match="does not move on"):
        given.extend(zendesk.pages(Stream.TICKETS, None))
    stuck = [one for one in desk.ledger.requests if one.fault == "stuck-cursor"]
    assert len(stuck) == 2
