"""A small checker of JSON against the vendor's published schemas, with only the words those use.

Known: ``$ref``, ``allOf``, ``anyOf``, ``oneOf`` (as at least one), ``type``, ``enum``, ``properties``,
``items``, ``required`` and ``additionalProperties: false``. Null passes everywhere, as the vendor sends it
where its schemas forbid it; every other word is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


class Schemas:
    """The schemas of one API description, for its successful JSON answers."""

    def __init__(self, description: Schema) -> None:
        self._description = description

    def answer(self, method: str, path: str, status: int) -> Schema:
        """The schema of an answer; KeyError where the description does not know it."""
        said = self._description["paths"][path][method.lower()]["responses"][str(status)]
        found: Schema = self._resolved(said)["content"]["application/json"]["schema"]
        return found

    def described(self, method: str, path: str, status: int) -> Schema | None:
        """The same by a path whose ids are called otherwise; None where the description is silent."""
        shape = re.sub(r"\{\w+\}", "{}", path)
        for known in self._description["paths"]:
            if re.sub(r"\{\w+\}", "{}", known) == shape:
                try:
                    return self.answer(method, known, status)
                except KeyError:
                    return None
        return None

    def faults(self, value: object, schema: Schema, place: str = "$") -> Iterator[str]:
        """What is wrong with a value, each with the place where it stands."""
        schema = self._resolved(schema)
        if value is None:
            return
        if not _is(value, schema.get("type")):
            yield f"{place}: {type(value).__name__} where {schema['type']} belongs"
            return
        if "enum" in schema and value not in schema["enum"]:
            yield f"{place}: {value!r} is not one of {schema['enum']}"
        for part in schema.get("allOf", ()):
            yield from self.faults(value, part, place)
        for choices in (schema.get("anyOf"), schema.get("oneOf")):
            if choices and all(any(self.faults(value, one, place)) for one in choices):
                yield f"{place}: fits none of {len(choices)} choices"
        if isinstance(value, dict):
            yield from self._in_object(value, schema, place)
        if isinstance(value, list) and "items" in schema:
            for number, entry in enumerate(value):
                yield from self.faults(entry, schema["items"], f"{place}[{number}]")

    def _in_object(self, value: dict[str, Any], schema: Schema, place: str) -> Iterator[str]:
        known = schema.get("properties", {})
        for name in schema.get("required", ()):
            if name not in value:
                yield f"{place}: {name} is missing"
        for name, entry in value.items():
            if name in known:
                yield from self.faults(entry, known[name], f"{place}.{name}")
            elif schema.get("additionalProperties") is False:
                yield f"{place}: {name} is unknown"

    def _resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            found: Any = self._description
            for name in schema["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            schema = found
        return schema


def _is(value: object, kind: str | None) -> bool:
    if kind is None:
        return True
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, TYPES[kind])
