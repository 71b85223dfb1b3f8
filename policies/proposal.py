"""A policy file written by a program for a person to read: proposed segments with the figures behind them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from policies.difference import in_units
from policies.json_schema import FIRST_LINE
from policies.language import read
from policies.model import Kind, Policy
from policies.rules import compiled

FIRST_RANK = 50_000
"""Ranks of proposals begin here, out of the way of what is in force."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """One segment that might be worth having."""

    name: str
    label: str
    kind: Kind
    lines: tuple[str, ...]
    """Conditions that must all hold."""
    figures: tuple[str, ...]
    """What the data says of it, a sentence each."""


def written(policy: Policy, proposals: Sequence[Proposal], goal: str, review_by: date) -> str:
    """A whole policy with these segments and what they read of ``policy``. It can be loaded as it stands."""
    tone = policy.house.tone
    parts = [
        FIRST_LINE,
        "# A proposal. Nothing in it is in force: copy what you like into your policy, and name it yourself.",
        "",
        "policy: proposal",
        f"goal: {_quoted(goal)}",
        f"owner: {_quoted(policy.owner)}",
        f"metric: {_quoted(policy.metric)}",
        f"review_by: {review_by.isoformat()}",
        "",
        "traits:",
        *_traits(policy, _read(policy, proposals)),
        "",
        "segments:",
        *(line for place, one in enumerate(proposals) for line in _segment(one, FIRST_RANK + place * 10)),
        "tones:",
        f"  {tone}: {_quoted(_plain(policy.tones[tone]))}",
        "",
        f"house: {{tone: {tone}}}",
    ]
    return "\n".join(parts) + "\n"


def _read(policy: Policy, proposals: Iterable[Proposal]) -> list[str]:
    """The traits that the lines read, and those that these are computed from, in the policy's order."""
    definitions = compiled(policy).definitions
    scope = {name: found.type for name, found in definitions.items()}
    waiting = [name for one in proposals for line in one.lines for name in read(line, scope).reads]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in definitions and name not in found:
            found.add(name)
            waiting += definitions[name].rests_on
    return [name for name in policy.traits if name in found]


def _traits(policy: Policy, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        block = _plain(policy.traits[name])
        if isinstance(block.get("within"), int):
            block["within"] = in_units(block["within"])
        yield f"  {name}: {_quoted(block)}"


def _segment(one: Proposal, rank: int) -> Iterator[str]:
    yield f"  {one.name}:"
    yield from (f"    # {' '.join(figure.split())}" for figure in one.figures)
    yield f"    kind: {one.kind}"
    yield f"    label: {_quoted(one.label)}"
    yield f"    rank: {rank}"
    yield "    when:"
    yield "      all:"
    yield from (f"        - {_quoted(line)}" for line in one.lines)
    yield f"    treatment: {{tags: [{one.name.replace('_', '-')}]}}"
    yield ""


def _plain(block: Any) -> dict[str, Any]:
    found: dict[str, Any] = block.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return found


def _quoted(value: object) -> str:
    """The value as JSON, which is YAML too."""
    return json.dumps(value, ensure_ascii=False)
