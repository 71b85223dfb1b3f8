"""What a policy would do with everybody in the store, compared with what holds now; nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from integration.census import cuts_for
from integration.judged import Judged, count_judged
from integration.progress import Progress
from integration.store import assignments, population
from integration.store.engine import Store
from policies.funnel import Step, steps
from policies.model import Policy
from policies.rules import Rule, compiled
from policies.segments import customer_query, read_customer
from policies.standing import Standing

SAMPLE = 5
"""Customers shown of each kind."""


@dataclass(slots=True)
class StepCount:
    """One demand of a segment: how many meet it alone, and how many meet it and all before it."""

    text: str
    alone: int = 0
    unknown: int = 0
    so_far: int = 0


@dataclass(slots=True)
class SegmentView:
    """One segment as it would be."""

    label: str
    members: int = 0
    """With those who are only kept because their condition is unknown today."""
    kept: int = 0
    unknown: int = 0
    """Who is not a member, and of whom it cannot be known whether they should be."""
    entering: int = 0
    leaving: int = 0
    steps: list[StepCount] = field(default_factory=list)
    sample: list[str] = field(default_factory=list)
    enters: list[str] = field(default_factory=list)
    leaves: list[str] = field(default_factory=list)
    by_priority: Counter[str] = field(default_factory=Counter)
    """Open tickets of members by the priority they have now."""
    by_service_level: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Preview:
    """A whole desk under a policy."""

    policy: str
    customers: int = 0
    segments: dict[str, SegmentView] = field(default_factory=dict)
    known: Counter[str] = field(default_factory=Counter)
    """For each trait, how many customers have a value."""
    shared: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Members that two segments have in common, by the names in the policy's order."""
    judged: Judged = field(default_factory=Judged)
    """Open tickets whose advice agents called wrong, and how many of them would be served otherwise."""


def preview(store: Store, policy: Policy, now: int, progress: Progress) -> Preview:
    """Look at every customer with this policy, as of ``now``."""
    rules = compiled(policy).segments
    demands = [steps(rule) for rule in rules]
    result = Preview(policy.version, segments={rule.name: _view(rule, policy) for rule in rules})
    total = population.count(store)
    query, cuts = customer_query(policy), cuts_for(store, policy, now)
    for connection, scope in population.portions(store):
        rows = assignments.run_query(connection, query, scope, {"now": now, "cuts": cuts})
        standings = [read_customer(policy, row) for row in rows]
        before = assignments.members(connection, scope)
        held = {one.customer_id: holding(policy, one, before.get(one.customer_id, {})) for one in standings}
        for one in standings:
            _count(result, one, demands, rules, held[one.customer_id], before.get(one.customer_id, {}))
        _tickets(result, population.open_tickets(connection, scope), held)
        count_judged(result.judged, connection, policy, scope, cuts, now)
        progress("Looking at customers", result.customers, total)
    return result


def _view(rule: Rule, policy: Policy) -> SegmentView:
    return SegmentView(rule.label, steps=[StepCount(step.text) for step in steps(rule)])


def holding(policy: Policy, standing: Standing, before: Mapping[str, bool]) -> dict[str, bool]:
    """The segments that would hold this customer, and whether each only keeps them."""
    return {
        name: truth is None
        for name, truth in zip(policy.segments, standing.segments, strict=True)
        if truth or (truth is None and name in before)
    }


def _count(
    result: Preview,
    standing: Standing,
    demands: Sequence[Sequence[Step]],
    rules: Sequence[Rule],
    held: Mapping[str, bool],
    before: Mapping[str, bool],
) -> None:
    result.customers += 1
    result.known.update(name for name, value in standing.traits.items() if value is not None)
    result.shared.update(combinations(held, 2))
    place = 0
    for rule, demand, truth in zip(rules, demands, standing.segments, strict=True):
        view = result.segments[rule.name]
        _funnel(view, demand, standing.lines[place : place + len(rule.lines)])
        place += len(rule.lines)
        _members(view, standing.customer_id, rule.name in held, rule.name in before)
        view.kept += held.get(rule.name, False)
        view.unknown += truth is None and rule.name not in held


def _funnel(view: SegmentView, demand: Sequence[Step], lines: Sequence[bool | None]) -> None:
    still = True
    for step, count in zip(demand, view.steps, strict=True):
        truth = step.truth(lines)
        still = still and truth is True
        count.alone += truth is True
        count.unknown += truth is None
        count.so_far += still


def _members(view: SegmentView, customer: str, is_in: bool, was_in: bool) -> None:
    view.members += is_in
    view.entering += is_in and not was_in
    view.leaving += was_in and not is_in
    for wanted, sample in (
        (is_in, view.sample),
        (is_in and not was_in, view.enters),
        (was_in and not is_in, view.leaves),
    ):
        if wanted and len(sample) < SAMPLE:
            sample.append(customer)


def _tickets(
    result: Preview,
    tickets: Sequence[tuple[str, str | None, str | None]],
    held: Mapping[str, Mapping[str, bool]],
) -> None:
    for customer, priority, level in tickets:
        for name in held.get(customer, ()):
            view = result.segments[name]
            view.by_priority[priority or "none"] += 1
            view.by_service_level[level or "none"] += 1
