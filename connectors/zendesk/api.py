"""One Zendesk account as a ``Connector``: signs requests, reads the four streams, starts and watches jobs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TypeVar

import msgspec

from connectors.answer import Answer, strict_json
from connectors.base import Capabilities, Connector
from connectors.budget import Governor
from connectors.changes import Field, NextCall, Outcome, TicketUpdate
from connectors.clock import Clock
from connectors.errors import AuthenticationError, RejectedError, UnavailableError
from connectors.http import Door
from connectors.records import Page, Stream, Ticket
from connectors.zendesk import jobs, translate, write
from connectors.zendesk.faults import words
from connectors.zendesk.limits import LIMITS
from connectors.zendesk.oauth import ClientCredentials, Credentials
from connectors.zendesk.places import Places, places
from connectors.zendesk.streams import (
    REFUSALS,
    CursorExport,
    ExportPlace,
    RatedList,
    RatedPlace,
    TimedExport,
    TimedPlace,
    tickets_in,
    users_in,
)
from connectors.zendesk.walk import Walk, understood
from connectors.zendesk.wire import WireTicketField
from connectors.zendesk.writing import GONE, Writer

T = TypeVar("T")

CAPABILITIES = Capabilities(
    vendor="zendesk",
    streams=tuple(Stream),
    fields=tuple(write.WRITES),
    batch=write.BATCH,
    jobs=jobs.AT_ONCE,
)

USER_AGENT = "deskcue"

SUFFIXES = ("zendesk.com",)
"""Accounts answer below this name only; a help centre under its own name is no place for requests."""


class Zendesk(Connector):
    """An account, for any number of threads. ``tag_prefix`` marks the tags that are ours."""

    def __init__(
        self, door: Door, credentials: Credentials, *, clock: Clock, tag_prefix: str, page_size: int = 1000
    ) -> None:
        self._door = door
        self._credentials = credentials
        self._clock = clock
        self._prefix = tag_prefix
        self._page_size = str(page_size)
        self._known: Places | None = None
        self._writer = Writer(
            self._signed, prefix=tag_prefix, places=self._places, show=self.tickets, clock=clock
        )

    @property
    def capabilities(self) -> Capabilities:
        return msgspec.structs.replace(CAPABILITIES, jobs=self._writer.room)

    @property
    def requests(self) -> Counter[str]:
        return self._door.requests

    @property
    def budget(self) -> Governor:
        return self._door.budget

    def pages(self, stream: Stream, cursor: str | None) -> Iterator[Page]:
        size = ("per_page", self._page_size)
        match stream:
            case Stream.ORGANIZATIONS:
                timed = TimedExport(self._read, self._clock, "organizations")
                return Walk(stream, timed, TimedPlace, translate.organization).pages(cursor)
            case Stream.CUSTOMERS:
                users = CursorExport(self._read, self._clock, "users", [size], users_in)
                return Walk(stream, users, ExportPlace, translate.customer).pages(cursor)
            case Stream.TICKETS:
                return self._ticket_pages(cursor, size)
            case Stream.RATINGS:
                return Walk(stream, RatedList(self._read), RatedPlace, translate.rating).pages(cursor)

    def tickets(self, ids: Sequence[str]) -> Mapping[str, Ticket]:
        if not ids:
            return {}
        query = [("ids", write.ticket_ids(ids)), ("include", "metric_sets")]
        raws = self._read("/api/v2/tickets/show_many", query, _tickets)
        found, dead = understood(Stream.TICKETS, raws, self._ticket)
        if dead:
            # Left out it would pass for a ticket that is gone.
            raise RejectedError(f"Ticket {dead[0].id} cannot be understood: {dead[0].reason}.")
        return {each.id: each for each in found if isinstance(each, Ticket) and not each.deleted}

    def options(self) -> Mapping[Field, Mapping[str, str] | None]:
        self._known = None
        return self._writer.options()

    def next_call(self, updates: Sequence[TicketUpdate]) -> NextCall:
        return self._writer.next_call(updates)

    def send(self, updates: Sequence[TicketUpdate]) -> str:
        return self._writer.send(updates)

    def outcomes(self, jobs: Sequence[str]) -> Mapping[str, Sequence[Outcome]]:
        return self._writer.outcomes(jobs)

    def marks(self, ticket_id: str) -> Collection[str]:
        return self._writer.marks(ticket_id)

    def close(self) -> None:
        self._credentials.forget()
        self._door.close()

    def _ticket_pages(self, cursor: str | None, size: tuple[str, str]) -> Iterator[Page]:
        # Fields may have been added since the last round; a key is only as good as the list it is from.
        self._known = None
        query = [size, ("include", "metric_sets"), ("support_type_scope", "all")]
        way = CursorExport(self._read, self._clock, "tickets", query, tickets_in)
        yield from Walk(Stream.TICKETS, way, ExportPlace, self._ticket).pages(cursor)

    def _ticket(self, raw: object) -> Ticket:
        known = self._places()
        return known.read(translate.ticket(raw, names=known.names, prefix=self._prefix))

    def _places(self) -> Places:
        if self._known is None:
            fields = self._signed("GET", "/api/v2/ticket_fields", _ticket_fields, kind="read")
            self._known = places(fields, self._prefix)
        return self._known

    def _read(self, path: str, query: Sequence[tuple[str, str]], decode: Callable[[Answer], T]) -> T:
        try:
            return self._signed("GET", path, decode, kind="read", query=query, accept=REFUSALS)
        except RejectedError as error:
            if error.status not in GONE:
                raise
            raise UnavailableError(
                f"{error.message} This account's plan may not include it.", status=error.status
            ) from None

    def _signed(
        self,
        method: str,
        path: str,
        decode: Callable[[Answer], T],
        *,
        kind: str,
        query: Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
        retry: bool = True,
        accept: Collection[int] = (),
    ) -> T:
        """One request with our credentials; a refused token is renewed once."""

        def request(authorization: str) -> T:
            return self._door.request(
                method,
                path,
                kind=kind,
                decode=decode,
                query=query,
                body=body,
                authorization=authorization,
                retry=retry,
                accept=accept,
            )

        authorization = self._credentials.authorization()
        try:
            return request(authorization)
        except AuthenticationError:
            self._credentials.refused(authorization)
        return request(self._credentials.authorization())


def connect(
    *,
    address: str,
    client_id: str,
    client_secret: str,
    clock: Clock,
    tag_prefix: str,
    loopback: bool,
    page_size: int,
) -> Zendesk:
    """A connector for the account at ``address``; ValueError when that is no Zendesk address."""
    door = Door(
        address,
        clock=clock,
        user_agent=USER_AGENT,
        suffixes=SUFFIXES,
        words=words,
        limits=LIMITS,
        loopback=loopback,
    )
    credentials = ClientCredentials(door, client_id=client_id, client_secret=client_secret, clock=clock)
    return Zendesk(door, credentials, clock=clock, tag_prefix=tag_prefix, page_size=page_size)


def _tickets(answer: Answer) -> list[object]:
    if answer.status in REFUSALS:
        said = words(answer.body)
        raise RejectedError(f"The help desk refuses to show tickets ({said}).", status=answer.status)
    return tickets_in(strict_json(answer.body))


def _ticket_fields(answer: Answer) -> list[WireTicketField]:
    return msgspec.convert(strict_json(answer.body).get("ticket_fields"), list[WireTicketField])
