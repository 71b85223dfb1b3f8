"""A CSV file as a source of rows: UTF-8, a heading line, read strictly and without holding it in memory."""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from integration.importing.rows import ImportStopError, Raw, demand_headings
from policies.import_model import Import

_SEPARATORS = {",": ",", ";": ";", "tab": "\t"}

_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
"""How texts begin that are not UTF-8."""

_CHUNK = 1 << 20


class CsvFile:
    """One open file; what another program writes into its place meanwhile is read the next time."""

    def __init__(self, file: io.FileIO, name: str, spec: Import, wanted: Mapping[str, str]) -> None:
        self.name = name
        self._file = file
        self._separator = _SEPARATORS[spec.separator]
        self._wanted = wanted
        self._first = os.fstat(file.fileno())
        self.day = int(self._first.st_mtime)

    def digest(self) -> str:
        """The file's SHA-256."""
        self._file.seek(0)
        found = hashlib.sha256()
        while chunk := self._file.read(_CHUNK):
            found.update(chunk)
        return found.hexdigest()

    def count(self) -> int:
        """How many rows there are; everything is looked at before anything is taken."""
        return sum(1 for _ in self.rows())

    def rows(self) -> Iterator[Raw]:
        """The rows below the heading; one of another width comes without cells."""
        line = 0
        try:
            with self._text() as text:
                lines = csv.reader(text, delimiter=self._separator, strict=True)
                headings = [cell.strip() for cell in next(lines, [])]
                demand_headings(headings, self._wanted, self.name)
                line = lines.line_num
                for cells in lines:
                    if any(cells):  # spreadsheets leave empty rows behind
                        yield Raw(line + 1, _cells(headings, cells))
                    line = lines.line_num
        except UnicodeDecodeError:
            raise self._not_text(line) from None
        except csv.Error as fault:
            raise ImportStopError(
                f"{self.name}, line {line + 1}: this is not CSV: {fault}. Check the quotes there."
            ) from None
        self._demand_unchanged()

    def _text(self) -> TextIO:
        """The file from its beginning, read apart from what else has it open."""
        self._file.seek(0)
        mark = self._file.read(2)
        if mark in _MARKS:
            raise ImportStopError(
                f"{self.name} is {_MARKS[mark]} text. Save it as CSV UTF-8: other encodings are not guessed."
            )
        self._file.seek(0)
        return open(os.dup(self._file.fileno()), encoding="utf-8-sig", newline="")

    def _not_text(self, line: int) -> ImportStopError:
        return ImportStopError(
            f"{self.name}, after line {line}: this is not UTF-8 text."
            " Save it as CSV UTF-8: other encodings are not guessed."
        )

    def _demand_unchanged(self) -> None:
        now = os.fstat(self._file.fileno())
        if (now.st_size, now.st_mtime_ns) != (self._first.st_size, self._first.st_mtime_ns):
            raise ImportStopError(
                f"{self.name} changed while it was read. Run the import again when it is written;"
                " best write another file and rename it."
            )


def _cells(headings: list[str], cells: list[str]) -> dict[str, str]:
    if len(cells) != len(headings):
        # Where cells are missing or left over nobody knows which: none of them is believed.
        return {}
    return {heading: cell.strip() for heading, cell in zip(headings, cells, strict=True)}


@contextmanager
def opened(folders: tuple[Path, ...], spec: Import, wanted: Mapping[str, str]) -> Iterator[CsvFile]:
    """The file that lies beside a policy file; raises ImportStopError where there is none."""
    name = str(spec.file)
    path = next((folder / name for folder in folders if (folder / name).is_file()), None)
    if path is None:
        raise ImportStopError(
            f"There is no file {name} beside the policy. Put it there, or correct the name."
        )
    try:
        file = path.open("rb", buffering=0)
    except OSError as fault:
        raise ImportStopError(f"{name} cannot be read: {fault.strerror}.") from None
    with file:
        yield CsvFile(file, name, spec, wanted)
