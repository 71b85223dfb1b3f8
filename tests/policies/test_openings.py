"""Opening lines: templates in a sandbox, checked when the policy is loaded."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from policies.faults import Fault, PolicyError
from policies.load import load_text
from policies.openings import filled
from tests.policies.desk import TAIL, text

ALL = "traits: {}\nsegments: {all_: {kind: value, label: All, rank: 1, when: 'true'}}\n"
KNOWN = {"first_name": "Maya", "subject": "Invoice", "reply_by": "12:30"}

ESCAPES = {
    "01": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "02": "{{ first_name|attr('__class__') }}",
    "03": "{{ '{0.__class__}'.format(first_name) }}",
    "04": "{{ '{x.__class__}'.format_map({'x': first_name}) }}",
    "05": "{% set f = '{0.__class__}'.format %}{{ f(first_name) }}",
    "06": "{{ [first_name]|map(attribute='__class__')|list }}",
    "07": "{{ [first_name]|groupby('__class__') }}",
    "08": "{{ cycler.__init__.__globals__ }}",
    "09": "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "10": "{% include '/etc/passwd' %}",
}
COSTLY = {
    "11": "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
    "12a": "{{ lipsum(n=100000) }}",
    "12b": "{{ 'a' * 10**9 }}",
    "12c": "{{ 'a'|center(1000000000) }}",
    "12d": "{{ '%1000000000d'|format(1) }}",
    "12e": "{% set x = first_name ~ first_name %}{{ x }}",
    "13": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
}
CHANGING = ["{{ [1].append(2) }}", "{{ {'a': 1}.pop('a') }}", "{{ first_name.replace('a', 'b') }}"]


def source(line: str) -> str:
    """A policy with this opening line."""
    return text(ALL, tail=TAIL.replace("{en: Hello}", f"{{en: {json.dumps(line)}}}", 1))


def fault(line: str) -> Fault:
    """The only fault of a policy with this opening line."""
    with pytest.raises(PolicyError) as caught:
        load_text(source(line), "p.yaml")
    (found,) = caught.value.faults
    return found


def loaded(line: str) -> str:
    """The line, from a policy that has no fault."""
    return load_text(source(line), "p.yaml").tones["plain"].opening["en"]


@pytest.mark.parametrize("number", sorted(ESCAPES))
def test_a_tpl_01_to_10_escapes_are_refused_twice(number: str) -> None:
    """The classic ways out of a sandbox are refused when the file is loaded, and lead nowhere when filled."""
    assert fault(ESCAPES[number]).code == "TEMPLATE"
    assert filled(ESCAPES[number], KNOWN) is None


@pytest.mark.parametrize("number", sorted(COSTLY))
def test_a_tpl_11_to_13_costly_templates_are_refused_when_loaded(number: str) -> None:
    """Loops, multiplied texts, padding and recursion are no part of an opening line."""
    assert fault(COSTLY[number]).code == "TEMPLATE"


@pytest.mark.parametrize(
    "line",
    [
        "{{ first_name | safe }}",
        "{{ subject | string | safe }}",
        "{{ Markup(subject) }}",
        "{% autoescape false %}{{ subject }}{% endautoescape %}",
        "{% filter safe %}{{ subject }}{% endfilter %}",
    ],
)
def test_a_xss_04_no_opening_line_turns_escaping_off(line: str) -> None:
    """There is no word for it: the filter, the class and the block are faults where the policy is loaded."""
    assert fault(line).code == "TEMPLATE"


@pytest.mark.parametrize("line", CHANGING)
def test_a_tpl_14_nothing_is_called(line: str) -> None:
    """Neither what changes data nor what does not: there are no calls at all."""
    assert fault(line).message.startswith("an opening line may not hold this: ")


@pytest.mark.parametrize(
    ("line", "message", "remedy"),
    [
        ("Hi {{ name }}", "there is no place name", "Places are"),
        ("Hi {{ frist_name }}", "there is no place frist_name", "Did you mean first_name?"),
        ("Hi {{ first_name | title }}", "there is no filter title", "Filters are"),
        ("Hi {{ first_name is none }}", "there is no test none", "Write is defined"),
        ("Hi {{ first_name | default }}", "default is given too much or too little", "Filters are"),
        ("Hi {{ first_name | upper(1) }}", "upper is given too much or too little", "Filters are"),
        ("Hi {{ 7 * 7 }}", "may not hold this: mul", "Write places such as"),
        ("Hi {{ 7 }}", "only texts stand in an opening line", "quotes"),
        ("Hi {# x #}", "a comment", "after a #"),
        ("Hi {{ first_name", "cannot be read", "Places are"),
        ("Hi }}", "a brace that opens or closes nothing", "Places are"),
        ("Hi {% if first_name %}x", "cannot be read", "Places are"),
    ],
)
def test_a_tpl_15_what_is_not_defined_is_a_fault(line: str, message: str, remedy: str) -> None:
    """A name, filter or test that does not exist is refused at its line, with the nearest name."""
    found = fault(line)
    assert message in found.message
    assert remedy in found.remedy
    assert found.line == 11


def test_too_many_parts_are_refused() -> None:
    """Three hundred characters can hold a lot of places; forty parts are enough."""
    assert fault("{{subject}}a" * 25).message == "an opening line of more than 40 parts"


@pytest.mark.parametrize(
    ("line", "known", "said"),
    [
        ("Hi {{ first_name }}, about {{ subject }}", KNOWN, "Hi Maya, about Invoice"),
        ("Hi {{ first_name }}", {}, None),
        ("Hi {{ first_name | default('there') }}", {}, "Hi there"),
        ("Hi {{ first_name | default('there') | upper }}", KNOWN, "Hi MAYA"),
        ("{% if first_name %}Hi {{ first_name }}{% else %}Hello{% endif %}", {}, "Hello"),
        ("{% if first_name is defined and not subject %}a{% else %}b{% endif %}", {"first_name": "x"}, "a"),
        ("{{ 'a' if reply_by else 'b' }}", {}, "b"),
        ("{{ subject | capital }}", {"subject": "invoice"}, "Invoice"),
        ("{{ subject }}", {"subject": "{{ 7 * 7 }}"}, "{{ 7 * 7 }}"),
        ("{{ subject }}", {"subject": "x" * 601}, None),
        ("{% if first_name %}x{% endif %}", {}, None),
    ],
)
def test_lines_are_filled_in(line: str, known: dict[str, str], said: str | None) -> None:
    """What is missing can be stood in for; what is not stood in for gives no line. Values are never read."""
    assert filled(loaded(line), known) == said


@given(st.text(alphabet="{}%#|()[]'\"._ -+*~abefhilmnorst1", max_size=60))
@example("{{ '' ~ '' }}")
@example("{%endif%}")
@settings(max_examples=300, deadline=None)
def test_any_text_is_refused_or_filled_in_quickly(line: str) -> None:
    """Whatever stands there ends in a fault or in a line, and within a tenth of a second."""
    started = time.process_time()
    try:
        loaded("x" + line)
    except PolicyError:
        return
    finally:
        assert time.process_time() - started < 0.5
    assert filled("x" + line, KNOWN) is not None
