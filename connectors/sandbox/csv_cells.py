"""One row of a ticket table and the error that names its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Read = TypeVar("Read")


class CsvError(ValueError):
    """A table that cannot be read; names the file, the line, the column and what to do."""


class Cells:
    """One row: its texts by column, and where it stands for the sake of errors."""

    __slots__ = ("_line", "_path", "texts")

    def __init__(self, path: Path, line: int, texts: dict[str, str]) -> None:
        self._path = path
        self._line = line
        self.texts = texts

    def get(self, column: str, read: Callable[[str], Read]) -> Read | None:
        """The cell as ``read`` understands it; None when it is empty or not there."""
        text = self.texts.get(column, "")
        return self.need(column, read) if text else None

    def need(self, column: str, read: Callable[[str], Read]) -> Read:
        """The same for a cell that must not be empty."""
        text = self.texts[column]
        try:
            if not text:
                raise ValueError("is empty: every ticket needs it")
            return read(text)
        except ValueError as fault:
            raise self.fault(column, str(fault)) from None

    def fault(self, column: str, problem: str) -> CsvError:
        """An error about one cell of this row."""
        shown = self.texts.get(column, "")
        quoted = f" {shown[:40]!r}" if shown else ""
        return CsvError(f"{self._path.name}, line {self._line}, column {column}:{quoted} {problem}")
