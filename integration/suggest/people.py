"""The customers a proposal is made from: their traits, and whether the chosen outcome befell them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from integration.census import cuts_for
from integration.progress import Progress
from integration.store import assignments, population
from integration.store.bulk import listing
from integration.store.engine import Store
from policies.catalogue import Definition
from policies.guard import protected
from policies.model import Policy
from policies.rules import compiled
from policies.segments import customer_query, read_customer
from policies.standing import Value

MOST = 20_000
"""Customers looked at; of a larger desk a part is drawn, always the same."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Something that befalls customers, told by their records."""

    words: str
    """Completes "customers with"."""
    among: str
    """The customers of whom it can be told at all."""
    befell: str
    gives_away: Callable[[Definition], bool]
    """Whether a trait says the outcome itself, so that nothing can be learnt from it."""


OUTCOMES: dict[str, Outcome] = {
    "bad_rating": Outcome(
        words="a bad rating",
        among="SELECT DISTINCT customer_id FROM ratings WHERE NOT deleted AND customer_id IN"
        " (SELECT value FROM json_each(?))",
        befell="SELECT DISTINCT customer_id FROM ratings WHERE NOT deleted AND score = 'bad'"
        " AND customer_id IN (SELECT value FROM json_each(?))",
        gives_away=lambda definition: definition.relation.name == "rating",
    ),
    "reopened": Outcome(
        words="a ticket opened again",
        among="SELECT DISTINCT customer_id FROM tickets WHERE NOT deleted AND reopens IS NOT NULL"
        " AND customer_id IN (SELECT value FROM json_each(?))",
        befell="SELECT DISTINCT customer_id FROM tickets WHERE NOT deleted AND reopens > 0"
        " AND customer_id IN (SELECT value FROM json_each(?))",
        gives_away=lambda definition: "reopens" in (definition.column, *definition.reads),
    ),
}
"""By the word of ``--outcome``."""


def giving_away(policy: Policy, outcome: Outcome) -> frozenset[str]:
    """The traits that say the outcome itself, and all that is computed from one of them."""
    definitions = compiled(policy).definitions
    found = {name for name, definition in definitions.items() if outcome.gives_away(definition)}
    while True:
        more = {name for name, definition in definitions.items() if found & set(definition.rests_on)} - found
        if not more:
            return frozenset(found)
        found |= more


@dataclass(slots=True)
class People:
    """Everybody looked at, column by column; all lists are in one order."""

    now: int
    customers: int = 0
    values: dict[str, list[Value]] = field(default_factory=dict)
    """By trait. Protected traits are not here: nothing is ever proposed from them."""
    befell: list[bool | None] = field(default_factory=list)
    """None where it cannot be told of a customer."""


def people(store: Store, policy: Policy, outcome: Outcome, now: int, progress: Progress) -> People:
    """Read the customers of the store, or a part of them, with the traits of this policy."""
    hidden = protected(policy)
    names = [trait.name for trait in compiled(policy).customer_traits() if trait.name not in hidden]
    found = People(now, values={name: [] for name in names})
    total, seen = population.count(store), 0
    cuts = cuts_for(store, policy, now)
    share, draw = MOST / max(total, 1), random.Random(7)  # noqa: S311  # a sample, not a secret
    for connection, scope in population.portions(store):
        seen += len(scope)
        drawn = [one for one in scope if share >= 1 or draw.random() < share]
        rows = assignments.run_query(connection, customer_query(policy), drawn, {"now": now, "cuts": cuts})
        among, befell = (
            {str(row[0]) for row in connection.exec_driver_sql(sql, (listing(drawn),))}
            for sql in (outcome.among, outcome.befell)
        )
        for standing in (read_customer(policy, row) for row in rows):
            found.customers += 1
            for name in names:
                found.values[name].append(standing.traits[name])
            known = standing.customer_id in among
            found.befell.append(standing.customer_id in befell if known else None)
        progress("Reading customers", seen, total)
    return found
