"""Conditions taken apart: every way in which a rule can hold, as comparisons of one trait with a constant.

What cannot be put so (two traits compared, a function of a text) stays whole and is called opaque.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from sqlglot import exp

from policies.catalogue import Definition
from policies.domain import ANYTHING, INFINITE, Domain, Span
from policies.language import NOW
from policies.linear import linear
from policies.model import Item
from policies.rules import Rule, RuleLine, parts
from policies.typed import FORM, MEMBER

MOST_WAYS = 400
"""Ways to hold that are looked at; a rule with more is not reasoned about."""


@dataclass(frozen=True, slots=True)
class Atom:
    """One demand: that ``term`` has a value in ``domain``, or for an opaque one that the text be so."""

    line: int
    """Which condition line of the rule it stands in."""
    text: str
    reads: tuple[str, ...]
    wanted: bool = True
    """Whether the text has to be true; False for what stands under none or not."""
    term: str | None = None
    domain: Domain = ANYTHING


Way = tuple[Atom, ...]
"""Demands that together make the rule hold."""


class TooManyWaysError(Exception):
    """The rule can hold in more ways than are looked at."""


class _Opaque(Exception):  # noqa: N818  # a turn, not a fault
    """Raised on the way down when a line cannot be taken apart."""


def ways(rule: Rule, types: Mapping[str, str], *, wanted: bool = True) -> list[Way]:
    """Every way in which the rule is true, or with ``wanted`` false, is false.

    Raises TooManyWaysError.
    """
    return _item(rule.when, iter(enumerate(rule.lines)), types, wanted)


def _item(
    item: Item, lines: Iterator[tuple[int, RuleLine]], types: Mapping[str, str], wanted: bool
) -> list[Way]:
    if isinstance(item, str):
        number, line = next(lines)
        return _line(number, line, types, wanted)
    found = []
    for name, items in parts(item):
        turned = wanted is (name != "none")
        inner = [_item(child, lines, types, turned) for child in items]
        together = (name == "all") is wanted if name != "none" else wanted
        found.append(_and(inner) if together else _or(inner))
    return _and(found) if wanted else _or(found)


def _line(number: int, line: RuleLine, types: Mapping[str, str], wanted: bool) -> list[Way]:
    try:
        return _taken_apart(line.condition.tree, number, types, wanted)
    except _Opaque:
        return [(Atom(number, line.condition.text, line.condition.reads, wanted),)]


def _and(inner: Sequence[list[Way]]) -> list[Way]:
    total = 1
    for one in inner:
        total *= len(one)
    if total > MOST_WAYS:
        raise TooManyWaysError
    return [tuple(atom for way in chosen for atom in way) for chosen in product(*inner)]


def _or(inner: Sequence[list[Way]]) -> list[Way]:
    found = [way for one in inner for way in one]
    if len(found) > MOST_WAYS:
        raise TooManyWaysError
    return found


def _taken_apart(node: exp.Expr, number: int, types: Mapping[str, str], wanted: bool) -> list[Way]:
    if isinstance(node, exp.Paren):
        return _taken_apart(node.this, number, types, wanted)
    if isinstance(node, exp.Not):
        return _taken_apart(node.this, number, types, not wanted)
    if isinstance(node, (exp.And, exp.Or)):
        inner = [_taken_apart(side, number, types, wanted) for side in (node.this, node.expression)]
        return _and(inner) if isinstance(node, exp.And) is wanted else _or(inner)
    demand = _DEMANDS.get(type(node))
    if demand is None:
        raise _Opaque
    term, domain = demand(node, types, wanted)
    name = term.removeprefix("lower(").removesuffix(")")
    return [(Atom(number, node.sql(), (name,), wanted, term, domain),)]


def _ordered(node: exp.Expr, types: Mapping[str, str], wanted: bool) -> tuple[str, Domain]:
    """A comparison: of numbers and dates by their linear form, of texts and flags as they are."""
    form = _difference(node.this, node.expression, types)
    if form is not None:
        name, bound, factor = form
        sign = _SIGN[type(node)] if wanted else _OPPOSITE[_SIGN[type(node)]]
        return name, Domain(known=True, spans=_spans(sign if factor > 0 else _MIRRORED[sign], bound))
    return _equal(node, wanted)


def _equal(node: exp.Expr, wanted: bool) -> tuple[str, Domain]:
    if not isinstance(node, (exp.EQ, exp.NEQ)):
        raise _Opaque
    left, right = node.this, node.expression
    term, constant = (left, right) if _constant(right) is not None else (right, left)
    return _term(term), _among([_must(constant)], isinstance(node, exp.EQ) is wanted)


def _in(node: exp.Expr, types: Mapping[str, str], wanted: bool) -> tuple[str, Domain]:
    forms = [_difference(node.this, other, types) for other in node.expressions]
    found = [form for form in forms if form is not None]
    if len(found) < len(forms):
        return _term(node.this), _among([_must(other) for other in node.expressions], wanted)
    if len({name for name, _, _ in found}) > 1:
        raise _Opaque
    points = sorted({bound for _, bound, _ in found})
    spans = tuple(Span(point, point) for point in points) if wanted else _between_all(points)
    return found[0][0], Domain(known=True, spans=spans)


def _between_all(points: Sequence[float]) -> tuple[Span, ...]:
    """Every number but these."""
    ends = [-INFINITE, *points, INFINITE]
    return tuple(Span(low, high, low_open=True, high_open=True) for low, high in pairwise(ends))


def _between(node: exp.Expr, types: Mapping[str, str], wanted: bool) -> tuple[str, Domain]:
    low = _difference(node.this, node.args["low"], types)
    high = _difference(node.this, node.args["high"], types)
    if low is None or high is None or low[2] < 0:
        raise _Opaque
    if wanted:
        return low[0], Domain(known=True, spans=(Span(low[1], high[1]),))
    outside = (*_spans("<", low[1]), *_spans(">", high[1]))
    return low[0], Domain(known=True, spans=outside)


def _is_null(node: exp.Expr, types: Mapping[str, str], wanted: bool) -> tuple[str, Domain]:
    return _term(node.this), Domain(known=not wanted)


def _has_entry(node: exp.Expr, types: Mapping[str, str], wanted: bool) -> tuple[str, Domain]:
    if node.name != FORM + "has_entry":
        raise _Opaque
    entries, entry = node.expressions
    text = _constant(entry)
    if not isinstance(text, str):
        raise _Opaque
    found = frozenset({text})
    return _term(entries), Domain(known=True, holds=found) if wanted else Domain(known=True, lacks=found)


def _flag(node: exp.Expr, types: Mapping[str, str], wanted: bool) -> tuple[str, Domain]:
    return _term(node), _among([True], wanted)


_DEMANDS: dict[type[exp.Expr], Callable[[exp.Expr, Mapping[str, str], bool], tuple[str, Domain]]] = {
    exp.EQ: _ordered,
    exp.NEQ: _ordered,
    exp.LT: _ordered,
    exp.LTE: _ordered,
    exp.GT: _ordered,
    exp.GTE: _ordered,
    exp.In: _in,
    exp.Between: _between,
    exp.Is: _is_null,
    exp.Anonymous: _has_entry,
    exp.Column: _flag,
}
"""What each kind of comparison asks of one term."""

_SIGN: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "!=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_MIRRORED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _spans(sign: str, bound: float) -> tuple[Span, ...]:
    below, above = Span(high=bound, low_open=True), Span(low=bound, high_open=True)
    strictly_below = Span(high=bound, low_open=True, high_open=True)
    strictly_above = Span(low=bound, low_open=True, high_open=True)
    return {
        "=": (Span(bound, bound),),
        "!=": (strictly_below, strictly_above),
        "<": (strictly_below,),
        "<=": (below,),
        ">": (strictly_above,),
        ">=": (above,),
    }[sign]


def _difference(left: exp.Expr, right: exp.Expr, types: Mapping[str, str]) -> tuple[str, float, float] | None:
    """``left - right`` as trait, bound and factor, when it is a matter of one number or date alone."""
    first, second = linear(left), linear(right)
    if first is None or second is None or not _counts(left, types) or not _counts(right, types):
        return None
    form = first.minus(second)
    read = {column.name for side in (left, right) for column in side.find_all(exp.Column)} - {NOW}
    if len(form.factors) != 1 or read != form.factors.keys():  # one that cancels out must be known, too
        return None
    ((name, factor),) = form.factors.items()
    if types.get(name) not in ("number", "date") or (types[name] == "number" and form.now):
        return None
    if types[name] == "date" and form.now + factor != 0:
        return None
    return name, -form.constant / factor, factor


def _counts(node: exp.Expr, types: Mapping[str, str]) -> bool:
    """Whether every name in it is a number or a date, ``now`` among them."""
    names = (column.name for column in node.find_all(exp.Column))
    return all(types.get(name, "date") in ("number", "date") for name in names)


def _among(values: Sequence[str | bool], wanted: bool) -> Domain:
    found = frozenset(values)
    return Domain(known=True, allowed=found) if wanted else Domain(known=True, excluded=found)


def _constant(node: exp.Expr) -> str | bool | None:
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    return str(node.this) if isinstance(node, exp.Literal) and node.is_string else None


def _must(node: exp.Expr) -> str | bool:
    found = _constant(node)
    if found is None:
        raise _Opaque
    return found


def _term(node: exp.Expr) -> str:
    """A trait, or a trait in small letters."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Anonymous) and node.name == FORM + "lower":
        (inner,) = node.expressions
        if isinstance(inner, exp.Column):
            return f"lower({inner.name})"
    if isinstance(node, exp.Column) and node.name != NOW and not node.name.startswith(MEMBER):
        return node.name
    raise _Opaque


_NATURE = {
    "count": Domain(known=True, spans=(Span(0, high_open=True),), whole=True),
    "distinct": Domain(known=True, spans=(Span(0, high_open=True),), whole=True),
    "share": Domain(spans=(Span(0, 1),)),
}
"""What a trait can be by the way it is computed."""


def nature(definition: Definition | None) -> Domain:
    """What a trait can be whatever is demanded."""
    return _NATURE.get(definition.aggregate or "", ANYTHING) if definition else ANYTHING


def domains(way: Way, definitions: Mapping[str, Definition]) -> dict[str, Domain]:
    """By term, what is left of it when all demands of the way are made."""
    found: dict[str, Domain] = {}
    for atom in way:
        if atom.term is not None:
            before = found.get(atom.term) or nature(definitions.get(atom.term))
            found[atom.term] = before.meet(atom.domain)
    return found
