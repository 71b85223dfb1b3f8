"""Signing in: a grant for an access token, and what the token at hand is."""

from __future__ import annotations

from urllib.parse import parse_qsl

from connectors.sandbox.call import GONE, Answer, Call, Row, ok
from connectors.sandbox.grants import Issued
from connectors.sandbox.refusals import not_found
from connectors.sandbox.wire import Json, iso, stamp

SHOWN = 10
"""Characters of a token that are shown of it afterwards."""


def issue(call: Call) -> Answer:
    """An access token; the request may be JSON or a form."""
    if call.content_type == "application/x-www-form-urlencoded":
        return Answer(201, call.gate.issue(dict(parse_qsl(call.body.decode("utf-8", "replace")))))
    return Answer(201, call.gate.issue(call.json()))


def current(call: Call) -> Answer:
    """The token that the request carries; there is none behind an API token or the desk's own."""
    return ok(token=_token(_issued(call), call.base))


def revoke(call: Call) -> Answer:
    """End the token that the request carries, and its refresh token."""
    call.gate.grants.revoke(_issued(call).access)
    return GONE


def _issued(call: Call) -> Issued:
    if call.grant is None or call.grant.issued is None:
        raise not_found()
    return call.grant.issued


def _token(issued: Issued, base: str) -> Json:
    return {
        "id": issued.id,
        "url": f"{base}/api/v2/oauth/tokens/{issued.id}.json",
        "client_id": 1,
        "user_id": issued.user_id,
        "token": issued.access[:SHOWN],
        "refresh_token": issued.refresh and issued.refresh[:SHOWN],
        "scopes": issued.scope.split(),
        "created_at": stamp(issued.made_at),
        "used_at": stamp(issued.used_at),
        "expires_at": iso(issued.until),
        "refresh_token_expires_at": iso(issued.refresh_until),
    }


ROWS = (
    Row("POST", "/oauth/tokens", issue, open=True),
    Row("GET", "/api/v2/oauth/tokens/current", current, any_scope=True),
    Row("DELETE", "/api/v2/oauth/tokens/current", revoke, any_scope=True),
)
