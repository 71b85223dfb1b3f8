"""A help desk in memory for tests of the write path: tickets, stamps, jobs, audits, and tricks on demand.

It keeps the Connector's promise and plays the world around it: agents, answers that get lost, jobs that are
forgotten. It knows nothing of how changes are decided or remembered.
"""

from __future__ import annotations

import itertools
from collections import Counter, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec
from sqlalchemy import Connection

from connectors.base import Capabilities, Connector, Identity
from connectors.budget import Forecast, Governor
from connectors.changes import Edit, Field, NextCall, Outcome, TicketUpdate, Value
from connectors.clock import Clock
from connectors.errors import (
    AuthenticationError,
    ConflictError,
    ConnectorError,
    RejectedError,
    RetryableError,
    UnavailableError,
    UnknownOutcomeError,
)
from connectors.findings import Finding, ok
from connectors.records import UNSOLVED, Page, Stream, Ticket
from connectors.setup import Memory, Requirements, Step, Survey, Taken
from integration.store import assignments
from integration.store.assignments import Decided
from integration.store.engine import Store
from policies.standing import Facts
from policies.treatment import Claim, Decision, Part

Trick = Literal[
    "swallowed", "never arrived", "late", "lying", "halved", "forgotten", "endless", "overtaken",
    "rejected", "conflict", "busy", "signed out", "not offered", "broken",
]  # fmt: skip
"""What may happen to one update call.

``swallowed``: done, no answer. ``late``: done after all, when ``deliver`` is called. ``lying``: accepted, not
done. ``halved``: done and told for the first half of its tickets. ``forgotten``: done, its job unknown.
``endless``: its job neither does anything nor ends. ``overtaken``: taken, after everything late arrived.
The others are refusals of the whole call.
"""

LOUD: Mapping[Trick, type[ConnectorError]] = {
    "rejected": RejectedError,
    "conflict": ConflictError,
    "busy": RetryableError,
    "signed out": AuthenticationError,
    "not offered": UnavailableError,
    "never arrived": UnknownOutcomeError,
}


class CrashError(BaseException):
    """The process dies here. Not an Exception, as nothing may catch it."""


@dataclass(slots=True)
class Fuse:
    """Counts points at which a process can die, and dies at the one wanted (1 is the next)."""

    left: int = 0
    passed: int = 0

    def point(self) -> None:
        self.passed += 1
        if self.left:
            self.left -= 1
            if not self.left:
                raise CrashError


class BrittleStore(Store):
    """A store with a crash point before and after every transaction."""

    def __init__(self, path: Path, fuse: Fuse) -> None:
        self._fuse = fuse
        super().__init__(path, writer=True)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        self._fuse.point()
        with super().write() as connection:
            yield connection
            self._fuse.point()  # everything is written and nothing committed
        self._fuse.point()


@dataclass(frozen=True, slots=True)
class Audit:
    """One effective change of one field by us, with the decision that stood when it was sent."""

    ticket_id: str
    field: Field
    before: Value
    after: Value
    generation: int
    edits: int
    """How often people had edited the ticket by then."""


@dataclass(slots=True)
class Job:
    """A call that was taken: what is left to do and what will be said about it."""

    updates: list[TicketUpdate]
    generation: Counter[str]
    trick: Trick | None = None
    said: list[Outcome] | None = None


@dataclass(slots=True, eq=False)
class World(Connector):
    """A desk of its own, reached without HTTP. ``batch`` and ``parallel`` are its limits."""

    clock: Clock
    fuse: Fuse = field(default_factory=Fuse)
    batch: int = 10
    parallel: int = 3
    desk: dict[str, Ticket] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    late: list[Job] = field(default_factory=list)
    tricks: deque[Trick] = field(default_factory=deque)
    audits: list[Audit] = field(default_factory=list)
    wronged: list[str] = field(default_factory=list)
    """Times we wrote over what a person had set."""
    hands: dict[tuple[str, str], str] = field(default_factory=dict)
    """Who put a ticket's priority or one of its tags there: ``us`` or ``person``."""
    edits: Counter[str] = field(default_factory=Counter)
    generation: Counter[str] = field(default_factory=Counter)
    poison: dict[str, Trick] = field(default_factory=dict)
    """Tickets that bring down every call they are in."""
    limited: set[str] = field(default_factory=set)
    """Tickets that have used up their own limit of updates."""
    lacking: dict[str, str] = field(default_factory=dict)
    """Tickets whose wish no call can carry, with the reason."""
    unreadable: set[str] = field(default_factory=set)
    marked: dict[str, set[str]] = field(default_factory=dict)
    """The marks that the desk remembers, by ticket."""
    notes: list[tuple[str, Value]] = field(default_factory=list)
    """Notes left on tickets, oldest first."""
    sent: list[tuple[str, ...]] = field(default_factory=list)
    deaf: bool = False
    """Whether jobs cannot be asked about at all."""
    requests: Counter[str] = field(default_factory=Counter)
    _version: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def budget(self) -> Governor:
        """This desk limits nobody."""
        return Governor(self.clock)

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            vendor="world",
            streams=(Stream.TICKETS,),
            fields=tuple(Field),
            batch=self.batch,
            jobs=self.parallel,
        )

    def add(self, number: int, **values: object) -> Ticket:
        """A new ticket, written by its customer."""
        stated: dict[str, object] = {
            "id": str(number), "status": "open", "customer_id": "7", "created_at": 1, "updated_at": 1,
        } | values  # fmt: skip
        return self._put(stated)

    def edit(self, ticket_id: str, **values: object) -> None:
        """An agent's change, under a new stamp."""
        old = self.desk[ticket_id]
        self.edits[ticket_id] += 1
        if "priority" in values:
            self.hands[ticket_id, "priority"] = "person"
        for tag in set(map(str, values.get("tags", old.tags))) - set(old.tags):  # type: ignore[call-overload]  # tests pass tuples
            self.hands[ticket_id, tag] = "person"
        self._put(msgspec.structs.asdict(old) | values)

    def _put(self, values: Mapping[str, object]) -> Ticket:
        version = next(self._version)
        fresh = {**values, "version": version, "stamp": f"s{version}"}
        ticket = msgspec.convert(fresh, Ticket)
        self.desk[ticket.id] = ticket
        return ticket

    def since(self, stream: Stream, stamp: int) -> str:
        return "0"

    def identity(self) -> Identity:
        return Identity(id="1", name="us", role="admin")

    def examine(self) -> Iterator[Finding]:
        yield ok("world", "It is our own.")

    def survey(self, wanted: Requirements | None, memory: Memory) -> Survey:
        return Survey()

    def take(self, step: Step, ids: Mapping[str, str]) -> Taken:
        raise RejectedError("there is nothing to set up here")

    def pages(self, stream: Stream, cursor: str | None) -> Iterator[Page]:
        self.fuse.point()
        self.requests["read"] += 1
        news = sorted(
            (ticket for ticket in self.desk.values() if ticket.version > int(cursor or 0)),
            key=lambda ticket: ticket.version,
        )
        for start in range(0, max(len(news), 1), 4):
            part = tuple(news[start : start + 4])
            cursor = str(part[-1].version) if part else cursor or "0"
            yield Page(stream=stream, records=part, cursor=cursor, last=start + 4 >= len(news))

    def tickets(self, ids: Sequence[str]) -> Mapping[str, Ticket]:
        self.fuse.point()
        self.requests["read"] += 1
        assert 0 < len(ids) <= self.batch
        if hidden := self.unreadable.intersection(ids):
            raise RejectedError(f"Ticket {min(hidden)} cannot be understood.")
        return {one: self.desk[one] for one in ids if one in self.desk and not self.desk[one].deleted}

    def records(self, stream: Stream, ids: Sequence[str]) -> Sequence[Ticket]:
        assert stream is Stream.TICKETS
        return tuple(self.tickets(ids).values())

    def send(self, updates: Sequence[TicketUpdate]) -> str:
        self.fuse.point()
        self.requests["update"] += 1
        assert 0 < len(updates) <= self.batch
        self.sent.append(tuple(update.ticket_id for update in updates))
        trick = self._trick(updates)
        if trick == "broken":
            raise ValueError("something unforeseen")
        if trick is not None and trick in LOUD:
            raise LOUD[trick](f"the call was {trick}")
        job = Job(list(updates), Counter(self.generation), trick)
        if trick == "overtaken":
            self.deliver()
        if trick == "late":
            self.late.append(job)
            raise UnknownOutcomeError("no answer")
        if trick == "swallowed":
            self._work(job)
            raise UnknownOutcomeError("no answer")
        name = f"job{next(self._version)}"
        self.jobs[name] = job
        self.fuse.point()  # taken, and the answer is on its way
        return name

    def options(self) -> Mapping[Field, Mapping[str, str] | None]:
        return dict.fromkeys(Field)

    def next_call(self, updates: Sequence[TicketUpdate]) -> NextCall:
        refused = [
            Outcome(ticket_id=one.ticket_id, result="missing", reason=self.lacking[one.ticket_id])
            for one in updates
            if one.ticket_id in self.lacking
        ]
        sound = tuple(one for one in updates if one.ticket_id not in self.lacking)
        return NextCall(updates=sound, refused=tuple(refused))

    def marks(self, ticket_id: str) -> Collection[str]:
        self.fuse.point()
        self.requests["read"] += 1
        return self.marked.get(ticket_id, set())

    def history(self, ticket_id: str) -> Sequence[Edit]:
        raise UnavailableError("histories are not shown to us", status=403)

    def _trick(self, updates: Sequence[TicketUpdate]) -> Trick | None:
        sick = [self.poison[one.ticket_id] for one in updates if one.ticket_id in self.poison]
        return sick[0] if sick else self.tricks.popleft() if self.tricks else None

    def outcomes(self, jobs: Sequence[str]) -> Mapping[str, Sequence[Outcome]]:
        self.fuse.point()
        self.requests["job"] += 1
        for name in jobs:
            if name in self.jobs and self.jobs[name].trick != "endless":
                self._work(self.jobs[name])
        if self.deaf:
            raise UnavailableError("jobs are not shown to us", status=403)
        found: dict[str, Sequence[Outcome]] = {}
        for name in jobs:
            if name not in self.jobs or self.jobs[name].trick == "forgotten":
                found[name] = ()
            elif (said := self.jobs[name].said) is not None:
                found[name] = tuple(said)
        return found

    def deliver(self) -> None:
        """What was under way arrives, and every job that can end ends."""
        for job in [*self.late, *self.jobs.values()]:
            if job.trick != "endless":
                self._work(job)
        self.late.clear()

    def _work(self, job: Job) -> None:
        if job.said is not None:
            return
        if job.trick == "lying":
            job.said = [Outcome(ticket_id=one.ticket_id, result="accepted") for one in job.updates]
            return
        half = (len(job.updates) + 1) // 2 if job.trick == "halved" else len(job.updates)
        job.said = [self._change(one, job.generation[one.ticket_id]) for one in job.updates[:half]]

    def _change(self, update: TicketUpdate, generation: int) -> Outcome:
        name, ticket = update.ticket_id, self.desk.get(update.ticket_id)
        if ticket is None or ticket.deleted:
            return Outcome(ticket_id=name, result="gone")
        if ticket.stamp != update.stamp:
            return Outcome(ticket_id=name, result="conflict")
        if name in self.limited:
            return Outcome(ticket_id=name, result="later", reason="thirty updates in ten minutes", wait=600)
        if ticket.status not in UNSOLVED:
            return Outcome(ticket_id=name, result="rejected", reason="the ticket is closed")
        values = msgspec.structs.asdict(ticket)
        self.marked.setdefault(name, set()).update({update.mark, update.note_mark or ""})
        for change in update.changes:
            if change.field is Field.NOTE:
                self.notes.append((name, change.after))
                continue
            before = values[change.field.value]
            after: object = change.after
            if change.field is Field.TAGS:
                after = tuple(sorted((set(ticket.tags) | set(change.added)) - set(change.removed)))
            if after == before:
                continue
            values[change.field.value] = after
            self.audits.append(
                Audit(name, change.field, change.before, change.after, generation, self.edits[name])
            )
            self._note(name, change.field, before, change.added)
        self._put(values)
        return Outcome(ticket_id=name, result="accepted")

    def _note(self, name: str, changed: Field, before: object, added: Sequence[str]) -> None:
        if changed is Field.TAGS:
            self.hands.update({(name, tag): "us" for tag in added})
        if changed is Field.PRIORITY:
            if before is not None and self.hands.get((name, "priority")) == "person":
                self.wronged.append(f"priority {before} of ticket {name}")
            self.hands[name, "priority"] = "us"

    def forecast(self, tickets: int) -> Forecast:
        return Forecast(requests=2 * -(-tickets // self.batch), seconds=0.0, measured=True)

    def close(self) -> None:
        """There is nothing to give back."""


def decide(
    store: Store,
    world: World,
    ticket_id: str,
    *tags: str,
    priority: str | None = None,
    level: str | None = None,
) -> None:
    """Let the policy have decided this for a ticket."""
    world.generation[ticket_id] += 1
    decision = Decision(
        ticket_id=ticket_id, policy="p", segment=None, segments=(), situations=(),
        tags=tuple(_part(tag) for tag in sorted(tags)),
        priority=_part(priority) if priority else None,
        service_level=_part(level) if level else None,
    )  # fmt: skip
    facts = Facts(ticket_id, "7", "open", {}, (), ())
    with store.write() as connection:
        assignments.save_decisions(connection, [Decided(decision, facts)], world.clock.wall())


def _part(value: str) -> Part:
    return Part(value, Claim(value, "segment:vip", f"Key account asks for {value}."))
