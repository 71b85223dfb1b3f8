"""One request as the routes see it, and the row that puts a route into the table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from connectors.sandbox.access import Gate, Grant
from connectors.sandbox.hooks.sender import Sender
from connectors.sandbox.jobs import Jobs
from connectors.sandbox.records import User
from connectors.sandbox.refusals import forbidden, invalid_attribute, not_found, unauthenticated, unreadable
from connectors.sandbox.state import Desk
from connectors.sandbox.wire import Json, stamp

MOST_IDS = 100


class Answer(NamedTuple):
    """What goes out: a status, the JSON value of the body (None: no body), and where something new now is.

    A body of bytes is a key and goes out as it is.
    """

    status: int
    body: Json | str | bytes | None
    location: str | None = None
    headers: Mapping[str, str] = {}


class Call(NamedTuple):
    """One request: what was asked, by whom (None is anonymous), of which desk."""

    desk: Desk
    jobs: Jobs
    gate: Gate
    actor: User | None
    base: str
    """Scheme, host and port as the client knows them, for addresses in answers."""
    path: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    content_type: str
    sender: Sender
    grant: Grant | None = None
    """How the actor signed in."""
    headers: Mapping[str, str] = {}

    @property
    def address(self) -> str:
        """This address without its query."""
        return f"{self.base}{self.path}"

    @property
    def user(self) -> User:
        """Who is asking; the table lets anonymous callers reach only rows marked ``open``."""
        if self.actor is None:
            raise unauthenticated()
        return self.actor

    @property
    def staff(self) -> User:
        """Who is asking, who must work here: customers change nothing through this API."""
        if not self.user.staff:
            raise forbidden()
        return self.user

    def id(self, name: str = "id") -> int:
        """The id in the path."""
        return whole(self.params[name], name)

    def ids(self) -> list[int]:
        """The ids in the query, each once, in the order given."""
        return list(dict.fromkeys(whole(text, "ids") for text in self.words("ids")))

    def words(self, name: str) -> list[str]:
        """A list in the query, parted by commas, of 1 to a hundred entries."""
        texts = [part.strip() for part in self.query.get(name, "").split(",") if part.strip()]
        if not texts:
            raise invalid_attribute(name, "must be a list of integers" if name == "ids" else "must be a list")
        if len(texts) > MOST_IDS:
            raise invalid_attribute(name, f"must not hold more than {MOST_IDS} ids")
        return texts

    def includes(self) -> frozenset[str]:
        """What the caller wants to have beside the records."""
        return frozenset(part.strip() for part in self.query.get("include", "").split(","))

    def items(self, name: str) -> list[dict[str, Any]]:
        """The objects under ``name`` in the body, 1 to a hundred."""
        items = self.json().get(name)
        if not isinstance(items, list) or not 1 <= len(items) <= MOST_IDS:
            raise invalid_attribute(name, f"must be a list of 1 to {MOST_IDS} {name}")
        if not all(isinstance(item, dict) for item in items):
            raise invalid_attribute(name, "must hold objects only")
        return items

    def json(self) -> dict[str, Any]:
        """The body as a JSON object."""
        try:
            value = msgspec.json.decode(self.body)
        except (msgspec.DecodeError, RecursionError):
            raise unreadable() from None
        if not isinstance(value, dict):
            raise unreadable()
        return value

    def wrapped(self, name: str) -> dict[str, Any]:
        """The object under ``name`` in the body."""
        value = self.json().get(name)
        if not isinstance(value, dict):
            raise invalid_attribute(name, "must be an object")
        return value


View = Callable[[Call], Answer | Awaitable[Answer]]
"""Answers at once, or after it has asked somebody else."""


class Row(NamedTuple):
    """One route: ``open`` rows answer without credentials, ``admin`` rows only to admins.

    A row of ``any_scope`` answers whatever the token's scopes are.
    """

    method: str
    path: str
    view: View
    open: bool = False
    admin: bool = False
    any_scope: bool = False


def whole(text: str, name: str) -> int:
    """An id from text."""
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise invalid_attribute(name, "must be an integer")
    return int(text)


def ok(**body: Any) -> Answer:
    return Answer(200, body)


def gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """A query as a mapping: the last of a name counts, but lists (``role[]=``) are joined by commas."""
    query: dict[str, str] = {}
    for name, text in pairs:
        query[name] = f"{query[name]},{text}" if name.endswith("[]") and name in query else text
    return query


def counted(call: Call, value: int) -> Answer:
    """How many there are, as the count addresses say it."""
    return ok(count={"value": value, "refreshed_at": stamp(call.desk.clock.wall())})


def listing(name: str, shown: list[Any]) -> Answer:
    """Everything in one page."""
    return Answer(200, whole_list(name, shown))


def whole_list(name: str, shown: list[Any]) -> Json:
    """The body of an answer that holds everything in one page."""
    return {name: shown, "count": len(shown), "next_page": None, "previous_page": None}


GONE = Answer(204, None)
"""Done, and there is nothing to say about it."""


def found(record: Any) -> Any:
    """The record itself; a missing one is a 404."""
    if record is None:
        raise not_found()
    return record
