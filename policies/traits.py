"""Trait definitions → SQL: the expressions that copy a trait from a row or compute it over rows.

What a definition means is ``catalogue.py``; where these expressions stand in a statement is ``segments.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from policies.catalogue import Definition
from policies.dialects import Dialect, Parameters, bound
from policies.vocabulary import TICKET, Relation


def _real(value: exp.Expr) -> exp.Expr:
    return exp.Cast(this=value, to=exp.DataType.build("double"))


Aggregate = Callable[[exp.Expr, Dialect], exp.Expr]


def _exact_sum(value: exp.Expr, dialect: Dialect) -> exp.Expr:
    """A sum that does not depend on the order of the rows: whole parts and millionths are added apart.

    Both are whole numbers, which doubles add exactly; what is beyond that, 1e15, is unknown.
    """
    return exp.Paren(this=dialect.form("exact_sum", first=exp.Paren(this=value)))


AGGREGATES: dict[str, Aggregate] = {
    "count": lambda value, _: _real(exp.Count(this=value)),
    "share": lambda value, _: exp.Avg(this=_real(value)),
    "sum": _exact_sum,
    "average": lambda value, dialect: exp.Div(
        this=exp.Paren(this=_exact_sum(value, dialect)), expression=_real(exp.Count(this=value.copy()))
    ),
    "minimum": lambda value, _: _real(exp.Min(this=value)),
    "maximum": lambda value, _: _real(exp.Max(this=value)),
}
"""How the value of each row becomes one, always a double."""


def copied(definition: Definition, table: str, parameters: Parameters, dialect: Dialect) -> exp.Expr:
    """The expression that reads a copied trait from a row of ``table``."""
    if definition.field is None:
        return dialect.column(definition.type, exp.column(str(definition.column), table=table))
    return dialect.custom(definition.type, table, definition.field, parameters)


def row_columns(
    relation: Relation, known: Mapping[str, Definition], table: str, parameters: Parameters, dialect: Dialect
) -> dict[str, exp.Expr]:
    """What each name of ``row_scope`` is in a row of ``table``."""
    columns: dict[str, exp.Expr] = {
        column.name: dialect.column(column.type, exp.column(column.name, table=table))
        for column in relation.columns
    }
    for name, found in known.items():
        if relation is TICKET and found.level == "ticket":
            columns[name] = copied(found, table, parameters, dialect)
    return columns


def aggregated(
    definition: Definition, columns: Mapping[str, exp.Expr], parameters: Parameters, dialect: Dialect
) -> exp.Expr:
    """The expression that computes a trait over the rows of one customer, none of them in the future.

    Over no rows it is NULL; a count over no rows has no row to stand in and is made 0 by the statement.
    """
    value = _value(definition, columns, parameters, dialect)
    counted = _counted(definition, columns, parameters, dialect)
    if counted is not None:
        value = exp.Case().when(counted, value)
    return AGGREGATES[str(definition.aggregate)](value, dialect)


def _counted(
    definition: Definition, columns: Mapping[str, exp.Expr], parameters: Parameters, dialect: Dialect
) -> exp.Expr | None:
    parts: list[exp.Expr] = []
    if definition.within is not None:
        start = exp.Sub(this=dialect.now(), expression=parameters.bind(float(definition.within)))
        parts.append(exp.GT(this=columns[definition.relation.time].copy(), expression=start))
    if definition.where is not None:
        parts.append(exp.Paren(this=bound(definition.where, columns, parameters, dialect)))
    return exp.and_(*parts) if parts else None


def _value(
    definition: Definition, columns: Mapping[str, exp.Expr], parameters: Parameters, dialect: Dialect
) -> exp.Expr:
    """What one row contributes; NULL where it contributes nothing."""
    if definition.of is not None:
        truth = exp.Paren(this=bound(definition.of, columns, parameters, dialect))
        counted = exp.Case().when(truth, exp.Literal.number("1.0"))
        return counted.when(exp.Not(this=truth.copy()), exp.Literal.number("0.0"))
    if definition.column is not None:
        return columns[definition.column].copy()
    return exp.Literal.number(1)
