"""Every state of the sidebar as a ticket of its own, and the pages beside it, served on this machine.

The clock stands still, so that two looks at a state see the same words.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors import embedded
from connectors.sandbox.server import _outlast, _threads
from integration.sidebar import Sources
from integration.store.solved import Solved
from integration.web.app import create
from policies.model import Policy
from tests.browser.driver import Browser
from tests.clock import FakeClock
from tests.integration.sidebar_cases import (
    DAY,
    DECISION,
    HOUR,
    NOW,
    SHOP,
    TICKET,
    ZONE,
    known,
    standing,
    with_customer,
    with_ticket,
)
from tests.integration.test_web import OVERVIEW

DESK = "http://desk.example"
"""Of a page that takes texts into its reply; here the sidebar is looked at without it around."""

READY = "return document.querySelector('main article') !== null"


def _whole() -> Sources:
    """All panels: alert, line of ratings, other tickets, solved ones."""
    open_ = [
        msgspec.structs.replace(TICKET, id="4817", subject="Invoice shows the old address", status="pending"),
        msgspec.structs.replace(TICKET, id="4790", group_id="9", created_at=NOW - 3 * DAY),
    ]
    solved = [
        Solved("3921", "CSV export stops at 10,000 rows", NOW - 30 * DAY, NOW - 29 * DAY, 2, 0.9, "good",
               frozenset({"renewal_at_stake"})),
        Solved("3540", "Export times out behind a proxy", NOW - 90 * DAY, NOW - 90 * DAY + 5 * HOUR, 5, 0.7,
               "bad", frozenset()),
        Solved("2204", "Export fails with a blank page", NOW - 200 * DAY, NOW - 199 * DAY, None, 0.6, None,
               frozenset()),
    ]  # fmt: skip
    return replace(known(), open=tuple(open_), solved=tuple(solved))


def _unsure() -> Sources:
    members = {"renewal_at_stake": True, "key_account": False}
    return replace(
        _whole(), members=members, standing=standing(truths={"plan": None}, plan=None, renewal=NOW + 90 * DAY)
    )


def _missing() -> Sources:
    found = with_customer(replace(known(), ratings=()), time_zone=None, created_at=None)
    decided = replace(DECISION, service_level=None, next_step=None)
    return replace(
        found, decision=decided, members={"prefers_phone": False}, standing=standing(yearly_revenue=None)
    )


ADVICE: Mapping[str, Sources] = {
    "ready": _whole(),
    "unknown": replace(known(), customer=None, decision=None, standing=None),
    "unsure": _unsure(),
    "missing": _missing(),
    "old": replace(_whole(), synced_at=NOW - 26 * HOUR, fault="The help desk is not answering."),
    "rest": with_ticket(replace(_whole(), decision=None), status="solved", waiting_since=None),
    "alone": replace(
        known(),
        members={},
        decision=replace(
            DECISION, segment=None, segments=(), service_level=None, tone=None, channel=None, next_step=None
        ),
        standing=standing(renewal=None),
    ),
}
"""States that show advice, by name."""

OTHERS = ("wait", "down", "over", "choose")
"""States that show none: still loading, service down, session over, no requester yet."""

STATES = (*ADVICE, *OTHERS)

TICKETS = {name: str(101 + number) for number, name in enumerate(STATES)}


def unsigned(sources: Callable[[str], Sources], policy: Callable[[], Policy]) -> ASGIApp:
    """Deskcue at NOW, open to whoever asks, framed by DESK."""
    return create(
        sources=sources,
        policy=policy,
        overview=lambda: OVERVIEW,
        clock=FakeClock(NOW),
        zone=ZONE,
        unsigned_sidebar=True,
        frame_ancestors=(DESK,),
        keep=lambda _: None,
    )


class Site:
    """Deskcue over the states; ``of`` gives the address of one."""

    def __init__(self) -> None:
        self.address = ""
        self._app = unsigned(self._sources, lambda: SHOP)

    def _sources(self, ticket: str) -> Sources:
        name = next(name for name, number in TICKETS.items() if number == ticket)
        if name == "over":
            raise HTTPException(401)
        if name == "down":
            raise RuntimeError("the store is gone")
        return ADVICE[name]

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Deskcue, but that the state which loads is never answered."""
        if scope["type"] == "http" and scope["path"].endswith(f"/tickets/{TICKETS['wait']}"):
            while (await receive())["type"] != "http.disconnect":
                pass
        else:
            await self._app(scope, receive, send)

    def of(self, state: str, *, scheme: str = "light", locale: str = "en") -> str:
        """The address of a state."""
        asked = f"origin={DESK}&app_guid=8f2e&colorScheme={scheme}&locale={locale}"
        ticket = "" if state == "choose" else f"&ticket={TICKETS[state]}"
        return f"{self.address}/sidebar?{asked}{ticket}"


def settled(window: Browser, state: str) -> None:
    """Until the page shows the state it was opened for."""
    shown = {"wait": ".wait", "choose": ".tile", "over": "[role=alert]", "down": "[role=alert]"}
    window.until(f"return document.querySelector('main {shown.get(state, 'article')}') !== null")
    window.run("return new Promise(done => requestAnimationFrame(() => setTimeout(done, 20)))")


@contextlib.contextmanager
def states() -> Iterator[Site]:
    """The site, served for the length of a test."""
    site = Site()
    with served(site.app) as site.address:
        yield site


@contextlib.contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """An application on a free port of this machine; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = Server(
        app,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        log_enabled=False,
    )
    threads, settled, stops = _threads(), threading.Event(), list[Callable[[], object]]()

    async def serve() -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        stops.append(lambda: loop.call_soon_threadsafe(stop.set))
        await embedded.serve(server, "127.0.0.1", port, stop=stop, ready=settled.set)

    thread = ThreadPoolExecutor(1, "served")
    try:
        serving = thread.submit(asyncio.run, serve())
        serving.add_done_callback(lambda _: settled.set())
        settled.wait()
        yield f"http://127.0.0.1:{port}"
    finally:
        for stop in stops:
            stop()
        serving.result()
        thread.shutdown()
        _outlast(threads)


@contextlib.contextmanager
def answering(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """A plain server on a free port of this machine; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
