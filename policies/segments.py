"""Segments and situations → one SQL statement each, and its rows read back: true, false or unknown.

The statement is the only reading of a policy: the same for one customer and for all of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache

from sqlglot import exp

from policies.catalogue import row_scope
from policies.dialects import SQLITE
from policies.faults import Finding
from policies.instants import MOST_CROSSINGS, NEXT, add_instants, add_row_instants, next_at, too_many
from policies.language import Condition
from policies.model import Policy
from policies.proof import explain, explain_ticket
from policies.rules import Compiled, Rule, compiled
from policies.standing import Facts, Line, Query, Standing, Truth, Value, Verdict
from policies.statements import Statement, column, fact, named, outcome
from policies.traits import row_columns
from policies.vocabulary import TICKET, Type
from policies.wording import facts_line

__all__ = [
    "Facts",
    "Line",
    "Query",
    "Standing",
    "Truth",
    "Value",
    "Verdict",
    "check",
    "customer_query",
    "explain",
    "explain_ticket",
    "facts_line",
    "next_at",
    "read_customer",
    "read_ticket",
    "ticket_query",
]

MOST_LITERALS = 20_000
"""Values bound in one statement; SQLite takes 32,766."""


@lru_cache(maxsize=16)
def customer_query(policy: Policy) -> Query:
    """Traits, lines and segments of the customers in ``:scope``; each row is for ``read_customer``."""
    meaning, statement = compiled(policy), Statement(SQLITE)
    traits = meaning.customer_traits()
    statement.add_facts(meaning.definitions, traits)
    columns = {trait.name: column(f"f.{fact(trait.name)}") for trait in traits}
    selected = ["customer_id", *(fact(trait.name) for trait in traits)]
    moved = add_row_instants(statement, meaning.definitions, "facts", selected)
    timed = add_instants(statement, moved, [*selected, NEXT], _conditions(meaning.segments), columns)
    statement.add_lines(timed, meaning.segments, columns)
    final = outcome(selected, meaning.segments).select(f"x.{NEXT}").order_by("x.customer_id")
    return Query(statement.sql(final), statement.parameters.values)


@lru_cache(maxsize=16)
def ticket_query(policy: Policy) -> Query:
    """Situations of the tickets of the customers in ``:scope``; each row is for ``read_ticket``.

    Solved and closed tickets are there only with ``:all_statuses`` = 1.
    """
    meaning, statement = compiled(policy), Statement(SQLITE)
    reads = _ticket_types(meaning)
    traits = [trait for trait in meaning.customer_traits() if trait.name in reads]
    statement.add_facts(meaning.definitions, traits)
    values: dict[str, exp.Expr] = {trait.name: column(f"f.{fact(trait.name)}") for trait in traits}
    values |= row_columns(TICKET, meaning.definitions, "t", statement.parameters, statement.dialect)
    rows = (
        exp.select("t.id AS ticket_id", "t.customer_id", "t.status")
        .select(*(named(values[name], fact(name)) for name in reads))
        .from_("tickets AS t")
        .join("facts AS f", on="f.customer_id = t.customer_id")
        .where(statement.in_scope("t.customer_id"), "NOT t.deleted")
        .where("(:all_statuses = 1 OR NOT t.status IN ('solved', 'closed'))")
    )
    statement.steps.append(("asked", rows))
    columns = {name: column(f"f.{fact(name)}") for name in reads}
    selected = ["ticket_id", "customer_id", "status", *(fact(name) for name in reads)]
    timed = add_instants(statement, "asked", selected, _conditions(meaning.situations), columns)
    statement.add_lines(timed, meaning.situations, columns)
    final = outcome(selected, meaning.situations).select(f"x.{NEXT}").order_by("x.ticket_id")
    return Query(statement.sql(final), statement.parameters.values)


def check(policy: Policy) -> list[Finding]:
    """What has no meaning in the policy's traits and conditions, and what no database could take."""
    findings = list(compiled(policy).findings)
    if not findings:
        count = max(len(query(policy).parameters) for query in (customer_query, ticket_query))
        if count > MOST_LITERALS:
            remedy = "Replace long lists by a tag or a field of the customer."
            findings.append(Finding(("segments",), f"{count} different literals in the conditions", remedy))
    if moving := too_many(_all_conditions(compiled(policy))):
        remedy = f"Keep to {MOST_CROSSINGS}: count over a window instead of comparing dates one by one."
        findings.append(Finding(("segments",), f"{moving} different comparisons with now", remedy))
    return findings


def read_customer(policy: Policy, row: Sequence[object]) -> Standing:
    """The standing in one row of ``customer_query``."""
    meaning = compiled(policy)
    types = {trait.name: trait.type for trait in meaning.customer_traits()}
    lines_from = 1 + len(types)
    segments_from = lines_from + sum(len(rule.lines) for rule in meaning.segments)
    return Standing(
        customer_id=str(row[0]),
        traits=_values(types, row[1:lines_from]),
        lines=tuple(map(_truth, row[lines_from:segments_from])),
        segments=tuple(map(_truth, row[segments_from:-1])),
    )


def read_ticket(policy: Policy, row: Sequence[object]) -> Facts:
    """The facts in one row of ``ticket_query``."""
    meaning = compiled(policy)
    types = _ticket_types(meaning)
    lines_from = 3 + len(types)
    situations_from = lines_from + sum(len(rule.lines) for rule in meaning.situations)
    return Facts(
        ticket_id=str(row[0]),
        customer_id=str(row[1]),
        status=str(row[2]),
        values=_values(types, row[3:lines_from]),
        lines=tuple(map(_truth, row[lines_from:situations_from])),
        situations=tuple(map(_truth, row[situations_from:-1])),
    )


def _all_conditions(meaning: Compiled) -> list[Condition]:
    of_traits = [one for trait in meaning.definitions.values() for one in (trait.where, trait.of) if one]
    return [*of_traits, *_conditions(meaning.segments), *_conditions(meaning.situations)]


def _conditions(rules: Sequence[Rule]) -> list[Condition]:
    return [line.condition for rule in rules for line in rule.lines]


def _ticket_types(meaning: Compiled) -> dict[str, Type]:
    """The names that situations read, with their types, in the order of their columns."""
    types = {trait.name: trait.type for trait in meaning.customer_traits()}
    types |= row_scope(TICKET, meaning.definitions)
    reads = dict.fromkeys(name for rule in meaning.situations for name in rule.reads)
    return {name: types[name] for name in reads if name in types}


def _values(types: Mapping[str, Type], row: Sequence[object]) -> dict[str, Value]:
    return {name: _value(type_, value) for (name, type_), value in zip(types.items(), row, strict=True)}


def _value(type_: Type, value: object) -> Value:
    if value is None:
        return None
    if type_ == "set":
        entries = json.loads(str(value))
        return [str(entry) for entry in entries] if isinstance(entries, list) else None
    if type_ == "boolean":
        return bool(value)
    return value if isinstance(value, (int, float)) else str(value)


def _truth(value: object) -> Truth:
    return None if value is None else bool(value)
