"""What the statements of a policy ask about: the rows of customers and of tickets, with what is read of each.

``segments.py`` and ``prints.py`` both begin with these steps, so that they cannot mean different things.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from policies.catalogue import row_scope
from policies.rules import Compiled, Rule
from policies.statements import Statement, column, fact, member, named
from policies.traits import row_columns
from policies.vocabulary import TICKET, Type

Columns = Mapping[str, exp.Expr]
"""Where each name stands in a row that is read as ``f``."""


def add_customers(statement: Statement, meaning: Compiled) -> tuple[list[str], tuple[Rule, ...], Columns]:
    """Add ``facts``; gives its columns, the rules over them and where each trait stands."""
    traits = meaning.customer_traits()
    statement.add_facts(meaning.definitions, traits)
    columns = {trait.name: column(f"f.{fact(trait.name)}") for trait in traits}
    selected = ["customer_id", *(fact(trait.name) for trait in traits)]
    return selected, (*meaning.segments, *meaning.stages), columns


def add_tickets(
    statement: Statement, meaning: Compiled, more: Sequence[str] = (), *, bare: bool = False
) -> list[str]:
    """Add ``asked``: a row a ticket with what situations read of it, and ``more`` names; gives its columns.

    Solved and closed tickets are there only with ``all_statuses`` = 1. ``bare`` looks for no customers where
    nothing of them is read: then tickets of those who are gone are there, too.
    """
    reads = ticket_types(meaning)
    resting = meaning.segments_under(meaning.situations)
    wanted = {*reads, *more, *(name for rule in resting for name in rule.reads)}
    traits = [trait for trait in meaning.customer_traits() if trait.name in wanted]
    bare = bare and not traits and not resting
    if not bare:
        statement.add_facts(meaning.definitions, traits)
    values: dict[str, exp.Expr] = {trait.name: column(f"f.{fact(trait.name)}") for trait in traits}
    values |= row_columns(TICKET, meaning.definitions, "t", statement.parameters, statement.dialect)
    rows = (
        exp.select("t.id AS ticket_id", "t.customer_id", "t.status", "t.channel")
        .select(*(named(values[name], fact(name)) for name in (*reads, *more)))
        .from_("tickets AS t", copy=False)
        .where("NOT t.deleted", copy=False)
        .where("(:all_statuses = 1 OR NOT t.status IN ('solved', 'closed'))", copy=False)
    )
    if not bare:
        rows = rows.join("facts AS f", on="f.customer_id = t.customer_id", copy=False)
        rows = rows.where(statement.in_scope("t.customer_id"), copy=False)
    if resting:
        columns = {trait.name: column(f"f.{fact(trait.name)}") for trait in traits}
        statement.add_members(resting, columns)
        held = (column(f"m.{member(rule.name)}") for rule in resting)
        rows = rows.select(*held, copy=False)
        rows = rows.join("members AS m", on="m.customer_id = t.customer_id", copy=False)
    statement.steps.append(("asked", rows))
    selected = ["ticket_id", "customer_id", "status", *(fact(name) for name in reads)]
    return [*selected, *(member(name) for name in asked_about(meaning))]


def ticket_types(meaning: Compiled) -> dict[str, Type]:
    """The names that situations read, with their types, in the order of their columns."""
    types = {trait.name: trait.type for trait in meaning.customer_traits()}
    types |= row_scope(TICKET, meaning.definitions)
    reads = dict.fromkeys(name for rule in meaning.situations for name in rule.reads)
    reads |= dict.fromkeys(meaning.advice)
    return {name: types[name] for name in reads if name in types}


def asked_about(meaning: Compiled) -> tuple[str, ...]:
    """The segments that situations ask about, in the order of their columns."""
    return tuple(dict.fromkeys(name for rule in meaning.situations for name in rule.uses))
