"""An edit of the policy: whomever it concerns is looked at again, nobody else, and all stored holds."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

import pytest

from integration.explain import why
from integration.plan import Rules
from integration.sidebar.stored import sources
from integration.store import assignments
from policies.load import load_text
from policies.model import Policy
from policies.reach import reach
from tests.integration.life import Life


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    found = Life(tmp_path, 3)
    found.assign()
    yield found
    found.close()


def edit(policy: Policy, old: str, new: str) -> Policy:
    assert policy.text.count(old) == 1, (old, policy.text)
    return load_text(policy.text.replace(old, new), "edited.yaml")


def members(life: Life, segment: str) -> set[str]:
    with life.store.read() as connection:
        rows = connection.exec_driver_sql("SELECT customer_id FROM memberships WHERE segment = ?", (segment,))
        return {row[0] for row in rows}


def partly(life: Life) -> tuple[str, set[str]]:
    """A segment that some customers are in and others are not, and who they are."""
    found = ((name, members(life, name)) for name in life.policy.segments)
    return next((name, inside) for name, inside in found if 0 < len(inside) < 12)


def served(life: Life) -> tuple[str, str]:
    """A ticket with a decision, and its customer."""
    with life.store.read() as connection:
        row = connection.exec_driver_sql("SELECT ticket_id, customer_id FROM decisions ORDER BY 1").first()
    assert row is not None
    return row[0], row[1]


def agree(life: Life) -> bool:
    checked = life.check()
    return (checked.customers, checked.waiting, checked.differences) == (12, 0, [])


def test_words_concern_nobody(life: Life) -> None:
    """A label and a tone's words are edited: no customer is looked at, and what is stored still holds."""
    life.policy = edit(edit(life.policy, '"label": "S1"', '"label": "Best"'), "do: [Breathe]", "do: [Wait]")
    assert life.assign() == 0
    assert agree(life)


def test_a_treatment_concerns_its_members(life: Life) -> None:
    """Another tag of one segment: its members are looked at, and their tickets get the new tag."""
    name, concerned = partly(life)
    life.policy = edit(life.policy, f'"tags": ["{name}"]', '"tags": ["other"]')
    assert life.assign() == len(concerned)
    assert agree(life)
    with life.store.read() as connection:
        bodies = [row[0] for row in connection.exec_driver_sql("SELECT body FROM decisions")]
    assert any('"value":"other"' in body for body in bodies)


def test_a_situation_concerns_whoever_has_such_a_ticket(life: Life) -> None:
    """Another tag of a situation: customers with a ticket in it are looked at."""
    held = {name: set[str]() for name in life.policy.situations}
    with life.store.read() as connection:
        for (ticket,) in connection.exec_driver_sql("SELECT ticket_id FROM decisions").fetchall():
            decided = assignments.decision(connection, ticket)
            assert decided is not None
            for name in decided.decision.situations:
                held[name].add(decided.facts.customer_id)
    name, concerned = max(held.items(), key=lambda item: len(item[1]))
    assert 0 < len(concerned) < 12
    life.policy = edit(life.policy, f'"tags": ["{name}"]', '"tags": ["other"]')
    assert life.assign() == len(concerned)
    assert agree(life)


def test_a_condition_concerns_everyone(life: Life) -> None:
    """Another window of a trait: everybody is looked at, once."""
    life.policy = edit(life.policy, "within: 90 days", "within: 91 days")
    assert life.assign() == 12
    assert agree(life)
    assert life.assign() == 0


def test_one_stopped_between_the_marks_and_the_statement_marks_again(life: Life) -> None:
    """What an edit concerns is found again from the version that assigned last."""
    name, concerned = partly(life)
    life.policy = edit(life.policy, f'"tags": ["{name}"]', '"tags": ["other"]')
    with life.store.write() as connection:
        assignments.mark_members(connection, [name], [], "", 1)
    assert life.assign() == len(concerned)
    assert agree(life)


def test_marking_members_goes_on_after_each_step(life: Life) -> None:
    """Steps of one customer mark the same as one step for all, and each customer once."""
    after: str | None = ""
    marked: list[str] = []
    while after is not None:
        with life.store.write() as connection:
            after = assignments.mark_members(connection, ["s2", "s3"], ["i1"], after, 1)
        marked += [after] if after else []
    assert marked == sorted(set(marked))
    assert set(marked) >= members(life, "s2") | members(life, "s3")


def test_a_version_that_is_not_kept_any_more_concerns_everyone(life: Life) -> None:
    """Without the text of the last policy nobody can say what the edit changed."""
    with life.store.write() as connection:
        connection.exec_driver_sql("DELETE FROM policies")
    life.policy = edit(life.policy, '"label": "S1"', '"label": "Best"')
    assert life.assign() == 12


def test_what_stands_is_shown_as_of_now_and_explained_as_it_was(life: Life) -> None:
    """After an edit of words the sidebar takes the decision for valid; its proof keeps the words it had."""
    first = life.policy
    ticket, _ = served(life)
    life.policy = edit(first, '"label": "S1"', '"label": "Best"')
    life.assign()
    found = sources(life.store, ticket, None)
    assert found.decision is not None
    assert (found.assigned_by, found.decision.policy) == (life.policy.version, life.policy.version)
    proof = why(life.store, life.policy, Rules(tag_prefix="cue_"), ticket)
    assert proof.policy == first.version
    assert "S1" in {verdict.label for verdict in proof.segments}


def test_whoever_an_edit_concerns_is_not_shown_as_of_now_before_they_are_looked_at(life: Life) -> None:
    """Between the marks and the work a former decision is a former decision."""
    first = life.policy
    ticket, customer = served(life)
    life.policy = edit(first, '"label": "S1"', '"label": "Best"')
    life.assign()
    with life.store.write() as connection:
        connection.exec_driver_sql("INSERT INTO dirty (customer_id, mark) VALUES (?, 1)", (customer,))
    found = sources(life.store, ticket, None)
    assert found.decision is not None
    assert (found.assigned_by, found.decision.policy) == (first.version, first.version)


EDITS = (
    ('"label": "S1"', '"label": "Best"'),
    ('"tags": ["s2"]', '"tags": ["other"]'),
    ('"tags": ["s3"]', '"tags": []'),
    ('"tags": ["i1"]', '"tags": ["first"]'),
    ("within: 90 days", "within: 60 days"),
    ("do: [Breathe]", "do: [Wait]"),
    ('"rank": 4', '"rank": 15'),
    ("house: {tone: plain}", "house: {tone: warm}"),
    ('"stay": "2 days"', '"stay": "5 hours"'),
    ('"label": "Goes on"', '"label": "Goes"'),
    ('"for": "1 day"', '"for": "9 days"'),
    ('"for": "3 days"', '"for": "2 hours"'),
    ("hours, priority: normal", "hours, priority: urgent"),
    ("text: Ask how it went", "text: Ask again"),
    ("span: 20 hours", "span: 300 days"),
    ("unless: [days_to_renewal < 3]", "unless: [days_to_renewal > 3]"),
    ("open: busy", "open: calm"),
    ("otherwise: unknown", "otherwise: busy"),
    ("floor: 8 days", "floor: 9 days"),
    ("floor: 8 days", "floor: 8 days\nmost_high: 40 %"),
    ("mon-fri", "mon-sat"),
    ("{rank: all_tickets}", "{rank: days_quiet}"),
    ("first_reply: {urgent: 30 minutes", "first_reply: {urgent: 20 minutes"),
    ("chat: {label: Chat}", "chat: {label: Talk}"),
    ("old: 60", "old: 50"),
)


edited = cache(partial(load_text, name="edited.yaml"))


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.full) for seed in range(1, 7))])
def test_many_edits_back_and_forth_equal_the_full_recomputation(tmp_path: Path, seed: int) -> None:
    """Edits of every kind are made and taken back, hours pass, records change: all that is stored holds."""
    life, chance, made = Life(tmp_path, seed), random.Random(seed), set[int]()
    original = life.policy.text
    try:
        life.assign()
        for _ in range(8 if seed == 0 else 40):
            made ^= {chance.randrange(len(EDITS))}
            text = original
            for number in sorted(made):
                assert EDITS[number][0] in original
                text = text.replace(*EDITS[number])
            before, life.policy = life.policy, edited(text)
            life.clock.advance(3600 * chance.randrange(3))
            looked, checked = life.assign(), life.check()
            assert (checked.waiting, checked.differences) == (0, [])
            assert looked == life.people() or not reach(before, life.policy).everyone
            life.something()
            life.assign()
            assert life.check().differences == []
    finally:
        life.close()
