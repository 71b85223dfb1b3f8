"""The functions of the condition language, a row each: what they take, what they give, what they cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from policies.dates import instant
from policies.typed import MEMBER, AnyType, ConditionError, Reach, Typed, exactly, formed

Build = Callable[[str, Sequence[Typed]], Typed]


@dataclass(frozen=True, slots=True)
class Function:
    """One function."""

    build: Build
    copies: int = 1
    """How often an operand stands in the SQL of the database that needs it most often."""
    reads_now: bool = False


def _form(gives: AnyType, *takes: AnyType, reach: Reach | None = None) -> Build:
    """A function that each database has a form for."""

    def build(name: str, given: Sequence[Typed]) -> Typed:
        _takes(name, given, takes)
        return formed(name, gives, *given, reach=reach)

    return build


def _lasting(seconds: int) -> Build:
    def build(name: str, given: Sequence[Typed]) -> Typed:
        _takes(name, given, ("number",))
        product = exp.Mul(this=exp.Paren(this=given[0].sql), expression=exp.Literal.number(seconds))
        reach = given[0].reach.times(exactly(seconds)).checked()
        return Typed(exp.Paren(this=product), "duration", reach)

    return build


def _date(name: str, given: Sequence[Typed]) -> Typed:
    literal = given[0].sql if len(given) == 1 else None
    seconds = instant(literal.this) if isinstance(literal, exp.Literal) and literal.is_string else None
    if seconds is None:
        raise ConditionError(f"{name} needs one day that exists, in quotes", "Write date('2026-01-31').")
    return Typed(_signed(seconds), "date", exactly(seconds))


def _signed(value: int) -> exp.Expr:
    literal = exp.Literal.number(abs(value))
    return exp.Paren(this=exp.Neg(this=literal)) if value < 0 else literal


def _abs(name: str, given: Sequence[Typed]) -> Typed:
    _takes(name, given, ("number",))
    return Typed(exp.Abs(this=given[0].sql), "number", given[0].reach)


def _round_down(name: str, given: Sequence[Typed]) -> Typed:
    _takes(name, given, ("number",))
    return formed(name, "number", *given, reach=Reach(given[0].reach.up + 1, 0).checked())


def _first_that(compares: type[exp.Binary]) -> Build:
    """The lesser or the greater of two; databases' own functions disagree about what is missing."""

    def build(name: str, given: Sequence[Typed]) -> Typed:
        kind = given[0].type if given and given[0].type in ("number", "date") else "number"
        _takes(name, given, (kind, kind))
        left, right = (exp.Paren(this=part.sql) for part in given)
        case = exp.Case().when(compares(this=left, expression=right), left.copy())
        case = case.when(compares(this=right.copy(), expression=left.copy()), right.copy())
        return Typed(exp.Paren(this=case), kind, given[0].reach.either(given[1].reach))

    return build


def _years_since(name: str, given: Sequence[Typed]) -> Typed:
    _takes(name, given, ("date",))
    days = [formed("ymd", "number", part) for part in (Typed(exp.column("now"), "date"), given[0])]
    return formed("years", "number", *days, reach=Reach(14, 0))


def _coalesce(name: str, given: Sequence[Typed]) -> Typed:
    if len(given) < 2:
        raise ConditionError(f"{name} needs two values or more", "Write coalesce(trait, 0).")
    _takes(name, given, [given[0].type] * len(given))
    reach = Reach()
    for part in given:
        reach = reach.either(part.reach)
    first, *others = (part.sql for part in given)
    return Typed(exp.Coalesce(this=first, expressions=others), given[0].type, reach)


def _in_segment(name: str, given: Sequence[Typed]) -> Typed:
    _takes(name, given, ("text",))
    literal = given[0].sql
    if not isinstance(literal, exp.Literal):
        raise ConditionError(f"{name} needs the name itself", "Write in_segment('vip').")
    return Typed(exp.column(MEMBER + str(literal.this)), "boolean")


def _takes(name: str, given: Sequence[Typed], wanted: Sequence[AnyType]) -> None:
    found = [part.type for part in given]
    if found != list(wanted):
        raise ConditionError(
            f"{name}({', '.join(found)}) does not exist", f"Write {name}({', '.join(wanted)})."
        )


_COUNT = Reach(40, 0)
_PART = Function(_form("number", "date", reach=Reach(14, 0)), copies=2)

FUNCTIONS: dict[str, Function] = {
    "minutes": Function(_lasting(60)),
    "hours": Function(_lasting(3600)),
    "days": Function(_lasting(86400)),
    "weeks": Function(_lasting(604800)),
    "date": Function(_date),
    "year": _PART,
    "month": _PART,
    "day": _PART,
    "weekday": _PART,
    "hour": _PART,
    "years_since": Function(_years_since, copies=4, reads_now=True),
    "abs": Function(_abs),
    "least": Function(_first_that(exp.LTE), copies=3),
    "greatest": Function(_first_that(exp.GTE), copies=3),
    "round_down": Function(_round_down, copies=4),
    "lower": Function(_form("text", "text")),
    "upper": Function(_form("text", "text")),
    "trim": Function(_form("text", "text")),
    "length": Function(_form("number", "text", reach=_COUNT)),
    "starts_with": Function(_form("boolean", "text", "text"), copies=2),
    "ends_with": Function(_form("boolean", "text", "text"), copies=4),
    "contains": Function(_form("boolean", "text", "text")),
    "size": Function(_form("number", "set", reach=_COUNT)),
    "coalesce": Function(_coalesce),
    "in_segment": Function(_in_segment),
}
"""By the name an admin writes; each means the same on every database, or it is not here."""
