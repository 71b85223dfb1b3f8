"""Where records of one kind are kept: by id, in the order of their changes, and people and companies by name.

Everything runs on one event loop, so nothing is locked.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from typing import Generic, NamedTuple, Protocol, TypeVar

from connectors.sandbox.records import Organization, User


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
