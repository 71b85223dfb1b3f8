"""Remarks and faults as SARIF 2.1.0, which code hosts show beside the lines of a change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from policies.lint import CHECKS, Level

VERSION = "2.1.0"


@dataclass(frozen=True, slots=True)
class Placed:
    """A remark or fault with the place where it is to be mended."""

    check: str
    level: Level
    file: str
    """As the reader named it, so that a code host finds it."""
    line: int
    column: int
    message: str
    remedy: str


def sarif(found: Sequence[Placed]) -> dict[str, Any]:
    """One run of the tool with all its checks and what they found."""
    names = list(CHECKS)
    driver = {
        "name": "Deskcue",
        "version": metadata.version("deskcue"),
        "rules": [
            {
                "id": name,
                "shortDescription": {"text": check.meaning},
                "defaultConfiguration": {"level": check.level},
            }
            for name, check in CHECKS.items()
        ],
    }
    return {
        "version": VERSION,
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [_result(one, names.index(one.check)) for one in found],
            }
        ],
    }


def _result(one: Placed, index: int) -> dict[str, Any]:
    region = {"startLine": one.line, "startColumn": one.column}
    place = {"artifactLocation": {"uri": one.file}, "region": region}
    return {
        "ruleId": one.check,
        "ruleIndex": index,
        "level": one.level,
        "message": {"text": f"{one.message}. {one.remedy}"},
        "locations": [{"physicalLocation": place}],
    }
