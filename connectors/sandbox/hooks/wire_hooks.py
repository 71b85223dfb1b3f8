"""How webhooks and their log look in an answer; secrets stay inside."""

from __future__ import annotations

from connectors.sandbox.hooks.records import Attempt, Invocation, Webhook
from connectors.sandbox.wire import Json, stamp

PENDING = "pending"
"""The word for a delivery that has not been tried yet."""


def webhook(record: Webhook) -> Json:
    """A webhook; of its authentication only the kind and the user's name."""
    return {
        "id": record.id,
        "name": record.name,
        "description": record.description,
        "status": record.status,
        "endpoint": record.endpoint,
        "http_method": record.http_method,
        "request_format": record.request_format,
        "subscriptions": list(record.subscriptions),
        "authentication": _authentication(record),
        "custom_headers": record.custom_headers,
        "created_at": stamp(record.created_at),
        "created_by": str(record.author_id),
        "updated_at": stamp(record.updated_at),
        "updated_by": str(record.author_id),
    }


def _authentication(record: Webhook) -> Json | None:
    if record.authentication is None:
        return None
    data = {key: value for key, value in record.authentication["data"].items() if key in ("username", "name")}
    return {**record.authentication, "data": data}


def invocation(record: Invocation) -> Json:
    """One delivery as it stands."""
    last = record.attempts[-1] if record.attempts else None
    return {
        "id": record.id,
        "status": last.status if last else PENDING,
        "status_code": last.code if last else None,
        "latest_completed_at": stamp(last.at) if last else None,
    }


def attempt(record: Invocation, number: int, entry: Attempt) -> Json:
    """One try of a delivery, with what was sent and what came back; the headers, which hold secrets, not."""
    return {
        "id": f"{record.id}-{number}",
        "invocation_id": record.id,
        "status": entry.status,
        "status_code": entry.code,
        "completed_at": stamp(entry.at),
        "request": {"headers": [], "payload": record.body.decode(errors="replace")},
        "response": {"headers": [], "payload": entry.response.decode(errors="replace")},
    }
