"""What clients send for webhooks, checked."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from connectors.sandbox.hooks.kinds import TYPES
from connectors.sandbox.hooks.records import CONDITIONAL
from connectors.sandbox.refusals import RefusedError, listed
from connectors.sandbox.wire import Json

CHOICES = {
    "status": ("active", "inactive"),
    "http_method": ("GET", "POST", "PUT", "PATCH", "DELETE"),
    "request_format": ("json", "xml", "form_encoded"),
}
NEEDED = ("name", "endpoint", "status", "http_method", "request_format", "subscriptions")
SCHEMES = ("basic_auth", "bearer_token", "api_key")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def refuse(title: str) -> RefusedError:
    """A webhook that may not be saved like this."""
    return listed(400, "InvalidWebhook", title)


def webhook(wish: Json, old: Json) -> Json:
    """The properties of a webhook after a wish; ``old`` are those it has already (none when it is new)."""
    merged = {**old, **{key: wish[key] for key in wish if key in READERS}}
    for key in NEEDED:
        if merged.get(key) in (None, "", [], ()):
            raise refuse(f"{key} is required")
    values = {key: READERS[key](value, key) for key, value in merged.items()}
    conditional = values["subscriptions"] == (CONDITIONAL,)
    if old and (old["subscriptions"] == (CONDITIONAL,)) != conditional:
        raise refuse("subscriptions cannot change between events and conditional_ticket_events")
    if not conditional and (values["http_method"], values["request_format"]) != ("POST", "json"):
        raise refuse("a webhook subscribed to events must use POST and json")
    return values


def _text(value: object, key: str) -> str:
    if not isinstance(value, str):
        raise refuse(f"{key} must be text")
    return value


def _choice(value: object, key: str) -> str:
    if value not in CHOICES[key]:
        raise refuse(f"{key} must be one of {', '.join(CHOICES[key])}")
    return str(value)


def endpoint(value: object, key: str) -> str:
    """An https address; a plain one only on this machine."""
    text = _text(value, key)
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise refuse(f"{key} is not an address") from None
    local = parts.scheme == "http" and parts.hostname in LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or local):
        raise refuse(f"{key} must be an https address")
    return text


def _subscriptions(value: object, key: str) -> tuple[str, ...]:
    kinds = tuple(value) if isinstance(value, list | tuple) else ()
    if kinds == (CONDITIONAL,):
        return kinds
    unknown = [kind for kind in kinds if not isinstance(kind, str) or kind not in TYPES]
    if CONDITIONAL in kinds:
        raise refuse("conditional_ticket_events cannot be mixed with other subscriptions")
    if unknown or not kinds:
        raise refuse(
            f"{key} must be event types: {unknown[0]!r} is none" if unknown else f"{key} is required"
        )
    return tuple(dict.fromkeys(kinds))


def _authentication(value: object, _: str) -> dict[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, dict) or value.get("type") not in SCHEMES:
        raise refuse(f"authentication.type must be one of {', '.join(SCHEMES)}")
    if not isinstance(value.get("data"), dict):
        raise refuse("authentication.data must be an object")
    return {"type": value["type"], "add_position": "header", "data": value["data"]}


def _headers(value: object, key: str) -> dict[str, str]:
    headers = {} if value is None else value
    if not isinstance(headers, dict) or not all(
        isinstance(text, str) and "\n" not in f"{name}{text}" and "\r" not in f"{name}{text}"
        for name, text in headers.items()
    ):
        raise refuse(f"{key} must be an object of texts")
    return {str(name): text for name, text in headers.items()}


READERS = {
    "name": _text,
    "description": lambda value, key: "" if value is None else _text(value, key),
    "status": _choice,
    "endpoint": endpoint,
    "http_method": _choice,
    "request_format": _choice,
    "subscriptions": _subscriptions,
    "authentication": _authentication,
    "custom_headers": _headers,
}
"""What may be said about a webhook; anything else is passed over."""
