"""The page on which a person lets a program in: asks, and sends the browser back with a code."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from connectors.sandbox.access import Gate
from connectors.sandbox.browser import render
from connectors.sandbox.browser.routes import body_of, form_in, guarded, same_origin
from connectors.sandbox.records import User
from connectors.sandbox.state import Desk

PATH = "/oauth/authorizations/new"
HERE = ("127.0.0.1", "localhost", "::1")


class Wish(NamedTuple):
    """What the program asks for; ``challenge`` is empty without PKCE."""

    client_id: str
    redirect: str
    scope: str
    state: str
    challenge: str

    def back(self, **said: str) -> str:
        """The program's own address with an answer in its query."""
        mark = "&" if urlsplit(self.redirect).query else "?"
        return f"{self.redirect}{mark}{urlencode({**said, 'state': self.state})}"


def consent_routes(desk: Desk, gate: Gate) -> list[Route]:
    """The page and its form."""
    page = _Consent(desk, gate)
    return [
        Route(PATH, guarded(page.ask), methods=["GET"]),
        Route(PATH, guarded(page.decide), methods=["POST"]),
    ]


class _Consent:
    """Who lets programs in at one desk: any of its staff, the owner unless another is chosen."""

    def __init__(self, desk: Desk, gate: Gate) -> None:
        self._desk = desk
        self._gate = gate

    async def ask(self, request: Request) -> Response:
        wish = _wish(request)
        if (fault := self._fault(request, wish)) is not None:
            return fault
        return render.page(
            "consent.html",
            onward=render.origin(wish.redirect),
            client=wish.client_id,
            onto=render.origin(wish.redirect),
            scopes=wish.scope.split(),
            staff=self._staff(),
            owner=self._desk.owner_id,
            action=f"{PATH}?{urlencode(parse_query(request))}",
            desk=self._desk.name,
            agent="",
            scheme="",
            kept="",
        )

    async def decide(self, request: Request) -> Response:
        wish = _wish(request)
        if (fault := self._fault(request, wish)) is not None:
            return fault
        form = form_in(await body_of(request))
        if not same_origin(request) or form is None:
            return render.page("refused.html", 403, reason="This form was sent from another site.")
        if form.get("decision") != "allow":
            text = "The end-user or authorization server denied the request"
            return RedirectResponse(wish.back(error="access_denied", error_description=text), 302)
        chosen = {str(user.id): user for user in self._staff()}.get(form.get("user", ""))
        user_id = chosen.id if chosen else self._desk.owner_id
        code = self._gate.grants.consent(user_id, wish.scope, wish.redirect, wish.challenge)
        return RedirectResponse(wish.back(code=code), 302)

    def _staff(self) -> list[User]:
        return [user for user in self._desk.users if user.staff and user.active][:20]

    def _fault(self, request: Request, wish: Wish) -> Response | None:
        """Why there is nothing to decide. Without an address to be trusted nobody is sent anywhere."""
        if not self._gate.knows(wish.client_id):
            return render.page("refused.html", 400, reason="No such client: check client_id.")
        if not _trusted(wish.redirect):
            text = "redirect_uri must be an https address, or one of this machine."
            return render.page("refused.html", 400, reason=text)
        query = request.query_params
        if query.get("response_type") != "code":
            return RedirectResponse(wish.back(error="unsupported_response_type"), 302)
        if not wish.scope or query.get("code_challenge_method", "S256") != "S256":
            return RedirectResponse(wish.back(error="invalid_request"), 302)
        return None


def parse_query(request: Request) -> list[tuple[str, str]]:
    """The query as it came, for the form to carry on."""
    found = parse_qs(request.url.query, keep_blank_values=True)
    return [(name, value) for name, values in found.items() for value in values]


def _wish(request: Request) -> Wish:
    query = request.query_params
    return Wish(
        client_id=query.get("client_id", ""),
        redirect=query.get("redirect_uri", ""),
        scope=query.get("scope", ""),
        state=query.get("state", ""),
        challenge=query.get("code_challenge", ""),
    )


def _trusted(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in HERE)
    )
