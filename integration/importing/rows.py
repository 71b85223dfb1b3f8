"""What rows are before anything is known of their meaning, and what stops or spoils them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr


class ImportStopError(Exception):
    """An import that cannot go on; the message says why and what to do, and names no customer."""


@dataclass(frozen=True, slots=True)
class Raw:
    """One row as it came: its line, and its cells by heading. Spaces around a cell are no part of it."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BadCell:
    """A cell that cannot be understood: where it is and what to do. Never what is in it."""

    origin: str
    line: int
    column: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Places:
    """Where rows may come from: the folders of the policy files, and databases by name."""

    folders: tuple[Path, ...]
    databases: Mapping[str, SecretStr] = field(default_factory=dict)


class Source(Protocol):
    """Rows that can be read from the beginning, once."""

    day: int
    """When what it holds was so, in UTC seconds."""

    def digest(self) -> str | None:
        """What tells whether it is what it was; None where only reading tells."""

    def count(self) -> int | None:
        """How many rows there are, each of them seen to be whole; None where only reading tells.

        Raises ImportStopError for what cannot be read to its end.
        """

    def rows(self) -> Iterator[Raw]:
        """The rows in their order. Raises ImportStopError."""


def demand_headings(found: list[str], wanted: Mapping[str, str], origin: str) -> None:
    """Make sure that every wanted heading is there, and once; raises ImportStopError."""
    if not any(found):
        raise ImportStopError(
            f"{origin} is empty. Its first line names the columns: {', '.join(wanted.values())}."
        )
    missing = [heading for heading in wanted.values() if heading not in found]
    if missing:
        raise ImportStopError(
            f"{origin} has no column {', '.join(missing)}. Its columns are {', '.join(found[:30])}."
            " Correct the file, or say under headings what it calls the column."
        )
    twice = [heading for heading in wanted.values() if found.count(heading) > 1]
    if twice:
        raise ImportStopError(f"{origin} has the column {twice[0]} twice. Rename one of the two.")
