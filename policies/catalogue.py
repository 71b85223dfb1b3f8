"""What every trait of a policy means: where it is read or computed, its type, what it depends on.

The SQL that fetches it is ``traits.py``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from policies.faults import Finding, nearest
from policies.language import NOW, Condition, read
from policies.model import Trait
from policies.operators import ConditionError
from policies.vocabulary import CUSTOMER, ORGANIZATION, RATING, RELATIONS, TICKET, Relation, Sensitivity, Type

Level = Literal["customer", "ticket"]

_ROWS = {"tickets": TICKET, "ratings": RATING}
_FIELD = re.compile(r'[^"\\\x00-\x1f\x7f]{1,100}')
"""A custom field's own name; what would end its place in a JSON path is left out."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One trait understood: where it is read, what type it has, and what it reads."""

    name: str
    level: Level
    type: Type
    relation: Relation
    column: str | None = None
    """A column of the relation, or a ticket trait, copied or aggregated."""
    field: str | None = None
    """A custom field of the relation, instead of a column."""
    aggregate: str | None = None
    where: Condition | None = None
    of: Condition | None = None
    within: int | None = None
    sensitivity: Sensitivity = "open"

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions that decide which rows count."""
        return tuple(condition for condition in (self.where, self.of) if condition)

    @property
    def reads(self) -> tuple[str, ...]:
        """The names this trait depends on besides its own source."""
        reads = (condition.reads for condition in self.conditions)
        return tuple(dict.fromkeys(name for names in reads for name in names)) + (
            (self.column,) if self.aggregate and self.column else ()
        )


class _RefusedError(Exception):
    def __init__(self, key: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.finding = Finding((key,) if key else (), message, remedy)


def understand(traits: Mapping[str, Trait]) -> tuple[dict[str, Definition], list[Finding]]:
    """The meaning of every trait, in the order of the file, and a finding for each that has none."""
    found: dict[str, Definition] = {}
    findings: list[Finding] = []
    copied_first = sorted(traits.items(), key=lambda item: item[1].aggregate is not None)
    for name, trait in copied_first:
        try:
            found[name] = _computed(name, trait, found) if trait.aggregate else _copied(name, trait)
            _refuse_taken(name, found[name])
        except _RefusedError as refused:
            inner = refused.finding
            findings.append(Finding(("traits", name, *inner.path), inner.message, inner.remedy))
    return {name: found[name] for name in traits if name in found}, findings


def _refuse_taken(name: str, definition: Definition) -> None:
    """A trait's name must be readable in a condition, and must not be read as something else there."""
    if TICKET.column(name) or name == NOW:
        raise _RefusedError("", f"{name} already means the ticket's own {name}", "Choose another name.")
    try:
        read(f"({name}) is null and coalesce({name}, {name}) is null", {name: definition.type})
    except ConditionError:
        raise _RefusedError(
            "", f"{name} is a word of the condition language", "Choose another name."
        ) from None


def _copied(name: str, trait: Trait) -> Definition:
    relation, rest = _source(trait.source or "", "from", (CUSTOMER, ORGANIZATION, TICKET))
    level: Level = "ticket" if relation is TICKET else "customer"
    declared = trait.sensitivity
    if rest.startswith("fields."):
        field = rest.removeprefix("fields.")
        if not _FIELD.fullmatch(field):
            raise _RefusedError(
                "from", f"{trait.source} is not the name of a field", "Leave out quotes and backslashes."
            )
        if trait.type is None:
            raise _RefusedError(
                "", "a custom field has no type of its own", "Add type: text, number, boolean, date or set."
            )
        return Definition(name, level, trait.type, relation, field=field, sensitivity=declared or "open")
    column = relation.column(rest)
    if column is None:
        raise _unreadable(relation, rest, "from")
    if trait.type not in (None, column.type):
        raise _RefusedError(
            "type", f"{trait.source} is a {column.type}", f"Write type: {column.type}, or leave it out."
        )
    return Definition(name, level, column.type, relation, rest, sensitivity=declared or column.sensitivity)


def _source(text: str, key: str, readable: tuple[Relation, ...]) -> tuple[Relation, str]:
    first, _, rest = text.partition(".")
    relation = RELATIONS.get(first)
    if relation not in readable or relation is None:
        names = [relation.name for relation in readable]
        raise _RefusedError(
            key, f"{first or 'nothing'} cannot be read here", nearest(first, names, f"Begin with {names}.")
        )
    return relation, rest


def _unreadable(relation: Relation, name: str, key: str) -> _RefusedError:
    names = [column.name for column in relation.columns]
    own = f"Columns are {', '.join(names)}" + (
        "; own fields are fields.name." if relation.has_fields else "."
    )
    return _RefusedError(key, f"{relation.name} has no {name or 'such column'}", nearest(name, names, own))


def _computed(name: str, trait: Trait, known: Mapping[str, Definition]) -> Definition:
    kind = trait.aggregate or ""
    relation, column, result = _runs_over(kind, trait.over, known)
    scope = row_scope(relation, known)
    return Definition(
        name,
        "customer",
        result,
        relation,
        column,
        aggregate=kind,
        where=_condition(trait.where, "where", scope),
        of=_condition(trait.of, "of", scope),
        within=trait.within,
        sensitivity=trait.sensitivity or "open",
    )


def _runs_over(kind: str, over: str, known: Mapping[str, Definition]) -> tuple[Relation, str | None, Type]:
    """The rows an aggregate sees, the column it takes from each (a count takes none), and its type."""
    if kind not in ("count", "share"):
        relation, column = _source(over, kind, (TICKET, RATING))
        return relation, column, _aggregated(kind, relation, column, known)
    if over not in _ROWS:
        remedy = nearest(over, _ROWS, "Count tickets or ratings.")
        raise _RefusedError(kind, f"{over} cannot be counted", remedy)
    return _ROWS[over], None, "number"


def _aggregated(kind: str, relation: Relation, column: str, known: Mapping[str, Definition]) -> Type:
    type_ = row_scope(relation, known).get(column)
    if type_ is None:
        raise _unreadable(relation, column, kind)
    allowed = ("number", "date") if kind in ("minimum", "maximum") else ("number",)
    if type_ not in allowed:
        raise _RefusedError(
            kind, f"there is no {kind} of a {type_}", f"Use a column of type {' or '.join(allowed)}."
        )
    return type_


def row_scope(relation: Relation, known: Mapping[str, Definition]) -> dict[str, Type]:
    """The names that a condition over one row of ``relation`` may use: its columns and its copied traits."""
    columns = {column.name: column.type for column in relation.columns}
    traits = {name: found.type for name, found in known.items() if found.level == "ticket"}
    return columns | traits if relation is TICKET else columns


def _condition(text: str | None, key: str, scope: Mapping[str, Type]) -> Condition | None:
    if text is None:
        return None
    try:
        return read(text, scope)
    except ConditionError as error:
        raise _RefusedError(key, error.message, error.remedy) from None
