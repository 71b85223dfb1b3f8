"""Imports in a policy: what they may say, what traits over them mean, and what may not come of them."""

from __future__ import annotations

import pytest

from policies.difference import difference
from policies.faults import PolicyError
from policies.guard import exposing, protected
from policies.load import load_text
from policies.rules import compiled
from tests.policies.desk import DAY, NOW, Desk, policy, text

CRM = "crm: {file: crm.csv, key: email, columns: {arr: number, plan: text}, expires: 90 days}"
WEB = "web: {file: web.csv, key: email, kind: events}"


def faults(imports: str, traits: str = "", segment: str = "true") -> list[str]:
    """What is wrong with a policy of these imports and traits, with the remedy."""
    middle = f"imports:\n  {imports}\ntraits: {{{traits}}}\nsegments:\n  any: {segment_of(segment)}\n"
    with pytest.raises(PolicyError) as caught:
        load_text(text(middle), "trial.yaml")
    return [f"{fault.message}. {fault.remedy}" for fault in caught.value.faults]


def segment_of(condition: str, treatment: str = "{}") -> str:
    return f'{{kind: value, label: Any, rank: 1, when: "{condition}", treatment: {treatment}}}'


@pytest.mark.parametrize(
    ("imports", "said"),
    [
        ("crm: {key: email, columns: {arr: number}, expires: 1 day}", "either a file or a query"),
        (
            "crm: {file: ../crm.csv, key: email, columns: {arr: number}, expires: 1 day}",
            "write its name alone",
        ),
        (
            "crm: {file: /etc/passwd, key: email, columns: {arr: number}, expires: 1 day}",
            "write its name alone",
        ),
        ("crm: {file: a/b.csv, key: email, columns: {arr: number}, expires: 1 day}", "write its name alone"),
        ("crm: {query: select 1, key: email, columns: {arr: number}, expires: 1 day}", "go together"),
        ("crm: {file: crm.csv, key: phone, columns: {arr: number}, expires: 1 day}", "email"),
        ("crm: {file: crm.csv, key: email, columns: {arr: number}}", "needs expires"),
        ("crm: {file: crm.csv, key: email, expires: 1 day}", "needs columns"),
        ("crm: {file: crm.csv, key: email, kind: events, expires: 1 day}", "does not go with"),
        ("crm: {file: crm.csv, key: email, columns: {email: text}, expires: 1 day}", "meaning of its own"),
        (
            "crm: {file: crm.csv, key: email, columns: {arr: number}, headings: {ar: X}, expires: 1 day}",
            "ar is none of email, arr",
        ),
        (
            "crm: {query: 'delete from x', database: d, key: email, columns: {arr: number}, expires: 1 day}",
            "begins with select or with",
        ),
        (
            "crm: {query: 'select 1; drop x', database: d, key: email, columns: {a: text}, expires: 1 day}",
            "no semicolon",
        ),
    ],
)
def test_an_import_says_where_whose_what_and_for_how_long(imports: str, said: str) -> None:
    """What is missing, what does not go together, and any way out of the policy's folder are refused."""
    assert said in " ".join(faults(imports))


@pytest.mark.parametrize(
    ("imports", "trait", "said"),
    [
        (CRM, "a: {from: import.crn.arr}", "there is no import crn. Did you mean crm?"),
        (CRM, "a: {from: import.crm.ar}", "the import crm has no column ar. Did you mean arr?"),
        (CRM, "a: {from: import}", "there is no import named here"),
        (CRM, "a: {from: import.crm.arr, type: text}", "import.crm.arr is a number. Write type: number"),
        (WEB, "a: {from: import.web.value}", "the rows of web are events"),
        (CRM, "a: {count: events}", "no import brings events"),
        (WEB, "a: {sum: event.name}", "there is no sum of a text"),
        (WEB, "a: {sum: event.amount}", "event has no amount"),
        (WEB, "a: {count: event}", "event cannot be counted"),
    ],
)
def test_a_trait_names_what_an_import_has(imports: str, trait: str, said: str) -> None:
    """A name that leads nowhere is refused with the nearest one."""
    assert said in " ".join(faults(imports, trait))


def test_a_value_is_unknown_from_the_second_on_in_which_it_expires() -> None:
    """As-of day and expiry make an instant: the second before it the value is known."""
    of = policy(f"imports:\n  {CRM}\ntraits: {{arr: {{from: import.crm.arr}}}}\n{SEGMENT}")
    desk = Desk()
    ann = desk.add("customers", email="Ann@Example.com")
    imported(desk, fields='{"arr": 12}', as_of=NOW)
    end = NOW + 90 * DAY
    assert [desk.standing(of, ann, now).traits["arr"] for now in (NOW, end - 1, end)] == [12, 12, None]
    assert desk.standing(of, ann, end - 1).segments == (True,)
    assert desk.standing(of, ann, end).segments == (None,)


SEGMENT = f"segments:\n  any: {segment_of('arr > 10')}\n"


def imported(desk: Desk, **given: object) -> None:
    """One imported row, straight into the table."""
    row = {
        "source": "crm", "key": "ann@example.com", "kind": "email", "fields": "{}", "as_of": NOW,
        "origin": "crm.csv", "line": 2, "digest": "", "seen": 1, "news": 0, "deleted": 0,
    } | given  # fmt: skip
    with desk.engine.begin() as connection:
        names = ", ".join(row)
        places = ", ".join(f":{name}" for name in row)
        connection.exec_driver_sql(f"INSERT INTO imported ({names}) VALUES ({places})", row)


def test_imports_may_be_spread_over_files_and_are_compared_in_words() -> None:
    """They are a section as any other: what changed of one is said."""
    middle = f"imports:\n  {CRM}\ntraits: {{arr: {{from: import.crm.arr}}}}\n{SEGMENT}"
    before, after = policy(middle), policy(middle.replace("90 days", "30 days"))
    (found,) = [one for one in difference(before, after) if one.section == "imports"]
    assert (found.name, found.what) == ("crm", "changed")
    assert "90 days" in found.details[0]
    assert "30 days" in found.details[0]


@pytest.mark.parametrize(
    ("imports", "trait", "condition"),
    [
        (CRM.replace("arr: number", "birth_date: date"), "a: {from: import.crm.birth_date}", "a is null"),
        (
            CRM.replace("expires", "headings: {arr: Religion}, expires"),
            "a: {from: import.crm.arr}",
            "a > 1",
        ),
        (CRM.replace("crm:", "religion_survey:"), "a: {from: import.religion_survey.arr}", "a > 1"),
        (WEB, "a: {count: events, where: \"name = 'pregnancy test bought'\"}", "a > 1"),
        (WEB, "a: {count: events, where: \"name like '%pregnancy%'\"}", "a > 1"),
    ],
)
def test_protection_is_found_in_columns_headings_imports_and_events(
    imports: str, trait: str, condition: str
) -> None:
    """What an import calls a thing protects it, whatever the trait is called; a priority is refused."""
    quoted = trait.replace('"', "'").replace("''", "'")
    middle = f"imports:\n  {imports}\ntraits:\n  {trait}\nsegments:\n  any: "
    harmless = policy(middle + segment_of(condition) + "\n")
    assert protected(harmless) == {"a": ("a",)}, quoted
    assert exposing(harmless) == {"any"}
    with pytest.raises(PolicyError, match="a protected trait may colour the tone only"):
        policy(middle + segment_of(condition, "{priority: {at_least: high}}") + "\n")


def test_what_a_file_calls_a_comment_is_somebodys_own_words() -> None:
    """It may be searched for declared words only, whatever the policy calls it."""
    said = CRM.replace("expires", "headings: {plan: Customer comment}, expires")
    middle = f"imports:\n  {said}\ntraits: {{p: {{from: import.crm.plan}}}}\nsegments:\n  any: "
    with pytest.raises(PolicyError) as caught:
        policy(middle + segment_of("contains(p, 'refund')") + "\n")
    assert {fault.code for fault in caught.value.faults} == {"FREE_TEXT"}
    assert policy(middle.replace(said, CRM) + segment_of("contains(p, 'refund')") + "\n").segments


def test_an_open_name_stays_open() -> None:
    """Nothing else about an import protects."""
    of = policy(f"imports:\n  {CRM}\ntraits: {{arr: {{from: import.crm.arr}}}}\n{SEGMENT}")
    assert protected(of) == {}
    (definition,) = compiled(of).definitions.values()
    assert (definition.type, definition.level) == ("number", "customer")
