"""Pages that are cut or are none, from the sockets to the store: all of a page or nothing of it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connectors.base import Capabilities
from connectors.http import Door
from connectors.records import Stream
from connectors.zendesk.api import Zendesk
from connectors.zendesk.faults import words
from integration.progress import silent
from integration.store import records, status
from integration.store.engine import Store
from integration.sync import Read, sync
from tests.clock import FakeClock
from tests.connectors.fault_server import FaultServer, Line, response
from tests.connectors.zendesk.scripted import FIELDS, NOT_OFFERED, PREFIX, StaticToken, a_ticket

REQUIRED = ("id", "created_at", "updated_at", "status")
PAGE = json.dumps(
    {
        "tickets": [
            {name: value for name, value in a_ticket(number).items() if name in REQUIRED}
            for number in range(1, 201)
        ],
        "after_cursor": "behind",
        "end_of_stream": True,
    },
    separators=(",", ":"),
).encode()
STEP = 100
JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def stated(body: bytes, end: int) -> bytes:
    """The length of the whole, and a part of it."""
    whole = response(body=body)
    return whole[: len(whole) - len(body) + end]


def chunked(body: bytes, end: int) -> bytes:
    """Chunks of 4,000 bytes, and the connection ends among them."""
    chunks = b"".join(
        b"%x\r\n%s\r\n" % (len(part), part)
        for part in (body[at : at + 4000] for at in range(0, len(body), 4000))
    )
    done = chunks + b"0\r\n\r\n" if end == len(body) else chunks[:end]
    return JSON + b"Transfer-Encoding: chunked\r\n\r\n" + done


def unframed(body: bytes, end: int) -> bytes:
    """No length at all: the end of the connection is the end of the body."""
    return JSON + b"\r\n" + body[:end]


def mended(body: bytes, end: int) -> bytes:
    """A proxy has cut the body and put the length right."""
    return response(body=body[:end])


def repacked(body: bytes, end: int) -> bytes:
    """The same for a packed body; ``end`` counts its packed bytes."""
    return response(body=body[:end], Content_Encoding="gzip")


class OnlyTickets(Zendesk):
    """The connector with one stream to read."""

    @property
    def capabilities(self) -> Capabilities:
        whole = super().capabilities
        return Capabilities(
            vendor=whole.vendor, streams=(Stream.TICKETS,), fields=whole.fields, batch=whole.batch, jobs=1
        )


class Export:
    """A desk that answers requests for tickets from ``pages``, the last one again and again."""

    def __init__(self, pages: Iterable[bytes]) -> None:
        self._pages = iter(pages)
        self._page = b""
        self.asked = 0

    def __call__(self, line: Line) -> None:
        if (request := line.read()) is None:
            return
        answer = FIELDS if "ticket_fields" in request.target else NOT_OFFERED
        if "/incremental/" in request.target:
            self.asked += 1
            answer = self._page = next(self._pages, self._page)
        line.send(answer.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))


@contextmanager
def desk(export: Export, *, attempts: int = 1) -> Iterator[OnlyTickets]:
    """The connector beside that desk; it tries each request so often."""
    clock = FakeClock()
    with FaultServer(export) as server:
        door = Door(
            server.address, clock=clock, user_agent="t", suffixes=(), words=words, loopback=True,
            attempts=attempts, total=1e9,
        )  # fmt: skip
        account = OnlyTickets(door, StaticToken("t"), clock=clock, tag_prefix=PREFIX)
        yield account
        account.close()


def read(store: Store, account: OnlyTickets) -> Read:
    return sync(store, account, FakeClock(), silent).streams[Stream.TICKETS]


def held(store: Store) -> tuple[int, bool]:
    """How many tickets are stored, and whether there is a place to go on from."""
    with store.read() as connection:
        cursor = records.cursor(connection, Stream.TICKETS)
        return status.count(connection)["tickets"], cursor is not None


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = Store(tmp_path / "deskcue.db", writer=True)
    yield found
    found.close()


@pytest.mark.parametrize(
    ("form", "body"),
    [
        pytest.param(stated, PAGE, id="f_http_13_stated_length"),
        pytest.param(chunked, PAGE, id="f_http_13_chunked"),
        pytest.param(unframed, PAGE, id="f_http_14_no_framing"),
        pytest.param(mended, PAGE, id="f_http_14_length_put_right"),
        pytest.param(repacked, gzip.compress(PAGE), id="f_http_14_gzip"),
    ],
)
def test_f_http_13_and_14_no_part_of_a_cut_page_is_applied(
    store: Store, form: Callable[[bytes, int], bytes], body: bytes
) -> None:
    """A page of 200 tickets cut at every 100th byte: none is stored, the cursor stays; the whole one is."""
    cuts = range(0, len(body), STEP)
    export = Export(form(body, end) for end in (*cuts, len(body)))
    with desk(export, attempts=10) as account:
        while (got := read(store, account)).fault:
            assert (got.seen, got.later) == (0, True)
            assert held(store) == (0, False)
    assert held(store) == (200, True)
    assert export.asked == len(cuts) + 1


def holding(ticket: str) -> bytes:
    """A page whose only ticket is written like this."""
    return response(body=b'{"tickets":[%s],"after_cursor":"x","end_of_stream":true}' % ticket.encode())


WHOLE = json.dumps(a_ticket(1))[:-1]


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(response(body=b"<html>Back soon</html>", kind="text/html"), id="f_http_15_html"),
        pytest.param(response(body=b""), id="f_http_15_empty"),
        pytest.param(response(body=b"null"), id="f_http_15_null"),
        pytest.param(response(body=b"[]"), id="f_http_15_list"),
        pytest.param(response(body=b'{"tickets":[]}'), id="f_http_15_no_envelope"),
        pytest.param(holding(WHOLE + ',"status":"open"}'), id="f_http_16_key_again"),
        pytest.param(holding(WHOLE + ',"an_unknown_property":1}'), id="f_http_16_unread_key_again"),
        pytest.param(holding(WHOLE + ',"x":NaN}'), id="f_http_16_nan"),
        pytest.param(holding(WHOLE.replace("[]", '[{"id":1,"value":1e999}]', 2) + "}"), id="f_http_16_1e999"),
        pytest.param(holding(WHOLE + f',"x":{"[" * 100_000}{"]" * 100_000}}}'), id="f_http_16_nested"),
    ],
)
def test_f_http_15_and_16_what_is_no_page_is_not_taken_for_an_empty_one(store: Store, page: bytes) -> None:
    """It is a desk out of order: nothing is stored, the place stays, and a later sync reads what there is."""
    with desk(Export([page, response(body=PAGE)])) as account:
        got = read(store, account)
        assert (got.seen, got.dead, got.later) == (0, 0, True)
        assert held(store) == (0, False)
        assert read(store, account).fault is None
    assert held(store) == (200, True)
