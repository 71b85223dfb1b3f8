"""Cases: what they may say, that they pass only when all of it is so, and how they tell what is not."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from integration.cases import Case, read_cases
from integration.trial import tried
from policies.faults import PolicyError
from policies.load import STARTER, load
from tests.integration.test_cli import run
from tests.policies.desk import NOW, policy
from tests.test_house import ROOT

POLICY = policy("""
traits:
  plan: {from: organization.fields.plan, type: text}
  born: {from: customer.fields.birth_date, type: date}
  marks: {from: customer.tags}
  recent: {count: tickets, within: 30 days}
  share: {share: tickets, of: "channel = 'voice'"}
  beta: {from: customer.fields.beta, type: boolean}
  renewal: {from: customer.fields.renewal, type: date}
segments:
  busy:
    kind: behavioural
    label: Busy
    rank: 2
    when: {all: [recent >= 5, share < 0.5]}
    treatment: {tags: [busy], priority: {at_least: high}}
  team: {kind: price, label: Team, rank: 1, when: "plan = 'team'", treatment: {tags: [team], tone: calm}}
  tester: {kind: needs, label: Tester, rank: 3, when: "beta and 'x' in marks", treatment: {channel: chat}}
  soon: {kind: lifecycle, label: Soon, rank: 4, when: renewal between now and now + days(30)}
situations:
  again: {label: Again, rank: 9, when: reopens >= 1 and recent >= 5, treatment: {tone: warm}}
""")


def outcomes(tmp_path: Path, text: str) -> dict[str, tuple[str, ...]]:
    """What failed of each case in this file."""
    file = tmp_path / "some.yaml"
    file.write_text(text)
    return {case.name: tried(case, POLICY, NOW).failures for case in read_cases(file, POLICY)}


def test_traits_may_be_said_instead_of_computed(tmp_path: Path) -> None:
    """Every type of trait, in segments, in situations and for the decision, beside real records."""
    found = outcomes(tmp_path, """
said outright:
  traits: {recent: 7, share: 0.25, plan: team, beta: true, marks: [x, y], renewal: {in_days: 10}}
  tickets: [{status: open, reopens: 2, channel: chat}]
  in: [busy, team, tester, soon]
  situations: [again]
  decision: {segment: team, tags: [busy, team], priority: high, tone: warm, channel: chat, next_step: null}
  reasons: {priority: "segment:busy", tone: "situation:again", channel: Tester asks for}
other values:
  traits: {recent: 4, share: 0.5, plan: null, beta: false, marks: [], renewal: 2026-05-31}
  out: [busy, tester, soon]
  unknown: [team]
""")  # fmt: skip
    assert found == {"said outright": (), "other values": ()}


def test_a_failure_names_what_is_and_the_lines_that_made_it_so(tmp_path: Path) -> None:
    """Each expectation that is wrong is told on its own, with the values seen."""
    found = outcomes(tmp_path, """
wrong:
  organization: {plan: team}
  tickets: [{days_ago: 1}]
  in: [busy]
  out: [team]
  unknown: [busy]
  situations: [again]
  decision: {tags: [], priority: high, tone: warm}
  reasons: {tone: "segment:busy", priority: house}
""")["wrong"]  # fmt: skip
    whole = "\n".join(found)
    assert len(found) == 9
    assert "busy should be in, but is out:" in whole
    assert "no      all  recent >= 5   (Recent: 1)" in whole
    assert "team should be out, but is in:" in whole
    assert "tags should be none, but is team" in whole
    assert "tone should be warm, but is calm: Team asks for the tone Calm." in whole
    assert "priority should be decided by house, but nobody asks for it" in whole


def test_a_former_membership_stands_while_nobody_knows(tmp_path: Path) -> None:
    """With ``was`` the decision still counts it; without, it does not."""
    found = outcomes(tmp_path, """
kept: {was: [team], unknown: [team], decision: {segment: team, tone: calm}}
new: {unknown: [team], decision: {segment: null, tone: plain}}
""")  # fmt: skip
    assert found == {"kept": (), "new": ()}


def test_a_file_may_fix_the_instant(tmp_path: Path) -> None:
    """The same renewal is near on one day and past on another."""
    case = "it: {traits: {renewal: 2027-03-10}, in: [soon]}\n"
    assert outcomes(tmp_path, f"at: 2027-03-01T00:00:00+00:00\n{case}") == {"it": ()}
    assert outcomes(tmp_path, f"at: 2027-03-11\n{case}")["it"] != ()


@pytest.mark.parametrize(
    ("text", "line", "said", "remedy"),
    [
        ("a: {in: [bsuy]}", 1, "there is no segment bsuy", "Did you mean busy?"),
        ("a:\n  in: [busy]\n  situations: [agian]", 3, "there is no situation agian", "again"),
        ("a: {traits: {recnt: 1}, in: [busy]}", 1, "there is no trait recnt", "Did you mean recent?"),
        ("a: {traits: {recent: many}, in: [busy]}", 1, "recent is a number", "Write a number."),
        ("a: {traits: {renewal: soon}, in: [busy]}", 1, "renewal is a date", "in_days"),
        ("a: {traits: {beta: 1}, in: [busy]}", 1, "beta is a boolean", "true or false"),
        ("a: {tickets: [{days_ago: 1, stauts: open}], in: [busy]}", 1, "stauts is not a key", "status"),
        ("a: {tickets: [{status: gone}], in: [busy]}", 1, "tickets.0.status", "Correct"),
        ("a: {customer: {x: 1}}", 1, "this case asks for nothing", "decision"),
        ("a: {reasons: {tags: house}}", 1, "tags has no reason of its own", "tone"),
        ("at: noon\na: {in: [busy]}", 1, "at is not a time", "2026"),
        ("a: {in: [busy]}\na: {in: [busy]}", 2, "a is written twice", "Keep one"),
    ],
)  # fmt: skip
def test_a_wrong_case_is_named_with_line_and_remedy(
    tmp_path: Path, text: str, line: int, said: str, remedy: str
) -> None:
    """A case that means nothing never passes silently."""
    with pytest.raises(PolicyError) as error:
        outcomes(tmp_path, text)
    (fault,) = error.value.faults
    assert fault.line == line
    assert said in fault.message
    assert remedy in fault.remedy


def test_the_command_ends_with_1_when_a_case_fails(tmp_path: Path) -> None:
    """Cases stand beside the policy or are named; without any, that is a usage error."""
    (tmp_path / "acme.yaml").write_text(STARTER.read_text("utf-8"))
    none = run(tmp_path, "policy", "test", "--policy", "acme.yaml")
    assert (none.returncode, "acme.cases.yaml" in none.stderr) == (2, True)
    (tmp_path / "acme.cases.yaml").write_text("fine: {traits: {tickets_30d: 5}, in: [frequent]}\n")
    assert run(tmp_path, "policy", "test", "--policy", "acme.yaml").returncode == 0
    (tmp_path / "bad.yaml").write_text("not so: {traits: {tickets_30d: 1}, in: [frequent]}\n")
    done = run(tmp_path, "policy", "test", "bad.yaml", "--json")
    assert done.returncode == 1
    ((case),) = json.loads(done.stdout)["cases"]
    assert (case["name"], case["file"], case["line"]) == ("not so", "bad.yaml", 1)
    told = run(tmp_path, "policy", "test", "bad.yaml")
    assert "bad.yaml:1: not so" in told.stdout
    assert told.stdout.endswith("1 case, 1 failed.\n")


def test_said_traits_are_decided_by_the_same_statements() -> None:
    """The starter's own definitions and the said ones give one answer for what a customer has."""
    from policies.given import fields, given
    from tests.policies.desk import Desk

    of = load([STARTER])
    desk = Desk()
    organization = desk.add("organizations", fields={"plan": "team", "renewal_date": "2026-06-30"})
    desk.add("customers", id="real", organization_id=organization, fields={"age": 30})
    for days in range(6):
        desk.add("tickets", customer_id="real", created_at=NOW - days * 86400, reopens=days % 2)
    desk.add("ratings", customer_id="real", score="bad")
    real = desk.standing(of, "real")
    desk.add("customers", id="said", fields=fields(of, real.traits))
    said = desk.standing(given(of, real.traits.keys()), "said")
    assert (said.traits, said.lines, said.segments) == (real.traits, real.lines, real.segments)


def test_every_key_of_a_case_is_documented() -> None:
    """The table in docs/policies.md and the model of a case name the same keys."""
    text = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
    table = text.partition("<!-- cases:begin -->")[2].partition("<!-- cases:end -->")[0]
    first = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    named = {key for cell in first for key in re.findall(r"`(\w+)`", cell)}
    assert named == {field.alias or name for name, field in Case.model_fields.items()}
