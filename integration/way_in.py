"""How a customer could come into a segment: the fewest changes, each way tried before it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from integration import try_out
from integration.try_out import ASKED
from policies.atoms import TooManyWaysError
from policies.given import fields, given
from policies.model import Policy
from policies.rules import compiled
from policies.standing import Standing
from policies.way_in import TraitChange, WayIn, ways_in

MOST_TRIED = 20
"""Ways tried on the engine, those with the fewest changes first."""
MOST_TOLD = 3

Outcome = Literal["inside", "found", "conditions", "protected", "impossible", "none found", "too many"]


@dataclass(frozen=True, slots=True)
class Advice:
    """What would have to change for one segment.

    ``found``: each of ``ways`` was tried and leads in. ``conditions``: the best way needs a condition that no
    single trait decides. ``protected``: only a protected trait stands between, which is never advice.
    """

    segment: str
    outcome: Outcome
    ways: tuple[WayIn, ...] = ()


def way_in(policy: Policy, segment: str, standing: Standing, now: int) -> Advice:
    """The fewest changes that would make this segment's condition true as of ``now``."""
    place = list(policy.segments).index(segment)
    if standing.segments[place]:
        return Advice(segment, "inside")
    try:
        ways, hidden = ways_in(policy, segment, standing, now)
    except TooManyWaysError:
        return Advice(segment, "too many")
    said = given(policy, [trait.name for trait in compiled(policy).customer_traits()])
    plain = [way for way in ways if not way.besides][:MOST_TRIED]
    leading = [way for way in plain if _leads_in(said, place, standing, way.changes, now)]
    if leading:
        fewest = len(leading[0].changes)
        told = [way for way in leading if len(way.changes) == fewest][:MOST_TOLD]
        return Advice(segment, "found", tuple(told))
    besides = tuple(way for way in ways if way.besides)[:1]
    if besides:
        return Advice(segment, "conditions", besides)
    return Advice(segment, "none found" if ways else "protected" if hidden else "impossible")


def _leads_in(said: Policy, place: int, standing: Standing, changes: Sequence[TraitChange], now: int) -> bool:
    """Whether the engine puts a customer in who has everything that this one has but for the changes."""
    values = {**standing.traits, **{change.trait: change.after for change in changes}}
    with try_out.empty_store() as connection:
        customer = {"id": ASKED, "name": "", "fields": fields(said, values)}
        try_out.put(connection, "customers", customer)
        return try_out.standing(connection, said, now).segments[place] is True
