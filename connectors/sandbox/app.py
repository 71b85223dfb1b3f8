"""The desk as one web application: the API's table of routes, and the agent's pages beside it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from email.utils import formatdate

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.requests import Request as WebRequest
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.sandbox.access import Gate, Grant, check_role, check_scope
from connectors.sandbox.apps import InstalledApp
from connectors.sandbox.browser.consent import consent_routes
from connectors.sandbox.browser.routes import browser_routes
from connectors.sandbox.call import Answer, Call, Row, gathered
from connectors.sandbox.control import control_routes
from connectors.sandbox.furnish import furnish
from connectors.sandbox.hooks.post import Post
from connectors.sandbox.hooks.sender import Sender
from connectors.sandbox.jobs import AT_ONCE, DELAY, Jobs
from connectors.sandbox.ledger import Request
from connectors.sandbox.limits import Asked, Visit
from connectors.sandbox.plan import check_plan
from connectors.sandbox.refusals import RefusedError, described, unauthenticated, unknown_endpoint
from connectors.sandbox.routes import (
    account,
    apps,
    deleted,
    events,
    exports,
    fields,
    groups,
    identities,
    jobs,
    lookups,
    memberships,
    metric_events,
    organizations,
    people_jobs,
    requests,
    schedules,
    search,
    slas,
    tags,
    ticket_jobs,
    ticket_lists,
    ticket_parts,
    tickets,
    tokens,
    triggers,
    users,
    views,
    vocabulary,
    webhooks,
)
from connectors.sandbox.state import Desk
from connectors.sandbox.weather import Weather
from connectors.sandbox.wire import Json

ROWS: tuple[Row, ...] = (
    *tokens.ROWS,
    *account.ROWS,
    *apps.ROWS,
    *ticket_jobs.ROWS,
    *tickets.ROWS,
    *ticket_parts.ROWS,
    *ticket_lists.ROWS,
    *requests.ROWS,
    *deleted.ROWS,
    *tags.ROWS,
    *people_jobs.ROWS,
    *users.ROWS,
    *identities.ROWS,
    *organizations.ROWS,
    *memberships.ROWS,
    *groups.ROWS,
    *exports.ROWS,
    *events.ROWS,
    *search.ROWS,
    *views.ROWS,
    *jobs.ROWS,
    *fields.ROWS,
    *slas.ROWS,
    *triggers.ROWS,
    *webhooks.ROWS,
    *schedules.ROWS,
    *metric_events.ROWS,
    *lookups.ROWS,
    *vocabulary.ROWS,
)
LARGEST_BODY = 8 * 1024 * 1024
SKEW = 900
"""Seconds by which the desk's clock goes wrong when it is told to."""


def application(
    desk: Desk, *, token: str, sidebar: str | None = None, delay: float = DELAY, way: Post | None = None
) -> Starlette:
    """The whole desk. ``sidebar`` is the address of the installed app, ``delay`` is how long a job takes.

    Webhooks leave by ``way``, called at once, or without one by HTTP to this machine. Jobs and webhooks get
    on with every request; ``state.settle`` lets them get on without one, ``state.close`` ends it.
    """
    furnish(desk)
    desk.app = InstalledApp(sidebar, desk.clock.wall()) if sidebar else None
    queue, gate, weather, sender = Jobs(desk, delay), Gate(desk, token), Weather(desk), Sender(desk, way)

    def settle() -> None:
        queue.settle()
        sender.settle()

    routes = [
        Route(
            row.path,
            weather.over(row.method, row.path, _endpoint(row, desk, queue, gate, sender)),
            methods=[row.method],
            name=row.path,
        )
        for row in ROWS
    ]
    app = Starlette(
        routes=[
            *routes,
            *control_routes(desk, token),
            *browser_routes(desk),
            *consent_routes(desk, gate),
            Route("/healthz", _health),
        ],
        middleware=[Middleware(_Door, settle=settle)],
        exception_handlers={HTTPException: _refused(desk)},
    )
    app.state.settle, app.state.close = settle, sender.close
    return app


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


def _endpoint(
    row: Row, desk: Desk, queue: Jobs, gate: Gate, sender: Sender
) -> Callable[[WebRequest], Awaitable[Response]]:
    async def answer(request: WebRequest) -> Response:
        grant: Grant | None = None
        visit = desk.limits.visit()
        try:
            if row.path.startswith("/api/"):
                visit.account()
                grant = gate.identify(request.headers.get("authorization"))
            _admit(row, grant)
            check_plan(desk, row.path)
            call = await _call(request, desk, queue, gate, grant, sender)
            said = await _within_limits(row, call, visit)
        except RefusedError as refusal:
            said = Answer(refusal.status, refusal.body)
        actor = grant.user.id if grant else None
        desk.ledger.requests.append(Request(desk.clock.wall(), row.method, row.path, said.status, actor))
        reply = _reply(said.status, said.body, said.location, {**said.headers, **visit.headers})
        reply.headers.update(_surroundings(desk))
        return reply

    return answer


def _surroundings(desk: Desk) -> dict[str, str]:
    """What the desk says beside every answer: its time, and in trouble that its budget is gone."""
    skew = SKEW if desk.trouble.strikes("clock-skew") else 0
    said = {"Date": formatdate(desk.clock.wall() + skew, usegmt=True)}
    if desk.trouble.strikes("budget-used-up"):
        said |= {"X-Rate-Limit": "700", "X-Rate-Limit-Remaining": "3", "ratelimit-reset": "41"}
    return said


async def _within_limits(row: Row, call: Call, visit: Visit) -> Answer:
    actor = call.actor.id if call.actor else None
    visit.address(row.method, row.path, Asked(actor, call.params, call.query, call.body))
    try:
        viewed = row.view(call)
        return viewed if isinstance(viewed, Answer) else await viewed
    finally:
        if row.method != "GET" and row.path.endswith("_many"):
            visit.jobs(AT_ONCE, call.jobs.running)


def _admit(row: Row, grant: Grant | None) -> None:
    if row.open and grant is None:
        return
    if grant is None:
        raise unauthenticated()
    if not row.any_scope:
        check_scope(grant, row.method, _resource(row.path))
    check_role(grant, row.method, admin=row.admin)


def _resource(path: str) -> str | None:
    """Whose scope opens a path; audits have none of their own, not even that of tickets."""
    return None if "audits" in path else path.removeprefix("/api/v2/").split("/")[0]


async def _call(
    request: WebRequest, desk: Desk, queue: Jobs, gate: Gate, grant: Grant | None, sender: Sender
) -> Call:
    return Call(
        desk=desk,
        jobs=queue,
        gate=gate,
        actor=grant.user if grant else None,
        grant=grant,
        base=f"{request.url.scheme}://{request.url.netloc}",
        path=request.url.path,
        params=request.path_params,
        query=gathered(request.query_params.multi_items()),
        body=await _body(request),
        content_type=request.headers.get("content-type", "").partition(";")[0].strip().lower(),
        sender=sender,
        headers=request.headers,
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


def _reply(
    status: int,
    body: Json | str | bytes | None,
    location: str | None = None,
    more: Mapping[str, str] | None = None,
) -> Response:
    headers = {**(more or {}), **({} if location is None else {"Location": location})}
    if body is None:
        return Response(None, status, headers)
    if isinstance(body, bytes):
        return Response(body, status, headers, "application/x-pem-file")
    return Response(msgspec.json.encode(body), status, headers, "application/json; charset=utf-8")


def _refused(desk: Desk) -> Callable[[WebRequest, Exception], Awaitable[Response]]:
    """Unknown addresses: the API's envelope below ``/api/``, one plain sentence elsewhere."""

    async def answer(request: WebRequest, fault: Exception) -> Response:
        status = fault.status_code if isinstance(fault, HTTPException) else 500
        if not request.url.path.startswith(("/api/", "/oauth/")):
            return PlainTextResponse("There is no such page on this desk.", status)
        refusal, visit = unknown_endpoint(), desk.limits.visit()
        try:
            visit.account()
        except RefusedError as exceeded:
            refusal = exceeded
        entry = Request(desk.clock.wall(), request.method, "unknown", refusal.status, None)
        desk.ledger.requests.append(entry)
        return _reply(refusal.status, refusal.body, more=visit.headers)

    return answer
