"""Cursor exports that mislead: a page without records that is not the last, a cursor that does not move."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from random import Random

import msgspec
from starlette.responses import Response

from connectors.sandbox.spoilt import JSON, Asked, Effect


async def empty_page(asked: Asked, name: str, _: Random) -> Response:
    """No records, and another cursor for the same place: who follows it misses nothing."""
    answer = await asked.handled(name)
    if answer.status_code != 200:
        return answer
    page = msgspec.json.decode(answer.body)
    kind = asked.template.split("/")[-2]
    cursor = _another(asked.request.query_params)
    return _page(answer, {**page, kind: [], "after_cursor": cursor, "end_of_stream": False})


async def stuck_cursor(asked: Asked, name: str, _: Random) -> Response:
    """The records of the place, and the cursor that led to it."""
    answer = await asked.handled(name)
    sent = asked.request.query_params.get("cursor")
    if sent is None or answer.status_code != 200:
        return answer
    page = msgspec.json.decode(answer.body)
    return _page(answer, {**page, "after_cursor": sent, "end_of_stream": False})


EFFECTS: dict[str, Effect] = {"empty-page": empty_page, "stuck-cursor": stuck_cursor}
"""What happens to a page of a cursor export, by the fault's name."""


def concerns(template: str) -> bool:
    """Whether a route is a cursor export."""
    return template.startswith("/api/v2/incremental/") and template.endswith("/cursor")


def _page(answer: Response, page: object) -> Response:
    kept = {name: value for name, value in answer.headers.items() if name != "content-length"}
    return Response(msgspec.json.encode(page), answer.status_code, kept, JSON)


def _another(query: Mapping[str, str]) -> str:
    """The asked place under another cursor: one more zero before its instant says the same."""
    if "cursor" in query:
        return b64encode(b"0" + b64decode(query["cursor"])).decode()
    return b64encode(f"{query['start_time']}.0||0|".encode()).decode()
