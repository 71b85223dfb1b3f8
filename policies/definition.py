"""One trait understood, and the refusal of one without meaning; who understands it is ``catalogue.py``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from policies.derivation import Derivation, Expression
from policies.faults import Finding
from policies.imported import Imported
from policies.language import NOW, Condition
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
    derivation: Derivation | None = None
    """How it follows from other traits of the customer; ``relation`` is then the customer's own."""
    imported: tuple[Imported, ...] = ()
    """The import that ``field`` is a column of, or those whose events are computed over."""

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions that decide which rows count, and the expression that is computed."""
        said = self.derivation.condition if isinstance(self.derivation, Expression) else None
        return tuple(condition for condition in (self.where, self.of, said) if condition)

    @property
    def reads(self) -> tuple[str, ...]:
        """The names this trait depends on besides its own source: traits, and columns of its rows."""
        names = [name for one in self.conditions for name in one.reads if name != NOW]
        if self.aggregate and self.column:
            names.append(self.column)
        return tuple(dict.fromkeys([*names, *(self.derivation.reads if self.derivation else ())]))

    @property
    def rests_on(self) -> tuple[str, ...]:
        """The traits among what it reads; a column of its rows may have the name of a trait."""
        derived = self.derivation.reads if self.derivation else ()
        return tuple(name for name in self.reads if name in derived or not self.relation.column(name))


class RefusedError(Exception):
    """A trait that has no meaning; ``finding`` has its path below the trait."""

    def __init__(self, key: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.finding = Finding((key,) if key else (), message, remedy)
