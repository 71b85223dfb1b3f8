"""One Zendesk account as a ``Connector``: signs requests, reads the four streams, starts and watches jobs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TypeVar

import msgspec

from connectors.answer import Answer, strict_json
from connectors.base import Capabilities, Connector
from connectors.changes import Outcome, TicketUpdate
from connectors.clock import Clock
from connectors.errors import AuthenticationError, RejectedError, RetryableError, UnavailableError
from connectors.http import Door
from connectors.records import DeadLetter, Page, Record, Stream, Ticket
from connectors.zendesk import translate, write
from connectors.zendesk.faults import words
from connectors.zendesk.oauth import ClientCredentials, Credentials
from connectors.zendesk.streams import (
    REFUSALS,
    CursorExport,
    ExportPlace,
    RatedList,
    RatedPlace,
    TimedExport,
    TimedPlace,
    organizations_in,
    tickets_in,
    users_in,
)
from connectors.zendesk.walk import Translate, Walk, understood
from connectors.zendesk.wire import WireJob, WireTicketField

T = TypeVar("T")

CAPABILITIES = Capabilities(
    vendor="zendesk",
    streams=tuple(Stream),
    fields=tuple(write.WRITES),
    batch=write.BATCH,
    jobs=write.JOBS,
)

USER_AGENT = "deskcue"

SUFFIXES = ("zendesk.com",)
"""Accounts answer below this name only; a help centre under its own name is no place for requests."""

GONE = (404, 410)

JOB_PEACE = 10.0
"""Seconds to wait when too many jobs are under way and the desk does not say for how long."""

STRANGE_STATE = 600.0
"""Seconds after which a job in a state unknown to us counts as finished."""


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
        self._names: Mapping[int, str] | None = None
        self._strange: dict[str, float] = {}

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    @property
    def requests(self) -> Counter[str]:
        return self._door.requests

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
        found, dead = self._tickets_now(ids)
        if dead:
            # Left out it would pass for a ticket that is gone.
            raise RejectedError(f"Ticket {dead[0].id} cannot be understood: {dead[0].reason}.")
        return {each.id: each for each in found if isinstance(each, Ticket) and not each.deleted}

    def _tickets_now(self, ids: Sequence[str]) -> tuple[Sequence[Record], Sequence[DeadLetter]]:
        if not ids:
            return (), ()
        query = [("ids", write.ticket_ids(ids)), ("include", "metric_sets")]
        raws = self._read("/api/v2/tickets/show_many", query, _tickets)
        return understood(Stream.TICKETS, raws, self._ticket)

    def records(self, stream: Stream, ids: Sequence[str]) -> Sequence[Record]:
        if stream is Stream.TICKETS:
            return self._tickets_now(ids)[0]
        if not ids:
            return ()
        name, inside, translated = SHOWN[stream]
        raws = self._read(f"/api/v2/{name}/show_many", [("ids", write.ticket_ids(ids))], inside)
        return understood(stream, raws, translated)[0]

    def send(self, updates: Sequence[TicketUpdate]) -> str:
        body = write.update_many(updates, self._prefix)
        try:
            return self._signed(
                "PUT", "/api/v2/tickets/update_many", write.started, kind="update", body=body, retry=False
            )
        except RetryableError as error:
            if error.status != 429 or error.wait is not None:
                raise
            raise RetryableError(error.message, status=429, wait=JOB_PEACE) from error

    def outcomes(self, jobs: Sequence[str]) -> Mapping[str, Sequence[Outcome]]:
        found: dict[str, Sequence[Outcome]] = {}
        for start in range(0, len(jobs), write.BATCH):
            found |= self._outcomes(jobs[start : start + write.BATCH])
        return found

    def close(self) -> None:
        self._credentials.forget()
        self._door.close()

    def _ticket_pages(self, cursor: str | None, size: tuple[str, str]) -> Iterator[Page]:
        # Fields may have been added since the last round; a key is only as good as the list it is from.
        self._names = None
        query = [size, ("include", "metric_sets"), ("support_type_scope", "all")]
        way = CursorExport(self._read, self._clock, "tickets", query, tickets_in)
        yield from Walk(Stream.TICKETS, way, ExportPlace, self._ticket).pages(cursor)

    def _ticket(self, raw: object) -> Ticket:
        if self._names is None:
            self._names = self._field_names()
        return translate.ticket(raw, names=self._names, prefix=self._prefix)

    def _field_names(self) -> Mapping[int, str]:
        fields = self._signed("GET", "/api/v2/ticket_fields", _ticket_fields, kind="read")
        return translate.field_names(fields)

    def _outcomes(self, jobs: Sequence[str]) -> dict[str, Sequence[Outcome]]:
        query = [("ids", write.job_ids(jobs))]
        try:
            answer = self._signed(
                "GET", "/api/v2/job_statuses/show_many", write.jobs, kind="job", query=query
            )
        except RejectedError as error:
            if error.status not in GONE:
                raise
            if len(jobs) == 1:
                return {jobs[0]: ()}
            # One forgotten job must not hide what became of the others.
            return {job: said for each in jobs for job, said in self._outcomes([each]).items()}
        known = {job.id: job for job in answer}
        return {
            each: write.results(known[each]) if each in known else ()
            for each in jobs
            if each not in known or self._finished(known[each])
        }

    def _finished(self, job: WireJob) -> bool:
        if job.status in write.RUNNING:
            return False
        if job.status not in write.FINISHED:
            since = self._strange.setdefault(job.id, self._clock.mono())
            if self._clock.mono() - since < STRANGE_STATE:
                return False
        self._strange.pop(job.id, None)
        return True

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


def _users(answer: Answer) -> list[object]:
    return users_in(strict_json(answer.body))


def _organizations(answer: Answer) -> list[object]:
    return organizations_in(strict_json(answer.body))


SHOWN: Mapping[Stream, tuple[str, Callable[[Answer], list[object]], Translate]] = {
    Stream.CUSTOMERS: ("users", _users, translate.customer),
    Stream.ORGANIZATIONS: ("organizations", _organizations, translate.organization),
}
"""Records that can be asked for by id: their place, how an answer holds them, how they are translated."""


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
        address, clock=clock, user_agent=USER_AGENT, suffixes=SUFFIXES, words=words, loopback=loopback
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
