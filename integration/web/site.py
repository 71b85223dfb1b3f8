"""The pages: what each address answers, and to whom."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from connectors.clock import Clock
from integration.sidebar import (
    OLD,
    Company,
    Frame,
    View,
    advice_data,
    advice_text,
    render_fragment,
    render_shell,
    render_words,
)
from integration.web.door import Door
from integration.web.draft import Draft, draft_in
from integration.web.feedback import Answer, answer_in
from integration.web.home import Overview, render_home
from integration.web.language import spoken
from integration.web.views import ViewOf
from integration.words import Words
from policies.model import Policy

_NUMBER = re.compile(r"[1-9][0-9]{0,18}")
_GUID = re.compile(r"[0-9A-Za-z-]{1,64}")


@dataclass(frozen=True, slots=True)
class Site:
    """Plain methods run in the thread pool, the others touch nothing that blocks."""

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
