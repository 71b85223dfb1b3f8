"""Policy files: what is read, and every fault at its place with a remedy."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.faults import Fault, PolicyError
from policies.load import STARTER, load, load_text
from policies.model import Policy
from tests.policies.desk import HEAD, TAIL, text

SEGMENT = "segments:\n  asked: {kind: value, label: Asked, rank: 1, when: 'true'}\n"
GOOD = text("traits: {}\n" + SEGMENT)


def faults(source: str) -> list[Fault]:
    """The faults of a source."""
    with pytest.raises(PolicyError) as caught:
        load_text(source, "p.yaml")
    return list(caught.value.faults)


def fault(source: str) -> Fault:
    """The only fault of a source."""
    (found,) = faults(source)
    return found


def middle(traits: str = "{}", treatment: str = "{}", **changed: str) -> str:
    """A source with one segment, some of whose keys are changed."""
    keys = {
        "kind": "value",
        "label": "Asked",
        "rank": "1",
        "when": "'true'",
        "treatment": treatment,
    } | changed
    inner = "".join(f"    {key}: {value}\n" for key, value in keys.items())
    return text(f"traits: {traits}\nsegments:\n  asked:\n{inner}")


def test_a_good_file_loads() -> None:
    """Everything written is there, the house's channel is always declared, labels have words."""
    policy = load_text(middle("{bad_days: {count: ratings}}"), "p.yaml")
    assert isinstance(policy, Policy)
    assert (policy.name, policy.owner, policy.review_by.year) == ("trial", "Nobody", 2027)
    assert policy.channels["as_asked"].label == "The channel they wrote in"
    assert policy.house.channel == "as_asked"
    assert policy.traits["bad_days"].label == "Bad days"
    assert policy.service_levels["fast"].first_reply.urgent == 1800


def test_the_version_is_the_content() -> None:
    """Line ends do not change a policy; any other character does."""
    version = load_text(GOOD, "a").version
    assert len(version) == 12
    assert load_text(GOOD.replace("\n", "\r\n"), "b").version == version
    assert load_text(GOOD + "# more\n", "c").version != version


@pytest.mark.parametrize(
    "key", ["policy", "goal", "owner", "metric", "review_by", "segments", "tones", "house"]
)
def test_required_keys(key: str) -> None:
    """A policy says what it is for, whose it is, how it is measured and when it is looked at again."""
    lines = GOOD.splitlines(keepends=True)
    start = next(i for i, line in enumerate(lines) if line.startswith(f"{key}:"))
    end = next((i for i in range(start + 1, len(lines)) if not lines[i].startswith(" ")), len(lines))
    found = fault("".join(lines[:start] + lines[end:]))
    assert found.message == f"{key} is missing in the file"
    assert (found.line, found.column) == (1, 1)


@pytest.mark.parametrize(
    ("source", "message", "remedy"),
    [
        (middle(kind="vip"), "segments.asked.kind: vip is not known", "Use demographic"),
        (middle(kind="behavioral"), "behavioral is not known", "Did you mean behavioural?"),
        (middle(rank="first"), "segments.asked.rank", "Correct"),
        (middle(rank="0"), "segments.asked.rank", "Correct"),
        (middle(label="2024"), "segments.asked.label must be a text", "quotes"),
        (middle(label='"two\\nlines"'), "characters that do not belong", "line breaks"),
        (middle(look="heart"), "heart is not known", "Use falling"),
        (middle(colour="red"), "colour is not a key here", "Keys here are"),
        (middle(lable="x"), "lable is not a key here", "Did you mean label?"),
        (middle(when="{}"), "at least one of all, any and none", "Correct"),
        (middle(when="{al: ['true']}"), "al is not a key here", "Did you mean all?"),
        (middle(when="{all: []}"), "segments.asked.when.all", "Correct"),
        (middle(when="{all: true}"), "segments.asked.when.all", "Correct"),
        (
            middle(when="plna = 'x'", traits="{plan: {from: organization.name}}"),
            "plna is not known",
            "mean plan?",
        ),
        (middle(treatment="{tags: [VIP]}"), "a tag has a-z", "Correct"),
        (middle(treatment="{tags: [sla_fast]}"), "does not begin with sla_", "Correct"),
        (middle(treatment="{tags: ['a b']}"), "a tag has a-z", "Correct"),
        (middle(treatment="{tone: clam}"), "there is no tone clam", "Did you mean calm?"),
        (middle(treatment="{channel: fax}"), "there is no channel fax", "use as_asked, phone, chat"),
        (
            middle(treatment="{service_level: faster}"),
            "there is no service level faster",
            "Did you mean fast?",
        ),
        (
            middle(treatment="{priority: {at_least: top}}"),
            "top is not known",
            "Use low, normal, high, urgent",
        ),
        (middle(treatment="{priority: high}"), "segments.asked.treatment.priority", "Correct"),
        (middle("{x: {type: text}}"), "say where the trait comes from once", "Correct"),
        (middle("{x: {count: tickets, share: tickets, of: 'true'}}"), "comes from once", "Correct"),
        (middle("{x: {count: calls}}"), "calls cannot be counted", "Count tickets, ratings or events"),
        (middle("{x: {count: ticket}}"), "ticket cannot be counted", "Did you mean tickets?"),
        (middle("{x: {share: tickets}}"), "share needs of", "Correct"),
        (middle("{x: {count: tickets, type: number}}"), "type does not go with count", "Correct"),
        (middle("{x: {count: tickets, within: 30}}"), "30 minutes, 1 hour, 30 days", "Correct"),
        (middle("{x: {count: tickets, within: 1 month}}"), "30 minutes, 1 hour, 30 days", "Correct"),
        (middle("{x: {count: tickets, where: chanel = 'voice'}}"), "chanel is not known", "mean channel?"),
        (middle("{x: {count: ratings, where: reopens > 1}}"), "reopens is not known", "Declare"),
        (middle("{x: {sum: ticket.channel}}"), "there is no sum of a text", "type number"),
        (middle("{x: {sum: ticket.reopen}}"), "ticket has no reopen", "Did you mean reopens?"),
        (middle("{x: {from: customer.fields.plan}}"), "no type of its own", "Add type"),
        (middle("{x: {from: customer.age}}"), "customer has no age", "own fields are fields.name"),
        (middle("{x: {from: customer.local}}"), "customer has no local", "Did you mean locale?"),
        (middle("{x: {from: customer.locale, type: number}}"), "customer.locale is a text", "type: text"),
        (middle("{x: {from: costumer.locale}}"), "costumer cannot be read here", "Did you mean customer?"),
        (middle("{x: {from: rating.score}}"), "rating cannot be read here", "Begin with"),
        (middle("{x: {from: 'customer.fields.a\"b', type: text}}"), "is not the name of a field", "quotes"),
        (middle("{x: {count: tickets, format: money}}"), "money and currency", "Correct"),
        (
            middle("{channel: {from: customer.locale}}"),
            "already means the ticket's own channel",
            "another name",
        ),
        (middle("{now: {from: customer.created_at}}"), "already means", "another name"),
        (middle("{select: {from: customer.locale}}"), "word of the condition language", "another name"),
        (middle("{between: {from: customer.locale}}"), "word of the condition language", "another name"),
        (middle("{Plan: {from: customer.locale}}"), "characters that do not belong", "Names have"),
        (
            middle(kind="demographic", treatment="{tone: calm, tags: [x]}"),
            "a tone only, not for tags",
            "Take tags out",
        ),
    ],
)
def test_faults_name_the_thing_and_the_remedy(source: str, message: str, remedy: str) -> None:
    """Every misfit of a file is one fault, in words, with what to write instead."""
    found = fault(source)
    assert message in found.message
    assert remedy in found.remedy


def test_a_fault_stands_where_it_is_written() -> None:
    """Line and column count from 1 and point at the key or the list entry."""
    source = middle(when="\n      all:\n        - 'true'\n        - plan > 3")
    found = fault(source)
    lines = source.splitlines()
    assert lines[found.line - 1][found.column - 1 :] == "plan > 3"
    assert str(found).startswith(f"p.yaml:{found.line}:{found.column}: plan is not known here\n    ")


def test_all_faults_are_reported_at_once() -> None:
    """Misfits of shape, names, conditions and guard rails come together, in the order of the file."""
    source = text("""
traits:
  age: {from: customer.fields.age, type: number}
  plan: {from: customer.fields.plan, type: txt}
segments:
  one: {kind: value, label: One, rank: 1, wen: x, when: "revenue > 1", treatment: {tone: clam}}
  two: {kind: value, label: Two, rank: 1, when: age > 60, treatment: {tags: [elder]}}
  three: {kind: value, label: Three, rank: 3, when: plan = 'x'}
""")
    messages = [found.message for found in faults(source)]
    assert messages == [
        "traits.plan.type: txt is not known",
        "wen is not a key here",
        "revenue is not known here",
        "there is no tone clam",
        "rank 1 is taken by one",
        "a protected trait may colour the tone only: age -> segment two -> tags",
    ]


def test_several_files_are_one_policy(tmp_path: Path) -> None:
    """Sections are joined, faults name their own file, and the joined text loads as the same policy."""
    (tmp_path / "a.yaml").write_text(HEAD + "traits: {plan: {from: organization.name}}\n" + SEGMENT, "utf-8")
    (tmp_path / "b.yaml").write_text(
        "segments:\n  more: {kind: price, label: More, rank: 2, when: plan = 'x'}\n" + TAIL, "utf-8"
    )
    policy = load([tmp_path / "a.yaml", tmp_path / "b.yaml"])
    assert list(policy.segments) == ["asked", "more"]
    assert load_text(policy.text, "stored").version == policy.version


def test_a_name_in_two_files_is_a_fault_with_both_places(tmp_path: Path) -> None:
    """The second definition is named with its own place and that of the first."""
    (tmp_path / "a.yaml").write_text(GOOD, "utf-8")
    (tmp_path / "b.yaml").write_text("\n" + SEGMENT + "owner: Me\n", "utf-8")
    with pytest.raises(PolicyError) as caught:
        load([tmp_path / "a.yaml", tmp_path / "b.yaml"])
    first, second = caught.value.faults
    assert (first.file, first.line) == ("b.yaml", 3)
    assert first.message == "asked is written twice, first in a.yaml on line 9"
    assert "owner is written twice" in second.message


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    """A missing file, one that is not UTF-8 and one that is not YAML are faults like any other."""
    with pytest.raises(PolicyError, match="cannot be opened"):
        load([tmp_path / "none.yaml"])
    (tmp_path / "latin.yaml").write_bytes("policy: é".encode("latin-1"))
    with pytest.raises(PolicyError, match="not UTF-8"):
        load([tmp_path / "latin.yaml"])
    assert "this is not YAML" in fault("policy: [").message
    assert "this is not YAML" in fault("policy: \x07").message
    assert fault("a: b: c").line == 1
    assert "not a list of keys" in faults("- a\n- b\n")[0].message


@pytest.mark.parametrize(
    "line",
    [
        "owner: !!python/object:os.system x",
        "owner: !!str x",
        "owner: !mine x",
        "owner: &a x",
        "owner: *a",
        "<<: {owner: x}",
        "? [a, b]\n: c",
    ],
)
def test_a_pol_01_tags_anchors_and_merge_keys_are_refused(line: str) -> None:
    """Only plain mappings, lists and scalars are read; the fault points at the line."""
    source = GOOD.replace("owner: Nobody", line)
    assert any(found.line == source[: source.index(line)].count("\n") + 1 for found in faults(source))


def test_a_pol_01_directives_are_refused() -> None:
    """A file cannot ask for another version of YAML or define tags."""
    assert fault("%YAML 1.1\n---" + GOOD).message == "a % directive"


def test_a_pol_02_an_alias_bomb_is_refused_unexpanded() -> None:
    """Nine levels of aliases end in faults at once, without being expanded."""
    bomb = "a0: &a0 [x,x]\n" + "".join(
        f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
    )
    assert all("aliases" in found.message or "not a key" in found.message for found in faults(bomb + GOOD))


@pytest.mark.parametrize(
    ("source", "limit"),
    [
        (GOOD + "#" * 256 * 1024, "larger than 256 kB"),
        (GOOD + "x: " + "[" * 40 + "]" * 40, "more than 32 levels"),
        (GOOD + "x: " + "{a: " * 40 + "}" * 40, "more than 32 levels"),
        (GOOD + "x: [" + "a," * 20_001 + "]", "more than 20,000 values"),
    ],
)
def test_a_pol_02_size_depth_and_number_of_nodes_are_limited(source: str, limit: str) -> None:
    """A file over a limit is refused with that one fault, before it costs memory."""
    assert limit in fault(source).message


def test_a_pol_03_a_key_written_twice_names_both_lines() -> None:
    """Neither value wins silently."""
    source = middle(treatment="\n      priority: {at_least: low}\n      priority: {at_least: urgent}")
    found = fault(source)
    assert found.message == f"priority is written twice, first on line {found.line - 1}"


@pytest.mark.parametrize(
    "value", ["NO", "no", "off", "12:30:45", "010", "1.10", "0x1F", "1_000", "2027-01-01", "1e3"]
)
def test_a_pol_04_scalars_stay_what_was_written(value: str) -> None:
    """Nothing but true, false, null and whole numbers without leading zeros is read as anything but text."""
    assert load_text(GOOD.replace("owner: Nobody", f"owner: {value}"), "p").owner == value


@pytest.mark.parametrize("value", ["true", "False", "null", "~", "", "12", "-3"])
def test_a_pol_04_what_is_not_text_is_an_error_where_text_is_wanted(value: str) -> None:
    """A number, a flag or nothing is never turned into a text by guessing; quotes make it one."""
    assert fault(GOOD.replace("owner: Nobody", f"owner: {value}")).message == "owner must be a text"
    assert load_text(GOOD.replace("owner: Nobody", f"owner: 'x{value}'"), "p").owner == f"x{value}"


def test_a_pol_06_costly_conditions_are_faults_of_the_file() -> None:
    """Nested brackets and endless terms in a file end in a fault at their place."""
    assert "levels" in fault(middle(when="'" + "(" * 300 + "true" + ")" * 300 + "'")).message
    assert "4 kB" in fault(middle(when="'" + " or ".join(["true"] * 20_000) + "'")).message


@pytest.mark.parametrize("condition", ["9**9**9 > 1", "x.__class__ = 1", "exec('x')", "open('/') is null"])
def test_a_pol_07_power_attributes_and_calls_are_faults_of_the_file(condition: str) -> None:
    """No condition can compute without bound, reach into objects or call what is not in the table."""
    assert fault(middle(when=f'"{condition}"')).line > 1


def test_a_pol_08_a_field_that_does_not_exist_is_unknown_never_a_match() -> None:
    """A name that is not declared is a fault of the file, as is a number compared with a text."""
    assert "revenue is not known" in fault(middle(when="revenue > 5")).message
    traits = "{revenue: {from: customer.fields.revenue, type: number}}"
    assert "compares number with text" in fault(middle(traits, when="revenue = '5'")).message


@pytest.mark.parametrize(
    "treatment",
    [
        "{status: closed}",
        "{comment: Go away}",
        "{public_comment: Hello}",
        "{assignee: '7'}",
        "{fields: {x: 1}}",
        "{group: sales}",
        "{remove_tags: [x]}",
        "{priority: {at_most: low}}",
        "{priority: {set: low}}",
    ],
)
def test_a_pol_09_g_8_a_policy_can_ask_for_nothing_but_the_declared_fields(treatment: str) -> None:
    """No key closes, answers, assigns, lowers or writes another field: such a policy does not load."""
    assert any("is not a key here" in found.message for found in faults(middle(treatment=treatment)))


def test_opening_lines_need_english_and_plain_languages() -> None:
    """English stands in for every other language, and ``no`` is Norwegian."""
    assert "no English opening" in fault(GOOD.replace("{en: Hello}", "{de: Hallo}", 1)).message
    assert (
        load_text(GOOD.replace("{en: Hello}", "{en: Hello, no: Hei, pt-BR: Oi}", 1), "p")
        .tones["plain"]
        .opening
    )
    assert faults(GOOD.replace("{en: Hello}", "{en: Hello, English: Hei}", 1))


def test_targets_grow_as_urgency_falls() -> None:
    """A more urgent ticket never has the longer target."""
    assert "longer target" in fault(GOOD.replace("urgent: 30 minutes", "urgent: 2 hours")).message


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_damage_to_a_file_ends_in_faults_or_in_a_policy(data: st.DataObject) -> None:
    """Whatever is cut out of or put into a file, the loader answers with a policy or with faults."""
    start = data.draw(st.integers(0, len(GOOD)))
    end = data.draw(st.integers(start, min(len(GOOD), start + 40)))
    put = data.draw(
        st.one_of(
            st.text(max_size=12), st.sampled_from(["{", "[", "- ", ": ", "'", '"\\ud800"', "!x ", "? "])
        )
    )
    found: object = None
    try:
        found = load_text(GOOD[:start] + put + GOOD[end:], "p").version
    except PolicyError as error:
        found = error.faults
    assert found


def test_the_shipped_policy_is_found() -> None:
    """The starter is part of the package."""
    assert STARTER.is_file()
    assert load([STARTER]).name == "starter"
