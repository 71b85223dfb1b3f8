"""The examination of an account: can it be reached, who are we there, and what may we do.

What the account offers beyond that is in ``features.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import msgspec

from connectors.answer import Answer, plain, strict_json
from connectors.base import Identity
from connectors.clock import Clock
from connectors.errors import AuthenticationError, ConnectorError
from connectors.findings import SIGN_IN, Finding, fault, ok, warning
from connectors.http import Door
from connectors.zendesk.faults import words
from connectors.zendesk.scopes import lacking
from connectors.zendesk.session import Session

ME = "/api/v2/users/me"
REFUSED = (403, 404)
STRAY, WRONG = 60, 300
"""Seconds two clocks may differ before it is worth a word, and before signatures and exports suffer."""

LIGHT = 1
"""The role type of agents who may not write."""

NOBODY = "The help desk answers, and takes us for nobody: an anonymous user without an id."
_WHOSE = "In the Admin Center, check that the OAuth client is active and belongs to an active admin."


class WireMe(msgspec.Struct, kw_only=True):
    id: int | None = None
    name: str = ""
    role: str = ""
    role_type: int | None = None
    url: str = ""


class WireCurrent(msgspec.Struct, kw_only=True):
    scopes: list[str] = []


class Account:
    """One account as an examination sees it: signed reads whose refusal is an answer like another."""

    def __init__(self, door: Door, session: Session, clock: Clock) -> None:
        self.door = door
        self.session = session
        self.clock = clock

    def look(
        self, path: str, query: Sequence[tuple[str, str]] = (), accept: Collection[int] = REFUSED
    ) -> Answer:
        """The answer to a signed read, also a 403 or 404; with 200 in ``accept`` also what is no JSON."""
        return self.session.ask(
            lambda authorization: self.door.request(
                "GET",
                path,
                kind="read",
                decode=_whole,
                query=query,
                authorization=authorization,
                accept=accept,
            )
        )

    def unsigned(self) -> Answer:
        """What everybody gets who asks the desk who they are."""
        return self.door.request("GET", ME, kind="read", decode=_whole, accept=(401, *REFUSED))

    def me(self) -> WireMe:
        """Who we are, which may be nobody; UnavailableError where not even that may be asked."""
        return self.session.ask(
            lambda authorization: self.door.request(
                "GET", ME, kind="read", decode=_me, authorization=authorization
            )
        )


def identity(account: Account) -> Identity:
    """Who is signed in; AuthenticationError when the desk takes us for nobody."""
    me = account.me()
    if me.id is None:
        raise AuthenticationError(f"{NOBODY} {_WHOSE}")
    return Identity(id=str(me.id), name=plain(me.name, 80), role=plain(me.role, 20))


def reach(account: Account) -> Iterator[Finding]:
    """Whether the desk answers at its address, and what time it is there; only faults when it does not."""
    try:
        answer = account.unsigned()
    except ConnectorError as error:
        yield fault("address", error.message, "Check desk.address and the network from this machine.")
        return
    yield ok("address", "The desk answers at its address.")
    yield _clocks(answer.headers.get("date", ""), account.clock.wall())


def _clocks(said: str, now: int) -> Finding:
    try:
        ahead = int(parsedate_to_datetime(said).timestamp()) - now
    except (ValueError, TypeError, OverflowError):
        return warning("clock", "The desk does not say what time it is.", "Look at this machine's clock.")
    what = f"The desk's clock is {abs(ahead)} seconds {'ahead of' if ahead > 0 else 'behind'} this machine's."
    remedy = "Set this machine's clock by a time server; it is the one that is usually wrong."
    if abs(ahead) > WRONG:
        return fault("clock", what, remedy)
    if abs(ahead) > STRAY:
        return warning("clock", what, remedy)
    return ok("clock", what if ahead else "The desk's clock and this machine's agree.")


def signed_in(account: Account) -> Iterator[Finding]:
    """Whether our credentials are somebody, at the desk that is meant, in the role that is needed."""
    try:
        me = account.me()
    except AuthenticationError as error:
        yield fault(SIGN_IN, error.message, _again(error))
        return
    except ConnectorError as error:
        # A token whose scopes are wrong may not even ask this; the check of the scopes says which.
        yield warning(SIGN_IN, f"Who we are cannot be asked: {error.message}", "See the other findings.")
        return
    if me.id is None:
        yield fault(SIGN_IN, NOBODY, _WHOSE)
        return
    yield ok(SIGN_IN, f"Signed in as user {me.id}.")
    yield from _right_desk(me.url, account.door.origin)
    yield _role(me)


def _again(error: AuthenticationError) -> str:
    return "Run `deskcue sign-in`." if error.reauth else _WHOSE


def _right_desk(said: str, origin: str) -> Iterator[Finding]:
    try:
        theirs = urlsplit(said).hostname or ""
    except ValueError:
        theirs = ""
    ours = urlsplit(origin).hostname or ""
    if theirs and theirs != ours:
        what = f"The desk that answers calls itself {plain(theirs, 80)}, and desk.address names {ours}."
        yield fault("desk", what, "Set desk.address to the account that you mean.")


def _role(me: WireMe) -> Finding:
    if me.role == "admin":
        return ok("role", "The user is an admin.")
    role = "light agent" if me.role_type == LIGHT else plain(me.role, 20) or "unknown"
    return fault(
        "role",
        f"The user's role is {role}; exports, ratings and service levels are for admins.",
        "Make the user an admin, or have an admin own the OAuth client.",
    )


def scopes(account: Account) -> Iterator[Finding]:
    """Whether the token may do what Deskcue does; an API token may do what its user may."""
    try:
        answer = account.look("/api/v2/oauth/tokens/current")
        current = _current(answer) if answer.status == 200 else None
    except (ConnectorError, ValueError):
        current = None
    if current is None:
        yield ok("scopes", "There is no OAuth token whose scopes could be looked at.")
        return
    missing = lacking(frozenset(current.scopes))
    for scope in missing:
        yield fault(
            "scopes",
            f"The token lacks the scope {scope.name}, which is needed {scope.reason}.",
            f"Allow {scope.name} for the OAuth client in the Admin Center, then sign in again.",
        )
    if not missing:
        yield ok("scopes", f"The token has the scopes {plain(' '.join(current.scopes), 120)}.")


def said(answer: Answer) -> str:
    """The desk's own words in a refusal."""
    return words(answer.body)


def _whole(answer: Answer) -> Answer:
    return answer


def _me(answer: Answer) -> WireMe:
    return msgspec.convert(strict_json(answer.body).get("user"), WireMe)


def _current(answer: Answer) -> WireCurrent:
    return msgspec.convert(strict_json(answer.body).get("token"), WireCurrent)
