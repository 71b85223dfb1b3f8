"""Sending webhooks: signed, tried again by the vendor's rules, cut off when an address keeps failing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Event, Thread
from typing import Any

import pytest

from connectors.sandbox.hooks.post import Parcel, Reply, post
from connectors.sandbox.hooks.sender import Sender
from connectors.sandbox.hooks.signing import signature
from connectors.sandbox.server import RunningSandbox
from connectors.sandbox.state import Desk
from tests.clock import FakeClock
from tests.connectors.sandbox.rig import Client, small_desk
from tests.connectors.sandbox.rulebook import SECRET, create, update, webhook

OPEN = 102
CREATED = "zen:event-type:ticket.created"
CHANGED = ("zen:event-type:ticket.priority_changed", "zen:event-type:ticket.status_changed")
DAY = 86_400


class Receiver:
    """An address that answers as it is told and keeps what it got; the last answer goes on."""

    def __init__(self, *replies: Reply) -> None:
        self._replies = list(replies) or [Reply(200)]
        self.got: list[Parcel] = []

    def __call__(self, parcel: Parcel) -> Reply:
        self.got.append(parcel)
        return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]

    def types(self) -> list[str]:
        return [json.loads(parcel.body)["type"].rpartition(".")[2] for parcel in self.got]


def later(sender: Sender, clock: FakeClock, seconds: int) -> None:
    """Let time pass second by second."""
    for _ in range(seconds):
        clock.advance(1)
        sender.settle()


VECTORS = [
    (
        "2021-03-25T05:09:27Z",
        '{"event":"ticket.updated","id":123}',
        "S/RDdU2ERmj7LHDDoWJ2onPYH+t7/f2+LTM4dL7UiLM=",
    ),
    (
        "2026-01-15T09:30:00Z",
        '{"type":"zen:event-type:ticket.created","account_id":123,"id":"5f0c7d1e-6c55-4c3a-9a4e-0d6f3f0d2b11"}',
        "SfQaz+jr0U/VXXTWsyz2xoUIZipSmtgzr2KV9Er5rtw=",
    ),
    ("2026-01-15T09:30:00Z", "", "WruCHKQVc8FGDQ3dPYQtjLehCTbP3+MZvtPrHaKH+fA="),
]


@pytest.mark.parametrize(("timestamp", "body", "expected"), VECTORS)
def test_signatures(timestamp: str, body: str, expected: str) -> None:
    """Time stamp and body under the secret's text, as the published vectors have it."""
    assert signature(SECRET, timestamp, body.encode()) == expected


def test_what_a_delivery_carries(desk: Desk) -> None:
    """Account, webhook, invocation, a signature of the raw body, and headers of the account's own."""
    hook = webhook(desk, CREATED)
    hook.custom_headers = {"X-App": "seg", "X-Zendesk-Webhook-Signature": "forged"}
    hook.authentication = {"type": "bearer_token", "data": {"token": "key"}}
    receiver = Receiver()
    create(desk)
    Sender(desk, receiver).settle()
    (parcel,) = receiver.got
    sent = parcel.headers
    stamp = sent["X-Zendesk-Webhook-Signature-Timestamp"]
    assert sent["X-Zendesk-Webhook-Signature"] == signature(SECRET, stamp, parcel.body)
    assert (stamp, sent["X-Zendesk-Account-Id"]) == ("2026-10-18T12:00:00Z", "22129848")
    assert sent["X-Zendesk-Webhook-Id"] == hook.id
    assert sent["X-Zendesk-Webhook-Invocation-Id"] == desk.hooks.log[0].id
    assert (sent["X-App"], sent["Authorization"]) == ("seg", "Bearer key")


@pytest.mark.parametrize(
    ("settings", "name", "value"),
    [
        ({"type": "basic_auth", "data": {"username": "u", "password": "p"}}, "Authorization", "Basic dTpw"),
        ({"type": "api_key", "data": {"name": "X-Key", "value": "v"}}, "X-Key", "v"),
    ],
)
def test_ways_to_sign_in(desk: Desk, settings: dict[str, Any], name: str, value: str) -> None:
    """A name with a password, or a key in a header of its own."""
    webhook(desk, CREATED).authentication = settings
    receiver = Receiver()
    create(desk)
    Sender(desk, receiver).settle()
    assert receiver.got[0].headers[name] == value


TABLE: list[tuple[Reply, int]] = [
    (Reply(200), 1),
    (Reply(204), 1),
    (Reply(302), 1),
    (Reply(400), 1),
    (Reply(404), 1),
    (Reply(409), 4),
    (Reply(500), 1),
    (Reply(502), 1),
    (Reply(503), 1),
    (Reply(503, {"retry-after": "30"}), 4),
    (Reply(503, {"retry-after": "59"}), 4),
    (Reply(503, {"retry-after": "60"}), 1),
    (Reply(503, {"retry-after": "soon"}), 1),
    (Reply(429), 1),
    (Reply(429, {"retry-after": "1"}), 4),
    (Reply(429, {"retry-after": "3600"}), 1),
    (Reply(None, fault="timeout"), 6),
    (Reply(None, fault="failed"), 1),
]


@pytest.mark.parametrize(("reply", "tries"), TABLE)
def test_retries(desk: Desk, clock: FakeClock, reply: Reply, tries: int) -> None:
    """How often each answer is asked for in all, and that a wait is kept."""
    webhook(desk, CREATED)
    receiver = Receiver(reply)
    sender = Sender(desk, receiver)
    create(desk)
    sender.settle()
    assert len(receiver.got) == 1
    asked = reply.headers.get("retry-after", "")
    if tries > 1 and asked:
        later(sender, clock, int(asked) - 1)
        assert len(receiver.got) == 1
    later(sender, clock, 600)
    assert len(receiver.got) == tries
    assert len({parcel.body for parcel in receiver.got}) == 1
    assert len({parcel.headers["X-Zendesk-Webhook-Invocation-Id"] for parcel in receiver.got}) == 1


def test_a_date_in_retry_after_counts(desk: Desk, clock: FakeClock) -> None:
    """An answer may name the instant instead of the seconds."""
    webhook(desk, CREATED)
    receiver = Receiver(Reply(503, {"retry-after": "Sun, 18 Oct 2026 12:00:20 GMT"}), Reply(200))
    sender = Sender(desk, receiver)
    create(desk)
    sender.settle()
    later(sender, clock, 19)
    assert len(receiver.got) == 1
    later(sender, clock, 1)
    assert len(receiver.got) == 2


def test_a_retry_that_works_ends_it(desk: Desk, clock: FakeClock) -> None:
    """After a success there are no more tries, and each try is stamped anew."""
    webhook(desk, CREATED)
    receiver = Receiver(Reply(409), Reply(200))
    sender = Sender(desk, receiver)
    create(desk)
    later(sender, clock, 600)
    stamps = [parcel.headers["X-Zendesk-Webhook-Signature-Timestamp"] for parcel in receiver.got]
    assert len(stamps) == len(set(stamps)) == 2
    assert [attempt.status for attempt in desk.hooks.log[0].attempts] == ["client error", "success"]


def test_acceptance_09_webhooks_come_signed_shuffled_doubled_and_retried(
    desk: Desk, clock: FakeClock
) -> None:
    """Text for ids, capitals for words; in trouble late ones are overtaken and some come twice;
    409 is tried three times more, 500 never.
    """
    webhook(desk, *CHANGED)
    desk.trouble.set({"webhook-reordered": 0.5, "webhook-doubled": 0.3})
    receiver = Receiver()
    sender = Sender(desk, receiver)
    for number in range(20):
        update(desk, OPEN, priority=("high", "low")[number % 2], status=("pending", "open")[number % 2])
        later(sender, clock, 1)
    later(sender, clock, 20)
    envelopes = [json.loads(parcel.body) for parcel in receiver.got]
    times = [envelope["time"] for envelope in envelopes]
    assert times != sorted(times)
    assert len({envelope["id"] for envelope in envelopes}) == 40 < len(envelopes)
    assert {type(envelope["detail"]["id"]) for envelope in envelopes} == {str}
    assert {envelope["detail"]["status"] for envelope in envelopes} == {"PENDING", "OPEN"}
    for parcel in receiver.got:
        stamp = parcel.headers["X-Zendesk-Webhook-Signature-Timestamp"]
        assert parcel.headers["X-Zendesk-Webhook-Signature"] == signature(SECRET, stamp, parcel.body)
    desk.trouble.clear()
    for status, tries in ((409, 4), (500, 1)):
        picky = Receiver(Reply(status))
        update(desk, OPEN, priority="urgent" if status == 409 else "low")
        later(Sender(desk, picky), clock, 600)
        assert len(picky.got) == tries


@pytest.mark.parametrize(
    "fault", ["webhook-missing", "webhook-doubled", "webhook-delayed", "webhook-reordered"]
)
def test_trouble_with_webhooks_repeats_with_its_seed(fault: str) -> None:
    """The same seed loses, doubles and delays the same deliveries, another seed others."""

    def run(seed: int) -> list[tuple[int, str]]:
        clock = FakeClock()
        desk = small_desk(clock)
        desk.trouble.seed = seed
        desk.trouble.set({fault: 0.5})
        webhook(desk, *CHANGED)
        receiver = Receiver()
        sender, seen = Sender(desk, receiver), []
        for number in range(30):
            update(desk, OPEN, priority=("high", "low")[number % 2])
            for _ in range(20):
                clock.advance(1)
                before = len(receiver.got)
                sender.settle()
                seen += [(clock.wall(), parcel.body.decode()) for parcel in receiver.got[before:]]
        return seen

    first = run(1)
    assert first == run(1)
    assert [(at, json.loads(body)["id"]) for at, body in first] != [
        (at, json.loads(body)["id"]) for at, body in run(2)
    ]
    calm = 30
    assert {"webhook-missing": len(first) < calm, "webhook-doubled": len(first) > calm}.get(fault, True)


def test_missing_webhooks_leave_no_trace(desk: Desk) -> None:
    """What was never sent is not in the log either, as with the real desk's omissions."""
    webhook(desk, CREATED)
    desk.trouble.set({"webhook-missing": 1})
    create(desk)
    assert not desk.hooks.waiting
    assert not desk.hooks.log


def test_the_circuit_opens_at_seventy_percent(desk: Desk, clock: FakeClock) -> None:
    """Fourteen failures in twenty tries stop the deliveries for a moment; those of the pause are lost."""
    webhook(desk, CREATED)
    receiver = Receiver(*[Reply(200)] * 6, Reply(500))
    sender = Sender(desk, receiver)
    for _ in range(19):
        create(desk)
    sender.settle()
    create(desk)
    sender.settle()
    assert len(receiver.got) == 20
    create(desk)
    later(sender, clock, 4)
    assert len(receiver.got) == 20
    assert desk.hooks.log[-1].attempts[-1].status == "circuit broken"
    later(sender, clock, 2)
    create(desk)
    sender.settle()
    assert len(receiver.got) == 21


def test_below_seventy_percent_the_circuit_stays_closed(desk: Desk) -> None:
    """Thirteen failures in twenty are not enough."""
    webhook(desk, CREATED)
    receiver = Receiver(*[Reply(200)] * 7, *[Reply(500)] * 13, Reply(200))
    sender = Sender(desk, receiver)
    for _ in range(25):
        create(desk)
        sender.settle()
    assert len(receiver.got) == 25


def test_the_circuit_opens_after_a_thousand_errors(desk: Desk) -> None:
    """However many deliveries work beside them."""
    webhook(desk, CREATED)
    receiver = Receiver(*[Reply(200), Reply(500)] * 1_001, Reply(200))
    sender = Sender(desk, receiver)
    for _ in range(2_010):
        create(desk)
        sender.settle()
    assert len(receiver.got) == 2_002


def test_old_failures_are_forgotten(desk: Desk, clock: FakeClock) -> None:
    """Only the last five minutes count."""
    webhook(desk, CREATED)
    receiver = Receiver(*[Reply(500)] * 19, *[Reply(200)] * 4, Reply(500))
    sender = Sender(desk, receiver)
    for _ in range(19):
        create(desk)
        sender.settle()
    clock.advance(301)
    for _ in range(8):
        create(desk)
        sender.settle()
    assert len(receiver.got) == 27


def test_a_webhook_that_is_switched_off_gets_nothing_more(desk: Desk) -> None:
    """What waits for it is dropped."""
    hook = webhook(desk, CREATED)
    receiver = Receiver()
    create(desk)
    hook.status = "inactive"
    Sender(desk, receiver).settle()
    assert receiver.got == []


def test_a_receiver_may_ask_the_desk_while_it_is_told(desk: Desk) -> None:
    """Settling within settling does nothing, and what the receiver causes follows afterwards."""
    webhook(desk, CREATED)
    got: list[Parcel] = []

    def receiver(parcel: Parcel) -> Reply:
        got.append(parcel)
        if len(got) < 3:
            create(desk)
            sender.settle()
        return Reply(200)

    sender = Sender(desk, receiver)
    create(desk)
    sender.settle()
    assert len(got) == 3


class Mailbox(BaseHTTPRequestHandler):
    """A real address on this machine; ``/slow`` waits to be let go, ``/drip`` trickles until then."""

    got: list[tuple[str, bytes, dict[str, str]]]
    let_go: Event

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((self.path, body, dict(self.headers.items())))
        if self.path == "/slow":
            self.let_go.wait(5)
        while self.path == "/drip" and not self.let_go.wait(0.02):
            with suppress(OSError):
                self.wfile.write(b"H")
        if self.let_go.is_set() and self.path == "/drip":
            return
        self.send_response(418 if self.path == "/teapot" else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    Mailbox.got, Mailbox.let_go = [], Event()
    with HTTPServer(("127.0.0.1", 0), Mailbox) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        Mailbox.let_go.set()
        server.shutdown()
        thread.join()


def wait_for(count: int) -> None:
    """Until so many deliveries have come; the desk's own tick is real time here."""
    patience = Event()
    for _ in range(500):
        if len(Mailbox.got) >= count:
            return
        patience.wait(0.01)
    raise AssertionError(f"{len(Mailbox.got)} deliveries came")


def test_webhooks_leave_while_nobody_asks(desk: Desk, address: str) -> None:
    """A served desk sends by itself, over HTTP, and a slow address does not hold up the desk."""
    hook = webhook(desk, CREATED, endpoint=f"{address}/slow")
    with RunningSandbox(desk) as sandbox:
        client = Client(sandbox)
        made = {"ticket": {"comment": {"body": "Hello"}}}
        assert client.ask("POST", "/api/v2/tickets", made).status == 201
        wait_for(1)
        assert client.ask("GET", "/api/v2/tickets/count").status == 200
        Mailbox.let_go.set()
        path, body, sent = Mailbox.got[0]
        stamp = sent["X-Zendesk-Webhook-Signature-Timestamp"]
        assert sent["X-Zendesk-Webhook-Signature"] == signature(SECRET, stamp, body)
        assert path == "/slow"
        log: list[Any] = []
        for _ in range(100):
            log = client.get(f"/api/v2/webhooks/{hook.id}/invocations")["invocations"]
            if log[0]["status"] != "pending":
                break
            Event().wait(0.02)
        assert (log[0]["status"], log[0]["status_code"]) == ("success", 200)
        tries = client.get(f"/api/v2/webhooks/{hook.id}/invocations/{log[0]['id']}/attempts")["attempts"]
        assert (tries[0]["response"]["payload"], tries[0]["request"]["payload"]) == ("ok", body.decode())


def test_a_trial_call_shows_what_the_address_says(desk: Desk, address: str) -> None:
    """Without a webhook it is signed with the published secret; it leaves no trace in any log."""
    with RunningSandbox(desk) as sandbox:
        wish = {"request": {"endpoint": f"{address}/teapot", "payload": '{"a": 1}'}}
        reply = Client(sandbox).ask("POST", "/api/v2/webhooks/test", wish)
    assert (reply.status, reply.json["response"]["status"]) == (200, 418)
    assert reply.json["response"]["payload"] == "ok"
    _, body, sent = Mailbox.got[0]
    stamp = sent["X-Zendesk-Webhook-Signature-Timestamp"]
    assert sent["X-Zendesk-Webhook-Signature"] == signature(SECRET, stamp, body)
    assert not desk.hooks.log


@pytest.mark.parametrize("url", ["https://app.example.com/hook", "http://10.0.0.1/", "https://127.0.0.1/"])
def test_the_sandbox_never_calls_another_machine(url: str) -> None:
    """Only plain HTTP to this machine is sent; anything else counts as failed."""
    reply = post(Parcel("POST", url, {}, b"{}"))
    assert (reply.status, reply.fault) == (None, "failed")


@pytest.mark.parametrize("path", ["/slow", "/drip"])
def test_the_deadline_is_for_the_whole_answer(address: str, path: str) -> None:
    """Silence and an answer that trickles without end are both timeouts."""
    reply = post(Parcel("POST", address + path, {}, b"{}"), deadline=0.2)
    assert (reply.status, reply.fault) == (None, "timeout")
    Mailbox.let_go.set()


def test_an_address_where_nobody_is_counts_as_failed() -> None:
    """A refused connection is no timeout: it is not tried again."""
    assert post(Parcel("POST", "http://127.0.0.1:1/", {}, b"{}")).fault == "failed"
    assert post(Parcel("POST", "http://127.0.0.1:1/", {"X": "a\nb"}, b"{}")).fault == "failed"


def test_the_log_forgets_after_seven_days(desk: Desk, clock: FakeClock) -> None:
    """Older deliveries cannot be looked up any more."""
    webhook(desk, CREATED)
    sender = Sender(desk, Receiver())
    create(desk)
    clock.advance(7 * DAY - 1)
    sender.settle()
    assert len(desk.hooks.log) == 1
    clock.advance(1)
    sender.settle()
    assert len(desk.hooks.log) == 0
