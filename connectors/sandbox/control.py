"""The desk's own addresses, beside those of the vendor: trouble on demand, and the ledger."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from hmac import compare_digest
from itertools import islice
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.nearby import nearby
from connectors.sandbox.state import Desk
from connectors.sandbox.trouble import FAULTS
from connectors.sandbox.wire import Json

LARGEST_BODY = 64 * 1024
MOST = 1_000
"""Entries of the ledger in one answer."""

View = Callable[[Desk, Request], Awaitable[Response]]


class _Wish(msgspec.Struct, forbid_unknown_fields=True):
    """The faults that shall strike from now on, and where their draws begin again."""

    rates: dict[str, float] = {}
    seed: int | None = None


def control_routes(desk: Desk, token: str) -> list[Route]:
    """The routes, open to who has the desk's token and to programs on this machine."""
    return [
        Route("/sandbox/trouble", _guarded(token, partial(view, desk)), methods=[method])
        for method, view in (("GET", show), ("PUT", change), ("DELETE", clear))
    ] + [Route("/sandbox/ledger", _guarded(token, partial(ledger, desk)), methods=["GET"])]


async def show(desk: Desk, _: Request) -> Response:
    """Seed and rates, how often each fault has struck since it was set, and which faults there are."""
    trouble = desk.trouble
    struck = dict(sorted(trouble.struck.items()))
    said = {"seed": trouble.seed, "rates": dict(trouble.rates), "struck": struck, "faults": FAULTS}
    return _json(200, said)


async def change(desk: Desk, request: Request) -> Response:
    """Switch exactly these faults on; with a seed the run begins again."""
    try:
        wish = msgspec.json.decode(await _body(request), type=_Wish)
        desk.trouble.replace(wish.rates)
    except ValueError as fault:
        return _json(422, {"error": str(fault)})
    if wish.seed is not None:
        desk.trouble.restart(wish.seed)
    return await show(desk, request)


async def clear(desk: Desk, request: Request) -> Response:
    """Switch everything off."""
    desk.trouble.clear()
    return await show(desk, request)


async def ledger(desk: Desk, request: Request) -> Response:
    """What was asked and what really changed, in one order; ``after=N`` leaves out the first N."""
    text = request.query_params.get("after", "0")
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        return _json(422, {"error": "after must be a whole number: the last entry that is known already."})
    entries = _entries(desk, int(text))
    last = entries[-1]["number"] if entries else int(text)
    return _json(200, {"entries": entries, "last": last})


def _entries(desk: Desk, after: int) -> list[Json]:
    asked, done = (
        islice(desk.ledger.requests.after(after), MOST),
        islice(desk.ledger.effects.after(after), MOST),
    )
    found = [{"number": number, "entry": "request", **entry._asdict()} for number, entry in asked]
    found += [{"number": number, "entry": "effect", **entry._asdict()} for number, entry in done]
    return sorted(found, key=lambda entry: entry["number"])[:MOST]


def _guarded(
    token: str, view: Callable[[Request], Awaitable[Response]]
) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if nearby(request) or compare_digest(given.encode(), token.encode()):
            return await view(request)
        return _json(403, {"error": "This needs the sandbox's token, or a program on the same machine."})

    return answer


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY:
            raise ValueError("The body is too large.")
    return body


def _json(status: int, said: Mapping[str, Any]) -> Response:
    return Response(msgspec.json.encode(said), status, media_type="application/json")
