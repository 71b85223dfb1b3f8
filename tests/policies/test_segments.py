"""Segments and situations as statements: scope, three values, groups, and the proof of each answer."""

from __future__ import annotations

import pytest

from policies.load import load_text
from policies.segments import Line, customer_query, explain, explain_ticket, ticket_query
from tests.policies.desk import DAY, NOW, Desk, policy, text

GROUPS = """
traits:
  yes_: {from: customer.fields.yes, type: boolean}
  no_: {from: customer.fields.no, type: boolean}
  gap: {from: customer.fields.gap, type: boolean}
segments:
"""


def group(when: str) -> bool | None:
    """The truth of a group over a true, a false and an unknown trait."""
    desk = Desk()
    customer = desk.add("customers", fields={"yes": True, "no": False})
    of = policy(f"{GROUPS}  asked: {{kind: value, label: Asked, rank: 1, when: {when}}}\n")
    return desk.standing(of, customer).segments[0]


@pytest.mark.parametrize(
    ("when", "truth"),
    [
        ("yes_", True),
        ("no_", False),
        ("gap", None),
        ("{all: [yes_, yes_]}", True),
        ("{all: [yes_, gap]}", None),
        ("{all: [no_, gap]}", False),
        ("{any: [no_, no_]}", False),
        ("{any: [yes_, gap]}", True),
        ("{any: [no_, gap]}", None),
        ("{none: [no_, no_]}", True),
        ("{none: [no_, gap]}", None),
        ("{none: [yes_, gap]}", False),
        ("{none: [gap]}", None),
        ("{all: [yes_], any: [no_, yes_], none: [no_]}", True),
        ("{all: [yes_], any: [no_], none: [gap]}", False),
        ("{all: [yes_], any: [yes_], none: [gap]}", None),
        ("{any: [no_, {all: [yes_, {none: [no_]}]}]}", True),
        ("{none: [{all: [yes_, gap]}]}", None),
        ("{none: [{any: [yes_, gap]}]}", False),
        ("{all: [yes_ or gap, not no_]}", True),
    ],
)
def test_groups_know_three_values(when: str, truth: bool | None) -> None:
    """``all``, ``any`` and ``none``, nested, are true, false or unknown as SQL's and, or and not are."""
    assert group(when) is truth


@pytest.fixture(name="desk")
def small_desk() -> Desk:
    """Three customers, one of them deleted, with tickets in several states."""
    desk = Desk()
    desk.add("customers", id="a", fields={"plan": "enterprise", "revenue": 60000})
    desk.add("customers", id="b", fields={"plan": "free"})
    desk.add("customers", id="gone", fields={"plan": "enterprise"}, deleted=True)
    for status in ("open", "solved", "closed"):
        desk.add("tickets", id=f"a-{status}", customer_id="a", status=status, reopens=1, channel="email")
    desk.add("tickets", id="a-deleted", customer_id="a", deleted=True)
    desk.add("tickets", id="b-new", customer_id="b", status="new", channel="voice")
    desk.add("tickets", id="gone-open", customer_id="gone")
    desk.add("tickets", id="nobody", customer_id=None)
    return desk


OF = policy("""
traits:
  plan: {from: customer.fields.plan, type: text}
  revenue: {from: customer.fields.revenue, type: number}
  total: {count: tickets}
  urgent: {from: ticket.fields.urgent, type: boolean}
segments:
  big:
    kind: value
    label: Big
    rank: 2
    when: {all: ["plan = 'enterprise'", revenue >= 50000], none: [total > 99]}
  small: {kind: price, label: Small, rank: 1, when: "plan = 'free'"}
situations:
  back: {label: Back, rank: 1, when: reopens >= 1 and plan = 'enterprise'}
  hurry: {label: Hurry, rank: 2, when: {any: [urgent, "channel = 'voice'"]}}
""")


def test_only_existing_customers_in_scope_are_answered_for(desk: Desk) -> None:
    """The scope is a list of ids; unknown and deleted ones have no row, and nobody else has one."""
    assert [found.customer_id for found in desk.standings(OF, "b", "a", "gone", "nobody", "a")] == ["a", "b"]
    assert [found.customer_id for found in desk.standings(OF, "b")] == ["b"]
    assert desk.standings(OF) == []


def test_one_customer_is_answered_as_among_many(desk: Desk) -> None:
    """A customer's standing does not depend on who else is asked about."""
    assert desk.standings(OF, "a", "b") == [desk.standing(OF, "a"), desk.standing(OF, "b")]


def test_a_standing_holds_traits_lines_and_segments_in_order(desk: Desk) -> None:
    """Traits by name, then the lines of every segment, then every segment, as the file has them."""
    standing = desk.standing(OF, "b")
    assert standing.traits == {"plan": "free", "revenue": None, "total": 1}
    assert standing.lines == (False, None, False, True)
    assert standing.segments == (False, True)


def test_an_id_is_never_read_as_anything_but_a_text(desk: Desk) -> None:
    """Ids that look like numbers or like SQL find exactly their own customer."""
    for odd in ("007", "7", "x' or 1=1 --", '"'):
        desk.add("customers", id=odd)
        assert [found.customer_id for found in desk.standings(OF, odd)] == [odd]


def test_tickets_at_rest_are_left_out_unless_asked_for(desk: Desk) -> None:
    """Without ``all_statuses`` only unsolved tickets come, with it all but deleted and ownerless ones."""
    unsolved = desk.facts(OF, "a", "b", "gone", all_statuses=0)
    assert [found.ticket_id for found in unsolved] == ["a-open", "b-new"]
    everything = desk.facts(OF, "a", "b", "gone", all_statuses=1)
    assert [found.ticket_id for found in everything] == ["a-closed", "a-open", "a-solved", "b-new"]


def test_a_ticket_knows_its_own_and_its_customers_values(desk: Desk) -> None:
    """Situations read ticket columns, ticket traits and customer traits; the facts keep what was read."""
    (facts,) = desk.facts(OF, "b")
    assert (facts.ticket_id, facts.customer_id, facts.status) == ("b-new", "b", "new")
    assert facts.values == {"reopens": None, "plan": "free", "urgent": None, "channel": "voice"}
    assert facts.lines == (False, None, True)
    assert facts.situations == (False, True)


def test_a_policy_without_situations_still_lists_tickets(desk: Desk) -> None:
    """Every ticket needs a decision, whether or not a situation is declared."""
    bare = policy("traits: {}\nsegments:\n  all_: {kind: value, label: All, rank: 1, when: 'true'}\n")
    assert [found.ticket_id for found in desk.facts(bare, "b")] == ["b-new"]
    assert desk.standing(bare, "b").segments == (True,)


def test_the_proof_names_every_line_with_what_it_saw(desk: Desk) -> None:
    """Text, group, truth, the values read and the names that are missing, for each line of each segment."""
    big, small = explain(OF, desk.standing(OF, "b"))
    assert explain(OF, desk.standing(OF, "b"), only=(small.segment,)) == (small,)
    assert explain(OF, desk.standing(OF, "b"), only=()) == ()
    assert (big.segment, big.label, big.truth) == ("big", "Big", False)
    assert big.lines == (
        Line("plan = 'enterprise'", "all", truth=False, seen={"plan": "free"}, missing=()),
        Line("revenue >= 50000", "all", truth=None, seen={"revenue": None}, missing=("revenue",)),
        Line("total > 99", "none", truth=False, seen={"total": 1}, missing=()),
    )
    assert small.truth is True


def test_the_proof_of_a_situation_needs_only_its_facts(desk: Desk) -> None:
    """A ticket's proof is made from the policy and the facts alone."""
    (facts,) = desk.facts(OF, "b")
    back, hurry = explain_ticket(OF, facts)
    assert back.lines == (
        Line(
            "reopens >= 1 and plan = 'enterprise'",
            "all",
            truth=False,
            seen={"reopens": None, "plan": "free"},
            missing=("reopens",),
        ),
    )
    assert [line.truth for line in hurry.lines] == [None, True]


def test_a_proof_is_never_made_from_another_policys_lines(desk: Desk) -> None:
    """Lines are counted by a policy: those of another one are refused instead of being misread."""
    other = policy("traits: {}\nsegments:\n  all_: {kind: value, label: All, rank: 1, when: 'true'}\n")
    with pytest.raises(ValueError, match="another version"):
        explain(other, desk.standing(OF, "a"))


def test_a_stored_text_loads_as_the_same_policy(desk: Desk) -> None:
    """The text kept with a policy gives the same version and the same answers."""
    again = load_text(OF.text, "stored")
    assert again.version == OF.version
    assert desk.standing(again, "a") == desk.standing(OF, "a")


def test_statements_are_made_once_for_a_policy() -> None:
    """Asking again does not parse again: the very same query comes back."""
    assert customer_query(OF) is customer_query(OF)
    assert ticket_query(OF) is ticket_query(OF)


def test_statements_find_rows_by_index() -> None:
    """Customers, tickets and ratings are found through their indexes, never by reading whole tables."""
    desk = Desk()
    of = policy("""
traits:
  total: {count: tickets}
  bad: {count: ratings, where: "score = 'bad'", within: 60 days}
  plan: {from: organization.fields.plan, type: text}
segments:
  asked: {kind: value, label: Asked, rank: 1, when: total > 1 and bad > 0 and plan = 'x'}
situations:
  busy: {label: Busy, rank: 1, when: total > 1}
""")
    for query in (customer_query(of), ticket_query(of)):
        given = {**query.parameters, "scope": '["1"]', "now": NOW, "all_statuses": 0}
        steps = [str(row[3]) for row in desk.rows("EXPLAIN QUERY PLAN " + query.sql, given)]
        read = [step for step in steps if step.split()[1] in ("c", "o", "t", "r")]
        assert len(read) >= 2
        assert all(step.startswith("SEARCH") and "USING INDEX" in step for step in read), read


def test_line_numbers_do_not_depend_on_the_order_of_groups() -> None:
    """Lines are counted all, any, none, whatever the order in the file, in the statement and in the proof."""
    desk = Desk()
    customer = desk.add("customers", created_at=NOW - DAY)
    of = policy("""
traits: {born: {from: customer.created_at}}
segments:
  asked:
    kind: value
    label: Asked
    rank: 1
    when: {none: [born > now], any: [born < now, born is null], all: [{any: [born = now - days(1)]}]}
""")
    (verdict,) = explain(of, desk.standing(of, customer))
    assert [(line.group, line.truth) for line in verdict.lines] == [
        ("any", True),
        ("any", True),
        ("any", False),
        ("none", False),
    ]
    assert verdict.truth is True


def test_text_that_looks_like_sql_stays_text() -> None:
    """Neither a literal nor a name of a file's own can change the statement."""
    desk = Desk()
    customer = desk.add("customers", fields={"x": "'; drop table customers; --"})
    of = load_text(
        text("""
traits: {x: {from: customer.fields.x, type: text}}
segments:
  asked: {kind: value, label: Asked, rank: 1, when: "x = '''; drop table customers; --'"}
"""),
        "trial",
    )
    assert desk.standing(of, customer).segments == (True,)
    assert "drop" not in customer_query(of).sql
