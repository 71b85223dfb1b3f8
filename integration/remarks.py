"""What lint can say of a policy only by looking at a desk: its customers, and what its tickets can hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from connectors.changes import Field
from integration.plan import Rules
from integration.preview import Preview, SegmentView
from policies.lint import Remark
from policies.model import Policy, Situation, Treatment
from policies.rules import compiled

_OVERLAP = ("next_step", "tone", "channel", "service_level")
"""Fields of which one claim wins and the others are lost."""

MOSTLY = 0.5
"""Segments overlap when at least this share of the smaller one's members are in the other, too."""

_PLACES = {"tags": Field.TAGS, "priority": Field.PRIORITY, "service_level": Field.SERVICE_LEVEL}
"""Where each wish is written on a desk; the rest is shown in the sidebar alone."""


def from_people(policy: Policy, seen: Preview) -> Iterator[Remark]:
    """Segments that hold nobody or everybody, traits without a value, and claims that meet."""
    if not seen.customers:
        return
    readers = _readers(policy)
    for name, view in seen.segments.items():
        yield from _size(name, view, seen.customers)
    for name, who in readers.items():
        if not seen.known[name]:
            message = f"no customer has a value for {name}, which {_some(who)} read"
            remedy = "Check the name of the field on the desk, or take out what reads it."
            yield Remark("unreadable-trait", ("traits", name), message, remedy)
    for (first, second), count in sorted(seen.shared.items(), key=lambda item: -item[1]):
        if count >= MOSTLY * min(seen.segments[first].members, seen.segments[second].members):
            yield from _overlap(policy, first, second, count)


def _readers(policy: Policy) -> dict[str, list[str]]:
    """The customer traits that segments read, with the segments."""
    meaning = compiled(policy)
    found: dict[str, list[str]] = {}
    for rule in meaning.segments:
        for name in rule.reads:
            if name in meaning.definitions:
                found.setdefault(name, []).append(rule.name)
    return found


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _size(name: str, view: SegmentView, customers: int) -> Iterator[Remark]:
    path = ("segments", name, "when")
    if view.members == customers:
        message = f"all {customers:,} customers are in {name}"
        yield Remark("universal", path, message, "Narrow the conditions, or set this under house.")
    elif not view.members:
        message = f"none of {customers:,} customers is in {name}"
        if view.unknown:
            message += f", and of {view.unknown:,} it cannot be known"
        narrow = min(view.steps, key=lambda step: step.alone)
        remedy = f"Look at the narrowest condition: `{narrow.text}` holds for {narrow.alone:,}."
        yield Remark("empty", path, message, remedy)


def _overlap(policy: Policy, first: str, second: str, count: int) -> Iterator[Remark]:
    """Two segments of which one's wish is lost wherever both hold."""
    one, other = policy.segments[first].treatment, policy.segments[second].treatment
    lost = [
        field.replace("_", " ")
        for field in _OVERLAP
        if getattr(one, field) and getattr(other, field) and getattr(one, field) != getattr(other, field)
    ]
    if lost:
        who = "1 customer is" if count == 1 else f"{count:,} customers are"
        message = f"{who} in {first} and in {second}, which ask for another {_and(lost)}"
        remedy = "If the wrong one wins, change the ranks, or keep them apart with none."
        yield Remark("overlap", ("segments", second, "treatment"), message, remedy)


def _and(words: list[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def from_desk(policy: Policy, rules: Rules, desk: str) -> Iterator[Remark]:
    """Wishes that would never be written on this desk."""
    sections: tuple[tuple[str, Mapping[str, Situation]], ...] = (
        ("segments", dict(policy.segments)),
        ("situations", policy.situations),
    )
    for section, written in sections:
        for name, rule in written.items():
            for field, place in _PLACES.items():
                fault = _unplaced(rule.treatment, field, place, rules)
                if fault:
                    path = (section, name, "treatment", field)
                    remedy = "`deskcue setup` shows what the desk could be given; or take this out."
                    yield Remark("no-place", path, f"{desk or 'this desk'} {fault}", remedy)


def _unplaced(treatment: Treatment, field: str, place: Field, rules: Rules) -> str | None:
    wish = getattr(treatment, field)
    if not wish:
        return None
    if place not in rules.fields:
        return f"has no place for {field.replace('_', ' ')}"
    known = rules.values.get(place)
    value = treatment.priority.at_least if field == "priority" and treatment.priority else wish
    if known is not None and field == "priority" and value not in known:
        return f"has no priority {value}: it has {', '.join(known)}"
    return None
