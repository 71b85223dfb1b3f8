"""Tables whose documents are taken apart at once, for a database that would read them anew for each field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count

from sqlglot import exp

from policies.definition import Definition
from policies.dialects import Dialect, Parameters

_ENTRIES = "field_entries"


def taken_apart(
    table: str, alias: str, traits: Sequence[Definition], parameters: Parameters, dialect: Dialect
) -> tuple[exp.Expr, Mapping[str, exp.Expr]]:
    """What stands for ``table`` under ``alias``, and where in it the copied ``traits`` are, by name."""
    names = list(dict.fromkeys(trait.field for trait in traits if trait.field is not None))
    columns = {name: f"field_{number}" for number, name in enumerate(names)}
    values = {
        trait.name: dialect.column(trait.type, exp.column(str(trait.column), table=alias))
        if trait.field is None
        else dialect.form(trait.type, entry=exp.column(columns[trait.field], table=alias))
        for trait in traits
    }
    if not names:
        return exp.to_table(table, alias=alias), values
    paths = exp.Array(expressions=[dialect.text(dialect.path(name), parameters) for name in names])
    entries = dialect.form("entries", document=exp.column("fields", table="d"), paths=paths)
    held = exp.select("d.*", exp.alias_(entries, _ENTRIES)).from_(f"{table} AS d", copy=False)
    # Each under a name of its own: a list looked into within a condition is looked into again each time.
    single = [
        exp.alias_(dialect.form("nth", first=exp.column(_ENTRIES, table="d"), second=place), name)
        for place, name in zip(map(exp.Literal.number, count(1)), columns.values(), strict=False)
    ]
    whole = exp.select("d.*", *single).from_(held.subquery("d", copy=False), copy=False)
    return whole.subquery(alias, copy=False), values
