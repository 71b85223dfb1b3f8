"""Lint beside a desk, and its three outputs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from connectors.changes import Field
from integration.plan import Rules
from integration.preview import preview
from integration.progress import silent
from integration.remarks import from_desk, from_people
from integration.sarif import Placed, sarif
from policies.lint import CHECKS
from tests.integration.stock import stocked
from tests.integration.test_cli import run
from tests.policies.desk import NOW, policy, text

POLICY = """
traits:
  plan: {from: customer.fields.plan, type: text}
  mood: {from: customer.fields.mood, type: text}
  total: {count: tickets}
segments:
  team: {kind: value, label: Team, rank: 1, when: "plan = 'team'", treatment: {tags: [team], tone: calm}}
  all: {kind: value, label: All, rank: 2, when: "total < 50", treatment: {priority: {at_least: urgent}}}
  none: {kind: value, label: None, rank: 3, when: {all: [total >= 1, total > 90]}, treatment: {tags: [n]}}
  glad: {kind: value, label: Glad, rank: 4, when: "mood = 'glad'", treatment: {tags: [glad]}}
  also: {kind: value, label: Also, rank: 5, when: "plan in ('team', 'x')", treatment: {tone: warm}}
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with stocked(tmp_path) as stock:
        for plan in ("team", "team", "free"):
            stock.add("tickets", customer_id=stock.add("customers", fields={"plan": plan}))
    return tmp_path


def test_the_desk_tells_who_is_empty_universal_unreadable_and_overlapping(data: Path) -> None:
    """One remark each, with the numbers; what is well is not mentioned."""
    with stocked(data) as stock:
        seen = preview(stock.store, policy(POLICY), NOW, silent)
    found = {(remark.check, remark.path[1]): remark for remark in from_people(policy(POLICY), seen)}
    assert found.keys() == {
        ("universal", "all"), ("empty", "none"), ("empty", "glad"), ("unreadable-trait", "mood"),
        ("overlap", "also"),
    }  # fmt: skip
    assert "`total > 90` holds for 0" in found["empty", "none"].remedy
    assert "of 3 it cannot be known" in found["empty", "glad"].message
    assert found["overlap", "also"].message.startswith("2 customers are in team and in also")


def test_segments_that_share_a_few_members_are_left_alone(tmp_path: Path) -> None:
    """One in three of the smaller segment is no overlap; one in two is."""
    of = policy("""
traits: {a: {from: customer.fields.a, type: boolean}, b: {from: customer.fields.b, type: boolean}}
segments:
  one: {kind: value, label: One, rank: 1, when: a, treatment: {tone: calm}}
  two: {kind: value, label: Two, rank: 2, when: b, treatment: {tone: warm}}
""")
    with stocked(tmp_path) as stock:
        for a, b in ((True, True), (True, False), (True, False), (True, False), (False, True), (False, True)):
            stock.add("customers", fields={"a": a, "b": b})
        assert list(from_people(of, preview(stock.store, of, NOW, silent))) == []
        stock.add("customers", fields={"a": True, "b": True})
        (remark,) = from_people(of, preview(stock.store, of, NOW, silent))
    assert remark.message == "2 customers are in one and in two, which ask for another tone"


def test_an_empty_store_tells_nothing(tmp_path: Path) -> None:
    """Before the first sync nobody is in any segment, and that is no remark."""
    with stocked(tmp_path) as stock:
        seen = preview(stock.store, policy(POLICY), NOW, silent)
    assert list(from_people(policy(POLICY), seen)) == []


def test_wishes_that_the_desk_cannot_hold_are_named() -> None:
    """A field it has no place for; a priority that it hides; nothing where it can."""
    rules = Rules(tag_prefix="cue_", fields=(Field.PRIORITY,), values={Field.PRIORITY: ("normal", "high")})
    found = {remark.path[1:]: remark.message for remark in from_desk(policy(POLICY), rules, "https://x")}
    assert found["all", "treatment", "priority"] == "https://x has no priority urgent: it has normal, high"
    assert found["team", "treatment", "tags"] == "https://x has no place for tags"
    assert list(from_desk(policy(POLICY), Rules(tag_prefix="cue_"), "https://x")) == []


def test_lint_ends_with_1_on_errors_only(data: Path) -> None:
    """Warnings leave 0; a contradiction, a tie or a broken file is 1; places are those of the file."""
    (data / "warn.yaml").write_text(text(POLICY))
    here = {"DESKCUE_DATA": str(data)}
    done = run(data, "policy", "lint", "warn.yaml", **here)
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 customers looked at" in done.stdout
    (data / "bad.yaml").write_text(text(POLICY.replace("total >= 1, total > 90", "total < 1, total > 90")))
    done = run(data, "policy", "lint", "bad.yaml", "--json", **here)
    errors = [one for one in json.loads(done.stdout)["found"] if one["level"] == "error"]
    line = next(n for n, at in enumerate(text(POLICY).splitlines(), 1) if at.startswith("  none:"))
    assert done.returncode == 1
    assert [(one["check"], one["file"], one["line"]) for one in errors] == [
        ("contradiction", "bad.yaml", line)
    ]
    (data / "broken.yaml").write_text(text(POLICY.replace("rank: 3", "rank: 1")))
    done = run(data, "policy", "lint", "broken.yaml", **here)
    assert done.returncode == 1
    assert "[invalid]" in done.stdout


def test_lint_without_a_store_looks_at_files_alone(tmp_path: Path) -> None:
    """Nothing is created, and the output says that no customer was looked at."""
    done = run(tmp_path, "policy", "lint")
    assert (done.returncode, list(tmp_path.iterdir())) == (0, [])
    assert done.stdout == "0 errors, 0 warnings; no store was there to look into.\n"


def test_sarif_names_each_check_and_place() -> None:
    """Version, rules and results hang together as SARIF 2.1.0 wants: ids, indexes, levels, places."""
    placed = [
        Placed(name, check.level, "a%20b.yaml", 3, 7, "it is so", "Change it.")
        for name, check in CHECKS.items()
    ]
    document = sarif(placed)
    assert document["version"] == "2.1.0"
    (ran,) = document["runs"]
    rules = ran["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result, one in zip(ran["results"], placed, strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == one.check
        assert result["level"] in ("error", "warning", "note", "none")
        assert result["message"]["text"] == "it is so. Change it."
        (place,) = result["locations"]
        assert place["physicalLocation"] == {
            "artifactLocation": {"uri": "a%20b.yaml"},
            "region": {"startLine": 3, "startColumn": 7},
        }


def test_sarif_is_printed_for_a_broken_file_too(tmp_path: Path) -> None:
    """A code host shows a fault of loading at its line."""
    (tmp_path / "broken.yaml").write_text("policy: x\n")
    done = run(tmp_path, "policy", "lint", "broken.yaml", "--sarif")
    assert done.returncode == 1
    results = json.loads(done.stdout)["runs"][0]["results"]
    assert {result["ruleId"] for result in results} == {"invalid"}
