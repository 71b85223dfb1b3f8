"""A row as it came → what it says, or every cell of it that says nothing; where it goes is not known here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from integration.importing.cells import CellError, instant_of, key_of, value_of
from integration.importing.rows import BadCell, Raw
from integration.store.shelf import Row
from policies.import_model import Import
from policies.vocabulary import Type

AHEAD = 86_400
"""Seconds by which a row's day may lie ahead: somewhere it is tomorrow already."""

T = TypeVar("T")


@dataclass(slots=True)
class Understanding:
    """How the rows of one import are read."""

    name: str
    spec: Import
    day: int
    """When a row was so that does not say it itself."""
    now: int
    bad: list[BadCell] = field(default_factory=list)
    """What was wrong with the row that was read last."""

    wanted: dict[str, str] = field(init=False)
    """Every heading that is read, by our word for it."""

    def __post_init__(self) -> None:
        self.wanted = wanted(self.spec)

    def row(self, raw: Raw) -> Row | None:
        """What a row says; None where a cell of it is bad, which ``bad`` then tells."""
        self.bad = []
        if not raw.cells:
            message = "the row has more or fewer cells than the heading"
            remedy = "Check quotes and separators."
            self.bad.append(BadCell(self.spec.origin, raw.line, "the whole row", message, remedy))
            return None
        key = self.key(raw)
        found = self._event(raw, key) if self.spec.kind == "events" else self._values(raw, key)
        return None if self.bad else found

    def key(self, raw: Raw) -> str | None:
        """Whom the row is about."""
        return self._cell(raw, self.spec.key, lambda text: key_of(self.spec.key, text))

    def _values(self, raw: Raw, key: str | None) -> Row:
        values = {
            word: self._cell(raw, word, lambda text, type_=type_: value_of(type_, text))  # type: ignore[misc]  # bound
            for word, type_ in self.spec.columns.items()
        }
        day = self._cell(raw, "as_of", self._day) if self.spec.as_of else self.day
        body = _json({word: value for word, value in values.items() if value is not None})
        digest = _digest(self.spec.key, body)
        return Row(key or "", key or "", day or 0, raw.line, digest, fields=body)

    def _event(self, raw: Raw, key: str | None) -> Row:
        name = self._cell(raw, "name", lambda text: _needed("text", text))
        at = self._cell(raw, "happened_at", lambda text: instant_of(str(_needed("text", text))))
        value = self._cell(raw, "value", lambda text: value_of("number", text))
        own = self._cell(raw, "id", lambda text: _needed("text", text)) if self.spec.id else None
        digest = _digest(self.spec.key, _json([key, name, at, value]))
        event = Row(f"{self.name}:{own or digest}", key or "", at or 0, raw.line, digest)
        number = float(value) if isinstance(value, int | float) else None
        return msgspec.structs.replace(event, name=str(name), value=number)

    def _day(self, text: str) -> int:
        day = instant_of(str(_needed("text", text)))
        if day > self.now + AHEAD:
            today = datetime.fromtimestamp(self.now, UTC).date()
            raise CellError("the day lies ahead", f"Write the day on which the row was so, until {today}.")
        return day

    def _cell(self, raw: Raw, word: str, read: Callable[[str], T]) -> T | None:
        heading = self.wanted[word]
        try:
            return read(raw.cells.get(heading, ""))
        except CellError as fault:
            self.bad.append(BadCell(self.spec.origin, raw.line, heading, fault.message, fault.remedy))
            return None


def wanted(spec: Import) -> dict[str, str]:
    """Every heading that an import reads, by our word for it."""
    found = {word: spec.heading(word) for word in (spec.key, *spec.words)}
    found |= {"as_of": spec.as_of} if spec.as_of else {}
    return found | ({"id": spec.id} if spec.id else {})


def required(spec: Import) -> dict[str, str]:
    """The headings without which nothing can be read; events have a value only where they have one."""
    found = wanted(spec)
    if spec.kind == "events" and "value" not in spec.headings:
        found.pop("value")
    return found


def _needed(type_: Type, text: str) -> object:
    if not text:
        raise CellError("the cell is empty", "Fill it in, or take the row out.")
    return value_of(type_, text)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _digest(kind: str, body: str) -> str:
    return hashlib.blake2b(f"{kind} {body}".encode(), digest_size=16).hexdigest()
