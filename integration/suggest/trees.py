"""Shallow decision trees over the traits, read back as conditions; the only place that needs scikit-learn."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from integration.suggest.groups import SMALLEST, mean_overlap, readable
from integration.suggest.people import Outcome, People, giving_away
from policies.model import Policy
from policies.proposal import Proposal
from policies.rules import compiled

DEPTH = 3
RESAMPLES = 20
CLEAR = 0.005
"""How much a question must order the customers to be asked; less is chance and would not come again."""
MOST_WORDS = 12
"""Different texts of a trait that are each tried; one with more tells people, not groups."""
MOST_PROPOSED = 3
WORTH = 1.5
"""A group is proposed when the outcome befalls its members this many times as often as everybody."""

_DAY = 86400


class MissingLibraryError(Exception):
    """scikit-learn is not installed."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of what a tree sees."""

    trait: str
    column: tuple[float | None, ...]
    kind: str
    """``number``, ``whole``, ``date`` (days before now), ``flag`` or ``word``."""
    word: str = ""

    def rounded(self, threshold: float) -> float:
        """A split's threshold in figures that people write."""
        if self.kind == "date":
            return float(max(0, round(threshold)))
        if self.kind == "number":
            return float(readable(threshold)) if abs(threshold) >= 100 else round(threshold, 2)
        return float(threshold // 1) if self.kind == "whole" else 0.5


@dataclass(frozen=True, slots=True)
class Split:
    """One side of a tree's question about one feature."""

    feature: Feature
    above: bool
    threshold: float

    @property
    def line(self) -> str:
        """The condition that says the same."""
        one = self.feature
        figure = f"{self.threshold:.2f}".rstrip("0").rstrip(".")
        if one.kind == "flag":
            return one.trait if self.above else f"not {one.trait}"
        if one.kind == "word":
            word = one.word.replace("'", "''")
            return f"{one.trait} {'=' if self.above else '!='} '{word}'"
        if one.kind == "date":
            return f"{one.trait} {'<' if self.above else '>='} now - days({figure})"
        return f"{one.trait} {'>' if self.above else '<='} {figure}"

    def holds(self, place: int) -> bool:
        """Whether the condition is true of a customer; what is not known is not true."""
        value = self.feature.column[place]
        return value is not None and (value > self.threshold) is self.above


def trees(policy: Policy, found: People, outcome: Outcome) -> list[Proposal]:
    """The leaves in which the outcome is clearly more frequent, as conditions, with their stability.

    Raises MissingLibraryError where scikit-learn is not installed.
    """
    try:
        from sklearn.tree import DecisionTreeClassifier
    except ImportError:
        raise MissingLibraryError from None
    told = [place for place, hit in enumerate(found.befell) if hit is not None]
    hits = [bool(found.befell[place]) for place in told]
    features = [one for one in _features(policy, found, outcome, told) if len(set(one.column)) > 1]
    smallest = max(10, len(told) // 50)
    if not features or sum(hits) < smallest or len(told) < 4 * smallest:
        return []
    rows = [tuple(float("nan") if one is None else one for one in row) for row in _across(features)]

    def fitted(places: Sequence[int]) -> Any:
        tree = DecisionTreeClassifier(
            max_depth=DEPTH, min_samples_leaf=smallest, min_impurity_decrease=CLEAR, random_state=7
        )
        return tree.fit([rows[place] for place in places], [hits[place] for place in places])

    tree = fitted(range(len(rows)))
    others = list(_resampled(fitted, rows))
    return list(_proposals(tree, rows, hits, features, others, outcome))


def _across(features: Sequence[Feature]) -> list[tuple[float | None, ...]]:
    return list(zip(*(one.column for one in features), strict=True))


def _features(policy: Policy, found: People, outcome: Outcome, told: Sequence[int]) -> Iterator[Feature]:
    definitions, hidden = compiled(policy).definitions, giving_away(policy, outcome)
    for name, values in found.values.items():
        definition = definitions[name]
        column = [values[place] for place in told]
        if name in hidden:
            continue
        if definition.type == "number":
            numbers = tuple(float(one) if isinstance(one, (int, float)) else None for one in column)
            whole = all(one is None or one.is_integer() for one in numbers)
            yield Feature(name, numbers, "whole" if whole else "number")
        elif definition.type == "date":
            ages = ((found.now - one) / _DAY if isinstance(one, (int, float)) else None for one in column)
            yield Feature(name, tuple(ages), "date")
        elif definition.type == "boolean":
            yield Feature(name, tuple(None if one is None else float(bool(one)) for one in column), "flag")
        elif definition.type == "text":
            yield from _words(name, [None if one is None else str(one) for one in column])


def _words(name: str, column: Sequence[str | None]) -> Iterator[Feature]:
    counts = Counter(one for one in column if one is not None)
    if len(counts) <= MOST_WORDS:
        for word in sorted(counts):
            yield Feature(
                name, tuple(None if one is None else float(one == word) for one in column), "word", word
            )


def _resampled(fitted: Any, rows: Sequence[tuple[float, ...]]) -> Iterator[list[set[int]]]:
    """The leaves of trees grown on customers drawn anew, each with those of the first who fall into it."""
    draw = random.Random(7)  # noqa: S311  # resampling, not a secret
    for _ in range(RESAMPLES):
        tree = fitted(draw.choices(range(len(rows)), k=len(rows)))
        yield list(_leaves(tree, rows).values())


def _leaves(tree: Any, rows: Sequence[tuple[float, ...]]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for place, leaf in enumerate(tree.apply(list(rows))):
        found.setdefault(int(leaf), set()).add(place)
    return found


def _proposals(
    tree: Any,
    rows: Sequence[tuple[float, ...]],
    hits: Sequence[bool],
    features: Sequence[Feature],
    others: Sequence[list[set[int]]],
    outcome: Outcome,
) -> Iterator[Proposal]:
    """The leaves worth proposing, best first. Sizes and shares are those of the conditions as written."""
    everywhere = sum(hits) / len(hits)
    found = []
    for leaf in _leaves(tree, rows):
        splits = _path(tree.tree_, leaf, features)
        members = {place for place in range(len(rows)) if all(split.holds(place) for split in splits)}
        share = sum(hits[place] for place in members) / max(len(members), 1)
        if share >= WORTH * everywhere and len(members) >= SMALLEST:
            found.append((share, members, splits))
    found.sort(key=lambda one: -one[0])
    for number, (share, members, splits) in enumerate(found[:MOST_PROPOSED], start=1):
        counterparts = [max(other, key=lambda one: mean_overlap(members, [one])) for other in others]
        stable = mean_overlap(members, counterparts)
        figures = (
            f"{len(members):,} of {len(rows):,} customers of whom it can be told.",
            f"{share:.0%} of them had {outcome.words}, of all {everywhere:.0%}.",
            f"Stability {stable:.2f}: so much of it comes again when customers are drawn anew.",
        )
        lines = tuple(split.line for split in splits)
        yield Proposal(f"extra_care_{number}", f"Worth extra care {number}", "journey", lines, figures)


def _path(tree: Any, leaf: int, features: Sequence[Feature]) -> list[Split]:
    """The splits from the root to a leaf; of several on one side of one feature, the narrowest."""
    parents: dict[int, tuple[int, bool]] = {}
    for above, children in ((False, tree.children_left), (True, tree.children_right)):
        parents |= {int(child): (parent, above) for parent, child in enumerate(children) if child >= 0}
    found: dict[tuple[int, bool], Split] = {}
    node = leaf
    while node in parents:
        node, above = parents[node]
        place = int(tree.feature[node])
        feature = features[place]
        split = Split(feature, above, feature.rounded(float(tree.threshold[node])))
        found.setdefault((place, above), split)
    return list(reversed(found.values()))
