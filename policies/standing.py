"""What the engine hands over: a query to run, what it said of a customer or a ticket, and the proof of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Value = str | int | float | bool | list[str] | None
"""A trait's value: dates are UTC seconds, sets are lists, None is not known."""

Truth = bool | None
"""None is unknown."""

SEGMENT = "segment "
"""Before the name of a segment among the values that a line saw. No trait can be called so."""

GroupName = Literal["all", "any", "none"]


@dataclass(frozen=True, slots=True)
class Query:
    """One statement and the literals bound in it.

    Whoever runs it adds ``now`` (UTC seconds) and, unless it is about everyone, ``scope`` (a JSON list of
    customer ids). A ticket query also takes ``all_statuses``: 1, or 0 to leave out solved and closed ones.
    """

    sql: str
    parameters: dict[str, str | int | float]
    asks: frozenset[str] = frozenset({"scope", "now"})
    """What whoever runs it adds."""

    def given(self, **values: str | int) -> dict[str, str | int | float]:
        """Everything bound: the literals, and of ``values`` those that the statement asks for.

        Some drivers refuse a value too many.
        """
        return {**self.parameters, **{name: values[name] for name in self.asks}}


@dataclass(frozen=True, slots=True)
class Standing:
    """One customer: every trait, the truth of every condition line, the truth of every segment."""

    customer_id: str
    traits: dict[str, Value]
    lines: tuple[Truth, ...]
    segments: tuple[Truth, ...]
    """In the policy's order."""
    stage_lines: tuple[Truth, ...] = ()
    stages: dict[str, Truth] = field(default_factory=dict)
    """The conditions on which stages are entered and left, by the name of their rule."""


@dataclass(frozen=True, slots=True)
class Facts:
    """One ticket: the values its situations read, the truth of their lines, and their own."""

    ticket_id: str
    customer_id: str
    status: str
    values: dict[str, Value]
    """By name: ticket columns, ticket traits and customer traits that some situation reads."""
    lines: tuple[Truth, ...]
    situations: tuple[Truth, ...]
    """In the policy's order."""
    members: dict[str, Truth] = field(default_factory=dict)
    """The segments that situations ask about, and whether the customer is in them."""


@dataclass(frozen=True, slots=True)
class Line:
    """One condition line of a proof."""

    text: str
    group: GroupName
    """The nearest group that holds it: a true line of ``none`` speaks against membership."""
    truth: Truth
    seen: dict[str, Value]
    """The values read, by name."""
    missing: tuple[str, ...]
    """The names whose values are not known."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a segment or situation holds, does not hold, or cannot be known."""

    segment: str
    label: str
    truth: Truth
    lines: tuple[Line, ...]
