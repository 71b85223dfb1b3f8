"""What was asked of the desk and what it did: bounded, read and never acted upon."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import count
from typing import NamedTuple, TypeVar

from connectors.sandbox.records import FieldValue

LEDGER_SIZE = 100_000
"""Entries of each kind that are kept; a full ledger is some 50 MB."""


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
