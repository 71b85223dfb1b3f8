"""Segments that ask about one another: settled in order, unknown stays unknown, circles are shown."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.faults import PolicyError
from policies.segments import customer_query, explain, explain_ticket
from tests.policies.desk import Desk, policy

TRAITS = (
    "traits: {yes_: {from: customer.fields.yes, type: boolean},"
    " no_: {from: customer.fields.no, type: boolean}, gap: {from: customer.fields.gap, type: boolean}}\n"
)


def written(**when: str) -> str:
    """A policy of segments with these conditions, in this order."""
    lines = [
        f'  {name}: {{kind: value, label: "{name}", rank: {rank}, when: {condition}}}'
        for rank, (name, condition) in enumerate(when.items(), start=1)
    ]
    return TRAITS + "\n".join(["segments:", *lines, ""])


def truths(**when: str) -> dict[str, bool | None]:
    """The truth of each segment for a customer with a true, a false and an unknown trait."""
    desk = Desk()
    customer = desk.add("customers", fields={"yes": True, "no": False})
    of = policy(written(**when))
    return dict(zip(of.segments, desk.standing(of, customer).segments, strict=True))


def message(**when: str) -> str:
    """The message of the only fault."""
    with pytest.raises(PolicyError) as caught:
        policy(written(**when))
    (found,) = caught.value.faults
    return found.message


@pytest.mark.parametrize(
    ("under", "when", "truth"),
    [
        ("yes_", "\"in_segment('a')\"", True),
        ("no_", "\"in_segment('a')\"", False),
        ("gap", "\"in_segment('a')\"", None),
        ("gap", "{none: [\"in_segment('a')\"]}", None),
        ("gap", "{any: [\"in_segment('a')\", yes_]}", True),
        ("gap", "\"in_segment('a') is null\"", True),
        ("no_", "\"not in_segment('a') and yes_\"", True),
        ("{all: [yes_], none: [no_]}", "{all: [\"in_segment('a')\", yes_]}", True),
    ],
)
def test_a_segment_holds_what_the_other_says(under: str, when: str, truth: bool | None) -> None:
    """True, false and unknown come through, negated or not."""
    assert truths(a=under, b=when)["b"] is truth


def test_the_order_of_the_file_does_not_matter() -> None:
    """A segment may ask about one that is written below it, over several steps."""
    found = truths(
        c="\"in_segment('b') and in_segment('a')\"",
        b="\"not in_segment('a')\"",
        a="no_",
        d="\"in_segment('b')\"",
    )
    assert found == {"a": False, "b": True, "c": False, "d": True}


def test_a_segment_is_computed_once_however_often_it_is_asked_about() -> None:
    """Twelve segments, each asking twice about the one before, stay a short statement."""
    when = {"s0": "yes_"} | {
        f"s{n}": f"\"in_segment('s{n - 1}') or not in_segment('s{n - 1}')\"" for n in range(1, 13)
    }
    assert len(customer_query(policy(written(**when))).sql) < 9000
    assert all(truths(**when).values())


def test_a_circle_is_refused_with_the_way_round() -> None:
    """The message walks the circle once, and only the circle."""
    assert message(a="\"in_segment('a')\"") == "segments go in a circle: a -> a"
    found = message(
        a="\"in_segment('b')\"",
        b="\"in_segment('c') or in_segment('ok')\"",
        c="\"in_segment('b')\"",
        ok="yes_",
    )
    assert found == "segments go in a circle: b -> c -> b"


def test_two_circles_are_two_faults() -> None:
    """Every circle is told of, each once."""
    with pytest.raises(PolicyError) as caught:
        policy(written(a="\"in_segment('b')\"", b="\"in_segment('a')\"", c="\"in_segment('c')\""))
    assert len(caught.value.faults) == 2


def test_a_pile_that_is_too_deep_is_refused() -> None:
    """Seventeen segments under one are more steps than a statement should have."""
    when = {"s0": "yes_"} | {f"s{n}": f"\"in_segment('s{n - 1}')\"" for n in range(1, 18)}
    assert message(**when) == "s17 rests on 17 segments, one upon the other"


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("\"in_segment('vpi')\"", "there is no segment vpi"),
        ('"in_segment(yes_)"', "in_segment(boolean) does not exist"),
        ("\"in_segment(lower('vip'))\"", "in_segment needs the name itself"),
        ('"in_segment()"', "in_segment() does not exist"),
    ],
)
def test_what_is_asked_about_must_be_there(when: str, said: str) -> None:
    """The name of a segment is a text that stands there as it is."""
    assert said in message(vip="yes_", asks=when)


def test_a_trait_cannot_depend_on_a_segment() -> None:
    """Traits come first: they are what segments are made of."""
    with pytest.raises(PolicyError, match="a trait cannot depend on a segment"):
        policy(
            "traits: {t: {count: tickets, where: \"in_segment('a')\"}}\n"
            "segments: {a: {kind: value, label: A, rank: 1, when: 'true'}}\n"
        )


def test_situations_ask_about_segments() -> None:
    """A situation sees the customer's segments, also those on others, beside the ticket's columns."""
    of = policy(
        written(a="yes_", b="\"in_segment('a') and not no_\"", c="gap") + "situations:\n"
        "  hit: {label: Hit, rank: 1, when: {all: [\"in_segment('b')\", reopens >= 1]}}\n"
        "  miss: {label: Miss, rank: 2, when: \"in_segment('b') and in_segment('c')\"}\n"
    )
    desk = Desk()
    customer = desk.add("customers", fields={"yes": True, "no": False})
    desk.add("tickets", customer_id=customer, reopens=1)
    (facts,) = desk.facts(of, customer)
    assert facts.situations == (True, None)
    hit, miss = explain_ticket(of, facts)
    assert [line.truth for line in hit.lines] == [True, True]
    assert [line.truth for line in miss.lines] == [None]


def test_the_proof_names_the_segment_that_was_asked_about() -> None:
    """A line shows the membership it saw, or that it is not known."""
    of = policy(written(a="yes_", b="gap", c="{all: [\"in_segment('a')\", \"in_segment('b')\"]}"))
    desk = Desk()
    customer = desk.add("customers", fields={"yes": True})
    seen, missing = explain(of, desk.standing(of, customer))[2].lines
    assert (seen.seen, seen.missing) == ({"segment a": True}, ())
    assert (missing.seen, missing.missing) == ({"segment b": None}, ("segment b",))


def slowly(when: dict[str, list[tuple[str, bool]]], name: str) -> bool | None:
    """All parts of a segment hold: what a person would work out on paper."""
    known: dict[str, bool | None] = {"yes_": True, "no_": False, "gap": None}
    parts = []
    for part, negated in when[name]:
        truth = known[part] if part in known else slowly(when, part)
        parts.append(truth if truth is None or not negated else not truth)
    return False if False in parts else None if None in parts else True


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_drawn_piles_agree_with_a_slow_reading(data: st.DataObject) -> None:
    """Any segments over any others, negated or not, are what working them out one by one gives."""
    drawn: dict[str, list[tuple[str, bool]]] = {}
    for number in range(data.draw(st.integers(2, 6))):
        part = st.tuples(st.sampled_from(["yes_", "no_", "gap", *drawn]), st.booleans())
        drawn[f"s{number}"] = data.draw(st.lists(part, min_size=1, max_size=3))
    order = data.draw(st.permutations(list(drawn)))

    def line(part: str, negated: bool) -> str:
        asked = part if part in ("yes_", "no_", "gap") else f"in_segment('{part}')"
        return f'"{"not " * negated}{asked}"'

    when = {name: "{all: [" + ", ".join(line(*part) for part in drawn[name]) + "]}" for name in order}
    assert truths(**when) == {name: slowly(drawn, name) for name in order}
