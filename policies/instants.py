"""When the passing of time alone can next change what a policy says: one more column of its statements.

Three things move without any record changing: a comparison with ``now``, a row that leaves the window of a
computed trait, and a row that is dated ahead.
An instant may be too early, which costs a look; it is never too late.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from policies.catalogue import Definition
from policies.dialects import bound
from policies.language import NOW, Condition
from policies.operators import COMPARISONS
from policies.statements import Statement, column, named
from policies.traits import row_columns
from policies.vocabulary import RATING, TICKET, Relation

NEXT = "next_at"
"""The column, in every statement of a policy, that says when its row can next change."""

NEVER = 253_402_300_800
"""The first second of the year 10000, for what stays as it is."""

MOST_CROSSINGS = 300
"""Different comparisons with ``now`` in one statement: each takes two columns, and databases have an end."""

_FARTHEST = 10**11
"""Seconds, some three thousand years: what lies beyond is not waited for."""

_EVENLY = (exp.Add, exp.Sub, exp.Neg, exp.Paren, exp.Coalesce)
"""What may stand between a comparison and ``now`` while both sides move evenly, so that they meet once."""

_MOST_AT_ONCE = 100
"""Operands of one call; SQLite takes 127."""


def too_many(conditions: Iterable[Condition]) -> int | None:
    """How many comparisons with ``now`` there are, where it is more than statements can hold."""
    count = len(crossings(conditions))
    return count if count > MOST_CROSSINGS else None


def crossings(conditions: Iterable[Condition]) -> list[Condition]:
    """The comparisons with ``now`` in these conditions, each once, as ``a`` compared with ``b``."""
    found = (pair for condition in conditions for pair in _moving(condition))
    return list({pair.tree.sql(): pair for pair in found}.values())


def _moving(condition: Condition) -> Iterator[Condition]:
    for node in condition.tree.find_all(*COMPARISONS):
        for pair in _pairs(node.copy()):
            truths = _is_truth(pair.this) or _is_truth(pair.expression)
            if not truths and any(one.name == NOW for one in pair.find_all(exp.Column)):
                yield replace(condition, tree=pair)


def _pairs(node: exp.Expr) -> list[exp.Expr]:
    """A comparison as comparisons of two values, each of which can change on its own."""
    if isinstance(node, exp.Between):
        low, high = node.args["low"], node.args["high"]
        return [exp.GTE(this=node.this, expression=low), exp.LTE(this=node.this.copy(), expression=high)]
    if isinstance(node, exp.In):
        return [exp.EQ(this=node.this.copy(), expression=other) for other in node.expressions]
    return [node]


def _is_truth(side: exp.Expr) -> bool:
    """A side that is a condition itself; what it compares has been found by itself."""
    side = side.unnest()
    if isinstance(side, exp.Coalesce):
        return any(_is_truth(part) for part in (side.this, *side.expressions))
    return isinstance(side, (exp.Predicate, exp.Connector, exp.Not, exp.Boolean))


def add_instants(
    statement: Statement,
    source: str,
    kept: Sequence[str],
    conditions: Iterable[Condition],
    columns: Mapping[str, exp.Expr],
) -> str:
    """Add the rows of ``source`` with ``next_at``, when one of these conditions can change; gives the step.

    ``columns`` read a row as ``f``; ``kept`` are the columns of ``source`` that are needed later. A column
    ``next_at`` among them takes part.
    """
    pairs = crossings(conditions)
    own = [column(f"f.{name}") for name in kept]
    paces = [part for at, pair in enumerate(pairs) for part in _pace(statement, pair, columns, at)]
    statement.steps.append((f"paced_{source}", exp.select(*own, *paces).from_(f"{source} AS f", copy=False)))
    instants = [_meeting(pair, at) for at, pair in enumerate(pairs)]
    before = [column(f"f.{NEXT}")] if NEXT in kept else []
    carried = [one for one in own if one.name != NEXT]
    timed = exp.select(*carried, named(_least([*before, *instants]), NEXT))
    statement.steps.append((f"timed_{source}", timed.from_(f"paced_{source} AS f", copy=False)))
    return f"timed_{source}"


def _pace(
    statement: Statement, pair: Condition, columns: Mapping[str, exp.Expr], at: int
) -> Iterator[exp.Expr]:
    """How far apart the sides are at this instant and a second later."""
    sides = bound(pair, columns, statement.parameters, statement.dialect)
    apart = exp.Sub(this=exp.Paren(this=sides.this), expression=exp.Paren(this=sides.expression))
    yield named(apart, f"apart_{at}")
    yield named(apart.transform(_a_second_on), f"then_{at}")


def _a_second_on(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Placeholder) and node.name == NOW:
        return exp.Paren(this=exp.Add(this=node.copy(), expression=exp.Literal.number(1)))
    return node


def _meeting(pair: Condition, at: int) -> exp.Expr:
    """The last instant before the sides of a comparison meet, or at which they do.

    Databases cut or round when they make a whole number: both are at or before the first instant at which
    the comparison can have another answer.
    """
    if not _moves_evenly(pair.tree):
        return _later(exp.Literal.number(1))
    apart, then = column(f"f.apart_{at}"), column(f"f.then_{at}")
    pace = exp.Nullif(
        this=exp.Paren(this=exp.Sub(this=apart.copy(), expression=then)), expression=exp.Literal.number(0)
    )
    seconds = exp.Div(this=exp.Cast(this=apart, to=exp.DataType.build("double")), expression=pace)
    whole = exp.Cast(this=seconds, to=exp.DataType.build("bigint"))
    ahead = exp.Between(this=seconds.copy(), low=exp.Literal.number(0), high=exp.Literal.number(_FARTHEST))
    soon = exp.LT(this=seconds.copy(), expression=exp.Literal.number(1))
    wait = exp.Case().when(soon, exp.Literal.number(1)).else_(whole)
    return exp.Case().when(ahead, _later(wait)).else_(exp.Literal.number(NEVER))


def _moves_evenly(pair: exp.Expr) -> bool:
    return all(_evenly_under(node, pair) for node in pair.find_all(exp.Column) if node.name == NOW)


def _evenly_under(node: exp.Expr, pair: exp.Expr) -> bool:
    while node.parent is not None and node.parent is not pair:
        node = node.parent
        if not isinstance(node, _EVENLY):
            return False
    return True


def _later(seconds: exp.Expr) -> exp.Expr:
    return exp.Add(this=exp.Placeholder(this=NOW), expression=seconds)


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
    joined = []
    for relation, alias in ((TICKET, "t"), (RATING, "r")):
        traits = [one for one in known.values() if one.aggregate and one.relation is relation]
        if traits:
            joined.append(_relation(statement, known, traits, relation, alias))
    select = exp.select(*(column(f"f.{name}") for name in kept)).from_(f"{source} AS f")
    for step in joined:
        select = select.join(step, on=f"{step}.customer_id = f.customer_id", join_type="left")
    instants = [
        exp.Coalesce(this=column(f"{step}.{NEXT}"), expressions=[exp.Literal.number(NEVER)])
        for step in joined
    ]
    statement.steps.append((f"moved_{source}", select.select(named(_least(instants), NEXT))))
    return f"moved_{source}"


def _relation(
    statement: Statement,
    known: Mapping[str, Definition],
    traits: Sequence[Definition],
    relation: Relation,
    alias: str,
) -> str:
    """Add a step that says of each customer when the next row comes in, leaves a window or changes."""
    columns = row_columns(relation, known, "f", statement.parameters, statement.dialect)
    conditions = [one for trait in traits for one in (trait.where, trait.of) if one]
    pairs = crossings(conditions)
    windows = sorted({trait.within for trait in traits if trait.within is not None})
    paces = [part for at, pair in enumerate(pairs) for part in _pace(statement, pair, columns, at)]
    time = columns[relation.time]
    rows = (
        exp.select(column("f.customer_id"), named(time.copy(), "at"), *paces)
        .from_(f"{relation.table} AS f")
        .where(statement.in_scope("f.customer_id"), "NOT f.deleted")
    )
    if not pairs:
        rows = rows.where(exp.GT(this=time.copy(), expression=_ago(statement, max(windows, default=0))))
    statement.steps.append((f"paced_{relation.table}", rows))
    instants = [_coming(), *(_leaving(statement, window) for window in windows)]
    instants += [_meeting(pair, at) for at, pair in enumerate(pairs)]
    grouped = exp.select(column("f.customer_id"), named(exp.Min(this=_least(instants)), NEXT))
    step = f"next_{relation.table}"
    statement.steps.append(
        (step, grouped.from_(f"paced_{relation.table} AS f").group_by(column("f.customer_id")))
    )
    return step


def _ago(statement: Statement, seconds: int) -> exp.Expr:
    return exp.Sub(this=exp.Placeholder(this=NOW), expression=statement.parameters.bind(seconds))


def _coming() -> exp.Expr:
    """A row that is dated ahead counts from its own instant on."""
    ahead = exp.GT(this=column("f.at"), expression=exp.Placeholder(this=NOW))
    return exp.Case().when(ahead, column("f.at")).else_(exp.Literal.number(NEVER))


def _leaving(statement: Statement, window: int) -> exp.Expr:
    """A row leaves a window when it is exactly as old as the window is long."""
    inside = exp.GT(this=column("f.at"), expression=_ago(statement, window))
    out = exp.Add(this=column("f.at"), expression=statement.parameters.bind(window))
    return exp.Case().when(inside, out).else_(exp.Literal.number(NEVER))


def next_at(row: Sequence[object]) -> int | None:
    """The instant at the end of a row of a query, None when time alone changes nothing."""
    found = row[-1]
    if not isinstance(found, (int, float)):
        raise TypeError("this row does not say when it can change")
    return None if found >= NEVER else int(found)
