"""Signing in: a client's credentials for an access token."""

from __future__ import annotations

from urllib.parse import parse_qsl

from connectors.sandbox.call import Answer, Call, Row


def issue(call: Call) -> Answer:
    """An access token; the request may be JSON or a form."""
    if call.content_type == "application/x-www-form-urlencoded":
        return Answer(201, call.gate.issue(dict(parse_qsl(call.body.decode("utf-8", "replace")))))
    return Answer(201, call.gate.issue(call.json()))


ROWS = (Row("POST", "/oauth/tokens", issue, open=True),)
