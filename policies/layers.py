"""The order in which segments that ask about one another are settled, and the circles that have none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from policies.faults import Finding

DEEPEST = 16
"""Segments that one segment may rest on, one upon the other: each is a step of its own in the statement."""


class Asking(Protocol):
    """A rule, as far as it matters here."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def uses(self) -> tuple[str, ...]:
        """The segments it asks about."""


def depths(rules: Sequence[Asking], known: Mapping[str, int] | None = None) -> dict[str, int]:
    """How many segments each rule rests on, one upon the other; one in a circle has no depth.

    ``known`` are depths of rules that these may use besides one another.
    """
    found = dict(known or {})
    names = {rule.name for rule in rules}
    waiting = list(rules)
    while waiting:
        ready = [rule for rule in waiting if all(name in found or name not in names for name in rule.uses)]
        if not ready:
            break
        for rule in ready:
            found[rule.name] = 1 + max((found.get(name, -1) for name in rule.uses), default=-1)
        waiting = [rule for rule in waiting if rule.name not in found]
    return found


def circles(segments: Sequence[Asking]) -> list[Finding]:
    """A finding for every circle, with the way round it, and for every pile that is too deep."""
    settled = depths(segments)
    uses = {rule.name: rule.uses for rule in segments}
    findings = [
        Finding(
            ("segments", name, "when"),
            f"{name} rests on {depth} segments, one upon the other",
            f"Keep to {DEEPEST}: repeat the conditions where it matters.",
        )
        for name, depth in settled.items()
        if depth > DEEPEST
    ]
    seen: set[str] = set()
    for name in uses:
        if name in settled or name in seen:
            continue
        way = _round(name, uses, settled)
        if seen.isdisjoint(way):
            path = " -> ".join((*way, way[0]))
            remedy = "Take in_segment out of one of them."
            findings.append(Finding(("segments", way[0], "when"), f"segments go in a circle: {path}", remedy))
        seen.update(way)
    return findings


def _round(start: str, uses: Mapping[str, Iterable[str]], settled: Mapping[str, int]) -> tuple[str, ...]:
    """The circle that ``start`` leads into; whatever is not settled asks about something not settled."""
    way: list[str] = []
    name = start
    while name not in way:
        way.append(name)
        name = next(other for other in uses[name] if other in uses and other not in settled)
    return tuple(way[way.index(name) :])


def needed(rules: Iterable[Asking], segments: Mapping[str, Asking]) -> set[str]:
    """Every segment that these rules rest on, directly or through others."""
    found: set[str] = set()
    waiting = [name for rule in rules for name in rule.uses]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += segments[name].uses
    return found
