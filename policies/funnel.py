"""A rule as steps one after the other: how many are left when the first holds, the first two, and so on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from policies.model import Group, Item
from policies.rules import Rule, parts
from policies.standing import Truth


@dataclass(frozen=True, slots=True)
class Step:
    """One demand of a rule: a line, or a group that is met as a whole."""

    text: str
    item: Item
    first: int
    """Its first condition line, counted within the rule."""
    wanted: bool = True
    """False for what stands under none: then it must be false."""

    def truth(self, lines: Sequence[Truth]) -> Truth:
        """Whether the demand is met by these truths of the rule's lines."""
        found = settled(self.item, iter(lines[self.first :]))
        return found if self.wanted or found is None else not found


def steps(rule: Rule) -> tuple[Step, ...]:
    """The demands that must all be met, in the order of the file."""
    if isinstance(rule.when, str):
        return (Step(rule.when, rule.when, 0),)
    return tuple(_steps(rule.when))


def _steps(group: Group) -> Iterator[Step]:
    place = 0
    for name, items in parts(group):
        if name == "any":
            yield Step(
                f"any of: {'; '.join(map(_words, items))}", Group(all=None, any=items, none=None), place
            )
            place += sum(map(_lines, items))
            continue
        for item in items:
            yield Step(f"not: {_words(item)}" if name == "none" else _words(item), item, place, name == "all")
            place += _lines(item)


def _words(item: Item) -> str:
    if isinstance(item, str):
        return item
    return "; ".join(f"{name} of ({'; '.join(map(_words, items))})" for name, items in parts(item))


def _lines(item: Item) -> int:
    """How many condition lines stand in it."""
    return 1 if isinstance(item, str) else sum(_lines(child) for _, items in parts(item) for child in items)


def settled(item: Item, lines: Iterator[Truth]) -> Truth:
    """The truth of a condition from those of its lines, which are taken in their order."""
    if isinstance(item, str):
        return next(lines)
    found: list[Truth] = []
    for name, items in parts(item):
        inner = [settled(child, lines) for child in items]
        if name == "all":
            found.append(every(inner))
        else:
            either = negated(every([negated(truth) for truth in inner]))
            found.append(negated(either) if name == "none" else either)
    return every(found)


def every(truths: Sequence[Truth]) -> Truth:
    """All of them: one that is false decides, then one that is unknown."""
    if False in truths:
        return False
    return None if None in truths else True


def negated(truth: Truth) -> Truth:
    """The opposite, unknown where nothing is known."""
    return None if truth is None else not truth
