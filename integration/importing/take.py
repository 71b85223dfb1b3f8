"""One reading of one import: rows in, what is new of them stored, what is gone taken away at the end.

A reading that breaks off anywhere is begun again: what was taken stays, and nothing is taken away before
the end was reached.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

import msgspec

from integration.importing.rows import BadCell, ImportStopError, Raw, Source
from integration.importing.understand import Understanding
from integration.progress import Progress
from integration.store import imports
from integration.store.engine import Store
from integration.store.imports import State
from integration.store.shelf import PORTION, Known, Row, Shelf

SHOWN = 50
"""Bad cells that a report names; the rest is counted."""

LINES = 10
"""Lines without a customer that a report names."""


@dataclass(slots=True)
class Taken:
    """What became of one import."""

    name: str
    origin: str
    rows: int = 0
    new: int = 0
    changed: int = 0
    gone: int = 0
    duplicates: int = 0
    older: int = 0
    """Rows of an earlier day than what is known."""
    refused: int = 0
    """Rows with a cell that cannot be understood."""
    unmatched: int = 0
    """Keys that no customer has."""
    unmatched_lines: tuple[int, ...] = ()
    customers: int = 0
    """Whom it concerns: they are assigned next."""
    unchanged: bool = False
    """Whether it is what was read last, so that nothing had to be done."""
    kept: bool = False
    """Whether what is gone was kept, because some keys could not be read."""
    bad: list[BadCell] = field(default_factory=list)
    stopped: str | None = None
    """Why it could not be read or was not taken."""


@dataclass(slots=True)
class _Portion:
    """What one transaction does."""

    news: list[tuple[Row, bool]] = field(default_factory=list)
    """Rows to take, each with whether it is news to customers."""
    same: list[tuple[str, int]] = field(default_factory=list)
    """Rows that stay, with the line at which they are now."""
    kept: list[str] = field(default_factory=list)
    """Keys of rows that could not be understood: what they had stays."""


@dataclass(slots=True)
class Reading:
    """What one reading has at hand."""

    store: Store
    shelf: Shelf
    understanding: Understanding
    taken: Taken
    progress: Progress
    accept: bool = False
    """Take it as it stands: however few rows there are, and however old they are."""
    dry: bool = False
    seen: int = 0
    """The number of this reading."""
    blind: bool = False
    """Whether there was a row of which nobody knows whom it is about."""

    def take(self, source: Source, state: State) -> None:
        """Read everything; raises ImportStopError, and then nothing was taken away."""
        total = source.count()
        if total is not None:
            self._demand_enough(total, state)
        self._begin(state)
        try:
            for portion in _portions(source):
                self._portion(portion)
                self.progress(f"Importing {self.taken.name}", self.taken.rows, total)
            self._demand_enough(self.taken.rows, state)
        except ImportStopError:
            self._tell_customers()
            raise
        self._take_away()
        self._tell_customers()

    def _tell_customers(self) -> None:
        if not self.dry:
            self.taken.customers = self.shelf.tell(self.store)

    def _begin(self, state: State) -> None:
        """From here on what was read before is no longer what the store holds."""
        self.seen = state.seen + 1
        if not self.dry:
            begun = msgspec.structs.replace(state, seen=self.seen, digest="")
            with self.store.write() as connection:
                imports.put_state(connection, self.taken.name, begun)

    def _demand_enough(self, rows: int, state: State) -> None:
        """A list that has lost more than half of its rows is looked at by a person first."""
        if not self.accept and 2 * rows < state.rows:
            raise ImportStopError(
                f"{self.taken.origin} had {state.rows:,} rows and has {rows:,} now: nothing is taken away."
                f" If this is right, run `deskcue import {self.taken.name} --accept`."
            )

    def _take_away(self) -> None:
        """Bury what this reading did not meet."""
        self.taken.kept = self.blind
        if not self.blind and not self.dry:
            self.taken.gone = self.shelf.bury(self.store, self.seen)

    def _portion(self, raws: list[Raw]) -> None:
        rows, portion = list[Row](), _Portion()
        for raw in raws:
            row = self.understanding.row(raw)
            if row is None:
                portion.kept += self._refused(raw)
            else:
                rows.append(row)
        self.taken.rows += len(raws)
        with self.store.read() as connection:
            known = self.shelf.known(connection, [row.id for row in rows])
        for row in rows:
            self._settle(row, known, portion)
        if not self.dry:
            with self.store.write() as connection:
                self.shelf.save(connection, portion.news, self.taken.origin, self.seen)
                self.shelf.touch(connection, portion.same, self.taken.origin, self.seen)
                self.shelf.keep(connection, portion.kept, self.seen)

    def _refused(self, raw: Raw) -> list[str]:
        """Tell the bad cells of a row; gives whom it is about, whose former row stays."""
        self._tell(self.understanding.bad)
        key = self.understanding.key(raw) if raw.cells else None
        self.blind = self.blind or key is None
        return [key] if key else []

    def _tell(self, bad: list[BadCell]) -> None:
        self.taken.refused += 1
        self.taken.bad += bad[: SHOWN - len(self.taken.bad)]

    def _settle(self, row: Row, known: dict[str, Known], portion: _Portion) -> None:
        """Put a row where it belongs: to what is new, to what is the same, or to neither."""
        before = known.get(row.id)
        again = before is not None and before.seen == self.seen
        if before is None or before.deleted:
            self.taken.new += 1
            portion.news.append((row, True))
        elif again and not self._later(row, before):
            return
        elif self._older(row, before):
            self.taken.older += 1
            portion.same.append((row.id, before.line))
            row = msgspec.structs.replace(row, digest=before.digest, day=before.day, line=before.line)
        elif row.digest != before.digest:
            self.taken.changed += not again
            portion.news.append((row, True))
        elif row.day == before.day:
            portion.same.append((row.id, row.line))
        else:
            portion.news.append((row, self._expired(before)))
        known[row.id] = Known(row.digest, row.day, row.line, self.seen, deleted=False)

    def _later(self, row: Row, before: Known) -> bool:
        """Whether a row met in this reading is replaced; of one day, two may not say different things."""
        if row.digest != before.digest and (row.day == before.day or self.shelf.kind == "events"):
            message = f"the same is said otherwise on line {before.line}"
            heading = self.understanding.wanted[self.understanding.spec.key]
            self._tell([BadCell(self.taken.origin, row.line, heading, message, "Keep one of the two rows.")])
            return False
        self.taken.duplicates += 1
        return row.day > before.day

    def _older(self, row: Row, before: Known) -> bool:
        return self.shelf.kind == "values" and row.day < before.day and not self.accept

    def _expired(self, before: Known) -> bool:
        """Whether the value was unknown until now, although it is the same."""
        spec = self.understanding.spec
        return before.day + (spec.expires or 0) <= self.understanding.now


def _portions(source: Source) -> Iterator[list[Raw]]:
    rows = source.rows()
    while portion := list(islice(rows, PORTION)):
        yield portion
