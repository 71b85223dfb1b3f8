"""One request as the routes see it, and the row that puts a route into the table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from connectors.sandbox.access import Gate
from connectors.sandbox.hooks.sender import Sender
from connectors.sandbox.jobs import Jobs
from connectors.sandbox.records import User
from connectors.sandbox.refusals import invalid_attribute, not_found, unauthenticated, unreadable
from connectors.sandbox.state import Desk
from connectors.sandbox.wire import Json

MOST_IDS = 100


class Answer(NamedTuple):
    """What goes out: a status, the JSON value of the body (None: no body), and where something new now is."""

    status: int
    body: Json | str | None
    location: str | None = None


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

    def id(self) -> int:
        """The id in the path."""
        return whole(self.params["id"], "id")

    def ids(self) -> list[int]:
        """The ids in the query, each once, in the order given."""
        texts = [part.strip() for part in self.query.get("ids", "").split(",") if part.strip()]
        if not texts:
            raise invalid_attribute("ids", "must be a list of integers")
        if len(texts) > MOST_IDS:
            raise invalid_attribute("ids", f"must not hold more than {MOST_IDS} ids")
        return list(dict.fromkeys(whole(text, "ids") for text in texts))

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
    """One route: ``open`` rows answer without credentials, ``admin`` rows only to admins."""

    method: str
    path: str
    view: View
    open: bool = False
    admin: bool = False


def whole(text: str, name: str) -> int:
    """An id from text."""
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise invalid_attribute(name, "must be an integer")
    return int(text)


def ok(**body: Any) -> Answer:
    return Answer(200, body)


def found(record: Any) -> Any:
    """The record itself; a missing one is a 404."""
    if record is None:
        raise not_found()
    return record
