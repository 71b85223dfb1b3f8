"""The web application: one table of routes, each answering from what it was given."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType

from cachetools import TTLCache, cached
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from connectors.clock import Clock
from integration import render
from integration.sidebar import (
    OLD,
    Company,
    CompanySources,
    Frame,
    Sources,
    View,
    advice_data,
    advice_text,
    company,
    render_fragment,
    render_shell,
    render_words,
    shown,
    view,
)
from integration.store.feedback import Feedback
from integration.web.door import Door
from integration.web.draft import Draft, draft_in, reading
from integration.web.feedback import Answer, answer_in, judge
from integration.web.headers import Guarded, problem
from integration.web.home import Overview, render_home
from integration.web.hooks import Hooks
from integration.web.language import spoken
from integration.words import Words, is_spoken
from policies.model import Policy

FRESH = 3
"""Seconds for which a fragment serves again: a burst of openings reads the store once."""

_NUMBER = re.compile(r"[1-9][0-9]{0,18}")
_GUID = re.compile(r"[0-9A-Za-z-]{1,64}")
_ANCESTOR = re.compile(r"https?://(\*\.)?[A-Za-z0-9.-]+(:[0-9]{1,5})?")

Seen = tuple[View | Company, str]
"""What is shown, and its mark where agents are asked about it; empty where they are not."""

ViewOf = Callable[[str, Words], Seen]
"""What is shown of a number of the desk, in a language."""


def create(
    *,
    sources: Callable[[str], Sources],
    policy: Callable[[], Policy],
    overview: Callable[[], Overview],
    clock: Clock,
    zone: str,
    unsigned_sidebar: bool,
    frame_ancestors: tuple[str, ...],
    customers: Callable[[str], Sources] | None = None,
    companies: Callable[[str], CompanySources] | None = None,
    hosts: tuple[str, ...] = (),
    hooks: Mapping[str, Hooks] = MappingProxyType({}),
    door: Door | None = None,
    keep: Callable[[Feedback], None] | None = None,
    written: Callable[[], int] = lambda: 0,
    locale: str = "en",
) -> Starlette:
    """The application over stored records. The callables may block: they run in the thread pool.

    ``sources`` are those of tickets, ``customers`` and ``companies`` serve pages of their own where they are.
    ``unsigned_sidebar`` serves advice to whoever asks and is for development; without it the sidebar
    asks to be reloaded and shows nothing. ``frame_ancestors`` are the origins that may frame it.
    ``hosts`` are the names it answers to, all when empty: a page elsewhere whose name is pointed at this
    machine must not read what is open here. ``hooks`` take webhooks, by vendor. ``door`` lets agents in whom
    the desk has signed. ``keep`` stores what agents say of the advice, who are asked only where there is one;
    it may raise StoreError. ``written`` is another number once the records are others: what was made of them
    is not served again. ``locale`` is for readers of whom nothing else is known. Raises ValueError for an
    origin, a time zone or a locale that cannot be meant.
    """
    framers = tuple(dict.fromkeys((*frame_ancestors, *((door.origin,) if door else ()))))
    framed = ("/sidebar", door.path) if door else ("/sidebar",)
    _check(zone, framers, locale)
    site = _Site(
        views={
            kind: _shared(view_of, clock, written)
            for kind, view_of in _views(
                sources, customers, companies, policy, clock, zone, ask=keep is not None
            ).items()
        },
        read=reading(sources, policy, clock, zone),
        judge=judge(sources, policy, clock, keep) if keep else None,
        policy=policy,
        overview=overview,
        clock=clock,
        zone=zone,
        unsigned_sidebar=unsigned_sidebar,
        frame_ancestors=framers,
        door=door,
    )
    app = Starlette(
        routes=[
            Route("/", site.home),
            Route("/sidebar", site.shell),
            Route("/healthz", site.healthz),
            Route("/readyz", site.readyz),
            *((Route(door.path, site.signed, methods=["POST"]),) if door else ()),
            *(Route(f"{path}/words", site.words) for path in framed),
            *site.advised(framed),
            *(Route(f"{path}/tickets/{{id}}/draft", site.draft, methods=["POST"]) for path in framed),
            *(
                Route(f"{path}/tickets/{{id}}/feedback", site.feedback, methods=["POST"])
                for path in (framed if keep else ())
            ),
            *(
                Route(f"/hooks/{vendor}", one.deliver, methods=["POST"])
                for vendor, one in (hooks or {}).items()
            ),
        ],
        middleware=[
            Middleware(Guarded, frame_ancestors=framers, framed=framed, locale=locale),
            Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts) or ["*"], www_redirect=False),
        ],
        exception_handlers={HTTPException: _refused},
    )
    app.router.redirect_slashes = False
    return app


def is_origin(text: str) -> bool:
    """Whether a page may be named so as one that frames the sidebar."""
    return _ANCESTOR.fullmatch(text) is not None


def _check(zone: str, frame_ancestors: tuple[str, ...], locale: str) -> None:
    if not is_spoken(locale):
        raise ValueError(f"no language of ours: {locale!r}; write one like en or pt-BR")
    if render.place(zone) is None:
        raise ValueError(f"no such time zone: {zone!r}; write one like Europe/Madrid")
    for origin in frame_ancestors:
        if not is_origin(origin):
            raise ValueError(f"not an origin: {origin!r}; write one like https://acme.zendesk.example")


def _views(
    sources: Callable[[str], Sources],
    customers: Callable[[str], Sources] | None,
    companies: Callable[[str], CompanySources] | None,
    policy: Callable[[], Policy],
    clock: Clock,
    zone: str,
    *,
    ask: bool,
) -> dict[str, ViewOf]:
    """Whatever is advised about, by its word in addresses. Agents are asked about tickets only."""

    def ticket(number: str, words: Words) -> Seen:
        found, by, now = sources(number), policy(), clock.wall()
        advised = shown(found, by, now) if ask else None
        return view(found, by, now=now, zone=zone, locale=words), advised.mark if advised else ""

    made: dict[str, ViewOf] = {"tickets": ticket}
    if customers:
        made["customers"] = lambda number, words: (
            view(customers(number), policy(), now=clock.wall(), zone=zone, locale=words),
            "",
        )
    if companies:
        made["organizations"] = lambda number, words: (
            company(companies(number), policy(), now=clock.wall(), zone=zone, locale=words),
            "",
        )
    return made


def _shared(make: ViewOf, clock: Clock, written: Callable[[], int]) -> ViewOf:
    """A burst of equal requests is answered by one reading of the store, until it is written to."""

    @cached(TTLCache(maxsize=256, ttl=FRESH, timer=clock.mono))
    def view_of(number: str, words: Words, _: int) -> Seen:
        return make(number, words)

    return lambda number, words: view_of(number, words, written())


@dataclass(frozen=True, slots=True)
class _Site:
    """The pages. Plain methods run in the thread pool, the others touch nothing that blocks."""

    views: Mapping[str, ViewOf]
    read: Callable[[str, Words, Draft], str]
    judge: Callable[[str, str, Answer], None] | None
    policy: Callable[[], Policy]
    overview: Callable[[], Overview]
    clock: Clock
    zone: str
    unsigned_sidebar: bool
    frame_ancestors: tuple[str, ...]
    door: Door | None = None
    maker: Executor = field(default_factory=lambda: ThreadPoolExecutor(1, "advice"))
    """Makes advice, one after another in the order in which it was asked for.

    Threads that compute take turns in Python anyway, and lose a third by it; and whoever waits for a lock
    may be overtaken, so that some agents waited twice as long as others.
    """

    def home(self, request: Request) -> Response:
        html = render_home(self.overview(), now=self.clock.wall(), zone=self.zone, nonce=request.state.nonce)
        return HTMLResponse(html)

    async def shell(self, request: Request) -> Response:
        self._admit(request)
        asked = ((kind, request.query_params.get(kind.removesuffix("s"), "")) for kind in self.views)
        subject = next((f"{kind}/{_numbered(number)}" for kind, number in asked if number), "")
        return self._shell(request, subject, self._frame(request))

    async def signed(self, request: Request) -> Response:
        """The first page for an agent whom the desk has signed; beside what, the desk's page tells it."""
        if self.door is None:
            raise HTTPException(404)
        held = await self.door.open(request)
        return self._shell(request, "", replace(self._frame(request), held=held))

    def words(self, request: Request) -> Response:
        """What the page says by itself, for an agent whose language it has only now been told."""
        self._admit(request)
        return HTMLResponse(render_words(spoken(request.scope)))

    def advised(self, framed: tuple[str, ...]) -> Iterator[Route]:
        """The advice about everything there is a view of, as part of a page and without HTML."""
        for kind, view_of in self.views.items():
            for path in framed:
                yield Route(f"{path}/{kind}/{{id}}", partial(self.fragment, view_of))
            yield Route(f"/api/{kind}/{{id}}/advice", partial(self.advice, view_of))

    async def fragment(self, view_of: ViewOf, request: Request) -> Response:
        insert = bool(self._origin(request))

        def made(seen: View | Company, mark: str) -> Response:
            return HTMLResponse(render_fragment(seen, insert=insert, ask=mark))

        return await self._in_turn(view_of, request, made)

    async def advice(self, view_of: ViewOf, request: Request) -> Response:
        """The same advice without HTML: JSON, or text for whoever accepts nothing else."""
        wanted = request.headers.get("accept", "").partition(",")[0].partition(";")[0].strip()

        def made(seen: View | Company, _: str) -> Response:
            if wanted == "text/plain":
                return PlainTextResponse(advice_text(seen))
            return JSONResponse(advice_data(seen))

        return await self._in_turn(view_of, request, made)

    async def _in_turn(
        self, view_of: ViewOf, request: Request, made: Callable[[View | Company, str], Response]
    ) -> Response:
        number, words = self._asked(request), spoken(request.scope)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.maker, lambda: made(*view_of(number, words)))

    def _asked(self, request: Request) -> str:
        """The number about which something is asked, by somebody who may know."""
        self._admit(request)
        if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            raise HTTPException(403)
        return _numbered(request.path_params["id"])

    async def healthz(self, request: Request) -> Response:
        """Whether this process answers at all."""
        return PlainTextResponse("ok")

    def readyz(self, request: Request) -> Response:
        """Whether advice can be relied on: one word names what is missing, or `old` when it is stale."""
        missing = self._missing()
        return PlainTextResponse(missing or "ready", 503 if missing else 200)

    def _missing(self) -> str:
        for word, part in (("policy", self.policy), ("store", self.overview)):
            try:
                found = part()
            except Exception:  # noqa: BLE001 - whatever it is, this part does not answer
                return word
        if not isinstance(found, Overview) or found.synced_at is None:
            return "first-sync"
        return "old" if self.clock.wall() - found.synced_at > OLD else ""

    async def draft(self, request: Request) -> Response:
        """What of an agent's draft goes against the advice; guarded as the advice itself is."""
        ticket, words = self._asked(request), spoken(request.scope)
        draft = await draft_in(request)
        return HTMLResponse(await run_in_threadpool(self.read, ticket, words, draft))

    async def feedback(self, request: Request) -> Response:
        """Keep what an agent says of the advice; guarded as the advice itself is."""
        ticket = self._asked(request)
        answer = await answer_in(request)
        agent = self.door.agent(request) if self.door else None
        if self.judge:
            await run_in_threadpool(self.judge, ticket, agent or "", answer)
        return Response(status_code=204)

    def _admit(self, request: Request) -> None:
        if not self.unsigned_sidebar and not (self.door and self.door.admits(request)):
            raise HTTPException(401)

    def _shell(self, request: Request, subject: str, frame: Frame) -> Response:
        html = render_shell(subject, frame, nonce=request.state.nonce, words=spoken(request.scope))
        return HTMLResponse(html)

    def _frame(self, request: Request) -> Frame:
        guid = request.query_params.get("app_guid", "")
        scheme = request.query_params.get("colorScheme", "")
        return Frame(
            origin=self._origin(request),
            app_guid=guid if _GUID.fullmatch(guid) else "",
            scheme=scheme if scheme in ("light", "dark") else "",
        )

    def _origin(self, request: Request) -> str:
        """The host page's origin if it may frame us; texts are handed to no other."""
        origin = request.query_params.get("origin", "")
        return origin if origin in self.frame_ancestors and "*" not in origin else ""


def _numbered(number: str) -> str:
    if not _NUMBER.fullmatch(number):
        raise HTTPException(400)
    return number


async def _refused(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    return problem(status, request.scope, headers)
