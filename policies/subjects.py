"""What a trait is about, by every name it goes by: protected themes, and what stands in for them."""

from __future__ import annotations

from sqlglot import exp

from policies.definition import Definition
from policies.names import proxy, themes
from policies.trait_model import Trait
from policies.vocabulary import EVENT, TICKET

LANGUAGE = "message_language"
"""The column of tickets, which conditions may read without a trait of their own, too."""

WHICH_LANGUAGE = "which language they write"

_STAND_INS = {
    ("customer", "locale"): "where they live",
    ("customer", "time_zone"): "where they live",
    ("customer", "name"): "what they are called",
    ("customer", "email"): "their address",
    (TICKET.name, LANGUAGE): WHICH_LANGUAGE,
}
"""Columns that stand in for something protected, whatever a policy calls them."""

_AS_THEY_ARE = (None, "first", "last")
"""Ways in which a trait says the very value of its column."""


def themes_of(definition: Definition, trait: Trait) -> frozenset[str]:
    """The protected themes that it speaks of."""
    return frozenset(theme for name in _names(definition, trait) for theme in themes(name))


def _names(definition: Definition, trait: Trait) -> tuple[str, ...]:
    """Its names here and where it comes from, and the events it looks for."""
    origins = [word for one in definition.imported for word in (one.name, one.heading)]
    return (definition.name, definition.field or "", trait.label, *origins, *_looked_for(definition))


def _looked_for(definition: Definition) -> list[str]:
    """The texts in the conditions on events: ``name = 'pregnancy test bought'`` tells of one."""
    if definition.relation is not EVENT:
        return []
    trees = (condition.tree for condition in definition.conditions)
    texts = (node for tree in trees for node in tree.find_all(exp.Literal, exp.National))
    return [node.name for node in texts if isinstance(node, exp.National) or node.is_string]


def stands_for(definition: Definition, trait: Trait) -> str | None:
    """What it can stand in for: "where they live"."""
    column = (definition.relation.name, definition.column or "")
    if definition.aggregate in _AS_THEY_ARE and column in _STAND_INS:
        return _STAND_INS[column]
    names = _names(definition, trait) if not definition.aggregate else ()
    return next((kind for name in names if (kind := proxy(name))), None)
