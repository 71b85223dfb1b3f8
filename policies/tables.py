"""Lookup tables: what a policy file says of them, and the rows of those that are CSV files beside it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema, model_validator

from policies.block import Block
from policies.faults import Fault, clipped
from policies.values import Cell

LARGEST = 128 * 1024
"""Bytes of one CSV file."""
MOST_ROWS = 5000

Key = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Rows = Annotated[dict[Key, Cell], Field(max_length=MOST_ROWS)]
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*\.csv")


def _file_name(value: str) -> str:
    if not _FILE.fullmatch(value) or len(value) > 100:
        raise ValueError("a file lies beside the policy file: write its name alone, ending in .csv")
    return value


FileName = Annotated[
    str, AfterValidator(_file_name), WithJsonSchema({"type": "string", "pattern": f"^{_FILE.pattern}$"})
]
"""A CSV file beside the policy file: no folder, no way out."""
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


class Table(Block):
    """A table: its rows, or the CSV file beside the policy file that has them in its first two columns."""

    rows: Rows | None = None
    file: FileName | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Table:
        if (self.rows is None) == (self.file is None):
            raise ValueError("a table has either rows or a file")
        return self


def files(tree: Mapping[str, object]) -> list[tuple[str, str]]:
    """The tables in a file's tree that name a CSV file, if the name is one that a table may have."""
    found = tree.get("tables")
    tables = found.items() if isinstance(found, dict) else ()
    named = [(name, table.get("file")) for name, table in tables if isinstance(table, dict)]
    return [
        (name, file)
        for name, file in named
        if isinstance(file, str) and _FILE.fullmatch(file) and len(file) <= 100
    ]


def document(rows: Mapping[str, Mapping[str, str]]) -> str:
    """The text of a policy file that holds what was read from CSV files, so that the whole can be stored."""
    return "file_rows: " + json.dumps(rows, ensure_ascii=False) if rows else ""


def read(path: Path) -> tuple[dict[str, str], list[Fault]]:
    """The rows of a CSV file (UTF-8, a heading, then key and value), and what is wrong with it."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
        text = raw.decode("utf-8-sig")
    except OSError as error:
        remedy = "Put it beside the policy file, or correct its name."
        return {}, [Fault(path.name, 1, 1, f"cannot be opened: {error.strerror}", remedy)]
    except UnicodeDecodeError:
        return {}, [Fault(path.name, 1, 1, "is not UTF-8 text", "Save the file as UTF-8.")]
    if len(raw) > LARGEST:
        return {}, [Fault(path.name, 1, 1, "is larger than 128 kB", "Keep what the policy needs.")]
    return _rows(text, path.name)


def _rows(text: str, name: str) -> tuple[dict[str, str], list[Fault]]:
    rows: dict[str, str] = {}
    faults: list[Fault] = []
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for position, cells in enumerate(lines):
            problem = _problem(cells, rows) if position and cells else None
            if problem:
                faults.append(Fault(name, lines.line_num, 1, *problem))
            elif position and cells:
                rows[cells[0]] = cells[1]
    except csv.Error as error:
        faults.append(Fault(name, lines.line_num, 1, f"is not CSV: {error}", "Check the quotes there."))
    if len(rows) > MOST_ROWS:
        faults.append(Fault(name, 1, 1, f"has more than {MOST_ROWS:,} rows", "Keep what the policy needs."))
    return rows, faults


def _problem(cells: list[str], rows: Mapping[str, str]) -> tuple[str, str] | None:
    if len(cells) < 2:
        return "there is no second column", "Write a key, a comma and a value; a heading comes first."
    key, value = cells[:2]
    if not key:
        return "the key is empty", "Write the value that is looked up, or take the row out."
    if key in rows:
        return f"{clipped(key)} is there twice", "Keep one of the two."
    if max(len(key), len(value)) > 300 or _UNPRINTABLE.search(key + value):
        return "a text is longer than 300 characters or cannot be printed", "Correct it."
    return None
