"""Trait definitions → SQL: the expressions that copy a trait from a row or compute it over rows.

What a definition means is ``catalogue.py``; where these expressions stand in a statement is ``segments.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlglot import exp

from policies.computations import COMPUTATIONS, Rows
from policies.definition import Definition
from policies.dialects import Dialect, Parameters, bound
from policies.vocabulary import TICKET, Relation


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
    earlier = None
    if definition.aggregate == "trend":
        earlier = contribution(definition, columns, parameters, dialect, shift=_shift(definition))
    value = contribution(definition, columns, parameters, dialect)
    rows = Rows(value, definition.column_type, dialect.now(), dialect, earlier)
    return COMPUTATIONS[str(definition.aggregate)].build(rows)


def places(
    definition: Definition,
    value: exp.Expr,
    columns: Mapping[str, exp.Expr],
    person: exp.Expr,
    dialect: Dialect,
) -> tuple[exp.Expr, exp.Expr]:
    """For an ordered computation: the row's place among the customer's, and how many rows contribute."""
    order = [_directed(key) for key in _keys(definition, value, columns, dialect)]
    place = exp.Window(this=exp.RowNumber(), partition_by=[person.copy()], order=exp.Order(expressions=order))
    among = exp.Window(this=exp.Count(this=value.copy()), partition_by=[person.copy()])
    return place, among


def _keys(
    definition: Definition, value: exp.Expr, columns: Mapping[str, exp.Expr], dialect: Dialect
) -> list[tuple[exp.Expr, bool]]:
    """By what the rows are ordered, and whether downwards; rows that contribute nothing are the last."""
    row, down = columns["id"].copy(), _orders(definition) == "latest first"
    missing = exp.Case().when(exp.Is(this=exp.Paren(this=value.copy()), expression=exp.Null()), _one())
    by_value = _orders(definition) == "by value"
    main = value.copy() if by_value else columns[definition.relation.time].copy()
    return [
        (missing.else_(exp.Literal.number(0)), False),
        (main, down),
        (exp.Length(this=row), down),
        (dialect.form("in_byte_order", first=row), down),
    ]


def _orders(definition: Definition) -> str | None:
    return COMPUTATIONS[str(definition.aggregate)].order


def _directed(key: tuple[exp.Expr, bool]) -> exp.Expr:
    return exp.Ordered(this=key[0], desc=key[1])


def _one() -> exp.Expr:
    return exp.Literal.number(1)


def taken(definition: Definition, parts: Sequence[exp.Expr], dialect: Dialect) -> exp.Expr:
    """What an ordered computation makes of rows that know their value, their place and how many there are."""
    value, place, among = parts
    rows = Rows(value, definition.column_type, dialect.now(), dialect, place=place, among=among)
    return COMPUTATIONS[str(definition.aggregate)].build(rows)


def contribution(
    definition: Definition,
    columns: Mapping[str, exp.Expr],
    parameters: Parameters,
    dialect: Dialect,
    *,
    shift: int | None = None,
) -> exp.Expr:
    """What one row contributes; NULL where it contributes nothing. ``shift`` seconds end another window."""
    end = shift if shift is not None else 0 if definition.aggregate == "trend" else definition.before
    counted = _counted(definition, columns, parameters, dialect, end)
    value = _value(definition, columns, parameters, dialect)
    return value if counted is None else exp.Case().when(counted, value)


def _shift(definition: Definition) -> int:
    """How far back the window lies that a trend compares with: beside its own unless it is said."""
    return definition.before or int(definition.within or 0)


def windows(definition: Definition) -> Iterator[int]:
    """How far back from now the windows of a computed trait begin and end, in seconds."""
    for end in (0, _shift(definition)) if definition.aggregate == "trend" else (definition.before,):
        yield end
        if definition.within is not None:
            yield end + definition.within


def _counted(
    definition: Definition,
    columns: Mapping[str, exp.Expr],
    parameters: Parameters,
    dialect: Dialect,
    end: int,
) -> exp.Expr | None:
    """Whether a row counts: a window is open at its start and closed at its end."""
    made_at, parts = columns[definition.relation.time], list[exp.Expr]()
    if definition.within is not None:
        start = exp.Sub(this=dialect.now(), expression=parameters.bind(float(definition.within + end)))
        parts.append(exp.GT(this=made_at.copy(), expression=start))
    if end:
        last = exp.Sub(this=dialect.now(), expression=parameters.bind(float(end)))
        parts.append(exp.LTE(this=made_at.copy(), expression=last))
    if definition.where is not None:
        parts.append(exp.Paren(this=bound(definition.where, columns, parameters, dialect)))
    return exp.and_(*parts) if parts else None


def _value(
    definition: Definition, columns: Mapping[str, exp.Expr], parameters: Parameters, dialect: Dialect
) -> exp.Expr:
    """The value of one row."""
    if definition.of is not None:
        truth = exp.Paren(this=bound(definition.of, columns, parameters, dialect))
        counted = exp.Case().when(truth, exp.Literal.number("1.0"))
        return counted.when(exp.Not(this=truth.copy()), exp.Literal.number("0.0"))
    if definition.column is not None:
        return columns[definition.column].copy()
    return exp.Literal.number(1)
