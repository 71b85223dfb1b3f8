"""Webhooks: what is genuine, what it speaks of, and what is refused."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.hints import ForgedError, Hint
from connectors.records import Stream
from connectors.zendesk.webhook import SIGNATURE, STAMP, read

SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="
NOW = 1_768_469_400
"""2026-01-15T09:30:00Z"""

EVENT = {
    "type": "zen:event-type:ticket.priority_changed", "account_id": 1, "id": "cbe4028c-7239", "event": {},
    "time": "2026-01-15T09:30:00.123456789Z", "subject": "zen:ticket:5158", "detail": {"id": "5158"},
}  # fmt: skip


def stamp(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def signed(body: bytes, *, at: int = NOW, secret: str = SECRET) -> list[tuple[str, str]]:
    """The headers under which the desk sends ``body``."""
    digest = hmac.new(secret.encode(), stamp(at).encode() + body, hashlib.sha256).digest()
    return [(SIGNATURE, b64encode(digest).decode()), (STAMP, stamp(at))]


def event(**over: Any) -> bytes:
    return json.dumps({**EVENT, **over}).encode()


def take(body: bytes, headers: list[tuple[str, str]] | None = None, *secrets: str) -> Hint | None:
    return read(headers or signed(body), body, secrets=secrets or (SECRET,), now=NOW)


@pytest.mark.parametrize(
    ("at", "body", "signature"),
    [
        (
            "2021-03-25T05:09:27Z",
            b'{"event":"ticket.updated","id":123}',
            "S/RDdU2ERmj7LHDDoWJ2onPYH+t7/f2+LTM4dL7UiLM=",
        ),
        ("2026-01-15T09:30:00Z", b"", "WruCHKQVc8FGDQ3dPYQtjLehCTbP3+MZvtPrHaKH+fA="),
    ],
)
def test_published_signatures_are_genuine(at: str, body: bytes, signature: str) -> None:
    """The vendor's own secret for trials gives the vendor's own signatures."""
    now = int(datetime.fromisoformat(at).timestamp())
    assert read([(SIGNATURE, signature), (STAMP, at)], body, secrets=(SECRET,), now=now) is None


@pytest.mark.parametrize(
    ("subject", "stream"),
    [("ticket", Stream.TICKETS), ("user", Stream.CUSTOMERS), ("organization", Stream.ORGANIZATIONS)],
)
def test_an_event_names_its_record(subject: str, stream: Stream) -> None:
    """The signed subject tells which record to fetch, and the signed id which event it was."""
    hint = take(event(subject=f"zen:{subject}:5158"))
    assert hint == Hint(event_id="cbe4028c-7239", stream=stream, record_id="5158")


def test_a_trigger_names_its_ticket() -> None:
    """The text that a trigger sends names the ticket as text or number; each second is another event."""
    body = b'{"ticket_id": "41"}'
    first, again = take(body), take(body)
    later = read(signed(body, at=NOW + 1), body, secrets=(SECRET,), now=NOW)
    assert first == again
    assert first is not None
    assert later is not None
    assert first.record_id == later.record_id == "41"
    assert first.event_id != later.event_id


def test_a_hook_01_what_the_desk_did_not_sign_is_refused() -> None:
    """No signature, a wrong one and another body's are forged; a signed empty body is nothing to follow."""
    body = event()
    others = signed(event(id="another"))
    for headers in ([], [(STAMP, stamp(NOW))], [(SIGNATURE, "AAAA"), (STAMP, stamp(NOW))], others):
        with pytest.raises(ForgedError):
            read(headers, body, secrets=(SECRET,), now=NOW)
    assert take(b"") is None


def test_a_hook_02_the_raw_bytes_are_signed() -> None:
    """The same JSON written otherwise is another body."""
    headers = signed(event())
    for other in (json.dumps(EVENT, indent=1), json.dumps(EVENT, sort_keys=True), json.dumps(EVENT) + " "):
        with pytest.raises(ForgedError):
            read(headers, other.encode(), secrets=(SECRET,), now=NOW)


@pytest.mark.parametrize("at", [NOW - 301, NOW + 301])
def test_a_hook_03_an_old_or_early_stamp_is_refused(at: int) -> None:
    """Five minutes and a second from our clock is too far, in both directions; five minutes is not."""
    body = event()
    with pytest.raises(ForgedError):
        take(body, signed(body, at=at))
    near = NOW - 300 if at < NOW else NOW + 300
    assert take(body, signed(body, at=near)) is not None


@pytest.mark.parametrize("text", ["now", "1768469400", "2026-01-15T09:30:00", "2026-99-15T09:30:00Z"])
def test_a_hook_03_a_stamp_that_is_none_is_refused(text: str) -> None:
    """However well it is signed."""
    body = event()
    digest = hmac.new(SECRET.encode(), text.encode() + body, hashlib.sha256).digest()
    with pytest.raises(ForgedError):
        take(body, [(SIGNATURE, b64encode(digest).decode()), (STAMP, text)])


@pytest.mark.parametrize("name", [SIGNATURE, STAMP])
def test_a_hook_03_a_header_that_is_there_twice_is_refused(name: str) -> None:
    """Two of them leave open which one counts."""
    body = event()
    headers = signed(body)
    twice = [*headers, next(pair for pair in headers if pair[0] == name)]
    with pytest.raises(ForgedError):
        take(body, twice)


def test_a_hook_05_a_signature_beyond_ascii_is_refused() -> None:
    """It is no reason for a failure of ours."""
    body = event()
    with pytest.raises(ForgedError):
        take(body, [(SIGNATURE, "sïgnature"), (STAMP, stamp(NOW))])


def test_a_hook_06_other_spellings_of_the_signature_are_refused() -> None:
    """Texts that decode to the same bytes are not the signature."""
    body = event()
    (_, right), at = signed(body)
    flipped = right[:-2] + chr(ord(right[-2]) + 1) + "="
    for other in (right.rstrip("="), right + "=", f" {right}", right + "\n", flipped):
        with pytest.raises(ForgedError):
            take(body, [(SIGNATURE, other), at])


def test_a_hook_12_another_account_s_secret_proves_nothing() -> None:
    """Only the secrets of this desk count."""
    body = event()
    with pytest.raises(ForgedError):
        take(body, signed(body, secret="c29tZWJvZHkgZWxzZQ=="))


def test_f_web_08_two_secrets_hold_while_one_replaces_the_other() -> None:
    """During a change the old and the new are both genuine; afterwards the old is not."""
    body = event()
    old = signed(body, secret="old")
    assert take(body, old, "new", "old") is not None
    with pytest.raises(ForgedError):
        take(body, old, "new")


def test_f_web_07_what_we_do_not_know_is_passed_over() -> None:
    """Other kinds of events, missing parts and extra ones are no fault of the sender."""
    assert take(event(subject="zen:article:5", extra={"a": 1})) is None
    assert take(event(subject="something else")) is None
    assert take(b'{"hello": "there"}') is None
    assert take(event(type="zen:event-type:ticket.never_seen", more=[1])) is not None


@pytest.mark.parametrize(
    "record", ["../users/1", "1?x=", "1%2f", str(2**70), "-4", "0", "", "9223372036854775808", "٣"]
)
def test_a_hook_13_a_record_that_no_desk_names_so_is_refused(record: str) -> None:
    """Before anything is asked of the desk."""
    with pytest.raises(ValueError, match="names a record"):
        take(event(subject=f"zen:ticket:{record}"))
    with pytest.raises(ValueError, match="names a record"):
        take(json.dumps({"ticket_id": record}).encode())


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"id": 1, "id": 2}', b"[" * 100_000])
def test_a_hook_11_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    """Signed nonsense is nonsense."""
    with pytest.raises(ValueError, match="JSON"):
        take(body)
