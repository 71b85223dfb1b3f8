"""The computations over a customer's rows, a row each: what they take, what they give, and their SQL.

Rows without a known value contribute nothing, and the order of rows is total, ties going by id,
so that every database gives the same answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from policies.dialects import Dialect
from policies.vocabulary import Type

DAY = 86400

Order = Literal["by value", "earliest first", "latest first"]


@dataclass(frozen=True, slots=True)
class Rows:
    """What a computation is built from, as expressions over the rows of one customer."""

    value: exp.Expr
    """What a row contributes, NULL where it contributes nothing."""
    type: Type | None
    """The type of the value; None where a row contributes just itself."""
    now: exp.Expr
    dialect: Dialect
    earlier: exp.Expr | None = None
    """The same for the earlier window of a trend."""
    place: exp.Expr | None = None
    """For an ordered computation, the place of the row among those that contribute, from 1."""
    among: exp.Expr | None = None
    """For an ordered computation, how many rows contribute."""


@dataclass(frozen=True, slots=True)
class Computation:
    """One way to make one value of many."""

    build: Callable[[Rows], exp.Expr]
    takes: tuple[Type, ...] = ()
    """The types of value it can be computed of; none when it runs over whole rows."""
    gives: Type | None = "number"
    """The type of the outcome; None for the type of the value."""
    order: Order | None = None
    zero: bool = False
    """Whether it is 0 over nothing; otherwise it is unknown."""
    either: bool = False
    """Whether it runs over whole rows, too, although it takes values."""

    @property
    def counts_rows(self) -> bool:
        """Whether it can run over whole rows: ``count: tickets``."""
        return self.either or not self.takes


def real(value: exp.Expr) -> exp.Expr:
    """The value as a double."""
    return exp.Cast(this=value, to=exp.DataType.build("double"))


def bounded(value: exp.Expr) -> exp.Expr:
    """The number where it is within what a number may be, 0 or between 1e-15 and 1e15; unknown elsewhere."""
    size = exp.Abs(this=exp.Paren(this=value))
    within = exp.Between(
        this=size, low=exp.Literal.number("0.000000000000001"), high=exp.Literal.number("1000000000000000.0")
    )
    zero = exp.EQ(this=exp.Paren(this=value.copy()), expression=exp.Literal.number(0))
    return exp.Case().when(exp.or_(within, zero), value.copy())


def whole_days(seconds: exp.Expr, dialect: Dialect) -> exp.Expr:
    """Seconds as whole days, rounded down: half a day ago is -1."""
    days = exp.Div(this=exp.Paren(this=real(seconds)), expression=exp.Literal.number("86400.0"))
    return dialect.form("round_down", first=exp.Paren(this=days))


def _exact_sum(value: exp.Expr, dialect: Dialect) -> exp.Expr:
    """A sum that does not depend on the order of the rows: whole parts and millionths are added apart.

    Both are whole numbers, which doubles add exactly; what is beyond that, 1e15, is unknown.
    """
    return exp.Paren(this=dialect.form("exact_sum", first=exp.Paren(this=value.copy())))


def _average(value: exp.Expr, dialect: Dialect) -> exp.Expr:
    return exp.Div(this=_exact_sum(value, dialect), expression=_counted(value.copy()))


def _median(rows: Rows) -> exp.Expr:
    """The middle one, or the mean of the two in the middle."""
    low, high = (_at_middle(rows, ahead) for ahead in (0, 1))
    both = exp.Add(this=real(exp.Max(this=low)), expression=real(exp.Max(this=high)))
    return exp.Div(this=exp.Paren(this=both), expression=exp.Literal.number("2.0"))


def _at_middle(rows: Rows, ahead: int) -> exp.Expr:
    twice = exp.Mul(this=_given(rows.place), expression=exp.Literal.number(2))
    low, high = (
        exp.Add(this=_given(rows.among), expression=exp.Literal.number(step)) for step in (ahead, ahead + 1)
    )
    return exp.Case().when(exp.Between(this=twice, low=low, high=high), rows.value.copy())


def _foremost(rows: Rows) -> exp.Expr:
    """The value at the first place; truths go by number, as not every database has the larger of two."""
    first = exp.EQ(this=_given(rows.place), expression=exp.Literal.number(1))
    if rows.type != "boolean":
        return exp.Max(this=exp.Case().when(first, rows.value.copy()))
    truth = exp.Paren(this=rows.value.copy())
    case = exp.Case().when(exp.and_(first, truth), exp.Literal.number(1))
    case = case.when(exp.and_(first.copy(), exp.Not(this=truth.copy())), exp.Literal.number(0))
    return exp.Paren(this=exp.EQ(this=exp.Max(this=case), expression=exp.Literal.number(1)))


def _since(rows: Rows) -> exp.Expr:
    """From the latest instant that is past; where all lie ahead from the first, and so below 0."""
    past = exp.Case().when(exp.LTE(this=rows.value.copy(), expression=rows.now.copy()), rows.value.copy())
    latest = exp.Coalesce(this=exp.Max(this=past), expressions=[exp.Min(this=rows.value.copy())])
    return whole_days(exp.Paren(this=exp.Sub(this=rows.now.copy(), expression=latest)), rows.dialect)


def _until(rows: Rows) -> exp.Expr:
    """To the first instant that is ahead; where all are past to the latest, and so below 0."""
    ahead = exp.Case().when(exp.GTE(this=rows.value.copy(), expression=rows.now.copy()), rows.value.copy())
    first = exp.Coalesce(this=exp.Min(this=ahead), expressions=[exp.Max(this=rows.value.copy())])
    return whole_days(exp.Paren(this=exp.Sub(this=first, expression=rows.now.copy())), rows.dialect)


def _trend(rows: Rows) -> exp.Expr:
    """By which share the later window is above the earlier: counts of rows, averages of values."""
    later, earlier = (_level(rows, value) for value in (rows.value.copy(), _given(rows.earlier)))
    ratio = exp.Div(this=later, expression=exp.Nullif(this=earlier, expression=exp.Literal.number(0)))
    return bounded(exp.Sub(this=ratio, expression=exp.Literal.number(1)))


def _level(rows: Rows, value: exp.Expr) -> exp.Expr:
    return _average(value, rows.dialect) if rows.type else _counted(value)


def _counted(value: exp.Expr) -> exp.Expr:
    return real(exp.Count(this=value))


def _given(part: exp.Expr | None) -> exp.Expr:
    if part is None:
        raise ValueError("this computation needs rows in order, or an earlier window")
    return part.copy()


_KNOWN: tuple[Type, ...] = ("number", "date")
_SINGLE: tuple[Type, ...] = ("text", "number", "boolean", "date")

COMPUTATIONS: dict[str, Computation] = {
    "count": Computation(lambda rows: _counted(rows.value), zero=True),
    "share": Computation(lambda rows: exp.Avg(this=real(rows.value))),
    "sum": Computation(lambda rows: _exact_sum(rows.value, rows.dialect), ("number",)),
    "average": Computation(lambda rows: _average(rows.value, rows.dialect), ("number",)),
    "minimum": Computation(lambda rows: real(exp.Min(this=rows.value)), _KNOWN, None),
    "maximum": Computation(lambda rows: real(exp.Max(this=rows.value)), _KNOWN, None),
    "median": Computation(_median, ("number",), order="by value"),
    "distinct": Computation(
        lambda rows: _counted(exp.Distinct(expressions=[rows.value])), _SINGLE, zero=True
    ),
    "first": Computation(_foremost, (*_SINGLE, "set"), None, order="earliest first"),
    "last": Computation(_foremost, (*_SINGLE, "set"), None, order="latest first"),
    "days_since": Computation(_since, ("date",)),
    "days_until": Computation(_until, ("date",)),
    "trend": Computation(_trend, ("number",), either=True),
}
"""By the word an admin writes; every number is a double."""
