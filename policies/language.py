"""A one-line condition → a checked, typed SQL expression; nothing is ever evaluated from the text itself.

Three values: a missing one makes every comparison unknown, negated or not. Texts are equal when they are the
same character for character: no folding of case, accents or spaces (``lower`` folds A to Z on request).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from sqlglot import exp

from policies.faults import clipped, nearest
from policies.functions import FUNCTIONS
from policies.grammar import parsed, unknown
from policies.nesting import refuse_deep
from policies.operators import ARITHMETIC, COMPARISONS, arithmetic, compared
from policies.typed import MEMBER, REACHES, AnyType, ConditionError, Reach, Typed, exactly, formed
from policies.vocabulary import Type

DEEPEST = 96
"""Operators and brackets inside one another; a chain of one ``and`` or ``or`` counts once."""

HEAVIEST = 1500
"""Parts of the SQL that a condition becomes, in the database that needs the most."""

MOST_RUNS = 4
"""``%`` in one pattern: databases try them by going back, so more of them can take long."""

_OF_A_FORM: dict[type[exp.Expr], int] = {exp.Anonymous: 12, exp.In: 2, exp.Like: 4}
"""Parts that stand around the operands, about; a word in a set is counted by its list."""

NOW = "now"
"""The one name every condition has: the instant of the question."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that has a meaning: its text, its checked tree, and the names it reads in order."""

    text: str
    tree: exp.Expr
    reads: tuple[str, ...]
    segments: tuple[str, ...] = ()
    """The segments it asks about by ``in_segment``."""


def read(text: str, scope: Mapping[str, Type], segments: Collection[str] = ()) -> Condition:
    """The condition written in ``text``, whose names are those of ``scope`` and ``now``.

    ``segments`` are those it may ask about.
    Raises ConditionError, within milliseconds whatever the text holds.
    """
    names: dict[str, AnyType] = {**scope, NOW: "date"}
    checker = _Checker(names)
    typed = checker.check(parsed(text, names))
    if typed.type != "boolean":
        raise ConditionError(
            f"this is a {typed.type}, not a condition: {clipped(text)}", "Compare it with something."
        )
    refuse_deep(typed.sql)
    return Condition(text, typed.sql, tuple(dict.fromkeys(checker.reads)), _asked(typed.sql, segments))


def _asked(tree: exp.Expr, known: Collection[str]) -> tuple[str, ...]:
    """The segments a checked tree asks about, each of which must be known."""
    columns = (node.name for node in tree.find_all(exp.Column) if node.name.startswith(MEMBER))
    names = tuple(sorted({name.removeprefix(MEMBER) for name in columns}))
    for name in names:
        if not known:
            remedy = "Ask for segments in the conditions of segments and situations."
            raise ConditionError("a trait cannot depend on a segment", remedy)
        if name not in known:
            otherwise = "Declare it under segments, or check its spelling."
            raise ConditionError(f"there is no segment {clipped(name)}", nearest(name, known, otherwise))
    return names


def read_value(text: str, scope: Mapping[str, Type]) -> tuple[Condition, Type]:
    """What ``read`` does, for a text that may have any value: an expression and its type."""
    names: dict[str, AnyType] = {**scope, NOW: "date"}
    checker = _Checker(names)
    typed = checker.check(parsed(text, names))
    if typed.type == "duration":
        raise ConditionError(
            f"this is a length of time: {clipped(text)}", "Use days_since or days_until, or compare it."
        )
    refuse_deep(typed.sql)
    return Condition(text, typed.sql, tuple(dict.fromkeys(checker.reads))), typed.type


class _Checker:
    """Walks a parsed tree and rebuilds it from admitted nodes only."""

    def __init__(self, names: Mapping[str, AnyType]) -> None:
        self.names = names
        self.reads: list[str] = []
        self.depth = 0
        self.weight = 0

    def check(self, node: exp.Expr) -> Typed:
        """The checked twin of ``node``; refuses whatever is not in the table."""
        rule = _RULES.get(type(node))
        if rule is None:
            raise ConditionError(
                f"this is not part of the language: {clipped(node.sql())}",
                "Use comparisons, and, or, not, in, between, is null, arithmetic and the listed functions.",
            )
        self.depth += 1
        if self.depth > DEEPEST:
            raise ConditionError(
                f"more than {DEEPEST} operators inside one another",
                "Split it into lines of all, any and none.",
            )
        before, self.weight = self.weight, 1
        typed = rule(self, node)
        self.weight = before + self.weight * _copies(node) + _OF_A_FORM.get(type(node), 0)
        if self.weight > HEAVIEST:
            raise ConditionError(
                "too many functions in one condition", "Split it into lines of all, any and none."
            )
        self.depth -= 1
        return typed

    def value(self, node: exp.Expr) -> Typed:
        """A side of a comparison: anything but a bare condition, which needs brackets to be read one way."""
        if isinstance(node, exp.Null):
            raise ConditionError("nothing equals null", "Write is null or is not null.")
        if isinstance(node, (exp.Connector, exp.Not, exp.Is, exp.Like, *COMPARISONS)):
            raise ConditionError(
                f"can be read in two ways: {clipped(node.sql())}", "Put brackets around the inner condition."
            )
        return self.check(node)

    def truth(self, node: exp.Expr) -> exp.Expr:
        """A side of and, or, not: it must be a condition itself."""
        typed = self.check(node)
        if typed.type != "boolean":
            raise ConditionError(
                f"{clipped(node.sql())} is a {typed.type}, not a condition", "Compare it with something."
            )
        return typed.sql


def _column(checker: _Checker, node: exp.Expr) -> Typed:
    name = node.name
    if name not in checker.names or node.args.get("table"):
        raise unknown(node.sql(), checker.names)
    checker.reads.append(name)
    type_ = checker.names[name]
    return Typed(exp.column(name), type_, REACHES.get(type_, Reach()))


def _literal(checker: _Checker, node: exp.Expr) -> Typed:
    if node.is_string:
        return Typed(node.copy(), "text")
    return Typed(node.copy(), "number", exactly(float(node.this)))


def _constant(checker: _Checker, node: exp.Expr) -> Typed:
    return Typed(node.copy(), "boolean")


def _null(checker: _Checker, node: exp.Expr) -> Typed:
    raise ConditionError("null stands alone", "Write is null or is not null after a name.")


def _paren(checker: _Checker, node: exp.Expr) -> Typed:
    inner = checker.check(node.this)
    return Typed(exp.Paren(this=inner.sql), inner.type, inner.reach)


def _negative(checker: _Checker, node: exp.Expr) -> Typed:
    inner = checker.value(node.this)
    if inner.type not in ("number", "duration"):
        raise ConditionError(f"{inner.type} has no negative", "Put the minus before a number.")
    return Typed(exp.Neg(this=inner.sql), inner.type, inner.reach)


def _not(checker: _Checker, node: exp.Expr) -> Typed:
    return Typed(exp.Not(this=checker.truth(node.this)), "boolean")


def _connector(checker: _Checker, node: exp.Expr) -> Typed:
    kind = type(node)
    operands = []
    while type(node) is kind:
        operands.append(node.expression)
        node = node.this
    tree = checker.truth(node)
    for operand in reversed(operands):
        tree = kind(this=tree, expression=checker.truth(operand))
    return Typed(tree, "boolean")


def _arithmetic(checker: _Checker, node: exp.Expr) -> Typed:
    return arithmetic(node, checker.value(node.this), checker.value(node.expression))


def _comparison(checker: _Checker, node: exp.Expr) -> Typed:
    left, right = checker.value(node.this), checker.value(node.expression)
    compared(node, left, right)
    return Typed(type(node)(this=left.sql, expression=right.sql), "boolean")


def _between(checker: _Checker, node: exp.Expr) -> Typed:
    value, low, high = (checker.value(node.args[part]) for part in ("this", "low", "high"))
    compared(node, value, low, high)
    return Typed(exp.Between(this=value.sql, low=low.sql, high=high.sql), "boolean")


def _in(checker: _Checker, node: exp.Expr) -> Typed:
    value = checker.value(node.this)
    if node.args.get("field") is not None:
        checker.weight += _OF_A_FORM[exp.Anonymous]
        return _in_set(value, checker.value(node.args["field"]), node)
    others = [checker.value(other) for other in node.expressions]
    if not others:
        raise ConditionError("in needs a list or a set", "Write plan in ('team', 'business').")
    compared(node, value, *others)
    return Typed(exp.In(this=value.sql, expressions=[other.sql for other in others]), "boolean")


def _in_set(value: Typed, within: Typed, node: exp.Expr) -> Typed:
    if (value.type, within.type) != ("text", "set"):
        raise ConditionError(
            f"{value.type} in {within.type} means nothing: {clipped(node.sql())}",
            "Write 'x' in the_set, or name in ('a', 'b').",
        )
    return formed("has_entry", "boolean", within, value)


def _like(checker: _Checker, node: exp.Expr) -> Typed:
    value, pattern = checker.value(node.this), node.expression
    if value.type != "text" or not (isinstance(pattern, exp.Literal) and pattern.is_string):
        raise ConditionError(
            f"like compares a text with a pattern in quotes: {clipped(node.sql())}",
            "Write plan like 'team%'.",
        )
    if pattern.this.count("%") > MOST_RUNS:
        raise ConditionError(
            f"a pattern with more than {MOST_RUNS} %",
            "Join several patterns with and, or use contains(text, 'x').",
        )
    found = formed("like", "boolean", value, Typed(exp.National(this=pattern.this), "text"))
    return Typed(exp.Not(this=found.sql), "boolean") if node.args.get("negate") else found


def _is(checker: _Checker, node: exp.Expr) -> Typed:
    if not isinstance(node.expression, exp.Null):
        raise ConditionError(f"{clipped(node.sql())} is not part of the language", "Write is null, or use =.")
    return Typed(exp.Is(this=checker.value(node.this).sql, expression=exp.Null()), "boolean")


def _call(checker: _Checker, node: exp.Expr) -> Typed:
    function = FUNCTIONS.get(node.name.lower())
    if function is None:
        raise ConditionError(
            f"there is no function {clipped(node.name)}", f"Functions are {', '.join(FUNCTIONS)}."
        )
    typed = function.build(node.name.lower(), [checker.value(part) for part in node.expressions])
    if function.reads_now:
        checker.reads.append(NOW)
    return typed


def _copies(node: exp.Expr) -> int:
    """How often the operands of ``node`` stand in its SQL."""
    function = FUNCTIONS.get(node.name.lower()) if isinstance(node, exp.Anonymous) else None
    return function.copies if function else 1


_RULES: dict[type[exp.Expr], Callable[[_Checker, exp.Expr], Typed]] = {
    exp.Column: _column,
    exp.Literal: _literal,
    exp.Boolean: _constant,
    exp.Null: _null,
    exp.Paren: _paren,
    exp.Neg: _negative,
    exp.Not: _not,
    exp.And: _connector,
    exp.Or: _connector,
    **dict.fromkeys(ARITHMETIC, _arithmetic),
    **dict.fromkeys(COMPARISONS, _comparison),
    exp.Between: _between,
    exp.In: _in,
    exp.Is: _is,
    exp.Like: _like,
    exp.Anonymous: _call,
}
"""Every node a condition may hold; what is not here is refused."""
