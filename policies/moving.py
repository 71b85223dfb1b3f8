"""How conditions move while only time passes: where two sides meet, and where a whole number steps.

Only dates and lengths of time flow, and they do it evenly; numbers move in steps.
``instants.py`` makes SQL of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sqlglot import exp

from policies.definition import Definition
from policies.derivation import Bands, Compared, Days, Expression
from policies.faults import Path
from policies.language import NOW, Condition
from policies.operators import COMPARISONS
from policies.typed import FORM

DAY, HOUR = 86400, 3600

_WHOLE_DAYS = "whole_days"
"""Seconds as days, rounded down; only watched here, never written as such."""

_STEPS: Mapping[str, int] = {
    **dict.fromkeys(("year", "month", "day", "weekday", "ymd"), DAY),
    "hour": HOUR,
    "round_down": 1,
    _WHOLE_DAYS: DAY,
}
"""Forms whose value stands still until their operand passes a multiple of this."""

_FLOW = ("date", "boolean")
"""The types of trait that can change at any second, and not only where something steps."""

MOST_NODES = 2000
"""Of one trait's tree with all that it moves with."""

MOST_IN_ALL = 100_000
"""Of all that is written out in the conditions and traits of a policy."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that flows, and the units between two changes of what is made of it."""

    operand: Condition
    unit: int


@dataclass(frozen=True, slots=True)
class Motion:
    """All that time alone can do to some conditions, each thing once."""

    meetings: tuple[Condition, ...]
    """Comparisons of two sides, which change when these meet."""
    steps: tuple[Step, ...]

    def __len__(self) -> int:
        """How many instants have to be watched for."""
        return len(self.meetings) + len(self.steps)


def motion(
    conditions: Iterable[Condition], known: Mapping[str, Definition], *, values: bool = False
) -> Motion:
    """What time can do to these conditions, and with ``values`` to the traits ``known``.

    ``known`` are the traits that the conditions may read; rows are read without any.
    """
    meetings, steps = dict[str, Condition](), dict[str, Step]()
    traits = _moving_traits(known) if values else ()
    for condition in [*(_expanded(one, known) for one in conditions), *traits]:
        for pair in _pairs_in(condition.tree):
            meetings.setdefault(pair.sql(), replace(condition, tree=pair))
        for step in _steps_in(condition):
            steps.setdefault(f"{step.operand.tree.sql()} {step.unit}", step)
    return Motion(tuple(meetings.values()), tuple(steps.values()))


def flowing(known: Mapping[str, Definition]) -> frozenset[str]:
    """The traits that have another value in every second, so that no two looks at them are equal."""
    trees = {name: _written_out(trait, known) for name, trait in known.items()}
    return frozenset(name for name, tree in trees.items() if tree is not None and _flows(tree))


def reads(found: Motion) -> list[str]:
    """The names that have to be at hand where these movements are computed."""
    trees = [one.tree for one in (*found.meetings, *(step.operand for step in found.steps))]
    names = (node.name for tree in trees for node in tree.find_all(exp.Column) if not node.table)
    return [name for name in dict.fromkeys(names) if name != NOW]


def _expanded(condition: Condition, known: Mapping[str, Definition]) -> Condition:
    """The condition with traits that follow from others written out, where time moves those."""

    def place(node: exp.Expr) -> exp.Expr:
        trait = known.get(node.name) if isinstance(node, exp.Column) and not node.table else None
        tree = _written_out(trait, known) if trait and trait.type in _FLOW else None
        return node if tree is None else exp.Paren(this=tree)

    return replace(condition, tree=condition.tree.transform(place))


def too_deep(known: Mapping[str, Definition], conditions: Iterable[Condition]) -> Path | None:
    """The place of what would be too long with all that it moves with written out in it, if any.

    Sizes are counted: the tree is not made to be measured.
    """
    sizes = dict[str, int]()

    def whole(name: str) -> int:
        """Of the tree of a trait; 0 where it does not move."""
        if name not in sizes:
            sizes[name] = 0
            sizes[name] = _nodes(known[name], inside)
        return sizes[name]

    def inside(name: str) -> int:
        """Of what is written out where a trait is read."""
        return whole(name) if name in known and known[name].type in _FLOW else 0

    for name in known:
        if whole(name) > MOST_NODES:
            return "traits", name
    read = sum(inside(name) for one in conditions for name in _names(one.tree))
    return ("segments",) if sum(sizes.values()) + read > MOST_IN_ALL else None


def _nodes(trait: Definition, inside: Callable[[str], int]) -> int:
    """Of the tree of a trait, what it reads as often as it stands there; 0 where it does not move."""
    if isinstance(trait.derivation, Bands | Days):
        return 10 + 3 * inside(trait.derivation.reads[0])
    if not isinstance(trait.derivation, Expression):
        return 0
    tree = trait.derivation.condition.tree
    more = sum(inside(name) for name in _names(tree))
    return more + sum(1 for _ in tree.walk()) if more or _reads_now(tree) else 0


def _names(tree: exp.Expr) -> list[str]:
    return [node.name for node in tree.find_all(exp.Column)]


def never_still(known: Mapping[str, Definition]) -> tuple[str, str] | None:
    """A trait that compares all customers by one that has another value in every second, and that one."""
    flow = flowing(known)
    for name, trait in known.items():
        if isinstance(trait.derivation, Compared) and (found := flow.intersection(trait.derivation.reads)):
            return name, min(found)
    return None


def _written_out(trait: Definition, known: Mapping[str, Definition]) -> exp.Expr | None:
    """The tree of a trait that moves with time; None for one that does not.

    Numbers only step, and each trait is watched for its own steps: dates and truths alone are written out.
    """
    derivation = trait.derivation
    if isinstance(derivation, Expression):
        tree = _expanded(derivation.condition, known).tree
        return tree if _reads_now(tree) else None
    if isinstance(derivation, Days):
        now, date = exp.column(NOW), _date(derivation.date, known)
        first, second = (date, now) if derivation.until else (now, date)
        return _call(_WHOLE_DAYS, exp.Sub(this=first, expression=second))
    if isinstance(derivation, Bands):
        return _call("years", _today(derivation.born), _call("ymd", _date(derivation.born, known)))
    return None


def _date(name: str, known: Mapping[str, Definition]) -> exp.Expr:
    """A date trait, written out where it moves."""
    return exp.Paren(this=_expanded(Condition(name, exp.column(name), (name,)), known).tree)


def _today(born: str) -> exp.Expr:
    """Today, for whoever has a date of birth: an age can change with any day."""
    nothing = exp.Paren(this=exp.Sub(this=exp.column(born), expression=exp.column(born)))
    return _call("ymd", exp.Paren(this=exp.Add(this=exp.column(NOW), expression=nothing)))


def _call(form: str, *given: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=FORM + form, expressions=list(given))


def _moving_traits(known: Mapping[str, Definition]) -> Iterator[Condition]:
    for name, trait in known.items():
        tree = _written_out(trait, known)
        if tree is not None:
            yield Condition(name, tree, ())


def _flows(tree: exp.Expr) -> bool:
    return any(not any(map(_stands_still, _around(node, tree))) for node in _nows(tree))


def _stands_still(node: exp.Expr) -> bool:
    return isinstance(node, exp.Anonymous) or type(node) in COMPARISONS


def _around(node: exp.Expr, tree: exp.Expr) -> Iterator[exp.Expr]:
    yield node
    while node is not tree and node.parent is not None:
        node = node.parent
        yield node


def _steps_in(condition: Condition) -> Iterator[Step]:
    for call in condition.tree.find_all(exp.Anonymous):
        unit = _STEPS.get(call.name.removeprefix(FORM))
        if unit and _reads_now(call):
            yield Step(replace(condition, tree=call.expressions[0].copy()), unit)


def _pairs_in(tree: exp.Expr) -> Iterator[exp.Expr]:
    for node in tree.find_all(*COMPARISONS):
        for pair in _pairs(node.copy()):
            if not _is_truth(pair.this) and not _is_truth(pair.expression) and _reads_now(pair):
                yield pair


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


def _nows(tree: exp.Expr) -> list[exp.Expr]:
    return [node for node in tree.find_all(exp.Column) if node.name == NOW and not node.table]


def _reads_now(tree: exp.Expr) -> bool:
    return bool(_nows(tree))
