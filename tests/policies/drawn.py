"""Conditions and rows as Hypothesis draws them: every operator, missing values, accents, zeros."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hypothesis import strategies as st

from tests.policies.slow import DAY, NOW, Node, apart, call, chain, joined, literal, name, quoted

T = TypeVar("T")

TEXTS = ["", "team", "Team", "TEAM", "équipe", "e\u0301quipe", "ÉQUIPE", "it's", "%", "null", "1", " team"]
_ORDER = ["=", "!=", "<", "<=", ">", ">="]


def _pick(draw: st.DrawFn, *choices: T) -> T:
    return draw(st.sampled_from(choices))


def _number(draw: st.DrawFn, depth: int) -> Node:
    kind = _pick(draw, "name", "literal", "sum", "product", "negative", "coalesce") if depth else "name"
    if kind == "literal":
        return literal(_pick(draw, 0, 1, 2, 7, 0.5, 2.25, 100))
    if kind in ("sum", "product"):
        signs = "+-" if kind == "sum" else "*/"
        node = _number(draw, depth - 1)
        for _ in range(_pick(draw, 1, 2)):
            node = joined(_pick(draw, *signs), node, _number(draw, depth - 1))
        return apart(node)
    if kind == "negative":
        return Node("negative", (inner := apart(_number(draw, depth - 1)),), f"-{inner.text}")
    if kind == "coalesce":
        return call("coalesce", _number(draw, depth - 1), _number(draw, depth - 1))
    return name(_pick(draw, "n1", "n2"))


def _loose_number(draw: st.DrawFn) -> Node:
    """A sum of products without brackets, as SQL reads it."""
    node = joined(_pick(draw, "*", "/"), _number(draw, 1), _number(draw, 1))
    for _ in range(_pick(draw, 0, 1, 2)):
        node = joined(
            _pick(draw, "+", "-"), node, joined(_pick(draw, "*", "/"), _number(draw, 1), _number(draw, 0))
        )
    return node


def _length(draw: st.DrawFn) -> Node:
    if draw(st.booleans()):
        return call(_pick(draw, "days", "hours"), _number(draw, 1))
    return apart(joined("-", name(_pick(draw, "d1", "now")), name(_pick(draw, "d2", "now"))))


def _date(draw: st.DrawFn) -> Node:
    date = name(_pick(draw, "d1", "d2", "now"))
    return joined(_pick(draw, "+", "-"), date, _length(draw)) if draw(st.booleans()) else date


def _text(draw: st.DrawFn) -> Node:
    text = quoted(_pick(draw, *TEXTS)) if draw(st.booleans()) else name(_pick(draw, "t1", "t2"))
    kind = _pick(draw, "plain", "lower", "coalesce")
    if kind == "lower":
        return call("lower", text)
    return call("coalesce", text, name("t2")) if kind == "coalesce" else text


def _flag(draw: st.DrawFn) -> Node:
    return draw(st.sampled_from([name("b1"), name("b2"), *map(literal, (True, False))]))


def _between(parts: list[Node]) -> Node:
    one, low, high = parts
    return Node("between", (one, low, high), f"{one.text} between {low.text} and {high.text}")


def _listed(parts: list[Node]) -> Node:
    first, *others = parts
    return Node("in", tuple(parts), f"{first.text} in ({', '.join(other.text for other in others)})")


def _simple(draw: st.DrawFn) -> Node:
    kind = _pick(
        draw, "number", "loose", "date", "length", "text", "flag", "bare", "between", "in", "set", "null"
    )
    if kind == "bare":
        return _flag(draw)
    if kind == "set":
        text = _text(draw)
        return Node("in set", (text, name("s1")), f"{text.text} in s1")
    if kind == "between":
        limits = _pick(draw, _some_number, _date, _length)
        return _between([limits(draw) for _ in range(3)])
    if kind == "in":
        entries = _pick(draw, _some_number, _text)
        return _listed([entries(draw) for _ in range(_pick(draw, 2, 3, 4))])
    if kind == "null":
        inner = apart(_pick(draw, _some_number, _text, _bare_condition)(draw))
        return Node("is null", (inner,), f"{inner.text} is null")
    side = _SIDES[kind]
    sign = _pick(draw, "=", "!=") if kind in ("text", "flag") else _pick(draw, *_ORDER)
    return joined(sign, side(draw), side(draw))


def _some_number(draw: st.DrawFn) -> Node:
    return _number(draw, 2)


def _bare_condition(draw: st.DrawFn) -> Node:
    return _condition(draw, 0)


_SIDES: dict[str, Callable[[st.DrawFn], Node]] = {
    "number": _some_number,
    "loose": _loose_number,
    "date": _date,
    "length": _length,
    "text": _text,
    "flag": _flag,
}


def _condition(draw: st.DrawFn, depth: int) -> Node:
    """A chain of ``or`` over chains of ``and``, without brackets, as SQL reads them."""
    widths = (1, 1, 2, 3) if depth else (1,)
    return chain(
        "or",
        [
            chain("and", [_part(draw, depth) for _ in range(_pick(draw, *widths))])
            for _ in range(_pick(draw, *widths))
        ],
    )


def _part(draw: st.DrawFn, depth: int) -> Node:
    kind = _pick(draw, "simple", "apart", "not", "not apart") if depth else "simple"
    inner = _simple(draw) if kind in ("simple", "not") else apart(_condition(draw, depth - 1))
    return Node("not", (inner,), f"not {inner.text}") if kind.startswith("not") else inner


@st.composite
def conditions(draw: st.DrawFn) -> Node:
    """A condition that the language admits."""
    return _condition(draw, 2)


_numbers = st.one_of(st.none(), st.integers(-3, 8), st.sampled_from([0.5, 2.25, -0.25, 100.0]))
_days = st.integers(-9, 9).map(lambda days: NOW + days * DAY)
_dates = st.one_of(st.none(), _days, st.integers(NOW - 5, NOW + 5))
_texts = st.one_of(st.none(), st.sampled_from(TEXTS))
_flags = st.sampled_from([None, True, False])

rows = st.fixed_dictionaries(
    {
        "n1": _numbers,
        "n2": _numbers,
        "d1": _dates,
        "d2": _dates,
        "t1": _texts,
        "t2": _texts,
        "b1": _flags,
        "b2": _flags,
        "s1": st.one_of(st.none(), st.lists(st.sampled_from(TEXTS), max_size=3)),
    }
)
"""Values for every name a drawn condition may read, each of which may be missing."""
