"""What every trait of a policy means: where it is read or computed, its type, what it depends on.

The SQL that fetches it is ``traits.py``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from policies.computations import COMPUTATIONS
from policies.definition import Definition, Level, RefusedError
from policies.faults import Finding, nearest
from policies.language import NOW, Condition, read
from policies.operators import ConditionError
from policies.trait_model import Trait
from policies.vocabulary import CUSTOMER, ORGANIZATION, RATING, RELATIONS, TICKET, Relation, Type

__all__ = ["Definition", "row_scope", "understand"]

_ROWS = {"tickets": TICKET, "ratings": RATING}
_FIELD = re.compile(r'[^"\\\x00-\x1f\x7f]{1,100}')
"""A custom field's own name; what would end its place in a JSON path is left out."""


def understand(traits: Mapping[str, Trait]) -> tuple[dict[str, Definition], list[Finding]]:
    """The meaning of every trait, in the order of the file, and a finding for each that has none."""
    found: dict[str, Definition] = {}
    findings: list[Finding] = []
    copied_first = sorted(traits.items(), key=lambda item: item[1].way != "from")
    for name, trait in copied_first:
        try:
            found[name] = _understood(name, trait, found)
            _refuse_taken(name, found[name])
        except RefusedError as refused:
            inner = refused.finding
            findings.append(Finding(("traits", name, *inner.path), inner.message, inner.remedy))
    return {name: found[name] for name in traits if name in found}, findings


def _understood(name: str, trait: Trait, known: Mapping[str, Definition]) -> Definition:
    return _copied(name, trait) if trait.way == "from" else _computed(name, trait, known)


def _refuse_taken(name: str, definition: Definition) -> None:
    """A trait's name must be readable in a condition, and must not be read as something else there."""
    if TICKET.column(name) or name == NOW:
        raise RefusedError("", f"{name} already means the ticket's own {name}", "Choose another name.")
    try:
        read(f"({name}) is null and coalesce({name}, {name}) is null", {name: definition.type})
    except ConditionError:
        raise RefusedError(
            "", f"{name} is a word of the condition language", "Choose another name."
        ) from None


def _copied(name: str, trait: Trait) -> Definition:
    relation, rest = _source(trait.source or "", "from", (CUSTOMER, ORGANIZATION, TICKET))
    level: Level = "ticket" if relation is TICKET else "customer"
    declared = trait.sensitivity
    if rest.startswith("fields."):
        field = rest.removeprefix("fields.")
        if not _FIELD.fullmatch(field):
            raise RefusedError(
                "from", f"{trait.source} is not the name of a field", "Leave out quotes and backslashes."
            )
        if trait.type is None:
            raise RefusedError(
                "", "a custom field has no type of its own", "Add type: text, number, boolean, date or set."
            )
        return Definition(name, level, trait.type, relation, field=field, sensitivity=declared or "open")
    column = relation.column(rest)
    if column is None:
        raise _unreadable(relation, rest, "from")
    if trait.type not in (None, column.type):
        raise RefusedError(
            "type", f"{trait.source} is a {column.type}", f"Write type: {column.type}, or leave it out."
        )
    return Definition(name, level, column.type, relation, rest, sensitivity=declared or column.sensitivity)


def _source(text: str, key: str, readable: tuple[Relation, ...]) -> tuple[Relation, str]:
    first, _, rest = text.partition(".")
    relation = RELATIONS.get(first)
    if relation not in readable or relation is None:
        names = [relation.name for relation in readable]
        raise RefusedError(
            key, f"{first or 'nothing'} cannot be read here", nearest(first, names, f"Begin with {names}.")
        )
    return relation, rest


def _unreadable(relation: Relation, name: str, key: str) -> RefusedError:
    names = [column.name for column in relation.columns]
    own = f"Columns are {', '.join(names)}" + (
        "; own fields are fields.name." if relation.has_fields else "."
    )
    return RefusedError(key, f"{relation.name} has no {name or 'such column'}", nearest(name, names, own))


def _computed(name: str, trait: Trait, known: Mapping[str, Definition]) -> Definition:
    relation, column, type_ = _runs_over(trait, known)
    scope = row_scope(relation, known)
    return Definition(
        name,
        "customer",
        COMPUTATIONS[trait.way].gives or type_ or "number",
        relation,
        column,
        aggregate=trait.way,
        where=_condition(trait.where, "where", scope),
        of=_condition(trait.of, "of", scope),
        within=trait.within,
        before=trait.before or 0,
        column_type=type_,
        sensitivity=trait.sensitivity or "open",
    )


def _runs_over(trait: Trait, known: Mapping[str, Definition]) -> tuple[Relation, str | None, Type | None]:
    """The rows a computation sees, the column it takes from each (a count takes none), and its type."""
    way, over = trait.way, trait.over
    computation = COMPUTATIONS[way]
    if computation.counts_rows and (over in _ROWS or not computation.takes):
        if over not in _ROWS:
            remedy = nearest(over, _ROWS, "Count tickets or ratings.")
            raise RefusedError(way, f"{over} cannot be counted", remedy)
        return _ROWS[over], None, None
    relation, column = _source(over, way, (TICKET, RATING))
    return relation, column, _taken(way, relation, column, known)


def _taken(way: str, relation: Relation, column: str, known: Mapping[str, Definition]) -> Type:
    """The type of a column that is computed with."""
    type_ = row_scope(relation, known).get(column)
    if type_ is None:
        raise _unreadable(relation, column, way)
    takes = COMPUTATIONS[way].takes
    if type_ not in takes:
        raise RefusedError(
            way,
            f"there is no {way.replace('_', ' ')} of a {type_}",
            f"Use a column of type {' or '.join(takes)}.",
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
        raise RefusedError(key, error.message, error.remedy) from None
