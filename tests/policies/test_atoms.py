"""Conditions taken apart say what the conditions say: compared with the slow reading over drawn rows."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.atoms import Atom, TooManyWaysError, Way, domains, ways
from policies.domain import Domain, Span
from policies.language import read
from policies.rules import Rule, RuleLine
from tests.policies import drawn, slow
from tests.policies.test_agreement import SCOPE, drawn_row


def rule(text: str) -> Rule:
    return Rule("asked", "Asked", text, (RuleLine("all", read(text, SCOPE)),))


def value_of(term: str, row: slow.Row) -> Any:
    """The value of a term as domains have it: dates are counted from now."""
    if term.startswith("lower("):
        text = row[term[6:-1]]
        return None if text is None else slow.value(slow.call("lower", slow.quoted(str(text))), row)
    found = row[term]
    return found - slow.NOW if SCOPE[term] == "date" and isinstance(found, (int, float)) else found


def met(way: Way, row: slow.Row) -> bool:
    return all(value_of(term, row) in domain for term, domain in domains(way, {}).items())


@st.composite
def plain_conditions(draw: st.DrawFn, depth: int = 3) -> slow.Node:
    """Comparisons of one trait with a constant, joined and negated at will."""
    kind = draw(st.sampled_from(["and", "or", "not", "leaf"])) if depth else "leaf"
    if kind in ("and", "or"):
        inner = st.lists(plain_conditions(depth - 1).map(slow.apart), min_size=2, max_size=3)
        return slow.chain(kind, draw(inner))
    if kind == "not":
        node = slow.apart(draw(plain_conditions(depth - 1)))
        return slow.Node("not", (node,), f"not {node.text}")
    return draw(st.one_of(_comparisons, _lists, _nulls, _flags, _sets))


_sign = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
_constants = st.sampled_from([0, 1, 2, 7, 0.5])
_sides = st.one_of(
    st.tuples(st.sampled_from(["n1", "n2"]).map(slow.name), _constants.map(slow.literal)),
    st.tuples(
        _constants.map(slow.literal),
        st.sampled_from(["n1", "n2"]).map(lambda n: slow.joined("*", slow.name(n), slow.literal(2))),
    ),
    st.tuples(
        st.sampled_from(["d1", "d2"]).map(slow.name),
        _constants.map(lambda n: slow.joined("-", slow.name("now"), slow.call("days", slow.literal(n)))),
    ),
    st.tuples(
        st.just(slow.apart(slow.joined("-", slow.name("now"), slow.name("d1")))),
        _constants.map(lambda n: slow.call("hours", slow.literal(n))),
    ),
)
_comparisons = st.builds(lambda sign, sides: slow.joined(sign, *sides), _sign, _sides)
_texts = st.sampled_from(drawn.TEXTS).map(slow.quoted)
_lists = st.lists(_texts, min_size=1, max_size=3).map(
    lambda found: slow.Node(
        "in", (slow.name("t1"), *found), f"t1 in ({', '.join(one.text for one in found)})"
    )
)
_nulls = st.sampled_from(["n1", "t1", "b1"]).map(
    lambda n: slow.Node("is null", (slow.name(n),), f"{n} is null")
)
_flags = st.sampled_from(["b1", "b2"]).map(slow.name)
_sets = _texts.map(lambda one: slow.Node("in set", (one, slow.name("s1")), f"{one.text} in s1"))


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(plain_conditions(), st.randoms(use_true_random=False), st.booleans())
def test_plain_comparisons_are_never_opaque_and_exactly_met(
    condition: slow.Node, random: Random, wanted: bool
) -> None:
    """Whatever joins them, the ways are met by exactly the rows for which the condition is so."""
    try:
        found = ways(rule(condition.text), SCOPE, wanted=wanted)
    except TooManyWaysError:
        return
    assert all(atom.term for way in found for atom in way)
    for row in (drawn_row(random) for _ in range(4)):
        expected = slow.value(condition, {**row, "now": slow.NOW}) is wanted
        assert any(met(way, row) for way in found) is expected, (condition.text, row, found)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False), st.booleans())
def test_a_condition_is_met_when_one_of_its_ways_is(random: Random, wanted: bool) -> None:
    """Where nothing is opaque, the ways to be true (or false) are met by exactly the rows that are."""
    condition = drawn.Drawn(random, SCOPE).condition()
    try:
        found = ways(rule(condition.text), SCOPE, wanted=wanted)
    except TooManyWaysError:
        return
    if any(atom.term is None for way in found for atom in way):
        return
    for row in (drawn_row(random) for _ in range(4)):
        expected = slow.value(condition, {**row, "now": slow.NOW}) is wanted
        assert any(met(way, row) for way in found) is expected, (condition.text, row, found)


@pytest.mark.parametrize(
    ("text", "term", "domain"),
    [
        ("n1 >= 5", "n1", Domain(known=True, spans=(Span(5, high_open=True),))),
        ("5 <= n1", "n1", Domain(known=True, spans=(Span(5, high_open=True),))),
        ("not n1 < 5", "n1", Domain(known=True, spans=(Span(5, high_open=True),))),
        ("2 * n1 - 1 between 3 and 5", "n1", Domain(known=True, spans=(Span(2, 3),))),
        ("now - d1 >= days(2)", "d1", Domain(known=True, spans=(Span(high=-172800, low_open=True),))),
        ("t1 in ('a', 'b')", "t1", Domain(known=True, allowed=frozenset({"a", "b"}))),
        ("lower(t1) != 'a'", "lower(t1)", Domain(known=True, excluded=frozenset({"a"}))),
        ("b1", "b1", Domain(known=True, allowed=frozenset({True}))),
        ("not b1", "b1", Domain(known=True, excluded=frozenset({True}))),
        ("'x' in s1", "s1", Domain(known=True, holds=frozenset({"x"}))),
        ("t1 is not null", "t1", Domain(known=True)),
        ("t1 is null", "t1", Domain(known=False)),
    ],
)
def test_a_comparison_says_what_is_left_of_its_trait(text: str, term: str, domain: Domain) -> None:
    """One trait against a constant is understood, whichever way round and negated or not."""
    ((atom,),) = ways(rule(text), SCOPE)
    assert (atom.term, atom.domain) == (term, domain)


@pytest.mark.parametrize(
    "text", ["n1 > n2", "coalesce(n1, 0) > 1", "n1 * n1 > 4", "(n1 > 1) is null", "t1 = t2"]
)
def test_what_compares_no_single_trait_stays_whole(text: str) -> None:
    """It is one opaque demand, with all that it reads."""
    ((atom,),) = ways(rule(text), SCOPE)
    assert atom == Atom(0, text, read(text, SCOPE).reads)


def test_a_rule_with_too_many_ways_is_refused_quickly() -> None:
    """Twelve alternatives of three make half a million ways; nobody goes through them."""
    with pytest.raises(TooManyWaysError):
        ways(rule(" and ".join(["(n1 = 1 or n1 = 2 or n2 = 3)"] * 12)), SCOPE)


_quarters = st.integers(-40, 40).map(lambda number: number / 4)


@given(_quarters, _quarters, _quarters)
def test_the_nearest_number_is_in_its_span(low: float, high: float, number: float) -> None:
    """Whatever the span, open or not, whole or not, what is offered lies inside it."""
    for is_open in (True, False):
        span = Span(low, high, low_open=is_open, high_open=is_open)
        for whole in (True, False):
            domain = Domain(known=True, whole=whole).meet(Domain(known=True, spans=(span,)))
            assert all(found in domain for found in domain.numbers_near(number))
