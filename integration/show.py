"""What commands print: tables and lines for people, JSON for programs, progress on standard error."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

from integration.progress import Progress, silent

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Would steer a terminal or reverse its text; customers' words may hold them."""


def plain(value: object) -> str:
    """A value as one line that is safe to print, whoever wrote it."""
    return _CONTROL.sub("�", " ".join(str(value).split()))


def as_json(value: object) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(msgspec.to_builtins(value), ensure_ascii=False, indent=2) + "\n")


def line(text: str) -> None:
    """One line on standard output, as it is: nothing in it is read as markup."""
    sys.stdout.write(_CONTROL.sub("�", text) + "\n")


def table(rows: Sequence[Sequence[object]], *, title: str = "", heads: Sequence[str] = ()) -> None:
    """Rows under each other; numbers stand at the right."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(
        title=title or None, title_justify="left", show_header=bool(heads), box=None, pad_edge=False
    )
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
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Bars(*columns, console=Console(stderr=True, markup=False)) as bars:
        yield _tell(bars)


def _tell(bars: Any) -> Callable[[str, int, int | None], None]:
    tasks: dict[str, Any] = {}

    def tell(step: str, done: int, total: int | None) -> None:
        if step not in tasks:
            tasks[step] = bars.add_task(step, total=total)
        bars.update(tasks[step], completed=done, total=total)

    return tell
