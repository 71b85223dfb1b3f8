"""What a trait computed over a customer's rows means; the computations themselves are ``computations.py``."""

from __future__ import annotations

from collections.abc import Mapping

from policies.computations import COMPUTATIONS
from policies.definition import Definition, RefusedError
from policies.faults import nearest
from policies.over_imports import Imports, bringing_events
from policies.scopes import condition, row_scope, source, unreadable
from policies.trait_model import Trait
from policies.vocabulary import EVENT, RATING, TICKET, Relation, Type

_ROWS = {"tickets": TICKET, "ratings": RATING, "events": EVENT}


def computed(name: str, trait: Trait, known: Mapping[str, Definition], imports: Imports) -> Definition:
    """The definition of a trait over rows; ``known`` has the traits copied from tickets."""
    relation, column, type_ = _runs_over(trait, known)
    scope = row_scope(relation, known)
    return Definition(
        name,
        "customer",
        COMPUTATIONS[trait.way].gives or type_ or "number",
        relation,
        column,
        aggregate=trait.way,
        where=condition(trait.where, "where", scope),
        of=condition(trait.of, "of", scope),
        within=trait.within,
        before=trait.before or 0,
        column_type=type_,
        sensitivity=trait.sensitivity or "open",
        imported=bringing_events(trait.way, imports) if relation is EVENT else (),
    )


def _runs_over(trait: Trait, known: Mapping[str, Definition]) -> tuple[Relation, str | None, Type | None]:
    """The rows a computation sees, the column it takes from each (a count takes none), and its type."""
    way, over = trait.way, trait.over
    computation = COMPUTATIONS[way]
    if computation.counts_rows and (over in _ROWS or not computation.takes):
        if over not in _ROWS:
            remedy = nearest(over, _ROWS, "Count tickets, ratings or events.")
            raise RefusedError(way, f"{over} cannot be counted", remedy)
        return _ROWS[over], None, None
    relation, column = source(over, way, (TICKET, RATING, EVENT))
    return relation, column, _taken(way, relation, column, known)


def _taken(way: str, relation: Relation, column: str, known: Mapping[str, Definition]) -> Type:
    """The type of a column that is computed with."""
    type_ = row_scope(relation, known).get(column)
    if type_ is None:
        raise unreadable(relation, column, way)
    takes = COMPUTATIONS[way].takes
    if type_ not in takes:
        raise RefusedError(
            way,
            f"there is no {way.replace('_', ' ')} of a {type_}",
            f"Use a column of type {' or '.join(takes)}.",
        )
    return type_
