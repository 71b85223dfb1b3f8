"""The desk's memory: shelves of records in two orders, conversations, fields and a ledger.

Nothing here decides whether a change is allowed; that is ``changes.py`` and its neighbours.
Everything runs on one event loop, so nothing is locked.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Iterator
from typing import Generic, NamedTuple, Protocol, TypeVar

from connectors.clock import Clock, SystemClock
from connectors.sandbox.records import (
    Audit,
    Comment,
    FieldDefinition,
    FieldValue,
    Group,
    Organization,
    Rating,
    Ticket,
    User,
)
from connectors.sandbox.trouble import Trouble

LEDGER_SIZE = 100_000
"""Entries of each kind that are kept; a full ledger is some 50 MB."""


class Numbered(Protocol):
    """A record with an id."""

    @property
    def id(self) -> int: ...


class Moving(Numbered, Protocol):
    """A record whose changes are exported."""

    updated_at: int
    generated_timestamp: int


Kept = TypeVar("Kept", bound=Numbered)
Exported = TypeVar("Exported", bound=Moving)


class Shelf(Generic[Kept]):
    """Records of one kind by id, and their ids in rising order."""

    def __init__(self) -> None:
        self._records: dict[int, Kept] = {}
        self._ids: list[int] = []
        self._sorted = True

    def __len__(self) -> int:
        return len(self._records)

    def __contains__(self, key: object) -> bool:
        return key in self._records

    def __iter__(self) -> Iterator[Kept]:
        """All records, lowest id first."""
        return (self._records[key] for key in self.ids)

    def get(self, key: object) -> Kept | None:
        """The record, or None; anything that is no id is simply not here."""
        return self._records.get(key) if isinstance(key, int) else None

    def add(self, record: Kept) -> None:
        """Keep a new record; its id must be free."""
        if record.id in self._records:
            raise ValueError(f"id {record.id} is taken")
        self._records[record.id] = record
        self._sorted = self._sorted and (not self._ids or self._ids[-1] < record.id)
        self._ids.append(record.id)

    @property
    def ids(self) -> list[int]:
        if not self._sorted:
            self._ids.sort()
            self._sorted = True
        return self._ids

    def above(self, key: int) -> Iterator[Kept]:
        """Records with a greater id, lowest first."""
        ids = self.ids
        return (self._records[ids[at]] for at in range(bisect_right(ids, key), len(ids)))

    def next_id(self) -> int:
        """An id above all that were ever used here."""
        return self.ids[-1] + 1 if self._ids else 1


class Place(NamedTuple):
    """A position in an export: everything up to and including it has been handed out."""

    at: int
    id: int


class ExportShelf(Shelf[Exported]):
    """A shelf that also keeps its records in the order of their last change."""

    def __init__(self) -> None:
        super().__init__()
        self.order: list[Place] = []
        """The place of every record, oldest change first."""

    def add(self, record: Exported) -> None:
        super().add(record)
        record.generated_timestamp = record.generated_timestamp or record.updated_at
        insort(self.order, Place(record.generated_timestamp, record.id))

    def touch(self, record: Exported, now: int) -> None:
        """The record changed: it moves to the end of the export. Never backwards, even if the clock does."""
        order = self.order
        del order[bisect_left(order, Place(record.generated_timestamp, record.id))]
        record.updated_at = max(now, record.updated_at)
        record.generated_timestamp = max(now, record.generated_timestamp)
        insort(order, Place(record.generated_timestamp, record.id))

    def changed(self, after: Place, until: int) -> range:
        """Positions in ``order`` past ``after`` whose instant is not later than ``until``."""
        order = self.order
        return range(bisect_right(order, after), bisect_left(order, Place(until + 1, 0)))


class Request(NamedTuple):
    """One answered request; ``template`` is the path with its ids left open."""

    at: int
    method: str
    template: str
    status: int
    actor_id: int | None


class Effect(NamedTuple):
    """One thing that really changed."""

    at: int
    kind: str
    id: int
    field: str
    before: FieldValue
    after: FieldValue
    author_id: int | None
    channel: str


class Ledger:
    """What was asked and what it did, newest last and bounded; tests read it, nothing else does."""

    def __init__(self) -> None:
        self.requests: deque[Request] = deque(maxlen=LEDGER_SIZE)
        self.effects: deque[Effect] = deque(maxlen=LEDGER_SIZE)


class Desk:
    """One help desk. ``owner_id`` is the admin whom OAuth acts as, ``agent_id`` who sits at the browser."""

    def __init__(self, *, name: str = "Sandbox", clock: Clock | None = None) -> None:
        self.name = name
        self.clock: Clock = clock or SystemClock()
        self.users: ExportShelf[User] = ExportShelf()
        self.organizations: ExportShelf[Organization] = ExportShelf()
        self.tickets: ExportShelf[Ticket] = ExportShelf()
        self.ratings: Shelf[Rating] = Shelf()
        self.groups: Shelf[Group] = Shelf()
        self.ticket_fields: Shelf[FieldDefinition] = Shelf()
        self.user_fields: Shelf[FieldDefinition] = Shelf()
        self.organization_fields: Shelf[FieldDefinition] = Shelf()
        self.comments: dict[int, list[Comment]] = {}
        self.audits: dict[int, list[Audit]] = {}
        self.ledger = Ledger()
        self.trouble = Trouble()
        self.opened_at = 0
        self.owner_id = 0
        self.agent_id = 0
        self._serial = 0

    def serial(self) -> int:
        """A number never given before, for comments, audits and events."""
        self._serial += 1
        return 5_000_000 + self._serial

    def agent_by_email(self, email: str) -> User | None:
        """The active staff member of that address."""
        user = self.user_by_email(email)
        return user if user is not None and user.staff else None

    def user_by_email(self, email: str) -> User | None:
        """The active person of that address."""
        wanted = email.lower()
        return next((u for u in self.users if u.active and (u.email or "").lower() == wanted), None)

    def present(self, key: int) -> Ticket | None:
        """The ticket, unless it is unknown or deleted."""
        ticket = self.tickets.get(key)
        return None if ticket is None or ticket.status == "deleted" else ticket
