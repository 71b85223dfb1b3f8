"""What a trait means whose value is imported, and which imports bring the events that others run over."""

from __future__ import annotations

from collections.abc import Mapping

from policies.definition import Definition, RefusedError
from policies.faults import nearest
from policies.import_model import Import
from policies.imported import Imported
from policies.trait_model import Trait
from policies.vocabulary import IMPORT

Imports = Mapping[str, Import]
"""The imports of a policy by their names."""


def copied(name: str, trait: Trait, place: str, imports: Imports) -> Definition:
    """The definition of ``from: import.crm.plan``; ``place`` is what follows ``import.``."""
    source, _, column = place.partition(".")
    found = _values(source, imports)
    type_ = found.columns.get(column)
    if type_ is None:
        remedy = nearest(column, found.columns, f"Its columns are {', '.join(found.columns)}.")
        raise RefusedError("from", f"the import {source} has no column {column or 'named here'}", remedy)
    if trait.type not in (None, type_):
        raise RefusedError("type", f"{trait.source} is a {type_}", f"Write type: {type_}, or leave it out.")
    return Definition(
        name,
        "customer",
        type_,
        IMPORT,
        field=column,
        sensitivity=trait.sensitivity or "open",
        imported=(Imported(source, found.key, found.expires, found.heading(column)),),
    )


def _values(source: str, imports: Imports) -> Import:
    found = imports.get(source)
    if found is None:
        remedy = nearest(source, imports, "Declare it under imports.")
        raise RefusedError("from", f"there is no import {source or 'named here'}", remedy)
    if found.kind == "events":
        remedy = "Compute something over them: count: events, or last: event.value."
        raise RefusedError("from", f"the rows of {source} are events", remedy)
    return found


def bringing_events(way: str, imports: Imports) -> tuple[Imported, ...]:
    """The imports over whose events a trait runs."""
    found = tuple(Imported(name, one.key) for name, one in imports.items() if one.kind == "events")
    if not found:
        remedy = "Declare an import with kind: events."
        raise RefusedError(way, "no import brings events", remedy)
    return found
