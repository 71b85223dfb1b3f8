"""The door against servers that misbehave: each test states what a caller can rely on."""

from __future__ import annotations

import gzip
import json
import logging
import ssl
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from connectors.answer import Answer, TooLargeError, plain, retry_after, strict_json, unpack
from connectors.clock import Clock, SystemClock
from connectors.errors import (
    AuthenticationError,
    ConflictError,
    ConnectorError,
    RejectedError,
    RetryableError,
    UnavailableError,
    UnknownOutcomeError,
)
from connectors.http import Door
from connectors.window import ParkedError
from connectors.zendesk.faults import words
from tests.clock import NOON, FakeClock
from tests.connectors.fault_server import (
    Act,
    FaultServer,
    Line,
    as_json,
    drop,
    hang,
    packed,
    replies,
    reply,
    response,
    trickle,
)

ROOT = Path(__file__).parent.parent.parent
SECRET = "tok-CANARY-93f1"
PAGE = json.dumps(
    {"tickets": [{"id": number, "subject": "Where is it?"} for number in range(1, 201)]}
).encode()


def door(address: str, clock: Clock | None = None, **limits: Any) -> Door:
    """A door that the test's end closes."""
    opened = Door(
        address,
        clock=clock or FakeClock(),
        user_agent="deskcue-tests",
        suffixes=("desk.example",),
        words=words,
        loopback=True,
        **limits,
    )
    _OPENED.append(opened)
    return opened


_OPENED: list[Door] = []


@pytest.fixture(autouse=True)
def closed_doors() -> Iterator[None]:
    """No connection outlives its test."""
    yield
    while _OPENED:
        _OPENED.pop().close()


def read(at: Door, path: str = "/api/v2/tickets", **wishes: Any) -> dict[str, object]:
    return at.request("GET", path, kind="read", decode=decoded, authorization=f"Bearer {SECRET}", **wishes)


def write(at: Door) -> dict[str, object]:
    return at.request(
        "PUT",
        "/api/v2/tickets/update_many",
        kind="update",
        decode=decoded,
        body=b'{"tickets":[]}',
        authorization=f"Bearer {SECRET}",
        retry=False,
    )


def decoded(answer: Answer) -> dict[str, object]:
    return strict_json(answer.body)


def test_a_read_sends_what_was_asked_and_counts_it() -> None:
    """A request carries the path, the encoded query, our name and the credentials, and is counted by kind."""
    with FaultServer(reply(as_json({"ok": True}))) as server:
        desk = door(server.address)
        assert read(desk, query=[("page[size]", "100"), ("ids", "1,2")]) == {"ok": True}
    (request,) = server.requests
    assert request.target == "/api/v2/tickets?page%5Bsize%5D=100&ids=1%2C2"
    assert request.headers["authorization"] == f"Bearer {SECRET}"
    assert request.headers["user-agent"] == "deskcue-tests"
    assert request.headers["accept-encoding"] == "gzip"
    assert dict(desk.requests) == {"read": 1}


def test_f_http_01_nothing_is_sent_while_the_desk_wants_peace() -> None:
    """After 429 with Retry-After: 7 the next request leaves 7 to 8 s later, whoever sends it."""
    clock = FakeClock()
    busy = as_json({"error": "APIRateLimitExceeded"}, 429, Retry_After="7")
    with FaultServer(reply(busy), reply(as_json({}))) as server:
        desk = door(server.address, clock, attempts=1)
        with pytest.raises(RetryableError) as caught:
            read(desk)
        assert caught.value.wait == 7
        assert clock.sleeps == []
        read(desk)
    assert len(server.requests) == 2
    assert clock.sleeps == [7]


def test_f_http_01_the_same_call_goes_on_within_a_second_of_the_wait() -> None:
    """A call that is told to wait 7 s is tried again by itself after 7 to 8 s, and succeeds."""
    clock = FakeClock()
    busy = as_json({"error": "APIRateLimitExceeded"}, 429, Retry_After="7")
    with FaultServer(reply(busy), reply(as_json({"ok": 1}))) as server:
        assert read(door(server.address, clock)) == {"ok": 1}
    assert sum(clock.sleeps) == pytest.approx(7.5, abs=0.5)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("7", 7.0),
        (" 25 ", 25.0),
        ("Sun, 18 Oct 2026 12:01:30 GMT", 90.0),
        ("Sun, 18 Oct 2026 12:01:30 -0000", 90.0),
        ("Sun, 18 Oct 2026 11:00:00 GMT", None),
        ("0", None),
        ("-5", None),
        ("7.5", None),
        ("soon", None),
        ("", None),
        ("Sun, 99 Oct 2026 12:00:00 GMT", None),
        ("\N{ARABIC-INDIC DIGIT SEVEN}", None),
        ("1000000000", 86_400.0),
        ("9" * 5000, None),
        (None, None),
    ],
)
def test_f_http_02_retry_after_in_every_form(value: str | None, wait: float | None) -> None:
    """Seconds and dates are understood; the past, zero and nonsense are no wish at all; a day is the most."""
    assert retry_after(value, NOON) == wait


@pytest.mark.parametrize("value", ["Sun, 18 Oct 2026 11:00:00 GMT", "-5", "soon", "", "1e3", None])
def test_f_http_02_without_a_usable_wait_the_own_back_off_counts(value: str | None) -> None:
    """A 429 whose Retry-After says nothing is tried again after our own short wait."""
    clock = FakeClock()
    headers = {} if value is None else {"Retry_After": value}
    with FaultServer(reply(as_json({}, 429, **headers)), reply(as_json({"ok": 1}))) as server:
        assert read(door(server.address, clock)) == {"ok": 1}
    assert len(clock.sleeps) == 1
    assert 0 <= clock.sleeps[0] <= 1


@pytest.mark.parametrize("value", ["1000000000", "901"])
def test_f_http_02_a_wait_beyond_the_cap_is_handed_to_the_caller(value: str) -> None:
    """A wait above 15 minutes is not slept through: the caller is told, and nothing is sent meanwhile."""
    clock = FakeClock()
    busy = as_json({"error": "APIRateLimitExceeded"}, 429, Retry_After=value)
    with FaultServer(reply(busy), reply(as_json({"ok": 1}))) as server:
        desk = door(server.address, clock)
        with pytest.raises(ParkedError, match="seconds of peace") as caught:
            read(desk)
        assert caught.value.wait == min(int(value), 86_400)
        with pytest.raises(ParkedError, match="another 900 seconds"):
            read(desk)
        assert len(server.requests) == 1
        clock.advance(901)
        assert read(desk) == {"ok": 1}
    assert clock.sleeps == []


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524])
def test_f_http_04_a_read_survives_a_burst_of_server_errors(status: int) -> None:
    """Each temporary status is tried again until the desk answers."""
    with FaultServer(reply(response(status)), reply(response(status)), reply(as_json({"ok": 1}))) as server:
        assert read(door(server.address)) == {"ok": 1}
    assert len(server.requests) == 3


def test_f_http_04_attempts_are_bounded_and_spread() -> None:
    """A desk that stays broken costs five requests, with growing random waits between them."""
    seen = set()
    with FaultServer(reply(response(503, b"<html>", kind="text/html"))) as server:
        for _ in range(8):
            clock = FakeClock()
            with pytest.raises(RetryableError, match="503") as caught:
                read(door(server.address, clock))
            assert caught.value.status == 503
            assert len(clock.sleeps) == 4
            assert all(0 <= slept <= 2**turn for turn, slept in enumerate(clock.sleeps))
            seen.add(tuple(clock.sleeps))
        assert len(server.requests) == 40
    assert len(seen) == 8


def test_f_http_04_the_total_time_is_bounded() -> None:
    """Once the time for all attempts is used up, no attempt begins, however many are left."""
    clock = FakeClock()

    def slow(answer: Answer) -> dict[str, object]:
        clock.advance(50)
        raise ValueError("it is cut")

    with FaultServer(reply(as_json({}))) as server:
        desk = door(server.address, clock, attempts=100, total=120.0)
        with pytest.raises(RetryableError):
            desk.request("GET", "/api/v2/tickets", kind="read", decode=slow)
        assert 2 <= len(server.requests) <= 3


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, RejectedError),
        (401, AuthenticationError),
        (403, UnavailableError),
        (404, RejectedError),
        (410, RejectedError),
        (413, RejectedError),
        (422, RejectedError),
        (501, RejectedError),
    ],
)
def test_what_is_final_is_asked_once(status: int, kind: type[ConnectorError]) -> None:
    """A status that no repetition changes raises the error that says what to do, with the desk's reason."""
    body = {"error": "RecordInvalid", "description": "The\x1b[31m colour\nis wrong"}
    with FaultServer(reply(as_json(body, status))) as server:
        with pytest.raises(kind, match=r"RecordInvalid: The \[31m colour is wrong") as caught:
            read(door(server.address))
        assert caught.value.status == status
        assert len(server.requests) == 1


def test_f_http_10_a_refused_connection_is_tried_again(unused: str) -> None:
    """Nobody listening is temporary, for reads and for writes, since nothing was sent."""
    clock = FakeClock()
    with pytest.raises(RetryableError, match="cannot be reached"):
        read(door(unused, clock))
    assert len(clock.sleeps) == 4
    with pytest.raises(RetryableError, match="cannot be reached"):
        write(door(unused, clock))
    assert len(clock.sleeps) == 8


@pytest.fixture
def unused() -> str:
    """An address at which nobody listens any more."""
    with FaultServer(hang) as server:
        return server.address


def test_f_http_10_an_unknown_name_is_temporary() -> None:
    """A name that cannot be looked up is tried again and then reported without its details."""
    clock = FakeClock()
    desk = Door(
        "https://acme.desk.invalid",
        clock=clock,
        user_agent="deskcue-tests",
        suffixes=("desk.invalid",),
        words=words,
        attempts=2,
    )
    with pytest.raises(RetryableError, match=r"acme\.desk\.invalid cannot be reached"):
        write(desk)
    assert len(clock.sleeps) == 1


def test_f_http_10_a_certificate_nobody_vouches_for_ends_it() -> None:
    """A desk that cannot prove its name gets no request, no second attempt, and never plain text."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(Path(__file__).with_name("selfsigned.pem"))
    with FaultServer(reply(as_json({})), tls=tls) as server:
        with pytest.raises(ConnectorError, match="could not prove") as caught:
            read(door(server.address))
        assert not isinstance(caught.value, RetryableError)
        assert server.connections == 1
    assert server.requests == []


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(hang, id="f_http_11_silence"),
        pytest.param(trickle(as_json({"a": 1})), id="f_http_12_headers"),
        pytest.param(trickle(as_json({"a": "b" * 900}), whole=120), id="f_http_12_body"),
    ],
)
def test_f_http_11_and_12_the_whole_request_has_one_deadline(act: Act) -> None:
    """Silence, trickling headers and a trickling body all end at the deadline, not after each read."""
    with FaultServer(act) as server:
        desk = door(server.address, SystemClock(), deadline=0.4, attempts=1)
        started = time.monotonic()
        with pytest.raises(RetryableError, match=r"within 0\.4 seconds"):
            read(desk)
        assert 0.3 < time.monotonic() - started < 1.4


def test_f_http_13_a_cut_page_is_never_given_out() -> None:
    """A body that ends before its stated length, at any place, is discarded and asked for again."""
    whole = response(body=PAGE)
    head = len(whole) - len(PAGE)
    cuts = [reply(whole[: head + at]) for at in range(0, len(PAGE), 100)]
    with FaultServer(*cuts, reply(whole)) as server:
        desk = door(server.address, attempts=len(cuts) + 1, total=1e9)
        assert read(desk) == json.loads(PAGE)
    assert len(server.requests) == len(cuts) + 1


def test_f_http_13_a_cut_chunked_body_is_never_given_out() -> None:
    """A chunked body without its last chunk is discarded, even when what arrived is whole JSON."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = b"%x\r\n%s\r\n" % (len(PAGE), PAGE)
    with FaultServer(reply(head + body), reply(head + body + b"0\r\n\r\n")) as server:
        assert read(door(server.address)) == json.loads(PAGE)
    assert len(server.requests) == 2


def test_f_http_14_a_cut_body_without_a_length_is_never_given_out() -> None:
    """A body that simply stops when the connection closes has to be whole JSON."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
    cuts = [reply(head + PAGE[:at]) for at in range(0, len(PAGE), 100)]
    with FaultServer(*cuts, reply(head + PAGE)) as server:
        assert read(door(server.address, attempts=len(cuts) + 1, total=1e9)) == json.loads(PAGE)


def test_f_http_14_a_cut_gzip_body_is_never_given_out() -> None:
    """A packed body that a proxy cut and gave a fitting length lacks its end mark and is discarded."""
    whole = gzip.compress(PAGE)
    cuts = [reply(response(body=whole[:at], Content_Encoding="gzip")) for at in range(0, len(whole), 100)]
    with FaultServer(*cuts, reply(packed(PAGE))) as server:
        assert read(door(server.address, attempts=len(cuts) + 1, total=1e9)) == json.loads(PAGE)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(response(body=b"<html>We are down</html>", kind="text/html"), id="html"),
        pytest.param(response(body=b"<html>We are down</html>"), id="html-that-says-json"),
        pytest.param(response(body=b""), id="empty"),
        pytest.param(response(body=b"null"), id="null"),
        pytest.param(response(body=b"[]"), id="list"),
        pytest.param(response(body=b"{}{}"), id="trailing"),
        pytest.param(response(body=b'{"a": 1, "a": 2}'), id="f_http_16_repeated_key"),
        pytest.param(response(body=b'{"a": {"b": 1, "b": 1}}'), id="f_http_16_repeated_key_inside"),
        pytest.param(response(body=b'{"a": NaN}'), id="f_http_16_nan"),
        pytest.param(response(body=b'{"a": -Infinity}'), id="f_http_16_infinity"),
        pytest.param(response(body=b'{"a": 1e999}'), id="f_http_16_number_beyond_range"),
        pytest.param(response(body=b'{"a": %s}' % (b"9" * 5000)), id="f_http_16_endless_integer"),
        pytest.param(response(body=b'{"a": %s%s}' % (b"[" * 100_000, b"]" * 100_000)), id="f_http_16_nested"),
        pytest.param(response(body=b"xx", Content_Encoding="gzip"), id="no-gzip"),
        pytest.param(response(body=b"{}", Content_Encoding="br"), id="packing-not-asked-for"),
    ],
)
def test_f_http_15_and_16_an_answer_that_is_no_answer(data: bytes) -> None:
    """A success without one strict JSON object counts as a failing desk, not as an empty page."""
    with FaultServer(reply(data), reply(packed(b'{"ok": 1}'))) as server:
        assert read(door(server.address)) == {"ok": 1}
        assert len(server.requests) == 2


BOMB = gzip.compress(b"0" * 200_000_000, 9)
"""200 MB in 200 kB."""


def test_f_http_17_a_small_answer_cannot_fill_the_memory() -> None:
    """200 MB from 200 kB end at the cap, within 1.5 times the cap in memory, and are not asked for again."""
    cap = 4 * 1024 * 1024
    assert len(BOMB) < 250_000
    tracemalloc.start()
    try:
        with pytest.raises(TooLargeError):
            unpack([BOMB[at : at + 65536] for at in range(0, len(BOMB), 65536)], "gzip", cap)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1.5 * cap
    with FaultServer(reply(response(body=BOMB, Content_Encoding="gzip"))) as server:
        with pytest.raises(RejectedError, match="too large"):
            read(door(server.address, cap=cap))
        assert len(server.requests) == 1


MEASURED = """
import re, sys
from connectors.answer import strict_json
from connectors.errors import RejectedError
from connectors.http import Door
from tests.clock import FakeClock

def read():
    return desk.request("GET", "/a", kind="read", decode=lambda answer: strict_json(answer.body))

def most():
    with open("/proc/self/status") as file:
        return int(re.search(r"VmHWM:\\s+([0-9]+) kB", file.read())[1])

desk = Door(sys.argv[1], clock=FakeClock(), user_agent="x", suffixes=(), words=repr, loopback=True)
read()
before = most()
try:
    read()
except RejectedError:
    print(most() - before)
"""
"""A process that reads an answer, then another one that is too large, and tells by how many kB it grew.

What ``resource`` tells of a child begins with what its parent had."""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the kernel tells no peak here")
def test_f_http_17_the_process_grows_by_twice_the_cap_at_most() -> None:
    """With the cap as it is by default, 32 MB, the whole process takes at most 64 MB more for the bomb."""
    with FaultServer(reply(packed(b"{}")), reply(response(body=BOMB, Content_Encoding="gzip"))) as server:
        grown = subprocess.check_output([sys.executable, "-c", MEASURED, server.address], cwd=ROOT)
    assert 0 < int(grown) <= 2 * 32 * 1024


def test_f_http_17_an_unpacked_body_has_the_same_cap() -> None:
    """A plain body beyond the cap is refused while it arrives; one of exactly that size is taken."""
    body = b'{"a":"' + b"x" * 1000 + b'"}'
    with FaultServer(reply(response(body=body))) as server:
        assert read(door(server.address, cap=len(body)))
        with pytest.raises(RejectedError, match="too large"):
            read(door(server.address, cap=len(body) - 1))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_f_http_18_a_ssrf_06_redirects_are_not_followed(status: int, scheme: str) -> None:
    """A redirect is an error that names the target's host only, and credentials go nowhere."""
    with FaultServer(reply(as_json({}))) as elsewhere:
        target = f"{scheme}://evil.example:{elsewhere.address.rpartition(':')[2]}/x?token={SECRET}"
        with FaultServer(reply(response(status, b"", Location=target))) as server:
            with pytest.raises(ConnectorError, match=r"sends us on to evil\.example, which") as caught:
                read(door(server.address))
            assert len(server.requests) == 1
        assert elsewhere.connections == 0
    assert SECRET not in str(caught.value)


def test_f_http_19_a_write_without_an_answer_is_in_doubt() -> None:
    """A write that arrived and was not answered is sent once and reported as unknown."""
    with FaultServer(drop) as server:
        with pytest.raises(UnknownOutcomeError, match="Read the records"):
            write(door(server.address))
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "data",
    [
        response(500),
        response(502, b"<html>", kind="text/html"),
        response(503),
        response(504),
        response(200, b"<html>", kind="text/html"),
        response(200, b'{"job_st'),
        response(200, b"{}", length=500),
    ],
)
def test_f_http_19_a_write_that_failed_in_the_middle_is_in_doubt(data: bytes) -> None:
    """Server errors and broken answers to a write never lead to a second write."""
    with FaultServer(reply(data)) as server:
        with pytest.raises(UnknownOutcomeError):
            write(door(server.address))
        assert len(server.requests) == 1


@pytest.mark.parametrize("busy", [response(429), response(503, Retry_After="3")])
def test_f_http_19_a_write_that_was_not_taken_is_sent_again(busy: bytes) -> None:
    """429, and 503 with a time to come back, say that the write was not taken."""
    with FaultServer(reply(busy), reply(as_json({"ok": 1}))) as server:
        assert write(door(server.address)) == {"ok": 1}
        assert len(server.requests) == 2


def test_f_http_08_a_write_on_an_old_stamp_is_a_conflict() -> None:
    """409 to a write is no reason to send it again, but to read and decide again."""
    body = {"error": "UpdateConflict", "description": "Safe Update prevented the update"}
    with FaultServer(reply(as_json(body, 409))) as server:
        with pytest.raises(ConflictError):
            write(door(server.address))
        assert len(server.requests) == 1


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, RuntimeError])
def test_f_http_22_only_listed_errors_are_tried_again(stop: type[BaseException]) -> None:
    """An interruption or a bug passes through at once; it is never taken for a fault of the desk."""

    def decode(answer: Answer) -> None:
        raise stop

    with FaultServer(reply(as_json({}))) as server:
        with pytest.raises(stop):
            door(server.address).request("GET", "/api/v2/tickets", kind="read", decode=decode)
        assert len(server.requests) == 1


def test_f_http_23_a_connection_that_grew_old_is_not_used_again() -> None:
    """Requests share a connection for some minutes; later ones look the name up and dial anew."""
    clock = FakeClock()
    with FaultServer(replies([as_json({})] * 5)) as server:
        desk = door(server.address, clock, max_age=240.0)
        read(desk)
        clock.advance(239)
        read(desk)
        assert server.connections == 1
        clock.advance(2)
        read(desk)
        assert server.connections == 2


def test_f_http_21_many_abandoned_requests_leave_the_door_usable() -> None:
    """After requests of more threads than connections ran into their deadline, every further one succeeds."""
    silent = threading.Event()
    silent.set()

    def act(line: Line) -> None:
        (hang if silent.is_set() else reply(as_json({})))(line)

    with FaultServer(act) as server:
        desk = door(server.address, SystemClock(), deadline=0.2, attempts=1)

        def fail() -> None:
            for _ in range(3):
                with pytest.raises(RetryableError):
                    read(desk)

        with ThreadPoolExecutor(16) as threads:
            for failing in [threads.submit(fail) for _ in range(16)]:
                failing.result()
        silent.clear()
        patient = [read(desk) for _ in range(20)]
    assert patient == [{}] * 20


@pytest.mark.parametrize(
    "address",
    [
        "https://acme.desk.example@evil.example",
        "https://acme.desk.example.evil.example",
        "https://evil.example/#.desk.example",
        "https://evil.example/?.desk.example",
        "https://evil.example\\.desk.example",
        "https://evildesk.example",
        "https://acme%2edesk.example",
        "https://acme\u3002desk.example",
        "https://\uff41cme.desk.example",
        "https://acme.desk.example:22",
        "https://acme.desk.example:8443",
        "https://user:hunter2@acme.desk.example",
        "https://acme.desk.example\r\nHost: evil.example",
        "https://acme.desk.example%0d%0a",
        "https://-.desk.example",
        "https://..desk.example",
        "https://acme.desk.example/api/v2",
        "http://acme.desk.example",
        "file:///etc/passwd",
        "gopher://acme.desk.example",
        "ftp://acme.desk.example",
        "http://127.0.0.1:80@evil.example",
        "http://127.0.0.1.evil.example:80",
        "http://127.1:80",
        "http://2130706433:80",
        "http://[::1]:80",
        "http://169.254.169.254",
        "http://localhost:80",
        "",
        "acme",
    ],
)
def test_a_ssrf_05_08_10_addresses_that_are_not_the_desk(address: str) -> None:
    """Only https to the vendor's own names, or plain loopback where asked for; the error repeats nothing."""
    with pytest.raises(ValueError, match="not one that may be called") as caught:
        door(address)
    assert "hunter2" not in str(caught.value)
    assert "evil" not in str(caught.value)


def test_a_ssrf_01_loopback_is_refused_unless_asked_for() -> None:
    """Without ``loopback`` an address on this machine is refused like any other."""
    with pytest.raises(ValueError, match="not one that may be called"):
        Door(
            "http://127.0.0.1:80", clock=FakeClock(), user_agent="x", suffixes=("desk.example",), words=words
        )


@pytest.mark.parametrize("address", ["https://Acme.desk.example", "https://acme.desk.example:443/"])
def test_a_ssrf_05_real_addresses_are_taken(address: str) -> None:
    """Case, the standard port and a closing slash make no difference; the door shows its address only."""
    assert repr(door(address)) == "Door('https://acme.desk.example')"


def test_a_ssrf_09_proxy_settings_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy named in the environment sees nothing: requests go straight to the desk."""
    with FaultServer(hang) as proxy, FaultServer(reply(as_json({"ok": 1}))) as server:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.address)
        assert read(door(server.address)) == {"ok": 1}
        assert proxy.connections == 0


@pytest.mark.parametrize(
    "path", ["/api/../oauth", "/a b", "/a\r\nX: y", "//evil.example/x", "a", "/a%0d%0a", "/a?b"]
)
def test_a_ssrf_10_paths_hold_nothing_but_names(path: str) -> None:
    """A path with dots, blanks, line ends, escapes or a query of its own is refused before it is sent."""
    with FaultServer(reply(as_json({}))) as server:
        with pytest.raises(RejectedError):
            read(door(server.address), path)
        assert server.connections == 0


def test_a_ssrf_10_a_token_with_a_line_end_is_refused_unseen() -> None:
    """Credentials that would break out of their header are refused, and the error does not show them."""
    with FaultServer(reply(as_json({}))) as server:
        with pytest.raises(AuthenticationError, match="characters") as caught:
            door(server.address).request(
                "GET", "/a", kind="read", decode=decoded, authorization=f"Bearer {SECRET}\r\nX: y"
            )
        assert server.connections == 0
    assert SECRET not in str(caught.value)


def test_a_sec_02_secrets_are_cut_out_of_what_the_desk_repeats(caplog: pytest.LogCaptureFixture) -> None:
    """A desk that echoes the credentials does not bring them into errors or logs; nor do URLs show there."""
    echo = as_json({"error": "Bad", "description": f"You sent {SECRET} and s3cret-body"}, 422)
    caplog.set_level(logging.DEBUG)
    with FaultServer(reply(echo)) as server, pytest.raises(RejectedError, match="You sent") as caught:
        read(door(server.address), query=[("cursor", "CURSOR-77")], secrets=("s3cret-body",))
    everything = f"{caught.value} {caught.value!r} {caplog.text}"
    assert SECRET not in everything
    assert "s3cret-body" not in everything
    assert "CURSOR-77" not in everything


def test_a_long_error_page_is_not_read() -> None:
    """An error's body is looked at up to 64 kB; beyond that its status speaks alone."""
    body = json.dumps({"error": "Bad", "description": "x" * 70_000}).encode()
    with FaultServer(reply(response(422, body))) as server, pytest.raises(RejectedError, match=r"\(422\)"):
        read(door(server.address))


def test_cookies_of_the_desk_are_not_sent_back() -> None:
    """No state but the credentials travels between requests."""
    with FaultServer(replies([as_json({}, Set_Cookie="session=abc; Path=/")] * 2)) as server:
        desk = door(server.address)
        read(desk)
        read(desk)
    assert ["cookie" in request.headers for request in server.requests] == [False, False]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("one\r\ntwo\x00\x1b[2Jthree", "one two [2Jthree"),
        ("left\u202eright\u2066", "left right"),
        ("half\ud800", "half"),
        ("x" * 500, "x" * 199 + "…"),
    ],
)
def test_a_log_01_foreign_words_stay_on_one_line(text: str, shown: str) -> None:
    """Words of others lose control, direction and half characters and have a limit."""
    assert plain(text) == shown


def test_f_data_01_broken_text_is_replaced_not_fatal() -> None:
    """Bytes that are no UTF-8 become the replacement character; the rest of the page is as it was."""
    assert strict_json(b'{"a": "x\xffy", "b": "\\ud800"}') == {"a": "x\ufffdy", "b": "\ud800"}
