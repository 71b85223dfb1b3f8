"""The SQL of an instant: how fast something flows in the second of now, and when it will be somewhere.

What flows is said by ``moving.py``; ``instants.py`` says in which statements.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlglot import exp

from policies.dialects import bound
from policies.language import NOW
from policies.moving import Motion
from policies.statements import Statement, column, named

NEVER = 253_402_300_800
"""The first second of the year 10000, for what stays as it is."""

_FARTHEST = 10**11
"""Seconds, some three thousand years: what lies beyond is not waited for."""

_MOST_AT_ONCE = 100
"""Operands of one call; SQLite takes 127."""


def flows(statement: Statement, found: Motion, columns: Mapping[str, exp.Expr]) -> Iterator[exp.Expr]:
    """What flows, at this instant and a second later."""
    for at, pair in enumerate(found.meetings):
        sides = bound(pair, columns, statement.parameters, statement.dialect)
        apart = exp.Sub(this=exp.Paren(this=sides.this), expression=exp.Paren(this=sides.expression))
        yield from _both(apart, f"apart_{at}", f"then_{at}")
    for at, step in enumerate(found.steps):
        operand = bound(step.operand, columns, statement.parameters, statement.dialect)
        yield from _both(exp.Paren(this=operand), f"flow_{at}", f"flown_{at}")


def _both(value: exp.Expr, here: str, then: str) -> Iterator[exp.Expr]:
    yield named(value, here)
    yield named(value.transform(a_second_on), then)


def a_second_on(node: exp.Expr) -> exp.Expr:
    """For ``transform``: the same a second later."""
    if isinstance(node, exp.Placeholder) and node.name == NOW:
        return exp.Paren(this=exp.Add(this=node.copy(), expression=exp.Literal.number(1)))
    return node


def meets(statement: Statement, found: Motion) -> Iterator[exp.Expr]:
    """When each of what ``flows`` gives can change, in its order."""
    for at in range(len(found.meetings)):
        yield _meeting(statement, column(f"f.apart_{at}"), column(f"f.then_{at}"))
    for at, step in enumerate(found.steps):
        yield stepping(statement, column(f"f.flow_{at}"), column(f"f.flown_{at}"), step.unit)


def _meeting(statement: Statement, apart: exp.Expr, then: exp.Expr) -> exp.Expr:
    """The last instant before the sides of a comparison meet, or at which they do.

    It is at or before the first instant at which the comparison can have another answer.
    """
    nearer = exp.Nullif(this=_pace(statement, then, apart), expression=exp.Literal.number(0))
    return _after(statement, exp.Div(this=_real(apart.copy()), expression=nearer))


def _pace(statement: Statement, here: exp.Expr, there: exp.Expr) -> exp.Expr:
    """How much comes with a second: a whole number, as lengths of time are only added; sums lose digits.

    What jumps in this second is watched as the step that it is.
    """
    change = exp.Paren(this=exp.Sub(this=_real(there), expression=_real(here)))
    return statement.dialect.form("nearest", first=change)


def stepping(statement: Statement, flow: exp.Expr, flown: exp.Expr, unit: int) -> exp.Expr:
    """The instant at which what flows is at the next multiple of ``unit`` in its direction.

    Going down it stands there for one more second, and is looked at twice.
    """
    size = exp.Literal.number(f"{unit}.0")
    pace = _pace(statement, flow, flown)
    units = exp.Paren(this=exp.Div(this=_real(flow.copy()), expression=size))
    below = exp.Paren(
        this=exp.Mul(this=statement.dialect.form("round_down", first=units), expression=size.copy())
    )
    ahead = exp.Paren(
        this=exp.Sub(this=exp.Add(this=below, expression=size.copy()), expression=_real(flow.copy()))
    )
    behind = exp.Paren(this=exp.Sub(this=below.copy(), expression=_real(flow.copy())))
    zero = exp.Literal.number(0)
    up = exp.GT(this=pace, expression=zero)
    down = exp.LT(this=pace.copy(), expression=zero.copy())
    seconds = exp.Case().when(up, exp.Div(this=ahead, expression=pace.copy()))
    seconds = seconds.when(down, exp.Div(this=behind, expression=pace.copy()))
    return _after(statement, exp.Paren(this=seconds))


def _after(statement: Statement, seconds: exp.Expr) -> exp.Expr:
    """So many whole seconds on, at least one; never where that lies behind, too far ahead, or is unknown."""
    whole = statement.dialect.form("whole_seconds", first=exp.Paren(this=seconds.copy()))
    ahead = exp.Between(this=seconds, low=exp.Literal.number(0), high=exp.Literal.number(_FARTHEST))
    soon = exp.LT(this=seconds.copy(), expression=exp.Literal.number(1))
    wait = exp.Case().when(soon, exp.Literal.number(1)).else_(whole)
    later = exp.Add(this=exp.Placeholder(this=NOW), expression=wait)
    return exp.Case().when(ahead, later).else_(exp.Literal.number(NEVER))


def _real(value: exp.Expr) -> exp.Expr:
    return exp.Cast(this=value, to=exp.DataType.build("double"))


def least(instants: Sequence[exp.Expr]) -> exp.Expr:
    """The earliest of these, none of which is NULL."""
    if len(instants) > _MOST_AT_ONCE:
        groups = [instants[at : at + _MOST_AT_ONCE] for at in range(0, len(instants), _MOST_AT_ONCE)]
        return least([least(group) for group in groups])
    if not instants:
        return exp.Literal.number(NEVER)
    return exp.Least(this=instants[0], expressions=list(instants[1:])) if len(instants) > 1 else instants[0]
