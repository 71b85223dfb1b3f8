"""What the two processes of a screening say to each other: one order in, lines of findings out."""

from __future__ import annotations

import msgspec

DONE = "done"
"""The last line of an answer; without it the answer is not whole."""


class Statement(msgspec.Struct, frozen=True):
    """One statement of DuckDB and all that is bound in it."""

    sql: str
    parameters: dict[str, str | int | float]


class Order(msgspec.Struct, frozen=True):
    """Which store to read, where to put what does not fit into memory, and the two statements."""

    store: str
    folder: str
    customers: Statement
    tickets: Statement


class Found(msgspec.Struct, frozen=True, array_like=True):
    """A customer who reads otherwise than last time, and their print; None is nobody any more."""

    customer_id: str
    print: int | None


Said = Found | str
"""A line of the answer: a finding, ``DONE``, or in words why there is no more."""
