"""When the passing of time alone can next change what a policy says: one more column of its statements.

Three things move without any record changing: what is compared with ``now`` or counted from it, a row that
enters or leaves the window of a computed trait, and a row that is dated ahead.
An instant may be too early, which costs a look; it is never too late.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlglot import exp

from policies.definition import Definition
from policies.imported import expiry, with_imports
from policies.language import NOW, Condition
from policies.moving import DAY, Motion, motion
from policies.pacing import NEVER, a_second_on, flows, least, meets, stepping
from policies.statements import Statement, column, fact, named
from policies.traits import contribution, windows
from policies.vocabulary import EVENT, RATING, TICKET, Relation

NEXT = "next_at"
"""The column, in every statement of a policy, that says when its row can next change."""

MOST_MOTIONS = 300
"""Different things that move in one statement: each takes two columns, and databases have an end."""

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
    paces = list(flows(statement, found, columns))
    statement.steps.append((f"paced_{source}", exp.select(*own, *paces).from_(f"{source} AS f", copy=False)))
    instants = list(meets(statement, found))
    before = [column(f"f.{NEXT}")] if NEXT in kept else []
    carried = [one for one in own if one.name != NEXT]
    timed = exp.select(*carried, named(least([*before, *instants]), NEXT))
    statement.steps.append((f"timed_{source}", timed.from_(f"paced_{source} AS f", copy=False)))
    return f"timed_{source}"


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
    statement.steps.append((f"moved_{source}", select.select(named(least(instants), NEXT))))
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
    people = exp.select(named(column("c.id"), "customer_id"), named(least(instants), NEXT))
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
        exp.select(column("f.customer_id"), named(time.copy(), "at"), *flows(statement, found, columns))
        .select(*_dates(statement, in_days, columns))
        .from_(f"{relation.name}_rows AS f")
    )
    edges = sorted({0, *(edge for trait in traits for edge in windows(trait))})
    if not found and not in_days:
        rows = rows.where(exp.GT(this=time.copy(), expression=_ago(statement, edges[-1])))
    statement.steps.append((f"paced_{relation.table}", rows))
    passing = [*(_passing(statement, edge) for edge in edges), *meets(statement, found)]
    last = exp.select(column("f.customer_id"), named(exp.Min(this=least(passing)), "at"))
    last = last.select(*(one for at, trait in enumerate(in_days) for one in _reference(trait, at)))
    last = last.from_(f"paced_{relation.table} AS f").group_by(column("f.customer_id"))
    statement.steps.append((f"last_{relation.table}", last))
    instants = [
        column("f.at"),
        *(one for at, trait in enumerate(in_days) for one in _days(statement, trait, at)),
    ]
    select = exp.select(column("f.customer_id"), named(least(instants), NEXT))
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
    """The date that the days are counted from or to, and the first one ahead, which may take its place.

    Days to a date are counted until its own second is over.
    """
    date, now = column(f"f.date_{at}"), exp.Placeholder(this=NOW)
    ahead = _least_where(exp.GT(this=date, expression=now))
    first: exp.Expr
    second: exp.Expr
    if trait.aggregate == "days_since":
        past = exp.LTE(this=date.copy(), expression=now.copy())
        first, second = exp.Max(this=exp.Case().when(past, date.copy())), ahead.copy()
    else:
        to_come = exp.GTE(this=date.copy(), expression=now.copy())
        first, second = _least_where(to_come), exp.Max(this=date.copy())
    yield named(exp.Coalesce(this=first, expressions=[second]), f"reference_{at}")
    yield named(exp.Coalesce(this=ahead, expressions=[exp.Literal.number(NEVER)]), f"ahead_{at}")


def _least_where(holds: exp.Binary) -> exp.Expr:
    """The least of what is compared, of the rows for which the comparison holds."""
    return exp.Min(this=exp.Case().when(holds, holds.this.copy()))


def _days(statement: Statement, trait: Definition, at: int) -> Iterator[exp.Expr]:
    """When the number of whole days changes, and when another date is the one that counts."""
    reference, now = column(f"f.reference_{at}"), exp.Placeholder(this=NOW)
    sides = (now, reference) if trait.aggregate == "days_since" else (reference, now)
    apart = exp.Paren(this=exp.Sub(this=sides[0].copy(), expression=sides[1].copy()))
    yield stepping(statement, apart, apart.transform(a_second_on), DAY)
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
