"""The SQL of a census: what it asks of all customers, and where one customer lies between its cuts."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from policies.computations import real
from policies.derivation import Measure
from policies.dialects import Dialect, Parameters

MOST_RANKS = 1000
"""Ranks that are told apart; everybody after them shares the last one."""

MOST_GROUPS = 50
"""Groups of one measure, those with the most customers; of all others nothing is known."""


def between(
    measure: Measure, alias: str, columns: Mapping[str, exp.Expr], parameters: Parameters, dialect: Dialect
) -> exp.Expr:
    """Whether a row of the cuts is the one in which the customer's value lies."""
    value = real(columns[measure.of].copy())
    members = columns[measure.by].copy() if measure.by else dialect.text("", parameters)
    low, high = exp.column("low", table=alias), exp.column("high", table=alias)
    return exp.and_(
        exp.EQ(this=exp.column("measure", table=alias), expression=dialect.text(measure.name, parameters)),
        exp.EQ(this=exp.column("members", table=alias), expression=members),
        exp.Not(this=exp.Is(this=value, expression=exp.Null())),
        exp.Paren(this=exp.or_(_missing(low), exp.GTE(this=value.copy(), expression=low.copy()))),
        exp.Paren(this=exp.or_(_missing(high), exp.LT(this=value.copy(), expression=high.copy()))),
    )


def outcomes(
    measure: Measure, columns: Mapping[str, exp.Expr], parameters: Parameters, dialect: Dialect
) -> exp.Select:
    """By group and outcome the least and the greatest value that has it, and the size of the group.

    Reads ``facts`` as ``f``; whose value or group is unknown does not take part.
    """
    value = real(columns[measure.of].copy())
    members = columns[measure.by].copy() if measure.by else dialect.text("", parameters)
    taking = (
        exp.select(exp.alias_(members, "members"), exp.alias_(value, "v"))
        .from_("facts AS f")
        .where(exp.and_(*(exp.Not(this=_missing(part)) for part in (members, value))))
    )
    placed = exp.select("x.members", "x.v", _place(measure.falling), _size()).from_(taking.subquery("x"))
    scored = exp.select("y.members", "y.v", "y.size", exp.alias_(_outcome(measure, dialect), "outcome"))
    scored = scored.from_(placed.subquery("y"))
    if measure.groups is None:
        scored = scored.where(exp.LT(this=_column("y.before"), expression=exp.Literal.number(MOST_RANKS)))
    summed = (
        exp.select("z.members", "z.size", "z.outcome", "MIN(z.v) AS least", "MAX(z.v) AS most")
        .from_(scored.subquery("z"))
        .group_by("z.members", "z.size", "z.outcome")
    )
    return _largest(summed, dialect)


def _place(falling: bool) -> exp.Expr:
    """How many of the same group come before."""
    order = exp.Order(expressions=[exp.Ordered(this=_column("x.v"), desc=falling)])
    rank = exp.Window(this=exp.Anonymous(this="rank"), partition_by=[_column("x.members")], order=order)
    return exp.alias_(exp.Sub(this=rank, expression=exp.Literal.number(1)), "before")


def _size() -> exp.Expr:
    count = exp.Window(this=exp.Count(this=exp.Star()), partition_by=[_column("x.members")])
    return exp.alias_(count, "size")


def _outcome(measure: Measure, dialect: Dialect) -> exp.Expr:
    before, start = real(_column("y.before")), exp.Literal.number(f"{measure.start}.0")
    if measure.groups is not None:
        share = exp.Mul(this=before, expression=exp.Literal.number(f"{measure.groups}.0"))
        part = exp.Div(this=exp.Paren(this=share), expression=real(_column("y.size")))
        before = exp.Paren(this=dialect.form("round_down", first=exp.Paren(this=part)))
    return exp.Add(this=before, expression=start)


def _largest(summed: exp.Select, dialect: Dialect) -> exp.Select:
    """Only the groups with the most members, ties going by name."""
    name = dialect.form("in_byte_order", first=_column("g.members"))
    order = [exp.Ordered(this=_column("g.size"), desc=True), exp.Ordered(this=name)]
    place = exp.Window(this=exp.Anonymous(this="dense_rank"), order=exp.Order(expressions=order))
    numbered = exp.select("g.*", exp.alias_(place, "place")).from_(summed.subquery("g"))
    kept = exp.LTE(this=_column("h.place"), expression=exp.Literal.number(MOST_GROUPS))
    columns = ("h.members", "h.size", "h.outcome", "h.least", "h.most")
    return exp.select(*columns).from_(numbered.subquery("h")).where(kept)


def _missing(value: exp.Expr) -> exp.Expr:
    return exp.Is(this=value.copy(), expression=exp.Null())


def _column(path: str) -> exp.Expr:
    table, _, name = path.rpartition(".")
    return exp.column(name, table=table or None)
