"""Why a customer is in a segment, or a ticket in a situation: every condition line with the values it saw."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from policies.language import NOW
from policies.model import Policy
from policies.rules import Rule, RuleLine, compiled
from policies.stages import part_of
from policies.standing import SEGMENT, Facts, Line, Standing, Truth, Value, Verdict


def explain(policy: Policy, standing: Standing, only: Collection[str] | None = None) -> tuple[Verdict, ...]:
    """A verdict for every segment, in the policy's order, from what was true when ``standing`` was made.

    ``only`` names the segments that are asked about. Raises ValueError for a standing that another version
    of the policy made.
    """
    members = dict(zip(policy.segments, standing.segments, strict=False))
    rules = compiled(policy).segments
    return _verdicts(rules, standing.lines, standing.segments, standing.traits, members, only)


def explain_ticket(policy: Policy, facts: Facts) -> tuple[Verdict, ...]:
    """A verdict for every situation, in the policy's order."""
    situations = compiled(policy).situations
    return _verdicts(situations, facts.lines, facts.situations, facts.values, facts.members)


def explain_stages(policy: Policy, standing: Standing) -> tuple[Verdict, ...]:
    """A verdict for every condition on which a stage is entered or left; its label says which of both.

    Raises ValueError for a standing that another version of the policy made.
    """
    rules = tuple(
        replace(rule, label=f"{rule.label}: {part_of(rule.name)}") for rule in compiled(policy).stages
    )
    members = dict(zip(policy.segments, standing.segments, strict=False))
    truths = [standing.stages.get(rule.name) for rule in rules]
    return _verdicts(rules, standing.stage_lines, truths, standing.traits, members)


def _verdicts(
    rules: Sequence[Rule],
    lines: Sequence[Truth],
    truths: Sequence[Truth],
    values: Mapping[str, Value],
    members: Mapping[str, Truth],
    only: Collection[str] | None = None,
) -> tuple[Verdict, ...]:
    if len(lines) != sum(len(rule.lines) for rule in rules):
        raise ValueError("these lines belong to another version of the policy")
    rest, found = iter(lines), []
    for rule, truth in zip(rules, truths, strict=True):
        mine = tuple(islice(rest, len(rule.lines)))
        if only is None or rule.name in only:
            proof = tuple(
                _line(line, one, values, members) for line, one in zip(rule.lines, mine, strict=True)
            )
            found.append(Verdict(rule.name, rule.label, truth, proof))
    return tuple(found)


def _line(line: RuleLine, truth: Truth, values: Mapping[str, Value], members: Mapping[str, Truth]) -> Line:
    seen = {name: values.get(name) for name in line.condition.reads if name != NOW}
    seen |= {f"{SEGMENT}{name}": members.get(name) for name in line.condition.segments}
    missing = tuple(name for name, value in seen.items() if value is None)
    return Line(line.condition.text, line.group, truth, seen, missing)
