"""What commands print: tables and lines for people, JSON for programs, progress on standard error."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec

from integration.progress import Progress, silent

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""Would steer a terminal, hide text or reverse it; customers' words may hold them."""

_MARK = "\N{REPLACEMENT CHARACTER}"


def plain(value: object) -> str:
    """A value as one line that is safe to print, whoever wrote it."""
    return printable(" ".join(str(value).split()))


def printable(text: str) -> str:
    """A text of ours with its line breaks, in which nothing steers the terminal."""
    return _CONTROL.sub(_MARK, text)


def as_json(value: object) -> None:
    """One JSON document on standard output, in letters where the output takes them."""
    found = msgspec.to_builtins(value)
    text = json.dumps(found, ensure_ascii=False, indent=2)
    try:
        text.encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        text = json.dumps(found, indent=2)
    sys.stdout.write(text + "\n")


def line(text: str) -> None:
    """One line on standard output, as it is: nothing in it is read as markup."""
    sys.stdout.write(printable(text) + "\n")


def table(rows: Sequence[Sequence[object]], *, title: str = "", heads: Sequence[str] = ()) -> None:
    """Rows under each other; numbers stand at the right."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if title:  # not the table's own, which would be broken at the table's width
        line(title)
    shown = Table(show_header=bool(heads), box=None, pad_edge=False)
    width = max((len(row) for row in rows), default=0)
    for column in range(width):
        numbers = all(isinstance(row[column], int | float) for row in rows if len(row) > column)
        head = heads[column] if heads else ""
        shown.add_column(head, justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(Text(_figure(cell)) for cell in row))
    Console(markup=False, highlight=False, emoji=False).print(shown)


def _figure(cell: object) -> str:
    return f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else plain(cell)


def instant(at: int) -> str:
    """UTC seconds as people compare them: ``2026-10-01 09:30:00 UTC``."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def many(count: int, noun: str) -> str:
    """A number with its noun: ``1 ticket``, ``1,200 tickets``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def counts(found: Mapping[str, int]) -> list[tuple[str, int]]:
    """A mapping as rows, largest first."""
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))


@contextmanager
def progress() -> Iterator[Progress]:
    """A progress bar on standard error where somebody watches, and silence where nobody does."""
    if not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[far]}", markup=False),
        TimeElapsedColumn(),
    )
    with Bars(*columns, console=Console(stderr=True, markup=False)) as bars:
        yield _tell(bars)


def _tell(bars: Any) -> Callable[[str, int, int | None], None]:
    tasks: dict[str, Any] = {}

    def tell(step: str, done: int, total: int | None) -> None:
        far = how_far(done, total)
        if step not in tasks:
            tasks[step] = bars.add_task(step, total=total, far=far)
        bars.update(tasks[step], completed=done, total=total, far=far)

    return tell


def how_far(done: int, total: int | None) -> str:
    """``1,200 of 2,500``, or only the count where nobody knows how many there are."""
    return f"{done:,}" if total is None else f"{done:,} of {total:,}"
