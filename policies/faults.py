"""What is wrong with a policy file, where, and what to write instead; who finds it is elsewhere."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]
"""An error keeps the policy from being loaded; a warning is shown by who reads the policy for its sense."""

Path = tuple[str | int, ...]
"""The way through the file's keys: ``("segments", "vip", "rank")``."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is written; line and column count from 1."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault known by its path, before the path is turned into a place."""

    path: Path
    message: str
    remedy: str
    severity: Severity = "error"
    code: str = ""
    """The rule that was broken, where it has a name: ``PROTECTED``, ``PROXY``."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a policy file, for the person who edits it."""

    file: str
    line: int
    column: int
    message: str
    remedy: str
    severity: Severity = "error"
    code: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}\n    {self.remedy}"


class PolicyError(Exception):
    """A policy that cannot be used; ``faults`` holds everything that was found, in the order of the file."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.file, fault.line, fault.column)))
        count = "1 fault" if len(self.faults) == 1 else f"{len(self.faults)} faults"
        super().__init__("\n".join([f"The policy has {count}.", *map(str, self.faults)]))


def nearest(name: str, known: Iterable[str], otherwise: str) -> str:
    """A remedy for a misspelt name: the closest known one, or ``otherwise``."""
    close = difflib.get_close_matches(name[:60], list(known), n=1, cutoff=0.6)
    return f"Did you mean {close[0]}?" if close else otherwise


def listed(names: Iterable[str]) -> str:
    """Names for a sentence: ``a, b and c``."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def clipped(text: object, limit: int = 60) -> str:
    """A value shown inside a message, never longer than ``limit`` characters."""
    shown = str(text)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
