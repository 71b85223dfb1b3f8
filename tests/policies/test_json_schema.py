"""The published schema: valid itself, true of what is shipped, and as strict as the loader about shapes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from policies.json_schema import DIALECT, json_schema
from policies.load import STARTER
from tests.policies.desk import text

SCHEMA = json_schema()
VALIDATOR = Draft202012Validator(SCHEMA)
PACKS = sorted(path for path in STARTER.parent.glob("*.yaml") if not path.stem.endswith(".cases"))


def values(source: str) -> Any:
    """What an editor's YAML reader hands to its schema."""
    return YAML(typ="safe", pure=True).load(re.sub(r"\b\d{4}-\d\d-\d\d\b", r"'\g<0>'", source))


def test_the_schema_is_valid_against_its_own_dialect() -> None:
    """It keeps the rules of JSON Schema 2020-12."""
    assert SCHEMA["$schema"] == DIALECT
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.stem)
def test_every_shipped_pack_is_valid(path: Path) -> None:
    """No pack looks wrong in an editor."""
    assert [error.message for error in VALIDATOR.iter_errors(values(path.read_text("utf-8")))] == []


GOOD = """
traits:
  recent: {count: tickets, within: 30 days}
segments:
  some: {kind: value, label: Some, rank: 1, when: recent > 1, treatment: {tags: [some]}}
"""


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("30 days", "thirty days"),
        ("30 days", "2592000"),
        ("kind: value", "kind: worth"),
        ("rank: 1", "rank: 0"),
        ("tags: [some]", "tags: [sla_fast]"),
        ("tags: [some]", "tags: [Some Tag]"),
        ("label: Some", "lable: Some"),
        ("when: recent > 1", "when: {all: []}"),
        ("recent: {", "Recent: {"),
    ],
)
def test_an_editor_marks_what_the_loader_would_refuse(written: str, instead: str) -> None:
    """A shape that cannot be loaded is marked while one types; the same file without it is not."""
    assert VALIDATOR.is_valid(values(text(GOOD)))
    assert not VALIDATOR.is_valid(values(text(GOOD.replace(written, instead))))
