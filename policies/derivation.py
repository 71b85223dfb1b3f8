"""Traits computed from other traits of the same customer: what each reads and the SQL it becomes.

Every derivation stands in a step of its own after those it reads, so that nothing is written out twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from policies.computations import bounded, real, whole_days
from policies.dialects import Dialect, Parameters, bound
from policies.language import NOW, Condition
from policies.vocabulary import Type


@dataclass(frozen=True, slots=True)
class Place:
    """Where a derivation is written: the traits' columns, and its own row of a lookup table."""

    columns: Mapping[str, exp.Expr]
    found: exp.Expr
    """The value that was looked up, as text; of use to a lookup only."""
    parameters: Parameters
    dialect: Dialect


@dataclass(frozen=True, slots=True)
class Expression:
    """``is: arr / seats``."""

    condition: Condition
    type: Type

    @property
    def reads(self) -> tuple[str, ...]:
        """The traits in it."""
        return tuple(name for name in self.condition.reads if name != NOW)

    def sql(self, place: Place) -> exp.Expr:
        """A number beyond what numbers may be is unknown."""
        value = bound(self.condition, place.columns, place.parameters, place.dialect)
        return bounded(value) if self.type == "number" else value


@dataclass(frozen=True, slots=True)
class Lookup:
    """``lookup: country`` ``in: climate``: the entry that a table has under the value of a trait."""

    key: str
    rows: Mapping[str, str]
    type: Type
    otherwise: str | None

    @property
    def reads(self) -> tuple[str, ...]:
        """The trait that is looked up."""
        return (self.key,)

    def sql(self, place: Place) -> exp.Expr:
        """What is not known is not found under ``otherwise`` either."""
        found = place.found
        if self.otherwise is not None:
            otherwise = place.dialect.text(self.otherwise, place.parameters)
            known = exp.Not(this=exp.Is(this=place.columns[self.key].copy(), expression=exp.Null()))
            found = exp.Case().when(known, exp.Coalesce(this=found, expressions=[otherwise]))
        if self.type == "number":
            return real(found)
        if self.type == "boolean":
            return exp.Paren(this=exp.EQ(this=found, expression=place.dialect.text("true", place.parameters)))
        return found


@dataclass(frozen=True, slots=True)
class Bands:
    """``age_band: born``: the last band whose first year of age is reached, by the calendar in UTC."""

    born: str
    bands: tuple[tuple[str, int], ...]
    """Each with the age from which it holds, rising."""

    @property
    def reads(self) -> tuple[str, ...]:
        """The date of birth."""
        return (self.born,)

    def sql(self, place: Place) -> exp.Expr:
        """Below the first band, and before birth, it is unknown."""
        form = place.dialect.form
        today, birth = (
            exp.Paren(this=form("ymd", first=exp.Paren(this=instant)))
            for instant in (place.dialect.now(), place.columns[self.born].copy())
        )
        age = exp.Paren(this=form("years", first=today, second=birth))
        case = exp.Case()
        for name, start in reversed(self.bands):
            reached = exp.GTE(this=age.copy(), expression=place.parameters.bind(float(start)))
            case = case.when(reached, place.dialect.text(name, place.parameters))
        return case


@dataclass(frozen=True, slots=True)
class Days:
    """``days_since: renewal`` and ``days_until: renewal``, of a date that is a trait; whole, rounded down."""

    date: str
    until: bool

    @property
    def reads(self) -> tuple[str, ...]:
        """The date."""
        return (self.date,)

    def sql(self, place: Place) -> exp.Expr:
        """On the other side of now it is below 0."""
        date, now = place.columns[self.date].copy(), place.dialect.now()
        first, second = (date, now) if self.until else (now, date)
        return whole_days(exp.Paren(this=exp.Sub(this=first, expression=second)), place.dialect)


@dataclass(frozen=True, slots=True)
class Measure:
    """One comparison with all customers, or those of a group, whose outcome a census fixes by cut points."""

    name: str
    of: str
    by: str | None
    groups: int | None
    """How many equal groups the outcome counts through; None for a rank."""
    start: int
    """The outcome of the first group."""
    falling: bool
    """Whether the highest value is the first."""


@dataclass(frozen=True, slots=True)
class Compared:
    """``percentile``, ``quantile``, ``rank`` and ``rfm``, whose three scores stand side by side as digits."""

    measures: tuple[Measure, ...]

    @property
    def reads(self) -> tuple[str, ...]:
        """What is compared, and the groups."""
        names = [name for measure in self.measures for name in (measure.of, measure.by) if name]
        return tuple(dict.fromkeys(names))

    def sql(self, outcomes: list[exp.Expr]) -> exp.Expr:
        """The outcomes of the measures as one number."""
        whole = outcomes[0]
        for outcome in outcomes[1:]:
            shifted = exp.Mul(this=exp.Paren(this=whole), expression=exp.Literal.number("10.0"))
            whole = exp.Add(this=shifted, expression=outcome)
        return real(exp.Paren(this=whole))


Derivation = Expression | Lookup | Bands | Days | Compared
