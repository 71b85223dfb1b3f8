"""Rules in their order: positions from 1 without gaps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

from connectors.sandbox.refusals import not_found
from connectors.sandbox.shelves import Shelf


class Placed(Protocol):
    """A rule with a place among its kind."""

    position: int

    @property
    def id(self) -> int: ...


Rule = TypeVar("Rule", bound=Placed)


def in_order(shelf: Shelf[Rule]) -> list[Rule]:
    """All rules of a kind, first to last."""
    return sorted(shelf, key=lambda rule: (rule.position, rule.id))


def place(shelf: Shelf[Rule], rule: Rule, position: int | None) -> None:
    """Move a rule to a position, the last when none is asked for, and close the ranks."""
    others = [one for one in in_order(shelf) if one.id != rule.id]
    at = len(others) if position is None else min(max(position - 1, 0), len(others))
    close_ranks([*others[:at], rule, *others[at:]])


def reorder(shelf: Shelf[Rule], ids: Iterable[int], *, partly: bool) -> None:
    """Put these rules first, in the order given; those left out follow, where leaving out is allowed."""
    wanted = list(dict.fromkeys(ids))
    rules = [shelf.get(key) for key in wanted]
    rest = [rule for rule in in_order(shelf) if rule.id not in wanted]
    if None in rules or (rest and not partly):
        raise not_found()
    close_ranks([*(rule for rule in rules if rule is not None), *rest])


def close_ranks(rules: Iterable[Rule]) -> None:
    """Number the rules by their place."""
    for position, rule in enumerate(rules, 1):
        rule.position = position
