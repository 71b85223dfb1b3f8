"""Zendesk's webhooks: is a delivery genuine, and which record does it speak of. Nothing is fetched here."""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from connectors.answer import strict_json
from connectors.hints import ForgedError, Hint
from connectors.records import Stream

SIGNATURE = "x-zendesk-webhook-signature"
STAMP = "x-zendesk-webhook-signature-timestamp"

WINDOW = 300
"""Seconds that a stamp may lie before or after our clock; the vendor prescribes none."""

KINDS = {
    "ticket": Stream.TICKETS,
    "user": Stream.CUSTOMERS,
    "organization": Stream.ORGANIZATIONS,
}
"""What an event's subject may be about, by the vendor's word."""

_ID = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
_EVENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_STAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?Z", re.ASCII)


class _Event(msgspec.Struct):
    id: str
    type: str
    subject: str


def read(headers: Sequence[tuple[str, str]], body: bytes, *, secrets: Sequence[str], now: int) -> Hint | None:
    """The record that a delivery speaks of; None where it is none that we keep.

    Header names are in lower case. ``secrets`` are those that hold now: two while one replaces the other.
    Raises ForgedError unless the desk has signed exactly these bytes lately, and ValueError for a genuine
    body that is no event or names a record as no desk does.
    """
    stamp = _prove(headers, body, secrets, now)
    if not body:
        return None
    said = strict_json(body)
    if "ticket_id" in said:
        return _by_trigger(said["ticket_id"], stamp)
    try:
        event = msgspec.convert(said, _Event)
    except msgspec.ValidationError:
        return None
    return _by_event(event)


def _prove(headers: Sequence[tuple[str, str]], body: bytes, secrets: Sequence[str], now: int) -> str:
    """The delivery's stamp, once it is known to be genuine and of these minutes.

    The signature's text is compared, not what it decodes to: several texts decode to one signature.
    """
    signature, stamp = _only(headers, SIGNATURE), _only(headers, STAMP)
    signed = stamp.encode() + body
    genuine = [hmac.compare_digest(_sign(secret, signed), signature.encode()) for secret in secrets]
    if not any(genuine) or abs(now - _instant(stamp)) > WINDOW:
        raise ForgedError
    return stamp


def _by_event(event: _Event) -> Hint | None:
    vendor, kind, record = (*event.subject.split(":", 2), "", "")[:3]
    if vendor != "zen" or kind not in KINDS:
        return None
    if _EVENT_ID.fullmatch(event.id) is None:
        raise ValueError("the event's id is none")
    return Hint(event_id=event.id, stream=KINDS[kind], record_id=_record(record))


def _by_trigger(ticket: object, stamp: str) -> Hint:
    """A trigger's text has no id of its own; of one ticket and one second it is one event."""
    shown = str(ticket) if isinstance(ticket, str | int) and not isinstance(ticket, bool) else ""
    record = _record(shown)
    return Hint(event_id=f"trigger-{record}-{stamp}", stream=Stream.TICKETS, record_id=record)


def _record(text: str) -> str:
    if _ID.fullmatch(text) is None or int(text) >= 2**63:
        raise ValueError("the event names a record in a way that no desk does")
    return text


def _only(headers: Sequence[tuple[str, str]], name: str) -> str:
    values = [value for key, value in headers if key == name]
    if len(values) != 1 or not values[0].isascii():
        raise ForgedError
    return values[0]


def _sign(secret: str, signed: bytes) -> bytes:
    # The secret looks like base64 and is used as it stands.
    return b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest())


def _instant(stamp: str) -> int:
    if _STAMP.fullmatch(stamp) is None:
        raise ForgedError
    try:
        return int(datetime.fromisoformat(stamp[:19]).replace(tzinfo=UTC).timestamp())
    except ValueError:
        raise ForgedError from None
