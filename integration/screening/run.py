"""The screening as the store sees it: start the process that reads, assign whom it names, keep their prints.

The process is another one because DuckDB brings an SQLite of its own, and two in one process undo each
other's locks on a file.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from itertools import islice
from typing import IO

import msgspec

from integration.chunk import CHUNK, Assigned, Terms, assign_chunk
from integration.marks import READING
from integration.progress import Progress
from integration.screening.order import DONE, Found, Order, Said, Statement
from integration.store import assignments, population, prints
from integration.store.engine import Store
from policies.prints import customer_prints, ticket_prints
from policies.standing import Query

_NEEDS = ("duckdb", "duckdb_extension_sqlite_scanner")


class ScreeningError(Exception):
    """Everyone could not be read in one pass; the message says why and what to do."""


def available() -> bool:
    """Whether what a screening needs is installed."""
    return all(find_spec(name) for name in _NEEDS)


def screen(store: Store, terms: Terms, progress: Progress, result: Assigned) -> None:
    """Read everyone, assign whoever reads otherwise than at the last screening, and say so in ``result``.

    Memory does not grow with the customers here, and is limited there. Raises ScreeningError.
    """
    if not available():
        raise ScreeningError("A screening needs DuckDB. Install it with: pip install 'deskcue[population]'")
    with store.write() as connection:
        prints.begin(connection, f"{terms.policy.version} {'all' if terms.at_rest else 'open'} {READING}")
    total = population.count(store)
    progress("Reading everyone", 0, total)
    # Beside the store: what does not fit into memory is as private as the store, and on a disk as large.
    with tempfile.TemporaryDirectory(prefix=".screening-", dir=store.path.parent) as folder:
        answer = _read(_order(store, terms, folder))
        while found := list(islice(answer, CHUNK)):
            _again(store, terms, found, result)
            progress("Assigning customers", result.customers, None)


def _again(store: Store, terms: Terms, found: list[Found], result: Assigned) -> None:
    with store.write() as connection:
        marks = assignments.marked(connection, [one.customer_id for one in found])
    assign_chunk(store, terms, marks, result)
    with store.write() as connection:
        prints.save(connection, {one.customer_id: one.print for one in found if one.print is not None})


def _order(store: Store, terms: Terms, folder: str) -> Order:
    given: dict[str, str | int] = {
        "now": terms.now,
        "cuts": terms.cuts,
        "all_statuses": int(terms.at_rest),
    }

    def statement(query: Query) -> Statement:
        return Statement(query.sql, query.given(**given))

    return Order(
        store=str(store.path.resolve()),
        folder=folder,
        customers=statement(customer_prints(terms.policy)),
        tickets=statement(ticket_prints(terms.policy)),
    )


def _read(order: Order) -> Iterator[Found]:
    """Whoever reads otherwise than last time, as the other process finds them."""
    with _process() as (asked, answers):
        with suppress(BrokenPipeError):  # it has died, which the missing answer tells
            asked.write(msgspec.json.encode(order))
            asked.close()
        for line in answers:
            said = msgspec.json.decode(line, type=Said)
            if isinstance(said, Found):
                yield said
            elif said == DONE:
                return
            else:
                raise ScreeningError(f"Everyone could not be read in one pass: DuckDB ended with {said}.")
    raise ScreeningError("The process that reads everyone ended early: keep a gigabyte of memory free.")


@contextmanager
def _process() -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "integration.screening.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            if process.stdin is None or process.stdout is None:
                raise ScreeningError("The process that reads everyone cannot be spoken to.")
            yield process.stdin, process.stdout
        finally:
            process.kill()
