"""Trouble on demand over real HTTP: each fault by its name, as a client meets it."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox import trouble
from connectors.sandbox.state import Desk
from tests.clock import FakeClock
from tests.connectors.sandbox.rig import OWNER, Client, Reply, fresh, ticket

LIST = "/api/v2/tickets"
EXPORT = "/api/v2/incremental/tickets/cursor?start_time=0&per_page=4"
BROKEN = (http.client.HTTPException, ConnectionError)


def rage(desk: Desk, *names: str) -> None:
    """Switch these faults fully on, and everything else off."""
    desk.trouble.replace(dict.fromkeys(names, 1.0))


def tag(client: Client, word: str = "seen") -> Reply:
    """A write that shows: one more tag on ticket 101."""
    return client.ask("PUT", "/api/v2/tickets/101/tags", {"tags": [word]})


def tagged(desk: Desk, word: str = "seen") -> bool:
    return word in ticket(desk, 101).tags


@pytest.mark.parametrize(
    ("fault", "status", "kind", "waits"),
    [
        ("error-500", 500, "application/json", False),
        ("error-502", 502, "text/html", False),
        ("error-503", 503, "text/html", False),
        ("error-503-wait", 503, "application/json", True),
        ("error-504", 504, "text/html", False),
        ("error-520", 520, "text/html", False),
        ("storm", 429, "application/json", True),
        ("storm-silent", 429, "application/json", False),
    ],
)
def test_acceptance_11_the_desk_refuses(
    client: Client, desk: Desk, fault: str, status: int, kind: str, *, waits: bool
) -> None:
    """503 with and without Retry-After, 502 with a page for people, 429 with and without a wait."""
    rage(desk, fault)
    reply = client.ask("GET", LIST)
    assert (reply.status, reply.headers["content-type"].partition(";")[0]) == (status, kind)
    assert ("retry-after" in reply.headers) is waits
    entry = desk.ledger.requests[-1]
    assert (entry.template, entry.status, entry.fault) == (LIST, status, fault)
    assert entry.wait == (float(reply.headers["retry-after"]) if waits else None)


@pytest.mark.parametrize(
    ("fault", "kind", "body"),
    [
        ("wrong-html", "text/html", b"<!doctype"),
        ("wrong-empty", "application/json", b""),
        ("wrong-list", "application/json", b"[]"),
        ("wrong-null", "application/json", b"null"),
    ],
)
def test_acceptance_11_200_with_something_else(
    client: Client, desk: Desk, fault: str, kind: str, body: bytes
) -> None:
    """200 whose body is a page, nothing, a list or null."""
    rage(desk, fault)
    reply = client.ask("GET", LIST)
    assert (reply.status, reply.headers["content-type"].partition(";")[0]) == (200, kind)
    assert reply.text.encode()[: len(body) or None] == body


def raw(client: Client, path: str, *more: str) -> bytes:
    """Everything that comes back on a connection of its own, byte for byte."""
    host, port = client.sandbox.address.removeprefix("http://").split(":")
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: localhost",
        f"Authorization: Bearer {client.sandbox.token}",
        *more,
    ]
    with socket.create_connection((host, int(port)), timeout=5) as line:
        line.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode())
        return b"".join(iter(lambda: line.recv(65_536), b""))


@pytest.mark.parametrize("fault", ["cut-length", "cut-chunked", "cut-close"])
def test_acceptance_11_a_truncated_body(client: Client, desk: Desk, fault: str) -> None:
    """F-HTTP-13, -14: the body ends early, against its length, inside a chunk, or with its connection."""
    whole = len(raw(client, LIST).partition(b"\r\n\r\n")[2])
    rage(desk, fault)
    head, _, body = raw(client, LIST).partition(b"\r\n\r\n")
    fields = dict(line.lower().split(": ", 1) for line in head.decode().splitlines()[1:])
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert len(body) < whole
    stated = {
        "cut-length": fields.get("content-length") == str(whole),
        "cut-chunked": fields.get("transfer-encoding") == "chunked" and body.startswith(b"%x\r\n" % whole),
        "cut-close": fields.get("connection") == "close" and "content-length" not in fields,
    }
    assert stated[fault]
    with pytest.raises(json.JSONDecodeError):
        json.loads(body.rpartition(b"\r\n")[2])


def test_acceptance_11_a_cut_gzip_body_whose_length_fits(client: Client, desk: Desk) -> None:
    """F-HTTP-14: the stated length is met, and the packed stream has no end; unpacked it comes whole."""
    rage(desk, "cut-gzip")
    head, _, body = raw(client, LIST, "Accept-Encoding: gzip").partition(b"\r\n\r\n")
    assert b"content-encoding: gzip" in head.lower()
    assert f"content-length: {len(body)}".encode() in head.lower()
    with pytest.raises(EOFError):
        gzip.decompress(body)
    assert "tickets" in client.get(LIST)


def test_f_http_19_an_answer_is_swallowed(client: Client, desk: Desk) -> None:
    """The work is done, and the connection breaks before a word of the answer."""
    rage(desk, "swallowed")
    with pytest.raises(BROKEN):
        tag(client)
    assert tagged(desk)
    assert (desk.ledger.requests[-1].status, desk.ledger.requests[-1].fault) == (200, "swallowed")


def test_a_request_is_dropped(client: Client, desk: Desk) -> None:
    """Nothing is done and nothing is said; the ledger shows a request without an answer."""
    rage(desk, "dropped")
    with pytest.raises(BROKEN):
        tag(client)
    assert not tagged(desk)
    assert (desk.ledger.requests[-1].status, desk.ledger.requests[-1].fault) == (0, "dropped")


def test_f_http_20_a_request_arrives_twice(client: Client, desk: Desk) -> None:
    """The desk does it twice: the second one meets what the first one left."""
    rage(desk, "duplicate")
    wish = {"priority": "urgent", "safe_update": True, "updated_stamp": fresh(desk, 101)}
    reply = client.ask("PUT", "/api/v2/tickets/101", {"ticket": wish})
    assert [entry.status for entry in list(desk.ledger.requests)[-2:]] == [200, 409]
    assert reply.status == 409
    assert ticket(desk, 101).priority == "urgent"


def test_a_request_arrives_late(client: Client, desk: Desk, clock: FakeClock) -> None:
    """The connection breaks at once, and the work is done some seconds later."""
    rage(desk, "delayed")
    with pytest.raises(BROKEN):
        tag(client)
    assert not tagged(desk)
    desk.trouble.clear()
    clock.advance(60)
    client.get(LIST)
    assert tagged(desk)
    assert [entry.status for entry in desk.ledger.requests if entry.fault == "delayed"] == [0, 200]


@pytest.mark.parametrize("fault", ["slow-headers", "slow-body"])
def test_f_http_12_an_answer_that_comes_slowly(client: Client, desk: Desk, fault: str) -> None:
    """Head or body take at least a second: who waits shorter gives up, the work is done all the same."""
    rage(desk, fault)
    host = client.sandbox.address.removeprefix("http://")
    line = http.client.HTTPConnection(host, timeout=0.02)
    line.request("PUT", "/api/v2/tickets/101/tags", b'{"tags": ["seen"]}', bearer(client))
    with pytest.raises(TimeoutError):
        line.getresponse().read()
    line.close()
    # A busy machine may not have begun with it yet: each further question gives it a turn.
    assert any(tagged(desk) for _ in range(100) if client.ask("GET", "/healthz").status == 200)


def bearer(client: Client) -> dict[str, str]:
    return {"Authorization": f"Bearer {client.sandbox.token}", "Content-Type": "application/json"}


@pytest.mark.parametrize("fault", ["storm", "storm-date", "storm-garbage", "storm-silent"])
def test_f_http_02_a_storm_lasts_and_ends(client: Client, desk: Desk, clock: FakeClock, fault: str) -> None:
    """Every request meets it until its time is over, whatever its Retry-After says."""
    rage(desk, fault)
    first = client.ask("GET", LIST)
    clock.advance(3)
    assert client.ask("GET", LIST).status == 429
    said = first.headers.get("retry-after", "")
    readable = {"storm": said.isdigit(), "storm-date": said.endswith("GMT"), "storm-garbage": said == "soon"}
    assert readable.get(fault, said == "")
    if fault == "storm-date":
        assert 5 <= parsedate_to_datetime(said).timestamp() - (clock.wall() - 3) <= 31
    desk.trouble.replace({"agent-tag": 0.0})
    clock.advance(31)
    assert client.ask("GET", LIST).status == 200


def test_f_http_02_one_answer_asks_for_eleven_days(client: Client, desk: Desk) -> None:
    """An absurd Retry-After comes once; it is no storm."""
    rage(desk, "storm-huge")
    assert client.ask("GET", LIST).headers["retry-after"] == "999999"
    rage(desk)
    assert client.ask("GET", LIST).status == 200


def test_f_page_08_an_empty_page_leads_on(client: Client, desk: Desk) -> None:
    """No records, not the last, a cursor that moves: who follows it gets every record."""
    whole = client.get(EXPORT)["tickets"]
    rage(desk, "empty-page")
    first = client.get(EXPORT)
    second = client.get(cursor_of(first))
    assert [first["tickets"], second["tickets"], first["end_of_stream"]] == [[], [], False]
    assert first["after_cursor"] != second["after_cursor"]
    desk.trouble.clear()
    assert client.get(cursor_of(second))["tickets"] == whole


def cursor_of(page: Any) -> str:
    return f"/api/v2/incremental/tickets/cursor?cursor={page['after_cursor']}&per_page=4"


def test_f_page_03_a_cursor_does_not_move(client: Client, desk: Desk) -> None:
    """The page names the cursor that led to it and says that it is not the last."""
    first = client.get(EXPORT)
    rage(desk, "stuck-cursor")
    page = client.get(cursor_of(first))
    assert (page["after_cursor"], page["end_of_stream"]) == (first["after_cursor"], False)
    assert page["tickets"]


def many(client: Client, *keys: int) -> str:
    """A bulk update that sets a priority; gives the job's id."""
    wishes = [{"id": key, "priority": "urgent"} for key in keys]
    job = client.ask("PUT", "/api/v2/tickets/update_many", {"tickets": wishes}).json["job_status"]
    return str(job["id"])


def test_f_out_07_items_of_a_job_fail(client: Client, desk: Desk, clock: FakeClock) -> None:
    """The job is completed, its item is not."""
    rage(desk, "job-item-fails")
    key = many(client, 101, 102)
    clock.advance(1)
    job = client.get(f"/api/v2/job_statuses/{key}")["job_status"]
    assert job["status"] == "completed"
    assert [entry["success"] for entry in job["results"]] == [False, False]
    assert ticket(desk, 101).priority is None


def test_f_out_07_a_job_is_killed_half_way(client: Client, desk: Desk, clock: FakeClock) -> None:
    """The first half is done, the second is not, and there are no results."""
    rage(desk, "job-killed")
    key = many(client, 101, 102)
    clock.advance(1)
    job = client.get(f"/api/v2/job_statuses/{key}")["job_status"]
    assert (job["status"], job["results"]) == ("killed", None)
    assert [ticket(desk, one).priority for one in (101, 102)] == ["urgent", None]


def test_f_out_07_a_job_is_lost(client: Client, desk: Desk, clock: FakeClock) -> None:
    """It is done, and nobody knows it any more, also a day later."""
    rage(desk, "job-lost")
    key = many(client, 101)
    clock.advance(1)
    assert client.ask("GET", f"/api/v2/job_statuses/{key}").status == 404
    assert ticket(desk, 101).priority == "urgent"
    clock.advance(90_000)
    assert client.ask("GET", f"/api/v2/job_statuses/{key}").status == 404


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        ("agent-comment", "comment"), ("agent-priority", "priority"), ("agent-status", "status"),
        ("agent-tag", "tags"), ("agent-untag", "tags"),
    ],
)  # fmt: skip
def test_agents_edit_meanwhile(client: Client, desk: Desk, clock: FakeClock, fault: str, field: str) -> None:
    """Between two requests somebody at the desk changes a ticket by hand; the client is not disturbed."""
    rage(desk, fault)
    for _ in range(8):
        clock.advance(2)
        client.get(LIST)
    made = [effect for effect in desk.ledger.effects if effect.channel == "web"]
    assert field in {effect.field for effect in made}
    assert OWNER not in {effect.author_id for effect in made}


def test_the_same_seed_gives_the_same_run(client: Client, desk: Desk) -> None:
    """After a restart by the same seed the same requests meet the same fates."""
    desk.trouble.set({"error-500": 0.3, "wrong-null": 0.3, "storm-huge": 0.2})
    runs = []
    for seed in (5, 5, 6):
        desk.trouble.restart(seed)
        before = len(desk.ledger.requests)
        for _ in range(30):
            client.ask("GET", LIST)
        runs.append([(entry.status, entry.fault) for entry in list(desk.ledger.requests)[before:]])
    assert runs[0] == runs[1] != runs[2]


def test_every_fault_is_drawn_somewhere() -> None:
    """A name in the list that no code asks for would be a promise that nobody keeps."""
    folder = Path(trouble.__file__).parent
    text = "".join(one.read_text() for one in folder.rglob("*.py") if one.name != "trouble.py")
    assert [name for name in trouble.FAULTS if f'"{name}"' not in text] == []
    assert list(trouble.FAULTS) == sorted(trouble.FAULTS)
