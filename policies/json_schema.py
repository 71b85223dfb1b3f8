"""The JSON Schema of policy files, made from the model, for editors that complete and check while one types.

It says what a file may look like; whether names meet and conditions mean something, only the loader knows.
"""

from __future__ import annotations

from typing import Any

from policies.model import PolicyFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"

FILE_NAME = "policy.schema.json"
"""What the schema is called beside a policy."""

FIRST_LINE = f"# yaml-language-server: $schema=./{FILE_NAME}"
"""The comment by which editors find the schema, where it stands as the first line of a policy."""


def json_schema() -> dict[str, object]:
    """The schema of a whole policy; a part of one that is joined with others misses required keys."""
    described = _closed(PolicyFile.model_json_schema(by_alias=True))
    return {"$schema": DIALECT, **described, "title": "Deskcue policy"}


def _closed(part: Any) -> Any:
    """The same schema in which a mapping with names of a certain form takes no others.

    What pydantic writes says how a name that fits must go on, and nothing of a name that does not fit.
    """
    if isinstance(part, list):
        return [_closed(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    shut = {"additionalProperties": False} if "patternProperties" in part else {}
    return {key: _closed(inner) for key, inner in part.items()} | shut
