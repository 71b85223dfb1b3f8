"""One trait understood, and the refusal of one without meaning; who understands it is ``catalogue.py``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from policies.faults import Finding
from policies.language import Condition
from policies.vocabulary import Relation, Sensitivity, Type

Level = Literal["customer", "ticket"]


@dataclass(frozen=True, slots=True)
class Definition:
    """What a trait means: where it is read, what type it has, and what it reads."""

    name: str
    level: Level
    type: Type
    relation: Relation
    column: str | None = None
    """A column of the relation, or a ticket trait, copied or aggregated."""
    field: str | None = None
    """A custom field of the relation, instead of a column."""
    aggregate: str | None = None
    """How it is computed, in the policy's word; None for a copied trait."""
    where: Condition | None = None
    of: Condition | None = None
    within: int | None = None
    """Seconds from the start of the window, which is outside it, to its end, which is inside."""
    before: int = 0
    """Seconds from the end of the window to now; for a trend, from one window's end to the other's."""
    column_type: Type | None = None
    """The type of ``column``, where it is aggregated."""
    sensitivity: Sensitivity = "open"

    @property
    def reads(self) -> tuple[str, ...]:
        """The names this trait depends on besides its own source."""
        conditions = [condition.reads for condition in (self.where, self.of) if condition]
        return tuple(dict.fromkeys(name for reads in conditions for name in reads)) + (
            (self.column,) if self.aggregate and self.column else ()
        )


class RefusedError(Exception):
    """A trait that has no meaning; ``finding`` has its path below the trait."""

    def __init__(self, key: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.finding = Finding((key,) if key else (), message, remedy)
