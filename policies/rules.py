"""Segments and situations understood: their condition lines, each checked against the traits in reach.

The SQL is ``segments.py``, the proof of a membership ``proof.py``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import lru_cache

from policies.catalogue import row_scope, understand
from policies.definition import Definition
from policies.faults import Finding, Path
from policies.language import Condition, read
from policies.layers import circles, needed
from policies.model import Group, Item, Policy, Situation
from policies.operators import ConditionError
from policies.stages import conditions
from policies.standing import GroupName
from policies.vocabulary import TICKET, Type

MOST_LINES = 1000
"""Condition lines of one policy: each is a column, and databases have an end of columns."""

_GROUPS: tuple[GroupName, ...] = ("all", "any", "none")


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One condition line and the nearest group that holds it."""

    group: GroupName
    condition: Condition


@dataclass(frozen=True, slots=True)
class Rule:
    """One segment or situation: its condition as written, and its lines in the order of their columns."""

    name: str
    label: str
    when: Item
    lines: tuple[RuleLine, ...]

    @property
    def reads(self) -> tuple[str, ...]:
        """Every name its lines read, once."""
        return tuple(dict.fromkeys(name for line in self.lines for name in line.condition.reads))

    @property
    def uses(self) -> tuple[str, ...]:
        """The segments its lines ask about, once."""
        return tuple(dict.fromkeys(name for line in self.lines for name in line.condition.segments))


@dataclass(frozen=True, slots=True)
class Compiled:
    """A policy's meaning, and what has none."""

    definitions: dict[str, Definition]
    segments: tuple[Rule, ...]
    situations: tuple[Rule, ...]
    stages: tuple[Rule, ...]
    """The conditions on which stages are entered and left."""
    findings: tuple[Finding, ...]
    advice: tuple[str, ...] = ()
    """The traits that advice on channels weighs."""

    def segments_under(self, rules: Iterable[Rule]) -> list[Rule]:
        """The segments that these rules rest on, in the order of the file."""
        under = needed(rules, {rule.name: rule for rule in self.segments})
        return [rule for rule in self.segments if rule.name in under]

    def customer_traits(self) -> list[Definition]:
        """The traits that a customer has, in the order of the file."""
        return [found for found in self.definitions.values() if found.level == "customer"]


@lru_cache(maxsize=16)
def compiled(policy: Policy) -> Compiled:
    """The policy's meaning; worked out once for each loaded policy."""
    definitions, findings = understand(policy.traits, policy.tables, policy.imports)
    unclear = set(policy.traits) - set(definitions)
    customer = {name: found.type for name, found in definitions.items() if found.level == "customer"}
    ticket = customer | row_scope(TICKET, definitions)
    segments = _rules("segments", policy.segments, customer, policy.segments, unclear, findings)
    situations = _rules("situations", policy.situations, ticket, policy.segments, unclear, findings)
    findings += circles(segments)
    lives = _rules("stages", conditions(policy.stages), customer, policy.segments, unclear, findings)
    count = sum(len(rule.lines) for rule in (*segments, *situations, *lives))
    if count > MOST_LINES:
        findings.append(Finding(("segments",), f"{count} condition lines in one policy", "Keep to 1,000."))
    return Compiled(definitions, segments, situations, lives, tuple(findings), _weighed(policy, customer))


def _weighed(policy: Policy, known: Mapping[str, Type]) -> tuple[str, ...]:
    if policy.channel_advice is None:
        return ()
    names = [policy.channel_advice.value, *(channel.answered for channel in policy.channels.values())]
    return tuple(dict.fromkeys(name for name in names if name and known.get(name) == "number"))


def _rules(
    section: str,
    written: Mapping[str, Situation],
    scope: Mapping[str, Type],
    known: Collection[str],
    unclear: Set[str],
    findings: list[Finding],
) -> tuple[Rule, ...]:
    """The rules of one section; a line that reads an ``unclear`` trait is not blamed for it."""
    rules = []
    for name, rule in written.items():
        lines = []
        for group, text, path in _texts(rule.when, "all", (section, name, "when")):
            try:
                lines.append(RuleLine(group, read(text, scope, known)))
            except ConditionError as error:
                if unclear.isdisjoint(re.findall(r"\w+", text)):
                    findings.append(Finding(path, error.message, error.remedy))
        rules.append(Rule(name, rule.label, rule.when, tuple(lines)))
    return tuple(rules)


def _texts(item: Item, group: GroupName, path: Path) -> Iterator[tuple[GroupName, str, Path]]:
    """Every condition line below ``item``: ``all`` before ``any`` before ``none``, and down before on."""
    if isinstance(item, str):
        yield group, item, path
        return
    for inner, items in parts(item):
        for position, child in enumerate(items):
            yield from _texts(child, inner, (*path, inner, position))


def parts(group: Group) -> list[tuple[GroupName, tuple[Item, ...]]]:
    """The named parts of a group that are there, in the one order everybody uses."""
    return [(name, getattr(group, name)) for name in _GROUPS if getattr(group, name)]
