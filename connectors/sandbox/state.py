"""The desk's memory: shelves of records in two orders, conversations, fields and a ledger.

Nothing here decides whether a change is allowed; that is ``changes.py`` and its neighbours.
Everything runs on one event loop, so nothing is locked.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from connectors.clock import Clock, SystemClock
from connectors.sandbox.hooks.records import Hooks
from connectors.sandbox.limits import Limits
from connectors.sandbox.records import (
    Audit,
    Comment,
    FieldDefinition,
    FieldValue,
    Group,
    GroupMembership,
    Identity,
    Organization,
    OrganizationMembership,
    Rating,
    Ticket,
    User,
)
from connectors.sandbox.rules.records import Category, MetricEvent, Promise, Schedule, SlaPolicy, Trigger
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
        self._highest = 0

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
        self._highest = max(self._highest, record.id)

    def remove(self, key: int) -> None:
        """Take a record away for good, its id is not given again; KeyError when it is not here."""
        del self._records[key]
        self._ids.remove(key)

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
        return self._highest + 1


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

    def fill(self, dated: Iterable[tuple[int, Exported]]) -> None:
        """Many new records at once, each with the instant it counts for, which are sorted once."""
        for at, record in dated:
            self._records[record.id] = record
            self._ids.append(record.id)
            self.order.append(Place(at, record.id))
        self._sorted = False
        self.order.sort()

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


class Names:
    """Who bears a name, whatever its case; the first who claimed it keeps it."""

    def __init__(self) -> None:
        self._bearers: dict[str, int] = {}

    def claim(self, name: str | None, key: int) -> None:
        if name:
            self._bearers.setdefault(name.lower(), key)

    def release(self, name: str | None, key: int) -> None:
        """Give a name back; somebody else's stays theirs."""
        if name and self._bearers.get(name.lower()) == key:
            del self._bearers[name.lower()]

    def bearer(self, name: str) -> int | None:
        return self._bearers.get(name.lower())


class People(ExportShelf[User]):
    """Everybody, also by address (every address they have) and by external id."""

    def __init__(self) -> None:
        super().__init__()
        self.emails = Names()
        self.phones = Names()
        self.external_ids = Names()

    def add(self, record: User) -> None:
        super().add(record)
        if record.active:
            self.emails.claim(record.email, record.id)
            self.phones.claim(record.phone, record.id)
            self.external_ids.claim(record.external_id, record.id)


class Companies(ExportShelf[Organization]):
    """Every company, also by name and by external id."""

    def __init__(self) -> None:
        super().__init__()
        self.names = Names()
        self.external_ids = Names()

    def add(self, record: Organization) -> None:
        super().add(record)
        if record.deleted_at is None:
            self.names.claim(record.name, record.id)
            self.external_ids.claim(record.external_id, record.id)

    def alive(self, key: object) -> Organization | None:
        """The company, unless it is unknown or deleted."""
        record = self.get(key)
        return None if record is None or record.deleted_at is not None else record


class Request(NamedTuple):
    """One request. ``template`` is the path with its ids left open.

    ``status`` is what was answered, 0 where nothing was. ``fault`` is the trouble that struck it, ``wait``
    how many seconds of peace the answer asked for, ``mono`` the instant on the clock that measures spans.
    """

    at: int
    method: str
    template: str
    status: int
    actor_id: int | None
    fault: str | None = None
    wait: float | None = None
    mono: float = 0.0


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


Entry = TypeVar("Entry")


class Log(deque[Entry]):
    """The newest entries of one kind; ``numbers`` gives them places in the one order of the whole ledger."""

    def __init__(self, numbers: Iterator[int]) -> None:
        super().__init__(maxlen=LEDGER_SIZE)
        self._numbers = numbers
        self._places: deque[int] = deque(maxlen=LEDGER_SIZE)

    def append(self, entry: Entry) -> None:
        self._places.append(next(self._numbers))
        super().append(entry)

    def after(self, number: int) -> Iterator[tuple[int, Entry]]:
        """The entries with a greater number, and their numbers."""
        return ((place, entry) for place, entry in zip(self._places, self, strict=True) if place > number)


class Ledger:
    """What was asked and what it did, newest last and bounded; it is read and never acted upon."""

    def __init__(self) -> None:
        numbers = count(1)
        self.requests: Log[Request] = Log(numbers)
        self.effects: Log[Effect] = Log(numbers)


class Commitment(NamedTuple):
    """What a ticket is promised since ``at``, for the priority it had; no promise means that none fits."""

    at: int
    promise: Promise | None
    priority: str | None


class Untold(NamedTuple):
    """One update of a ticket: how many audits and commitments there were after it, and before it."""

    ticket_id: int
    at: int
    audits: int
    promised: tuple[int, int]


class Rules:
    """What the account has laid down about its tickets. The first schedule holds for all of them."""

    def __init__(self) -> None:
        self.policies: Shelf[SlaPolicy] = Shelf()
        self.triggers: Shelf[Trigger] = Shelf()
        self.categories: Shelf[Category] = Shelf()
        self.schedules: Shelf[Schedule] = Shelf()


class Desk:
    """One help desk. ``owner_id`` is the admin whom OAuth acts as, ``agent_id`` who sits at the browser.

    ``plan`` is one of ``limits.PLANS`` and says how many requests it takes.
    """

    def __init__(
        self, *, name: str = "Sandbox", clock: Clock | None = None, plan: str = "enterprise"
    ) -> None:
        self.name = name
        self.clock: Clock = clock or SystemClock()
        self.users = People()
        self.organizations = Companies()
        self.tickets: ExportShelf[Ticket] = ExportShelf()
        self.ratings: Shelf[Rating] = Shelf()
        self.groups: Shelf[Group] = Shelf()
        self.memberships: Shelf[OrganizationMembership] = Shelf()
        self.group_memberships: Shelf[GroupMembership] = Shelf()
        self.identities: Shelf[Identity] = Shelf()
        self.links: dict[int, list[OrganizationMembership]] = {}
        """The memberships of each person."""
        self.addresses: dict[int, list[Identity]] = {}
        """The identities of each person."""
        self.ticket_fields: Shelf[FieldDefinition] = Shelf()
        self.user_fields: Shelf[FieldDefinition] = Shelf()
        self.organization_fields: Shelf[FieldDefinition] = Shelf()
        self.repeatable: dict[str, tuple[int, str, Any]] = {}
        """Creations by their key: when, a digest of what was sent, and the answer."""
        self.erasures: dict[int, tuple[int, int]] = {}
        """When and by whom people were deleted for good."""
        self.comments: dict[int, list[Comment]] = {}
        self.audits: dict[int, list[Audit]] = {}
        self.rules = Rules()
        self.commitments: dict[int, list[Commitment]] = {}
        """The service levels of tickets that ever had one, oldest first."""
        self.metric_events: ExportShelf[MetricEvent] = ExportShelf()
        """What clocks did in the updates that this desk has seen."""
        self.untold: deque[Untold] = deque(maxlen=10 * LEDGER_SIZE)
        """Updates whose metric events nobody has asked for yet."""
        self.breaches: dict[tuple[int, str, int, int], MetricEvent] = {}
        """Breaches that are foretold, by ticket, clock, number and time."""
        self.hooks = Hooks()
        self.happenings: ExportShelf[Any] = ExportShelf()
        """The audits in the order of time, as far as somebody has asked for them."""
        self.ledger = Ledger()
        self.trouble = Trouble()
        self.limits = Limits(self.clock, self.trouble, plan)
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
        user = self.users.get(self.users.emails.bearer(email))
        return user if user is not None and user.active else None

    def present(self, key: int) -> Ticket | None:
        """The ticket, unless it is unknown or deleted."""
        ticket = self.tickets.get(key)
        return None if ticket is None or ticket.status == "deleted" else ticket
