"""A desk from a table of tickets: one row a ticket, ``.csv`` or ``.csv.gz``, UTF-8, a header first.

======================  ==========================================================================
column                  meaning
======================  ==========================================================================
``ticket_id``           required; a whole number above 0, each once
``created_at``          required; ISO 8601, UTC where no zone is given; so are the other times
``status``              required; new, open, pending, hold, solved or closed
``requester_id``        a whole number; the same number is the same customer
``requester_name``      the customer's name; without one they are called "Caller" and their number
``requester_email``     the customer's address; names the customer where there is no number
``organization``        name of the company; the same name is the same company
``subject``             the ticket's subject
``description``         the customer's first message
``solved_at``           when it was solved
``closed_at``           when it was closed
``channel``             email, web, chat, voice, api; also phone, ivr, self_service, direct_opening
``priority``            urgent, high, normal, low, or 1 (urgent) to 4 (low)
``group``               the team; a bare number 56 becomes "Group 56"
``tags``                tags separated by spaces
``reassignments``       how often the ticket changed hands
``reopens``             how often it was opened again
``score``               the customer's rating: good or bad
any other               a custom ticket field of that title; a checkbox where a column holds nothing
                        but true and false, text otherwise
======================  ==========================================================================

An empty cell means unknown. A ticket without requester stays without: no customer is made up for it.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from connectors.clock import Clock
from connectors.sandbox.csv_cells import Cells, CsvError
from connectors.sandbox.csv_rows import Loading
from connectors.sandbox.state import Desk

REQUIRED = ("ticket_id", "created_at", "status")
KNOWN = (
    *REQUIRED,
    "requester_id",
    "requester_name",
    "requester_email",
    "organization",
    "subject",
    "description",
    "solved_at",
    "closed_at",
    "channel",
    "priority",
    "group",
    "tags",
    "reassignments",
    "reopens",
    "score",
)
LONGEST_CELL = 1_000_000

__all__ = ["CsvError", "from_csv"]


def from_csv(path: Path, clock_now: int, *, clock: Clock | None = None) -> Desk:
    """The desk that the table describes. Raises CsvError at the first fault, and no desk then exists.

    ``clock_now`` is when fields and teams count as made; the records' own times come from the table.
    """
    desk = Desk(name=path.name.split(".")[0].capitalize() or "Sandbox", clock=clock)
    csv.field_size_limit(LONGEST_CELL)
    try:
        with _opened(path) as lines:
            rows = csv.reader(lines, strict=True)
            header = _header(path, rows)
            loading = Loading(desk, [name for name in header if name not in KNOWN])
            for cells in _rows(path, rows, header):
                loading.add(cells)
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as fault:
        raise CsvError(f"{path.name} cannot be read ({_cause(fault)}): check the file and its name") from None
    loading.finish(clock_now)
    return desk


def _opened(path: Path) -> IO[str]:
    """The table as text, unpacked while it is read; a byte order mark is skipped."""
    if path.suffix == ".gz":
        return io.TextIOWrapper(gzip.open(path), encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _header(path: Path, rows: Iterator[list[str]]) -> list[str]:
    names = [name.strip() for name in next(_guarded(path, rows), [])]
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise CsvError(
            f"{path.name}, line 1: the columns {', '.join(missing)} are missing: add them to the header"
        )
    twice = sorted({name for name in names if names.count(name) > 1 or not name})
    if twice:
        raise CsvError(
            f"{path.name}, line 1: the column {twice[0]!r} is there more than once or has no name: rename it"
        )
    return names


def _rows(path: Path, rows: Iterator[list[str]], header: list[str]) -> Iterator[Cells]:
    reader = _guarded(path, rows)
    for cells in reader:
        line = _line(rows)
        if not cells:
            continue
        if len(cells) != len(header):
            raise CsvError(
                f"{path.name}, line {line}: {len(cells)} cells for {len(header)} columns: "
                f"quote cells that hold a comma, and end every row after {header[-1]}"
            )
        yield Cells(path, line, dict(zip(header, map(str.strip, cells), strict=True)))


def _guarded(path: Path, rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """The rows; what the csv module cannot parse becomes an error with its line."""
    while True:
        try:
            yield next(rows)
        except StopIteration:
            return
        except csv.Error as fault:
            raise CsvError(f"{path.name}, line {_line(rows)}: {fault}: check the quotes around it") from None


def _line(rows: Iterator[list[str]]) -> int:
    number: int = getattr(rows, "line_num", 0)
    return number


def _cause(fault: Exception) -> str:
    if isinstance(fault, UnicodeDecodeError):
        return "it is not UTF-8 text"
    if isinstance(fault, OSError) and fault.strerror:
        return fault.strerror.lower()
    return "the compressed data is damaged"
