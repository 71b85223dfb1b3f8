"""What the words of a trait can mean: the relations they name, the columns in reach, conditions."""

from __future__ import annotations

from collections.abc import Mapping

from policies.definition import Definition, RefusedError
from policies.faults import nearest
from policies.language import Condition, read
from policies.operators import ConditionError
from policies.vocabulary import RELATIONS, TICKET, Relation, Type


def source(text: str, key: str, readable: tuple[Relation, ...]) -> tuple[Relation, str]:
    """The relation that ``text`` begins with, and what follows after the point."""
    first, _, rest = text.partition(".")
    relation = RELATIONS.get(first)
    if relation not in readable or relation is None:
        names = [relation.name for relation in readable]
        raise RefusedError(
            key, f"{first or 'nothing'} cannot be read here", nearest(first, names, f"Begin with {names}.")
        )
    return relation, rest


def unreadable(relation: Relation, name: str, key: str) -> RefusedError:
    """The refusal of a name that the relation does not have."""
    names = [column.name for column in relation.columns]
    own = f"Columns are {', '.join(names)}" + (
        "; own fields are fields.name." if relation.has_fields else "."
    )
    return RefusedError(key, f"{relation.name} has no {name or 'such column'}", nearest(name, names, own))


def row_scope(relation: Relation, known: Mapping[str, Definition]) -> dict[str, Type]:
    """The names that a condition over one row of ``relation`` may use: its columns and its copied traits."""
    columns = {column.name: column.type for column in relation.columns}
    traits = {name: found.type for name, found in known.items() if found.level == "ticket"}
    return columns | traits if relation is TICKET else columns


def condition(text: str | None, key: str, scope: Mapping[str, Type]) -> Condition | None:
    """The condition under ``key``, if there is one."""
    if text is None:
        return None
    try:
        return read(text, scope)
    except ConditionError as error:
        raise RefusedError(key, error.message, error.remedy) from None
