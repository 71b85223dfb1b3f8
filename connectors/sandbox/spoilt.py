"""What a fault makes of one request and its answer: refused, cut, slow, lost, doubled, not what was asked.

Whether a fault strikes is drawn elsewhere; one that lasts longer than a request is ``weather.py``'s.
"""

from __future__ import annotations

import gzip
from collections.abc import Awaitable, Callable
from email.utils import parsedate_to_datetime
from random import Random
from typing import NamedTuple

from starlette.requests import Request as WebRequest
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from connectors.sandbox.ledger import Request
from connectors.sandbox.line import Framing, line_of
from connectors.sandbox.state import Desk

Handle = Callable[[WebRequest], Awaitable[Response]]

JSON = "application/json; charset=utf-8"
PAGE = b"<!doctype html><title>Sorry</title><h1>We will be right back.</h1><p>The desk is being looked after."
BODIES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", JSON),
    "html": (PAGE, "text/html; charset=utf-8"),
    "json": (b'{"error":"Unavailable","description":"The desk cannot answer now."}', JSON),
    "list": (b"[]", JSON),
    "null": (b"null", JSON),
}
"""Content and type of the answers that a desk or a proxy in front of it gives instead."""

SLOW = (1, 60)
"""Seconds that a slow answer takes."""

PIECES = 20


class Asked(NamedTuple):
    """One request on its way to its route, which is ``method`` and ``template``."""

    desk: Desk
    method: str
    template: str
    request: WebRequest
    handle: Handle

    async def handled(self, fault: str | None) -> Response:
        """Let the desk do its work."""
        others = self.desk.trouble.struck["neighbours"]
        answer = await self.handle(self.request)
        if answer.status_code == 429 and self.desk.trouble.struck["neighbours"] > others:
            fault = fault or "neighbours"
        self.note(answer, fault)
        return answer

    def unhandled(self, answer: Response, fault: str) -> Response:
        """An answer in place of the desk's."""
        entry = Request(self.desk.clock.wall(), self.method, self.template, answer.status_code, None)
        self.desk.ledger.requests.append(entry)
        self.note(answer, fault)
        return answer

    def unanswered(self, fault: str) -> Response:
        """No answer at all: the connection breaks, and the ledger shows it as status 0."""
        # The server wants a real answer, which goes nowhere.
        answer = self.unhandled(Response(status_code=502), fault)
        requests = self.desk.ledger.requests
        requests[-1] = requests[-1]._replace(status=0)
        line_of(self.request.scope).drop()
        return answer

    def note(self, answer: Response, fault: str | None) -> None:
        """Tell the ledger's newest entry, which is this request's, what became of it."""
        requests, clock = self.desk.ledger.requests, self.desk.clock
        wait = _peace(answer.headers.get("retry-after", ""), clock.wall())
        requests[-1] = requests[-1]._replace(
            status=answer.status_code, fault=fault, wait=wait, mono=clock.mono()
        )

    def again(self, body: bytes) -> Asked:
        """The same request once more; a body can be read once only."""

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        return self._replace(request=WebRequest(self.request.scope, receive))


def _peace(said: str, now: int) -> float | None:
    """The seconds that a ``Retry-After`` asks for."""
    if said.isascii() and said.isdigit():
        return float(said)
    try:
        return parsedate_to_datetime(said).timestamp() - now
    except ValueError:
        return None


Effect = Callable[[Asked, str, Random], Awaitable[Response]]


def instead(status: int, body: str, *, works: bool, wait: tuple[int, int] | None = None) -> Effect:
    """Another answer than the desk's. With ``works`` the desk has done its part half of the time."""

    async def effect(asked: Asked, name: str, chance: Random) -> Response:
        headers = {} if wait is None else {"Retry-After": str(chance.randint(*wait))}
        answer = Response(BODIES[body][0], status, headers, BODIES[body][1])
        if works and chance.random() < 0.5:
            await asked.handled(name)
            asked.note(answer, name)
            return answer
        return asked.unhandled(answer, name)

    return effect


def cut(framing: Framing) -> Effect:
    """The work is done and the answer breaks off somewhere inside its body."""

    async def effect(asked: Asked, name: str, chance: Random) -> Response:
        answer = await asked.handled(name)
        line_of(asked.request.scope).cut(answer, framing, chance.randrange(max(len(answer.body), 1)))
        return answer

    return effect


async def cut_gzip(asked: Asked, name: str, chance: Random) -> Response:
    """A packed body without its end; to a client that takes no packed one it comes whole."""
    answer = await asked.handled(name)
    if "gzip" not in asked.request.headers.get("accept-encoding", ""):
        return answer
    packed = gzip.compress(bytes(answer.body), 1)
    kept = {name: value for name, value in answer.headers.items() if name != "content-length"}
    headers = {**kept, "Content-Encoding": "gzip"}
    return Response(packed[: chance.randrange(1, len(packed))], answer.status_code, headers)


async def slow_headers(asked: Asked, name: str, chance: Random) -> Response:
    """The work is done at once and the answer begins late."""
    answer = await asked.handled(name)
    await line_of(asked.request.scope).pause(chance.uniform(*SLOW))
    return answer


async def slow_body(asked: Asked, name: str, chance: Random) -> Response:
    """The work is done at once and the answer comes in small pieces."""
    return _Trickle(await asked.handled(name), chance.uniform(*SLOW))


async def swallowed(asked: Asked, name: str, _: Random) -> Response:
    """The work is done and nobody hears of it."""
    answer = await asked.handled(name)
    line_of(asked.request.scope).drop()
    return answer


async def dropped(asked: Asked, name: str, _: Random) -> Response:
    """Nothing is done and nobody hears of it."""
    return asked.unanswered(name)


async def duplicate(asked: Asked, name: str, _: Random) -> Response:
    """The work is done twice, and the second answer goes out."""
    body = await asked.request.body()
    await asked.again(body).handled(name)
    return await asked.again(body).handled(name)


EFFECTS: dict[str, Effect] = {
    "cut-chunked": cut("chunked"),
    "cut-close": cut("close"),
    "cut-gzip": cut_gzip,
    "cut-length": cut("length"),
    "dropped": dropped,
    "duplicate": duplicate,
    "error-500": instead(500, "json", works=True),
    "error-502": instead(502, "html", works=True),
    "error-503": instead(503, "html", works=False),
    "error-503-wait": instead(503, "json", works=False, wait=(1, 60)),
    "error-504": instead(504, "html", works=True),
    "error-520": instead(520, "html", works=True),
    "slow-body": slow_body,
    "slow-headers": slow_headers,
    "swallowed": swallowed,
    "wrong-empty": instead(200, "empty", works=True),
    "wrong-html": instead(200, "html", works=True),
    "wrong-list": instead(200, "list", works=True),
    "wrong-null": instead(200, "null", works=True),
}
"""What happens to a request, by the fault's name."""


class _Trickle(Response):
    """An answer that comes in ``PIECES`` parts over some seconds."""

    def __init__(self, answer: Response, seconds: float) -> None:
        super().__init__(answer.body, answer.status_code, dict(answer.headers))
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        size = max(-(-len(self.body) // PIECES), 1)
        for start in range(0, len(self.body), size):
            await line_of(scope).pause(self._seconds / PIECES)
            part = bytes(self.body[start : start + size])
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
