"""When the passing of time alone can next change what a policy says: one more column of its statements.

Three things move without any record changing: what is compared with ``now`` or counted from it, a row that
enters or leaves the window of a computed trait, and a row that is dated ahead.
An instant may be too early, which costs a look; it is never too late.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlglot import exp

from policies.definition import Definition
from policies.dialects import bound
from policies.imported import expiry, with_imports
from policies.language import NOW, Condition
from policies.moving import DAY, Motion, motion
from policies.statements import Statement, column, fact, named
from policies.traits import contribution, windows
from policies.vocabulary import EVENT, RATING, TICKET, Relation

NEXT = "next_at"
"""The column, in every statement of a policy, that says when its row can next change."""

NEVER = 253_402_300_800
"""The first second of the year 10000, for what stays as it is."""

MOST_MOTIONS = 300
"""Different things that move in one statement: each takes two columns, and databases have an end."""

_FARTHEST = 10**11
"""Seconds, some three thousand years: what lies beyond is not waited for."""

_MOST_AT_ONCE = 100
"""Operands of one call; SQLite takes 127."""

_DAYS = ("days_since", "days_until")
"""Computations over rows that step with the days."""


def too_many(conditions: Iterable[Condition], known: Mapping[str, Definition]) -> int | None:
    """How many things move, where it is more than statements can hold."""
    count = len(motion(conditions, known, values=True))
    return count if count > MOST_MOTIONS else None


def add_instants(
    statement: Statement, source: str, kept: Sequence[str], found: Motion, columns: Mapping[str, exp.Expr]
) -> str:
    """Add the rows of ``source`` with ``next_at``, when one of these things happens; gives the step.

    ``columns`` read a row as ``f``; ``kept`` are the columns of ``source`` that are needed later. A column
    ``next_at`` among them takes part.
    """
    own = [column(f"f.{name}") for name in kept]
    paces = list(_paces(statement, found, columns))
    statement.steps.append((f"paced_{source}", exp.select(*own, *paces).from_(f"{source} AS f", copy=False)))
    instants = list(_instants(statement, found))
    before = [column(f"f.{NEXT}")] if NEXT in kept else []
    carried = [one for one in own if one.name != NEXT]
    timed = exp.select(*carried, named(_least([*before, *instants]), NEXT))
    statement.steps.append((f"timed_{source}", timed.from_(f"paced_{source} AS f", copy=False)))
    return f"timed_{source}"


def _paces(statement: Statement, found: Motion, columns: Mapping[str, exp.Expr]) -> Iterator[exp.Expr]:
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
    yield named(value.transform(_a_second_on), then)


def _a_second_on(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Placeholder) and node.name == NOW:
        return exp.Paren(this=exp.Add(this=node.copy(), expression=exp.Literal.number(1)))
    return node


def _instants(statement: Statement, found: Motion) -> Iterator[exp.Expr]:
    for at in range(len(found.meetings)):
        yield _meeting(column(f"f.apart_{at}"), column(f"f.then_{at}"))
    for at, step in enumerate(found.steps):
        yield _stepping(statement, column(f"f.flow_{at}"), column(f"f.flown_{at}"), step.unit)


def _meeting(apart: exp.Expr, then: exp.Expr) -> exp.Expr:
    """The last instant before the sides of a comparison meet, or at which they do.

    Databases cut or round when they make a whole number: both are at or before the first instant at which
    the comparison can have another answer.
    """
    pace = exp.Nullif(
        this=exp.Paren(this=exp.Sub(this=apart.copy(), expression=then)), expression=exp.Literal.number(0)
    )
    return _after(exp.Div(this=_real(apart), expression=pace))


def _stepping(statement: Statement, flow: exp.Expr, flown: exp.Expr, unit: int) -> exp.Expr:
    """The instant at which what flows is at the next multiple of ``unit`` in its direction.

    Going down it stands there for one more second, and is looked at twice.
    """
    size = exp.Literal.number(f"{unit}.0")
    pace = exp.Paren(this=exp.Sub(this=_real(flown), expression=_real(flow.copy())))
    units = exp.Paren(this=exp.Div(this=_real(flow.copy()), expression=size))
    below = exp.Paren(
        this=exp.Mul(this=statement.dialect.form("round_down", first=units), expression=size.copy())
    )
    ahead = exp.Paren(
        this=exp.Sub(this=exp.Add(this=below, expression=size.copy()), expression=_real(flow.copy()))
    )
    behind = exp.Paren(this=exp.Sub(this=below.copy(), expression=_real(flow.copy())))
    zero = exp.Literal.number(0)
    up = exp.GT(this=pace.copy(), expression=zero)
    down = exp.LT(this=pace.copy(), expression=zero.copy())
    seconds = exp.Case().when(up, exp.Div(this=ahead, expression=pace.copy()))
    seconds = seconds.when(down, exp.Div(this=behind, expression=pace.copy()))
    return _after(exp.Paren(this=seconds))


def _after(seconds: exp.Expr) -> exp.Expr:
    """So many seconds on, at least one; never where that lies behind, too far ahead, or is unknown."""
    whole = exp.Cast(this=seconds.copy(), to=exp.DataType.build("bigint"))
    ahead = exp.Between(this=seconds, low=exp.Literal.number(0), high=exp.Literal.number(_FARTHEST))
    soon = exp.LT(this=seconds.copy(), expression=exp.Literal.number(1))
    wait = exp.Case().when(soon, exp.Literal.number(1)).else_(whole)
    later = exp.Add(this=exp.Placeholder(this=NOW), expression=wait)
    return exp.Case().when(ahead, later).else_(exp.Literal.number(NEVER))


def _real(value: exp.Expr) -> exp.Expr:
    return exp.Cast(this=value, to=exp.DataType.build("double"))


def _least(instants: Sequence[exp.Expr]) -> exp.Expr:
    """The earliest of these, none of which is NULL."""
    if len(instants) > _MOST_AT_ONCE:
        groups = [instants[at : at + _MOST_AT_ONCE] for at in range(0, len(instants), _MOST_AT_ONCE)]
        return _least([_least(group) for group in groups])
    if not instants:
        return exp.Literal.number(NEVER)
    return exp.Least(this=instants[0], expressions=list(instants[1:])) if len(instants) > 1 else instants[0]


def add_row_instants(
    statement: Statement, known: Mapping[str, Definition], source: str, kept: Sequence[str]
) -> str:
    """Add the rows of ``source`` with ``next_at``, when the computed traits can change; gives the step."""
    joined = list(_expiring(statement, known))
    for relation in (TICKET, RATING, EVENT):
        traits = [one for one in known.values() if one.aggregate and one.relation is relation]
        if traits:
            joined.append(_relation(statement, traits, relation))
    select = exp.select(*(column(f"f.{name}") for name in kept)).from_(f"{source} AS f")
    for step in joined:
        select = select.join(step, on=f"{step}.customer_id = f.customer_id", join_type="left")
    instants = [
        exp.Coalesce(this=column(f"{step}.{NEXT}"), expressions=[exp.Literal.number(NEVER)])
        for step in joined
    ]
    statement.steps.append((f"moved_{source}", select.select(named(_least(instants), NEXT))))
    return f"moved_{source}"


def _expiring(statement: Statement, known: Mapping[str, Definition]) -> Iterator[str]:
    """Add a step that says of each customer when an imported value expires, where there are imports."""
    imports = {one.name: one for trait in known.values() for one in trait.imported if one.expires}
    if not imports:
        return
    ends = [expiry(one, statement.parameters, statement.dialect) for one in imports.values()]
    instants = [
        exp.Case()
        .when(exp.GT(this=end, expression=exp.Placeholder(this=NOW)), end.copy())
        .else_(exp.Literal.number(NEVER))
        for end in ends
    ]
    people = exp.select(named(column("c.id"), "customer_id"), named(_least(instants), NEXT))
    people = people.from_("customers AS c", copy=False)
    people = people.where(statement.in_scope("c.id"), "NOT c.deleted", copy=False)
    people = with_imports(people, imports.values(), statement.parameters, statement.dialect)
    statement.steps.append(("next_imports", people))
    yield "next_imports"


def _relation(statement: Statement, traits: Sequence[Definition], relation: Relation) -> str:
    """Add a step that says of each customer when the next row comes in, leaves a window or changes."""
    names = {relation.time, "id"}.union(*(trait.reads for trait in traits))
    columns: dict[str, exp.Expr] = {name: column(f"f.{fact(name)}") for name in names}
    found = motion([one for trait in traits for one in (trait.where, trait.of) if one], {})
    in_days = [trait for trait in traits if trait.aggregate in _DAYS]
    time = columns[relation.time]
    rows = (
        exp.select(column("f.customer_id"), named(time.copy(), "at"), *_paces(statement, found, columns))
        .select(*_dates(statement, in_days, columns))
        .from_(f"{relation.name}_rows AS f")
    )
    edges = sorted({0, *(edge for trait in traits for edge in windows(trait))})
    if not found and not in_days:
        rows = rows.where(exp.GT(this=time.copy(), expression=_ago(statement, edges[-1])))
    statement.steps.append((f"paced_{relation.table}", rows))
    passing = [*(_passing(statement, edge) for edge in edges), *_instants(statement, found)]
    last = exp.select(column("f.customer_id"), named(exp.Min(this=_least(passing)), "at"))
    last = last.select(*(one for at, trait in enumerate(in_days) for one in _reference(trait, at)))
    last = last.from_(f"paced_{relation.table} AS f").group_by(column("f.customer_id"))
    statement.steps.append((f"last_{relation.table}", last))
    instants = [
        column("f.at"),
        *(one for at, trait in enumerate(in_days) for one in _days(statement, trait, at)),
    ]
    select = exp.select(column("f.customer_id"), named(_least(instants), NEXT))
    statement.steps.append((f"next_{relation.table}", select.from_(f"last_{relation.table} AS f")))
    return f"next_{relation.table}"


def _dates(
    statement: Statement, traits: Sequence[Definition], columns: Mapping[str, exp.Expr]
) -> Iterator[exp.Expr]:
    """The date that a row contributes to each of these traits, unless the row is dated ahead."""
    for at, trait in enumerate(traits):
        value = contribution(trait, columns, statement.parameters, statement.dialect)
        past = exp.LTE(this=columns[trait.relation.time].copy(), expression=exp.Placeholder(this=NOW))
        yield named(exp.Case().when(past, value), f"date_{at}")


def _reference(trait: Definition, at: int) -> Iterator[exp.Expr]:
    """The date that the days are counted from or to, and the first one ahead, which will take its place."""
    date, now = column(f"f.date_{at}"), exp.Placeholder(this=NOW)
    past = exp.Max(this=exp.Case().when(exp.LTE(this=date, expression=now), date.copy()))
    ahead = exp.Min(this=exp.Case().when(exp.GT(this=date.copy(), expression=now.copy()), date.copy()))
    first = [past, ahead] if trait.aggregate == "days_since" else [ahead, past]
    yield named(exp.Coalesce(this=first[0].copy(), expressions=[first[1].copy()]), f"reference_{at}")
    yield named(exp.Coalesce(this=ahead.copy(), expressions=[exp.Literal.number(NEVER)]), f"ahead_{at}")


def _days(statement: Statement, trait: Definition, at: int) -> Iterator[exp.Expr]:
    """When the number of whole days changes, and when another date is the one that counts."""
    reference, now = column(f"f.reference_{at}"), exp.Placeholder(this=NOW)
    sides = (now, reference) if trait.aggregate == "days_since" else (reference, now)
    apart = exp.Paren(this=exp.Sub(this=sides[0].copy(), expression=sides[1].copy()))
    yield _stepping(statement, apart, apart.transform(_a_second_on), DAY)
    yield column(f"f.ahead_{at}")


def _ago(statement: Statement, seconds: int) -> exp.Expr:
    return exp.Sub(this=exp.Placeholder(this=NOW), expression=statement.parameters.bind(seconds))


def _passing(statement: Statement, edge: int) -> exp.Expr:
    """A row passes the edge of a window, or comes in, when it is as old as the edge lies back."""
    ahead = exp.GT(this=column("f.at"), expression=_ago(statement, edge))
    then = exp.Add(this=column("f.at"), expression=statement.parameters.bind(edge))
    return exp.Case().when(ahead, then).else_(exp.Literal.number(NEVER))


def next_at(row: Sequence[object]) -> int | None:
    """The instant at the end of a row of a query, None when time alone changes nothing."""
    found = row[-1]
    if not isinstance(found, (int, float)):
        raise TypeError("this row does not say when it can change")
    return None if found >= NEVER else int(found)
