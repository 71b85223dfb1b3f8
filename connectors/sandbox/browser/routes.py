"""The agent's addresses: a list of tickets, one ticket, and its form. Loopback only, no sign-in."""

from __future__ import annotations

import re
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from connectors.sandbox.browser import render, views
from connectors.sandbox.changes import Wish, update
from connectors.sandbox.nearby import nearby
from connectors.sandbox.records import PRIORITIES, STATUSES, Ticket, User
from connectors.sandbox.refusals import RefusedError
from connectors.sandbox.state import Desk
from connectors.sandbox.tags import joined, split, without

LARGEST_FORM = 256 * 1024
SCHEMES = ("light", "dark")
_LOCALE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", re.ASCII)
Form = dict[str, str]


def browser_routes(desk: Desk) -> list[Route]:
    """The pages' routes; the app that is installed opens in the frame beside a ticket."""
    pages = _Pages(desk)
    return [
        Route("/", guarded(pages.home), methods=["GET"]),
        Route("/agent/tickets", guarded(pages.list), methods=["GET"]),
        Route("/agent/tickets/{id:int}", guarded(pages.show), methods=["GET"]),
        Route("/agent/tickets/{id:int}", guarded(pages.save), methods=["POST"]),
    ]


class Opening(NamedTuple):
    """What opens the app's frame: where the form goes, its token, and what the page tells the app."""

    address: str
    origin: str
    token: str
    page: str
    """JSON."""


class _Pages:
    """The pages of one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def home(self, request: Request) -> Response:
        return RedirectResponse(f"/agent/tickets{_kept(request)}", 303)

    async def list(self, request: Request) -> Response:
        show = "all" if request.query_params.get("show") == "all" else "unsolved"
        number = request.query_params.get("page", "1")
        page = int(number) if number.isascii() and number.isdigit() and len(number) < 8 else 1
        listing = views.listing(self._desk, show, page)
        return render.page("tickets.html", listing=listing, **self._common(request))

    async def show(self, request: Request) -> Response:
        ticket = self._desk.present(request.path_params["id"])
        return self._missing(request) if ticket is None else self._ticket(request, ticket)

    async def save(self, request: Request) -> Response:
        if not same_origin(request):
            return render.page("refused.html", 403, reason="This form was sent from another site.")
        ticket = self._desk.present(request.path_params["id"])
        if ticket is None:
            return self._missing(request)
        form = form_in(await body_of(request))
        agent = self._desk.users.get(self._desk.agent_id)
        if form is None or agent is None:
            return render.page("refused.html", 400, reason="This form could not be read.")
        try:
            _save(self._desk, ticket, form, agent)
        except RefusedError as refusal:
            return self._ticket(request, ticket, form=form, notice=_sentence(refusal), status=422)
        return RedirectResponse(f"/agent/tickets/{ticket.id}{_kept(request)}", 303)

    def _ticket(
        self,
        request: Request,
        ticket: Ticket,
        *,
        form: Form | None = None,
        notice: str = "",
        status: int = 200,
    ) -> Response:
        page = views.ticket_page(self._desk, ticket)
        chosen = {"status": page.status, "priority": page.priority, "tags": page.tags}
        chosen |= {"reply": "", "visibility": "public"}
        app = self._opening(request, ticket)
        return render.page(
            "ticket.html",
            status,
            frame=app.origin if app else None,
            onward=app.origin if app else None,
            ticket=page,
            chosen={**chosen, **(form or {})},
            notice=notice,
            statuses=[word for word in STATUSES if word != "closed"],
            priorities=PRIORITIES,
            app=app,
            **self._common(request),
        )

    def _opening(self, request: Request, ticket: Ticket) -> Opening | None:
        """The app's frame opened for the agent at this browser: its own guid, signed now."""
        app, agent = self._desk.app, self._desk.users.get(self._desk.agent_id)
        if app is None or agent is None:
            return None
        guid, account = str(uuid.uuid4()), request.url.netloc
        asked = urlencode({"origin": f"{request.url.scheme}://{account}", "app_guid": guid})
        address = f"{app.address}{'&' if '?' in app.address else '?'}{asked}"
        told = views.told(self._desk, ticket, agent, guid=guid, account=account, locale=_locale(request))
        return Opening(
            address=address,
            origin=render.origin(app.address),
            token=app.token(account, agent.id, address, self._desk.clock.wall()),
            page=msgspec.json.encode(told).decode(),
        )

    def _missing(self, request: Request) -> Response:
        return render.page("missing.html", 404, **self._common(request))

    def _common(self, request: Request) -> dict[str, Any]:
        agent = self._desk.users.get(self._desk.agent_id)
        return {
            "desk": self._desk.name,
            "agent": agent.name if agent else "",
            "scheme": _scheme(request),
            "kept": _kept(request),
        }


def _save(desk: Desk, ticket: Ticket, form: Form, agent: User) -> None:
    """Send only what the agent changed, so that a colleague's change in between survives."""
    wish: Wish = {}
    for name in ("status", "priority"):
        if name in form and form[name] != form.get(f"was_{name}"):
            wish[name] = form[name] or None
    before, after = split(form.get("was_tags", "")), split(form.get("tags", ""))
    if before != after:
        wish["tags"] = without(joined(ticket.tags, without(after, before)), without(before, after))
    reply = form.get("reply", "").strip()
    if reply:
        public = form.get("visibility") != "internal"
        wish["comment"] = {"body": reply, "public": public}
        if public and ticket.assignee_id is None:
            wish["assignee_id"] = agent.id
    if wish:
        update(desk, ticket, wish, agent, "web")


def guarded(view: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """The page has no sign-in, so it answers only a browser on this machine that asks for it by that name."""

    async def answer(request: Request) -> Response:
        if nearby(request):
            return await view(request)
        return render.page("refused.html", 403, reason="This page is for a browser on the same machine.")

    return answer


def same_origin(request: Request) -> bool:
    """Browsers hide ``Origin`` from a page with no referrer, and say it in ``Sec-Fetch-Site`` instead."""
    said = request.headers.get("sec-fetch-site")
    if said is not None:
        return said == "same-origin"
    return request.headers.get("origin") == f"{request.url.scheme}://{request.url.netloc}"


async def body_of(request: Request) -> bytes | None:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_FORM:
            return None
    return body


def form_in(body: bytes | None) -> Form | None:
    if body is None:
        return None
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=50)
    except ValueError:
        return None
    return {name: values[-1].replace("\r\n", "\n") for name, values in fields.items()}


def _sentence(refusal: RefusedError) -> str:
    details = refusal.body.get("details")
    if not isinstance(details, dict):
        return str(refusal.body.get("description", "The desk refused this change."))
    return ". ".join(entry["description"] for entries in details.values() for entry in entries)


def _scheme(request: Request) -> str:
    asked = request.query_params.get("scheme", "")
    return asked if asked in SCHEMES else ""


def _locale(request: Request) -> str:
    """The language that the agent is made to have, to see the sidebar in it; these pages stay English."""
    asked = request.query_params.get("locale", "")
    return asked if _LOCALE.fullmatch(asked) else ""


def _kept(request: Request) -> str:
    """The part of the query that every link carries on."""
    kept = {"scheme": _scheme(request), "locale": _locale(request)}
    query = urlencode({name: value for name, value in kept.items() if value})
    return f"?{query}" if query else ""
