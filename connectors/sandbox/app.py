"""The desk as one web application: the API's table of routes, and the agent's pages beside it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.requests import Request as WebRequest
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.sandbox.access import Gate, Grant, check_scope
from connectors.sandbox.browser.routes import browser_routes
from connectors.sandbox.call import Answer, Call, Row
from connectors.sandbox.jobs import DELAY, Jobs
from connectors.sandbox.refusals import RefusedError, described, forbidden, unauthenticated, unknown_endpoint
from connectors.sandbox.routes import exports, fields, jobs, people, tags, tickets, tokens, vocabulary
from connectors.sandbox.state import Desk, Request
from connectors.sandbox.wire import Json

ROWS: tuple[Row, ...] = (
    *tokens.ROWS,
    *tickets.ROWS,
    *tags.ROWS,
    *people.ROWS,
    *exports.ROWS,
    *jobs.ROWS,
    *fields.ROWS,
    *vocabulary.ROWS,
)
LARGEST_BODY = 8 * 1024 * 1024


def application(desk: Desk, *, token: str, sidebar: str | None = None, delay: float = DELAY) -> Starlette:
    """The whole desk. ``sidebar`` is the address shown beside a ticket; ``delay`` is how long a job takes."""
    queue, gate = Jobs(desk, delay), Gate(desk, token)
    routes = [
        Route(row.path, _endpoint(row, desk, queue, gate), methods=[row.method], name=row.path)
        for row in ROWS
    ]
    return Starlette(
        routes=[*routes, *browser_routes(desk, sidebar), Route("/healthz", _health)],
        middleware=[Middleware(_Door, settle=queue.settle)],
        exception_handlers={HTTPException: _refused(desk)},
    )


class _Door:
    """Takes the optional ``.json`` off API paths, and lets due jobs happen before anybody looks."""

    def __init__(self, app: ASGIApp, settle: Callable[[], None]) -> None:
        self._app = app
        self._settle = settle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self._settle()
            path: str = scope["path"]
            if path.startswith("/api/") and path.endswith(".json"):
                scope = {**scope, "path": path.removesuffix(".json")}
        await self._app(scope, receive, send)


async def _health(_: WebRequest) -> Response:
    return PlainTextResponse("ok")


def _endpoint(row: Row, desk: Desk, queue: Jobs, gate: Gate) -> Callable[[WebRequest], Awaitable[Response]]:
    async def answer(request: WebRequest) -> Response:
        grant: Grant | None = None
        try:
            if row.path.startswith("/api/"):
                grant = gate.identify(request.headers.get("authorization"))
            _admit(row, grant)
            said = row.view(await _call(request, desk, queue, gate, grant))
        except RefusedError as refusal:
            said = Answer(refusal.status, refusal.body)
        actor = grant.user.id if grant else None
        desk.ledger.requests.append(Request(desk.clock.wall(), row.method, row.path, said.status, actor))
        return _json(said.status, said.body, said.location)

    return answer


def _admit(row: Row, grant: Grant | None) -> None:
    if row.open and grant is None:
        return
    if grant is None:
        raise unauthenticated()
    check_scope(grant, row.method, _resource(row.path))
    if row.admin and grant.user.role != "admin":
        raise forbidden()


def _resource(path: str) -> str | None:
    """Whose scope opens a path; audits have none of their own, not even that of tickets."""
    return None if path.endswith("/audits") else path.removeprefix("/api/v2/").split("/")[0]


async def _call(request: WebRequest, desk: Desk, queue: Jobs, gate: Gate, grant: Grant | None) -> Call:
    return Call(
        desk=desk,
        jobs=queue,
        gate=gate,
        actor=grant.user if grant else None,
        base=f"{request.url.scheme}://{request.url.netloc}",
        path=request.url.path,
        params=request.path_params,
        query=dict(request.query_params),
        body=await _body(request),
        content_type=request.headers.get("content-type", "").partition(";")[0].strip().lower(),
    )


async def _body(request: WebRequest) -> bytes:
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > LARGEST_BODY:
                raise described(413, "RequestEntityTooLarge", "The request body is too large")
            parts.append(part)
    except ClientDisconnect:
        raise described(400, "BadRequest", "The request body was cut off") from None
    return b"".join(parts)


def _json(status: int, body: Json, location: str | None = None) -> Response:
    headers = {} if location is None else {"Location": location}
    return Response(msgspec.json.encode(body), status, headers, "application/json; charset=utf-8")


def _refused(desk: Desk) -> Callable[[WebRequest, Exception], Response]:
    """Unknown addresses: the API's envelope below ``/api/``, one plain sentence elsewhere."""

    def answer(request: WebRequest, fault: Exception) -> Response:
        status = fault.status_code if isinstance(fault, HTTPException) else 500
        if not request.url.path.startswith(("/api/", "/oauth/")):
            return PlainTextResponse("There is no such page on this desk.", status)
        refusal = unknown_endpoint()
        entry = Request(desk.clock.wall(), request.method, "unknown", refusal.status, None)
        desk.ledger.requests.append(entry)
        return _json(refusal.status, refusal.body)

    return answer
