"""Plain values read from policy files, where each was written, and several of them made into one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from policies.faults import Fault, Finding, Path, Place

_SECTIONS = (
    "traits",
    "segments",
    "situations",
    "stages",
    "tones",
    "channels",
    "service_levels",
    "word_lists",
    "calendars",
    "next_steps",
    "tables",
    "imports",
)
"""The keys whose entries may be spread over several files."""


@dataclass(slots=True)
class Document:
    """Plain values, where each was written, and what was wrong on the way."""

    tree: dict[str, object] = field(default_factory=dict)
    places: dict[Path, Place] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, finding: Finding) -> Fault:
        """The finding at its place, or at the nearest place above it that is written in the file."""
        path = finding.path
        while path not in self.places:
            path = path[:-1]
        place = self.places[path]
        return Fault(
            place.file,
            place.line,
            place.column,
            finding.message,
            finding.remedy,
            finding.severity,
            finding.code,
        )


def merged(documents: Sequence[Document], start: Place) -> Document:
    """The documents as one; a name that two of them define is a fault that names both places."""
    whole = Document(places={(): start})
    for document in documents:
        for key, value in document.tree.items():
            section = whole.tree.get(key, {})
            if key in _SECTIONS and isinstance(value, dict) and isinstance(section, dict):
                whole.tree[key] = section
                for name, entry in value.items():
                    _enter(whole, document, section, (key, name), entry)
            else:
                _enter(whole, document, whole.tree, (key,), value)
        for path, place in document.places.items():
            whole.places.setdefault(path, place)
    return whole


def _enter(whole: Document, document: Document, into: dict[str, Any], path: Path, value: object) -> None:
    if path[-1] in into:
        first, again = whole.places[path], document.places[path]
        message = f"{path[-1]} is written twice, first in {first.file} on line {first.line}"
        whole.faults.append(Fault(again.file, again.line, again.column, message, "Keep one of the two."))
    else:
        into[str(path[-1])] = value
