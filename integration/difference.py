"""Two policies compared in people: who would move, and what their open tickets would get instead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from integration.census import cuts_for
from integration.look import follows, look
from integration.preview import SAMPLE
from integration.progress import Progress
from integration.store import population
from integration.store.engine import Store
from policies.model import Policy
from policies.treatment import FIELDS, Decision


@dataclass(slots=True)
class Moved:
    """One segment under both policies."""

    before: int = 0
    after: int = 0
    entering: int = 0
    leaving: int = 0
    enters: list[str] = field(default_factory=list)
    leaves: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Movement:
    """A whole desk under both policies."""

    customers: int = 0
    moved: int = 0
    """Customers whose segments differ."""
    tickets: int = 0
    redecided: int = 0
    """Open tickets whose decisions differ."""
    segments: dict[str, Moved] = field(default_factory=dict)
    fields: dict[str, Counter[str]] = field(default_factory=dict)
    """By field, how many open tickets would get one value instead of another: ``normal → high``."""


@dataclass(frozen=True, slots=True)
class _Side:
    members: dict[str, dict[str, bool]]
    decisions: dict[str, Decision]


def movement(store: Store, before: Policy, after: Policy, now: int, progress: Progress) -> Movement:
    """What everybody in the store would get from each policy as of ``now``; nothing is written."""
    names = dict.fromkeys([*before.segments, *after.segments])
    result = Movement(segments={name: Moved() for name in names})
    total, both = (
        population.count(store),
        [(policy, cuts_for(store, policy, now)) for policy in (before, after)],
    )
    for connection, scope in population.portions(store):
        first, second = (_side(connection, policy, scope, cuts, now) for policy, cuts in both)
        for customer in scope:
            _move(result, customer, first.members.get(customer, {}), second.members.get(customer, {}))
        for ticket in first.decisions.keys() & second.decisions.keys():
            _redecide(result, first.decisions[ticket], second.decisions[ticket])
        progress("Comparing customers", result.customers, total)
    return result


def _side(connection: Connection, policy: Policy, scope: list[str], cuts: str, now: int) -> _Side:
    found = follows(policy, look(connection, policy, scope, now, cuts, at_rest=False))
    return _Side(found.members, {one.facts.ticket_id: one.decision for one in found.decided})


def _move(result: Movement, customer: str, before: Mapping[str, bool], after: Mapping[str, bool]) -> None:
    result.customers += 1
    result.moved += before.keys() != after.keys()
    for name in before.keys() | after.keys():
        one = result.segments[name]
        one.before += name in before
        one.after += name in after
        if name not in before:
            one.entering += 1
            one.enters += [customer] if len(one.enters) < SAMPLE else []
        elif name not in after:
            one.leaving += 1
            one.leaves += [customer] if len(one.leaves) < SAMPLE else []


def _redecide(result: Movement, before: Decision, after: Decision) -> None:
    result.tickets += 1
    differs = False
    for name in FIELDS:
        old, new = before.value(name), after.value(name)
        if old != new:
            differs = True
            result.fields.setdefault(name, Counter())[f"{_said(old)} → {_said(new)}"] += 1
    result.redecided += differs


def _said(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return "none" if value is None else str(value)
