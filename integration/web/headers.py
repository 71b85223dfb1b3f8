"""What every answer carries, errors included: a strict content policy and no traceback, ever."""

from __future__ import annotations

import logging
import re
import secrets
import traceback
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from integration import render
from integration.web.language import DESK, spoken
from integration.words import later

_log = logging.getLogger("deskcue.web")

_REFERENCE = re.compile(r"[0-9A-F]{4}-[0-9A-F]{2}")

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
}

PROBLEMS: Mapping[int, tuple[str, str]] = {
    400: (
        later("This is not a number of the help desk"),
        later("Such a number has digits only. Reload the page."),
    ),
    401: (
        later("Reload the app to continue"),
        later("Nothing about a customer is shown until you are signed in."),
    ),
    403: (later("This page is not shared"), later("Advice opens only inside the help desk's own page.")),
    408: (later("This took too long"), later("Reload the app to continue.")),
    413: (later("This is too large"), later("Reload the app to continue.")),
    404: (later("There is no such page"), later("Check the address, or start at the home page.")),
    405: (later("This page can only be read"), later("Go back and open it as a link.")),
    409: (later("The advice has changed"), later("Nothing was kept. Read the advice again.")),
    415: (later("This form is not taken"), later("Send JSON, and unpacked.")),
    422: (later("This cannot be kept"), later("Say whether the advice is right or wrong, and what of it.")),
    500: (later("Advice is not available"), later("Your reply is not affected. Try again in a minute.")),
}
"""What to say for a status, and what to do next."""

OUTSIDE = (later("Open this in the help desk"), later("Advice is shown beside a ticket there."))
"""What to say to somebody who opens the sidebar's address as a page of its own."""


def content_policy(nonce: str, ancestors: tuple[str, ...]) -> str:
    """Only our own inline style and script run, and only the named pages may frame this one."""
    framers = " ".join(ancestors) or "'none'"
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; "
        f"frame-ancestors {framers}"
    )


def problem(status: int, scope: Scope, headers: Mapping[str, str] | None = None) -> Response:
    """A page in plain words for a status, with the reference that the log has too; programs get JSON."""
    words, alone = spoken(scope), _alone(scope)
    said = OUTSIDE if alone and status in (401, 405) else PROBLEMS.get(status, PROBLEMS[500])
    title, sentence = map(words.gettext, said)
    code = reference(scope) if status >= 500 else ""
    if scope["path"].startswith("/api/"):
        return JSONResponse({"error": title, "next": sentence, "reference": code}, status, headers)
    html = render.page(
        "error.html",
        words=words,
        title=title,
        sentence=sentence,
        reference=code,
        home=alone and status in (401, 404, 405),
        nonce=scope["state"]["nonce"],
        scheme="",
    )
    return HTMLResponse(html, status, headers)


def _alone(scope: Scope) -> bool:
    """Whether a browser opens it as a page of its own, and not in a frame; home is framed by nobody."""
    return scope["method"] == "GET" and Headers(scope=scope).get("sec-fetch-dest") == "document"


def reference(scope: Scope) -> str:
    """The code the page made up for its request, so that what the agent reads out is found in the log."""
    state: dict[str, str] = scope["state"]
    if "reference" not in state:
        named = Headers(scope=scope).get("x-reference", "")
        fresh = secrets.token_hex(3).upper()
        state["reference"] = named if _REFERENCE.fullmatch(named) else f"{fresh[:4]}-{fresh[4:]}"
    return state["reference"]


class Guarded:
    """Wraps the application: a nonce for each request, headers on each answer, a page for each failure."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        frame_ancestors: tuple[str, ...],
        framed: tuple[str, ...] = ("/sidebar",),
        locale: str = "en",
    ) -> None:
        self.app = app
        self.frame_ancestors = frame_ancestors
        self.framed = framed
        self.locale = locale

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope.setdefault("state", {})["nonce"] = secrets.token_urlsafe(16)
        scope["state"][DESK] = self.locale
        framed = any(scope["path"] == one or scope["path"].startswith(f"{one}/") for one in self.framed)
        begun = False

        async def guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                self._mark(MutableHeaders(scope=message), scope["state"]["nonce"], framed=framed)
            await send(message)

        try:
            await self.app(scope, receive, guarded)
        except Exception as error:  # noqa: BLE001 - the last door: people get a page, the log gets the place
            _note(error, reference(scope))
            if not begun:
                await problem(500, scope)(scope, receive, guarded)

    def _mark(self, headers: MutableHeaders, nonce: str, *, framed: bool) -> None:
        headers.update(_ALWAYS)
        headers["Cross-Origin-Resource-Policy"] = "cross-origin" if framed else "same-origin"
        ancestors = self.frame_ancestors if framed else ()
        headers["Content-Security-Policy"] = content_policy(nonce, ancestors)


def _note(error: Exception, code: str) -> None:
    """Kind and place of a failure, without its message, which may quote a customer."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    _log.error(
        "page failed: %s in %s line %s (reference %s)", type(error).__name__, place.name, place.lineno, code
    )
