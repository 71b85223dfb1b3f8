"""A plan on disk: one JSON line a ticket between a heading and a total, sealed with a hash."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO

import msgspec

from connectors.budget import Forecast
from integration.plan import TicketPlan

Cost = Callable[[int], Forecast]
"""What changing so many tickets takes."""


class Head(msgspec.Struct, frozen=True, kw_only=True, tag="plan", tag_field="line"):
    """Whose plan it is, by which policy, and when it was made."""

    desk: str
    policy: str
    made_at: int
    undoes: str = ""
    """The run that the plan takes back."""
    part: bool = False
    """Whether it takes back only a chosen part of that run."""


class Line(msgspec.Struct, frozen=True, kw_only=True, tag="ticket", tag_field="line"):
    """One ticket's changes and what was left alone."""

    plan: TicketPlan
    segments: tuple[str, ...] = ()


class Foot(msgspec.Struct, frozen=True, kw_only=True, tag="total", tag_field="line"):
    """What it amounts to, and the hash of every line before."""

    looked_at: int
    tickets: int
    changes: int
    calls: int
    fields: dict[str, int]
    segments: dict[str, int]
    kept: dict[str, int]
    hash: str
    requests: int = 0
    """Requests that sending it takes at least, job questions and reading back included."""
    seconds: float = 0.0
    """How long those take at least, with the agents' share kept free."""
    measured: bool = False
    """Whether the desk has stated its limits; the documented ones were used otherwise."""


class PlanError(Exception):
    """A plan file cannot be used; the message says what to do."""


def write_plan(
    path: Path, head: Head, lines: Iterable[Line], *, batch: int, cost: Cost | None = None
) -> Foot:
    """Write a plan, streaming, and seal it; the file appears under its name only when it is whole.

    ``batch`` is how many tickets one update call holds; ``cost`` tells what changing so many tickets takes.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".draft")
    tally = _Tally()
    with open(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
        seal = _Seal(file)
        seal.add(head)
        for line in lines:
            tally.add(line)
            if line.plan.changes or line.plan.kept:
                seal.add(line)
        foot = tally.foot(batch, seal.hash, cost(tally.tickets) if cost else None)
        file.write(msgspec.json.encode(foot) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return foot


class _Seal:
    """Writes lines and hashes what it writes."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = hashlib.sha256()

    def add(self, line: Head | Line) -> None:
        text = msgspec.json.encode(line) + b"\n"
        self._hash.update(text)
        self._file.write(text)

    @property
    def hash(self) -> str:
        return self._hash.hexdigest()


class _Tally:
    """Counts a plan while it streams by."""

    def __init__(self) -> None:
        self.looked_at = self.tickets = self.changes = 0
        self.fields: Counter[str] = Counter()
        self.segments: Counter[str] = Counter()
        self.kept: Counter[str] = Counter()

    def add(self, line: Line) -> None:
        self.looked_at += 1
        self.kept.update(f"{kept.field}: {kept.reason}" for kept in line.plan.kept)
        if line.plan.changes:
            self.tickets += 1
            self.changes += len(line.plan.changes)
            self.fields.update(change.field.value for change in line.plan.changes)
            self.segments.update(line.segments)

    def foot(self, batch: int, seal: str, forecast: Forecast | None) -> Foot:
        return Foot(
            looked_at=self.looked_at,
            tickets=self.tickets,
            changes=self.changes,
            calls=-(-self.tickets // batch),
            fields=dict(self.fields.most_common()),
            segments=dict(self.segments.most_common()),
            kept=dict(self.kept.most_common(20)),
            hash=seal,
            requests=forecast.requests if forecast else 0,
            seconds=forecast.seconds if forecast else 0.0,
            measured=forecast is not None and forecast.measured,
        )


def check(path: Path) -> tuple[Head, Foot]:
    """Read a plan through once and make sure that it is whole and unchanged since it was made."""
    head: Head | None = None
    foot: Foot | None = None
    hashed = hashlib.sha256()
    for number, text in enumerate(_texts(path), start=1):
        line = _decode(path, number, text)
        if isinstance(line, Head) is not (number == 1) or foot is not None:
            break  # one heading, at the top, and nothing below the total: the seal covers no more
        if isinstance(line, Head):
            head = line
        if isinstance(line, Foot):
            foot = line
        else:
            hashed.update(text)
    else:
        if head is not None and foot is not None and foot.hash == hashed.hexdigest():
            return head, foot
    raise PlanError(f"{path} is not a whole, unchanged plan. Make a new one with `deskcue plan`.")


def lines(path: Path) -> Iterator[Line]:
    """The tickets of a plan, one at a time."""
    for number, text in enumerate(_texts(path), start=1):
        line = _decode(path, number, text)
        if isinstance(line, Line):
            yield line


def _texts(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            yield from file
    except OSError as fault:
        raise PlanError(f"{path} cannot be read: {fault.strerror}.") from fault


def _decode(path: Path, number: int, text: bytes) -> Head | Line | Foot:
    try:
        return msgspec.json.decode(text, type=Head | Line | Foot)
    except msgspec.MsgspecError as fault:
        raise PlanError(f"{path}, line {number}, is not part of a plan: {fault}.") from fault
