"""What a webhook carries beside its body: who sends it, its signature, how it signs in."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from typing import Any

from connectors.sandbox.hooks.records import ACCOUNT, Invocation, Webhook
from connectors.sandbox.wire import stamp

TRIAL_SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="  # noqa: S105 - published, for trial calls only
"""Signs trial calls of webhooks that are not there yet."""

CONTENT = {
    "json": "application/json; charset=utf-8",
    "xml": "application/xml; charset=utf-8",
    "form_encoded": "application/x-www-form-urlencoded; charset=utf-8",
}


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """The signature of a body. The secret looks like base64 and is used as the text it is."""
    digest = hmac.new(secret.encode(), timestamp.encode() + body, hashlib.sha256).digest()
    return b64encode(digest).decode()


def headers(hook: Webhook, invocation: Invocation, now: int) -> dict[str, str]:
    """All headers of one try. Every try is stamped and signed anew, with the secret that holds then."""
    body = invocation.body
    return {
        **hook.custom_headers,
        **authorization(hook.authentication),
        "Content-Type": CONTENT[hook.request_format],
        "User-Agent": "Zendesk Webhook",
        "X-Zendesk-Account-Id": str(ACCOUNT),
        "X-Zendesk-Webhook-Id": hook.id,
        "X-Zendesk-Webhook-Invocation-Id": invocation.id,
        "X-Zendesk-Webhook-Signature": signature(hook.secret, stamp(now), body),
        "X-Zendesk-Webhook-Signature-Timestamp": stamp(now),
    }


def authorization(settings: dict[str, Any] | None) -> dict[str, str]:
    """How a webhook signs in at its address."""
    if settings is None:
        return {}
    data = settings["data"]
    if settings["type"] == "basic_auth":
        pair = f"{data.get('username', '')}:{data.get('password', '')}"
        return {"Authorization": "Basic " + b64encode(pair.encode()).decode()}
    if settings["type"] == "bearer_token":
        return {"Authorization": f"Bearer {data.get('token', '')}"}
    return {str(data.get("name", "X-Api-Key")): str(data.get("value", ""))}
