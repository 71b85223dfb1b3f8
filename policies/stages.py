"""The stages of a customer's life: their conditions as rules, and the pure step from one stage to the next.

Which stage somebody is in depends on the past, so it is remembered between two looks; by whom is elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from policies.faults import Path
from policies.model import Item, Situation, Stage
from policies.standing import Truth

ENTER, EXIT = "-enter", "-exit"
"""After the name of a stage: the rules of its two conditions. No name can end so."""


@dataclass(frozen=True, slots=True)
class Reached:
    """The stage somebody is in, and since when (UTC seconds)."""

    stage: str
    since: int


def conditions(stages: Mapping[str, Stage]) -> dict[str, Situation]:
    """The conditions of the stages as rules of their own; a stage without an exit has one."""
    found: dict[str, Situation] = {}
    for name, stage in stages.items():
        found[name + ENTER] = _rule(stage, stage.enter)
        if stage.exit is not None:
            found[name + EXIT] = _rule(stage, stage.exit)
    return found


def _rule(stage: Stage, when: Item) -> Situation:
    return Situation.model_construct(
        label=stage.label, rank=stage.rank, look=stage.look, when=when, treatment=stage.treatment
    )


def stage_of(rule: str) -> str:
    """The stage that a rule of ``conditions`` belongs to."""
    return rule.rpartition("-")[0]


def part_of(rule: str) -> str:
    """What a rule of ``conditions`` is about: ``enter`` or ``exit``."""
    return rule.rpartition("-")[2]


def written(path: Path) -> Path:
    """The place in the file of what was found at a rule of ``conditions``."""
    section, rule, *rest = path
    stage, hyphen, part = str(rule).rpartition("-")
    if not hyphen:
        return path
    return (section, stage, part, *rest[1:]) if rest[:1] == ["when"] else (section, stage, *rest)


def next_stage(
    stages: Mapping[str, Stage], reached: Reached | None, truths: Mapping[str, Truth], now: int
) -> Reached | None:
    """Where somebody is now: in the same stage, in the next one that may be entered, or in none.

    ``truths`` are those of ``conditions`` by name. A stage stands until its exit holds and its stay is over;
    what is not known moves nobody. Stages are gone through until one stands, so that a second look at the
    same truths moves nobody.
    """
    here = reached if reached and reached.stage in stages else _entered(list(stages), truths, now)
    while here is not None:
        there = _step(stages, here, truths, now)
        if there == here:
            break
        here = there
    return here


def _step(
    stages: Mapping[str, Stage], here: Reached, truths: Mapping[str, Truth], now: int
) -> Reached | None:
    if now < (due(stages, here) or 0):
        return here
    order, name = list(stages), here.stage
    at = order.index(name)
    if stages[name].exit is not None:
        return _entered(order[at + 1 :] + order[:at], truths, now) if truths.get(name + EXIT) else here
    # While it could be entered itself it is left for a later one only: two could take turns for ever.
    earlier = [] if truths.get(name + ENTER) else order[:at]
    return _entered(order[at + 1 :] + earlier, truths, now) or here


def _entered(order: list[str], truths: Mapping[str, Truth], now: int) -> Reached | None:
    """The first that may be entered; one that would be left at once may not."""
    may = (name for name in order if truths.get(name + ENTER) and not truths.get(name + EXIT))
    return next((Reached(name, now) for name in may), None)


def due(stages: Mapping[str, Stage], reached: Reached) -> int | None:
    """The instant at which the least stay is over, for whoever looks again by the clock; None without one."""
    stay = stages[reached.stage].stay
    return None if stay is None else reached.since + stay
