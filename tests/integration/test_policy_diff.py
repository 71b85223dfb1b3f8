"""Two policies compared: every change in words, and the people and tickets behind it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.difference import movement
from integration.progress import silent
from integration.store.dump import everything
from policies.difference import Difference, difference
from policies.load import load_text
from tests.integration.stock import Stock, stocked
from tests.integration.test_cli import run
from tests.policies.desk import NOW, policy, text

BEFORE = """
traits:
  plan: {from: customer.fields.plan, type: text}
  recent: {count: tickets, within: 30 days}
segments:
  team:
    kind: price
    label: Team
    rank: 1
    when: {all: ["plan = 'team'"], any: [recent > 0, recent < 9]}
    treatment: {tags: [team, paid], tone: calm}
  busy:
    {kind: value, label: Busy, rank: 2, when: recent >= 2, treatment: {priority: {at_least: normal}}}
  out: {kind: value, label: Out, rank: 3, when: recent > 50}
"""
CHANGES = (
    ("within: 30 days", "within: 14 days"),
    ("\"plan = 'team'\"", "\"plan in ('team', 'free')\""),
    ("tags: [team, paid], tone: calm", "tags: [team], tone: warm, next_step: Call"),
    ("rank: 2", "rank: 5"),
    ("at_least: normal", "at_least: high"),
    ("  out: {kind", "  gone: {kind"),
)


def after(*changes: tuple[str, str]) -> str:
    changed = BEFORE
    for old, new in changes:
        assert old in changed
        changed = changed.replace(old, new)
    return changed


def test_every_change_is_told_in_words() -> None:
    """Traits, conditions line by line, ranks, treatments, and a segment under another name."""
    found = difference(policy(BEFORE), policy(after(*CHANGES)))
    assert found == [
        Difference("traits", "recent", "changed", ("within: 30 days → 2 weeks",)),
        Difference("segments", "team", "changed", (
            "treatment tags: without `paid`",
            "treatment tone: calm → warm",
            "treatment next_step: Call is new",
            "when all: without `plan = 'team'`",
            "when all: now with `plan in ('team', 'free')`",
        )),
        Difference(
            "segments", "busy", "changed", ("rank: 2 → 5", "treatment priority at_least: normal → high")
        ),
        Difference("segments", "gone", "renamed", ("out",)),
    ]  # fmt: skip


SECTIONS = """
traits:
  recent: {count: tickets}
segments:
  busy: {kind: value, label: Busy, rank: 2, when: recent >= 2}
stages:
  first: {label: First, rank: 5, enter: recent = 0, stay: 2 days}
next_steps:
  call: {kind: outreach, text: Call them, unless: [recent > 9]}
word_lists: {angry: [furious, livid]}
waiting: {after: 4 hours, priority: high}
"""
OTHERS = (
    ("stay: 2 days", "stay: 3 days"),
    ("text: Call them", "text: Call them today"),
    ("[furious, livid]", "[furious, cross]"),
    ("after: 4 hours", "after: 2 hours"),
)


def test_every_section_is_compared() -> None:
    """Stages, next steps, word lists, waiting and shares, each under its own name and in its own units."""
    changed = SECTIONS
    for old, new in OTHERS:
        changed = changed.replace(old, new)
    found = difference(policy(SECTIONS), policy(changed + "most_high: 35 %\nfloor: 2 days\n"))
    assert found == [
        Difference("policy", "trial", "changed", ("floor: 1 week → 2 days", "most_high: 20% → 35%")),
        Difference("word_lists", "angry", "changed", ("words: without `livid`", "words: now with `cross`")),
        Difference("stages", "first", "changed", ("stay: 2 days → 3 days",)),
        Difference("waiting", "2 hours", "added", ("priority at_least: high",)),
        Difference("waiting", "4 hours", "removed"),
        Difference("next_steps", "call", "changed", ("text: Call them → Call them today",)),
    ]


def test_additions_removals_head_and_house_are_told() -> None:
    """What is only in one of the two, who owns it, and what is for everyone."""
    new = "  new: {kind: value, label: New, rank: 7, when: recent = 1}\n"
    first, second = policy(BEFORE), load_text(
        text(after((BEFORE[BEFORE.index("  out:"):], new)))
        .replace("owner: Nobody", "owner: Ann").replace("house: {tone: plain}", "house: {tone: calm}"),
        "x",
    )  # fmt: skip
    assert difference(first, second) == [
        Difference("policy", "trial", "changed", ("owner: Nobody → Ann",)),
        Difference("segments", "new", "added", ("label: New", "rank: 7", "when: recent = 1", "kind: value")),
        Difference("segments", "out", "removed"),
        Difference("house", "house", "changed", ("tone: plain → calm",)),
    ]
    assert difference(first, policy(BEFORE)) == []


@pytest.fixture
def stock(tmp_path: Path) -> Iterator[Stock]:
    with stocked(tmp_path) as found:
        for name, plan, tickets in (("ann", "team", 1), ("bob", "free", 2), ("cid", None, 0)):
            found.add("customers", id=name, fields={"plan": plan} if plan else {})
            for _ in range(tickets):
                found.add("tickets", customer_id=name, created_at=NOW - 3 * 86400)
        found.assign(policy(BEFORE))
        yield found


def test_people_and_tickets_are_counted_under_both(stock: Stock) -> None:
    """Bob comes into the team; his two tickets get a higher priority, and all three another tone."""
    with stock.store.read() as connection:
        before = list(everything(connection))
    found = movement(stock.store, policy(BEFORE), policy(after(*CHANGES)), NOW, silent)
    team = found.segments["team"]
    assert (found.customers, found.moved, found.tickets, found.redecided) == (3, 1, 3, 3)
    assert (team.before, team.after, team.enters, team.leaving) == (1, 2, ["bob"], 0)
    assert found.fields["priority"] == {"normal → high": 2}
    assert found.fields["tone"] == {"calm → warm": 1, "plain → warm": 2}
    assert found.fields["tags"] == {"paid, team → team": 1, "none → team": 2}
    with stock.store.read() as connection:
        assert list(everything(connection)) == before


def test_the_same_policy_moves_nobody(stock: Stock) -> None:
    """No change, no movement."""
    found = movement(stock.store, policy(BEFORE), policy(BEFORE), NOW, silent)
    assert (found.moved, found.redecided, found.fields) == (0, 0, {})


def test_the_command_takes_files_and_versions(stock: Stock, tmp_path: Path) -> None:
    """Two files; a version that decided; without a store words alone; an unknown version is a usage error."""
    (tmp_path / "a.yaml").write_text(text(BEFORE))
    (tmp_path / "b.yaml").write_text(text(after(*CHANGES)))
    here = {"DESKCUE_DATA": str(tmp_path), "DESKCUE_POLICY": '["b.yaml"]'}
    told = run(tmp_path, "policy", "diff", "a.yaml", "b.yaml", **here)
    assert told.returncode == 0, told.stderr
    assert "renamed  gone (was out)" in told.stdout
    assert "of 3 customers would be in other segments" in told.stdout
    found = json.loads(run(tmp_path, "policy", "diff", policy(BEFORE).version, "--json", **here).stdout)
    assert found["people"]["customers"] == 3
    assert len(found["changes"]) == 4
    alone = run(tmp_path, "policy", "diff", "a.yaml", "b.yaml", DESKCUE_DATA=str(tmp_path / "none"))
    assert "No store was there" in alone.stdout
    assert run(tmp_path, "policy", "diff", "0123456789ab", **here).returncode == 2
    assert run(tmp_path, "policy", "diff", "none.yaml", **here).returncode == 1
