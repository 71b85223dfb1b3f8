"""The web application: one table of routes, each answering from what it was given."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.clock import Clock
from integration import render
from integration.sidebar import CompanySources, Sources
from integration.store.feedback import Feedback
from integration.web.door import Door
from integration.web.draft import reading
from integration.web.feedback import judge
from integration.web.headers import Guarded, problem
from integration.web.home import Overview
from integration.web.hooks import Hooks
from integration.web.site import Site
from integration.web.views import views
from integration.words import is_spoken
from policies.model import Policy

_ANCESTOR = re.compile(r"https?://(\*\.)?[A-Za-z0-9.-]+(:[0-9]{1,5})?")


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
    """The application over stored records. The callables may block: they run in threads.

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
    site = Site(
        views=views(
            sources, customers, companies, policy, clock, zone, ask=keep is not None, written=written
        ),
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


async def _refused(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    return problem(status, request.scope, headers)
