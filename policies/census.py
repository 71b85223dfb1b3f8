"""A census: what is asked of all customers, so that each can be compared with them on their own.

Whoever keeps it stores ``Census`` with the policy's measures and hands ``cuts`` to every statement that asks.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from policies.census_sql import outcomes
from policies.derivation import Compared, Measure
from policies.dialects import SQLITE, Dialect
from policies.model import Policy
from policies.rules import compiled
from policies.standing import Query, Value
from policies.statements import Statement, column, fact

Step = tuple[float | None, float | None, float]
"""From this value, which is in, to that one, which is not, this outcome; None is without end."""


@dataclass(frozen=True, slots=True)
class Group:
    """The customers of one group as one measure sees them."""

    size: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Census:
    """All customers at one instant, in UTC seconds: groups by measure and by name, which is empty for all."""

    taken_at: int
    groups: dict[str, dict[str, Group]] = field(default_factory=dict)

    @property
    def cuts(self) -> str:
        """What a statement that asks for ``cuts`` is given."""
        rows = [
            [measure, name, *step]
            for measure, groups in self.groups.items()
            for name, group in groups.items()
            for step in group.steps
        ]
        return json.dumps(rows, ensure_ascii=False)


NO_CENSUS = Census(0)
"""Before the first one every comparison is unknown."""


def measures(policy: Policy) -> dict[str, Measure]:
    """What the policy compares, by name."""
    derivations = (found.derivation for found in compiled(policy).definitions.values())
    compared = (derivation for derivation in derivations if isinstance(derivation, Compared))
    return {measure.name: measure for derivation in compared for measure in derivation.measures}


def signature(policy: Policy) -> str:
    """Equal for policies that compare the same things the same way: their census can be shared."""
    meaning, names = compiled(policy), list(measures(policy).values())
    waiting, read = [name for one in names for name in (one.of, one.by) if name], set[str]()
    while waiting:
        name = waiting.pop()
        if name in meaning.definitions and name not in read:
            read.add(name)
            waiting += meaning.definitions[name].rests_on
    traits = {name: policy.traits[name].model_dump(mode="json") for name in sorted(read)}
    tables = {name: dict(rows) for name, rows in policy.tables.items()} if read else {}
    return json.dumps([[repr(one) for one in names], traits, tables], ensure_ascii=False, sort_keys=True)


def sizes(policy: Policy, census: Census, values: Mapping[str, Value]) -> dict[str, int]:
    """Among how many customers the one with these trait values was compared, by the trait that says so."""
    found: dict[str, int] = {}
    for name, definition in compiled(policy).definitions.items():
        if isinstance(definition.derivation, Compared):
            measure = definition.derivation.measures[0]
            members = "" if measure.by is None else str(values.get(measure.by))
            group = census.groups.get(measure.name, {}).get(members)
            if group is not None:
                found[name] = group.size
    return found


@lru_cache(maxsize=16)
def census_queries(policy: Policy, dialect: Dialect = SQLITE) -> Mapping[str, Query]:
    """By measure the statement over all customers, whose rows are for ``read_group``s."""
    return {name: _query(policy, measure, dialect) for name, measure in measures(policy).items()}


def _query(policy: Policy, measure: Measure, dialect: Dialect) -> Query:
    meaning, statement = compiled(policy), Statement(dialect, everyone=True)
    wanted = [meaning.definitions[name] for name in (measure.of, measure.by) if name]
    statement.add_facts(meaning.definitions, wanted)
    columns = {trait.name: column(f"f.{fact(trait.name)}") for trait in wanted}
    return statement.query(outcomes(measure, columns, statement.parameters, dialect))


def read_groups(rows: Iterable[Sequence[object]]) -> dict[str, Group]:
    """The groups in the rows of one measure's statement."""
    found: dict[str, list[tuple[float, float, float]]] = {}
    sizes: dict[str, int] = {}
    for members, size, outcome, least, most in rows:
        name = str(members)
        sizes[name] = int(str(size))
        found.setdefault(name, []).append((_number(least), _number(most), _number(outcome)))
    return {name: Group(sizes[name], _steps(sorted(found[name]))) for name in sorted(found)}


def _number(value: object) -> float:
    return float(str(value))


def _steps(outcomes: Sequence[tuple[float, float, float]]) -> tuple[Step, ...]:
    """The outcomes in the order of their values, parted half way between one and the next."""
    cuts = [(lower[1] + upper[0]) / 2 for lower, upper in pairwise(outcomes)]
    edges = [None, *cuts, None]
    return tuple(
        (low, high, outcome[2]) for (low, high), outcome in zip(pairwise(edges), outcomes, strict=True)
    )
