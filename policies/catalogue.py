"""What every trait of a policy means: where it is read or computed, its type, what it depends on.

The SQL that fetches it is ``traits.py``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from policies.definition import Definition, Level, RefusedError
from policies.faults import Finding
from policies.language import NOW, read
from policies.operators import ConditionError
from policies.over_imports import Imports
from policies.over_imports import copied as imported
from policies.over_rows import computed
from policies.over_traits import Tables, asked, derived, ordered, reads_trait
from policies.scopes import row_scope, source, unreadable
from policies.trait_model import OVER_ROWS, Trait
from policies.vocabulary import CUSTOMER, IMPORT, ORGANIZATION, TICKET

__all__ = ["Definition", "row_scope", "understand"]

_FIELD = re.compile(r'[^"\\\x00-\x1f\x7f]{1,100}')
"""A custom field's own name; what would end its place in a JSON path is left out."""


def understand(
    traits: Mapping[str, Trait], tables: Tables, imports: Imports
) -> tuple[dict[str, Definition], list[Finding]]:
    """The meaning of every trait, in the order of the file, and a finding for each that has none.

    ``tables`` are the rows of the policy's lookup tables by name. A trait that reads one without meaning
    has none either, and is not blamed for it.
    """
    found: dict[str, Definition] = {}
    order, findings = ordered(traits)
    unclear = traits.keys() - set(order)
    for name in order:
        try:
            if unclear.isdisjoint(asked(traits[name], traits)):
                found[name] = _understood(name, traits[name], found, tables, imports)
                _refuse_taken(name, found[name])
        except RefusedError as refused:
            inner = refused.finding
            findings.append(Finding(("traits", name, *inner.path), inner.message, inner.remedy))
        if name not in found:
            unclear = unclear | {name}
    return {name: found[name] for name in traits if name in found}, findings


def _understood(
    name: str, trait: Trait, known: Mapping[str, Definition], tables: Tables, imports: Imports
) -> Definition:
    if trait.way == "from":
        return _copied(name, trait, imports)
    if trait.way in OVER_ROWS and not reads_trait(trait):
        return computed(name, trait, known, imports)
    return derived(name, trait, known, tables)


def _refuse_taken(name: str, definition: Definition) -> None:
    """A trait's name must be readable in a condition, and must not be read as something else there."""
    if TICKET.column(name) or name == NOW:
        raise RefusedError("", f"{name} already means the ticket's own {name}", "Choose another name.")
    try:
        read(f"({name}) is null and coalesce({name}, {name}) is null", {name: definition.type})
    except ConditionError:
        raise RefusedError(
            "", f"{name} is a word of the condition language", "Choose another name."
        ) from None


def _copied(name: str, trait: Trait, imports: Imports) -> Definition:
    relation, rest = source(trait.source or "", "from", (CUSTOMER, ORGANIZATION, TICKET, IMPORT))
    if relation is IMPORT:
        return imported(name, trait, rest, imports)
    level: Level = "ticket" if relation is TICKET else "customer"
    declared = trait.sensitivity
    if rest.startswith("fields."):
        field = rest.removeprefix("fields.")
        if not _FIELD.fullmatch(field):
            raise RefusedError(
                "from", f"{trait.source} is not the name of a field", "Leave out quotes and backslashes."
            )
        if trait.type is None:
            raise RefusedError(
                "", "a custom field has no type of its own", "Add type: text, number, boolean, date or set."
            )
        return Definition(name, level, trait.type, relation, field=field, sensitivity=declared or "open")
    column = relation.column(rest)
    if column is None:
        raise unreadable(relation, rest, "from")
    if trait.type not in (None, column.type):
        raise RefusedError(
            "type", f"{trait.source} is a {column.type}", f"Write type: {column.type}, or leave it out."
        )
    return Definition(name, level, column.type, relation, rest, sensitivity=declared or column.sensitivity)
