"""One Zendesk account as a ``Connector``: signs requests, reads the streams, starts and watches jobs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TypeVar

import msgspec

from connectors.answer import Answer, strict_json
from connectors.base import Capabilities, Connector, Identity
from connectors.budget import Forecast, Governor
from connectors.changes import Edit, Field, NextCall, Outcome, TicketUpdate
from connectors.clock import Clock
from connectors.errors import RejectedError, UnavailableError
from connectors.findings import Finding
from connectors.http import Door
from connectors.listing import listed
from connectors.messages import MessageReader
from connectors.records import VOCABULARY, DeadLetter, Page, Record, Stream, Ticket
from connectors.setup import Memory, Requirements, Step, Survey, Taken
from connectors.zendesk import apps, checkup, ratings, setup, translate, write
from connectors.zendesk.checkup import Account
from connectors.zendesk.faults import words
from connectors.zendesk.features import examine
from connectors.zendesk.limits import MOST_JOBS
from connectors.zendesk.oauth import Credentials
from connectors.zendesk.pace import PageSize
from connectors.zendesk.places import Places, places
from connectors.zendesk.ratings import RatedList, RatedPlace
from connectors.zendesk.session import Session
from connectors.zendesk.streams import (
    OVERLAP,
    REFUSALS,
    CursorExport,
    ExportPlace,
    TimedExport,
    TimedPlace,
    tickets_in,
)
from connectors.zendesk.walk import Translate, Walk, understood
from connectors.zendesk.wire import WireOrganization, WireTicket, WireTicketField, WireToldTicket, WireUser
from connectors.zendesk.words import words as account_words
from connectors.zendesk.writing import GONE, Writer

T = TypeVar("T")

CAPABILITIES = Capabilities(
    vendor="zendesk",
    streams=tuple(Stream),
    fields=tuple(write.WRITES),
    batch=write.BATCH,
    jobs=MOST_JOBS,
)

SUFFIXES = ("zendesk.com",)
"""Accounts answer below this name only; a help centre under its own name is no place for requests."""

INSIDE = ("include", "metric_sets,slas")
"""What is asked to come inside of tickets."""

NO_CONTENT = 204

UPDATE = ("PUT", "/api/v2/tickets/update_many")
LOOK = ("GET", "/api/v2/tickets/show_many")
ASK = ("GET", "/api/v2/job_statuses/show_many")


class Zendesk(Connector):
    """An account, for any number of threads. ``tag_prefix`` marks the tags that are ours."""

    def __init__(
        self,
        door: Door,
        credentials: Credentials,
        *,
        clock: Clock,
        tag_prefix: str,
        page_size: int = 1000,
        reader: MessageReader | None = None,
    ) -> None:
        self._door = door
        self._session = Session(credentials, clock)
        self._account = Account(door, self._session, clock)
        self._clock = clock
        self._prefix = tag_prefix
        self._reader = reader
        self._sizes = {stream: PageSize(page_size) for stream in Stream}
        self._known: Places | None = None
        self._writer = Writer(
            self._signed,
            prefix=tag_prefix,
            places=self._places,
            show=self.tickets,
            clock=clock,
            budget=door.budget,
        )

    @property
    def capabilities(self) -> Capabilities:
        return msgspec.structs.replace(CAPABILITIES, jobs=self._door.budget.jobs)

    @property
    def requests(self) -> Counter[str]:
        return self._door.requests

    @property
    def budget(self) -> Governor:
        return self._door.budget

    def identity(self) -> Identity:
        return checkup.identity(self._account)

    def examine(self) -> Iterator[Finding]:
        yield from examine(self._account, self._session.outlook())

    def app_key(self, app: str) -> str:
        return apps.key(self._account, app)

    def examine_app(self, app: str, installation: str) -> Iterator[Finding]:
        yield from apps.examine(self._account, app, installation)

    def pages(self, stream: Stream, cursor: str | None) -> Iterator[Page]:
        size = self._sizes[stream]
        match stream:
            case Stream.ORGANIZATIONS:
                timed = TimedExport(self._read, self._clock, "organizations", WireOrganization, size)
                return Walk(stream, timed, TimedPlace, translate.organization, size).pages(cursor)
            case Stream.CUSTOMERS:
                users = CursorExport(self._read, self._clock, "users", WireUser, size)
                return Walk(stream, users, ExportPlace, translate.customer, size).pages(cursor)
            case Stream.TICKETS:
                return self._ticket_pages(cursor, size)
            case Stream.RATINGS:
                return Walk(stream, RatedList(self._read), RatedPlace, ratings.rating, size).pages(cursor)
        return account_words(self._read, stream)

    def since(self, stream: Stream, stamp: int) -> str:
        if stream in VOCABULARY:
            return ""
        places = {
            Stream.ORGANIZATIONS: TimedPlace(max(0, stamp - OVERLAP)),
            Stream.RATINGS: RatedPlace(since=stamp, high=stamp),
        }
        return msgspec.json.encode(places.get(stream, ExportPlace(None, stamp))).decode()

    def tickets(self, ids: Sequence[str]) -> Mapping[str, Ticket]:
        found, dead = self._tickets_now(ids)
        if dead:
            # Left out it would pass for a ticket that is gone.
            raise RejectedError(f"Ticket {dead[0].id} cannot be understood: {dead[0].reason}.")
        return {each.id: each for each in found if isinstance(each, Ticket) and not each.deleted}

    def _tickets_now(self, ids: Sequence[str]) -> tuple[Sequence[Record], Sequence[DeadLetter]]:
        if not ids:
            return (), ()
        query = [("ids", write.ticket_ids(ids)), INSIDE]
        raws = self._read("/api/v2/tickets/show_many", query, _tickets)
        return understood(Stream.TICKETS, raws, self._ticket)

    def records(self, stream: Stream, ids: Sequence[str]) -> Sequence[Record]:
        if stream is Stream.TICKETS:
            return self._tickets_now(ids)[0]
        if not ids:
            return ()
        name, kind, translated = SHOWN[stream]
        query = [("ids", write.ticket_ids(ids))]
        raws = self._read(f"/api/v2/{name}/show_many", query, partial(_shown, name, kind))
        return understood(stream, raws, translated)[0]

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

    def history(self, ticket_id: str) -> Sequence[Edit]:
        return self._writer.edits(ticket_id)

    def survey(self, wanted: Requirements | None, memory: Memory) -> Survey:
        return setup.survey(self._setup, wanted, self._prefix, memory)

    def take(self, step: Step, ids: Mapping[str, str]) -> Taken:
        return setup.take(self._setup, step, ids)

    def forecast(self, tickets: int) -> Forecast:
        updates = -(-tickets // write.BATCH)
        # Each job is asked about once at least, and its tickets are read again.
        return self.budget.forecast({UPDATE: updates, ASK: updates, LOOK: updates})

    def close(self) -> None:
        self._session.close()
        self._door.close()

    def _ticket_pages(self, cursor: str | None, size: PageSize) -> Iterator[Page]:
        # Fields may have been added since the last round; a key is only as good as the list it is from.
        self._known = None
        query = [INSIDE, ("support_type_scope", "all")]
        kind = WireToldTicket if self._reader else WireTicket
        way = CursorExport(self._read, self._clock, "tickets", kind, size, query)
        yield from Walk(Stream.TICKETS, way, ExportPlace, self._ticket, size).pages(cursor)

    def _ticket(self, raw: object) -> Ticket:
        known = self._places()
        return known.read(translate.ticket(raw, names=known.names, prefix=self._prefix, reader=self._reader))

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

    def _setup(
        self, method: str, path: str, query: Sequence[tuple[str, str]] = (), body: bytes | None = None
    ) -> Mapping[str, object]:
        reading = method == "GET"
        return self._signed(
            method,
            path,
            _object,
            kind="read" if reading else "setup",
            query=query,
            body=body,
            retry=reading,
            accept=() if reading else (NO_CONTENT,),
        )

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

        return self._session.ask(request)


def _tickets(answer: Answer) -> list[object]:
    if answer.status in REFUSALS:
        said = words(answer.body)
        raise RejectedError(f"The help desk refuses to show tickets ({said}).", status=answer.status)
    return tickets_in(strict_json(answer.body))


def _shown(name: str, kind: type[msgspec.Struct], answer: Answer) -> Iterable[object]:
    if answer.status in REFUSALS:
        said = words(answer.body)
        raise RejectedError(f"The help desk refuses to show {name} ({said}).", status=answer.status)
    return listed(answer.body, name, kind)[1]


SHOWN: Mapping[Stream, tuple[str, type[msgspec.Struct], Translate]] = {
    Stream.CUSTOMERS: ("users", WireUser, translate.customer),
    Stream.ORGANIZATIONS: ("organizations", WireOrganization, translate.organization),
}
"""Records that can be asked for by id: their place, their form on the wire, how they are translated."""


def _object(answer: Answer) -> Mapping[str, object]:
    """The object in an answer; one without content, or with an empty text for it, has nothing in it."""
    return strict_json(answer.body) if answer.body.strip() not in (b"", b'""') else {}


def _ticket_fields(answer: Answer) -> list[WireTicketField]:
    return msgspec.convert(strict_json(answer.body).get("ticket_fields"), list[WireTicketField])
