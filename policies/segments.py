"""Segments and situations → one SQL statement each, and its rows read back: true, false or unknown.

The statement is the only reading of a policy: the same for one customer and for all of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache

from policies.asked import add_customers, add_tickets, asked_about, ticket_types
from policies.dialects import SQLITE, Dialect
from policies.faults import Finding
from policies.instants import MOST_MOTIONS, NEXT, add_instants, add_row_instants, next_at, too_many
from policies.language import Condition
from policies.model import Policy
from policies.moving import motion, never_still, too_deep
from policies.moving import reads as read_by
from policies.proof import explain, explain_stages, explain_ticket
from policies.rules import Compiled, Rule, compiled
from policies.standing import Facts, Line, Query, Standing, Truth, Value, Verdict
from policies.statements import Statement, column, fact, outcome
from policies.vocabulary import Type
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
    "explain_stages",
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
def customer_query(policy: Policy, dialect: Dialect = SQLITE, *, everyone: bool = False) -> Query:
    """Traits, lines and segments of the customers in ``scope``; each row is for ``read_customer``.

    With ``everyone`` it asks about all customers and takes no ``scope``.
    """
    meaning, statement = compiled(policy), Statement(dialect, everyone=everyone)
    selected, rules, columns = add_customers(statement, meaning)
    moved = add_row_instants(statement, meaning.definitions, "facts", selected)
    found = motion(_conditions(rules), meaning.definitions, values=True)
    timed = add_instants(statement, moved, [*selected, NEXT], found, columns)
    statement.add_lines(timed, rules, columns)
    final = outcome(selected, rules).select(f"x.{NEXT}").order_by("x.customer_id")
    return statement.query(final)


@lru_cache(maxsize=16)
def ticket_query(policy: Policy, dialect: Dialect = SQLITE, *, everyone: bool = False) -> Query:
    """Situations of the tickets of the customers in ``scope``; each row is for ``read_ticket``.

    Solved and closed tickets are there only with ``all_statuses`` = 1.
    With ``everyone`` it asks about all customers and takes no ``scope``.
    """
    meaning, statement = compiled(policy), Statement(dialect, everyone=everyone)
    reads, found = ticket_types(meaning), motion(_conditions(meaning.situations), meaning.definitions)
    more = [name for name in read_by(found) if name not in reads]
    selected = add_tickets(statement, meaning, more)
    columns = {name: column(f"f.{fact(name)}") for name in (*reads, *more)}
    timed = add_instants(statement, "asked", selected, found, columns)
    statement.add_lines(timed, meaning.situations, columns)
    final = outcome(selected, meaning.situations).select(f"x.{NEXT}").order_by("x.ticket_id")
    return statement.query(final)


def check(policy: Policy) -> list[Finding]:
    """What has no meaning in the policy's traits and conditions, and what no database could take."""
    meaning = compiled(policy)
    findings = list(meaning.findings)
    if unwatched := _unwatched(meaning):
        return [*findings, unwatched]
    if not findings:
        count = max(len(query(policy).parameters) for query in (customer_query, ticket_query))
        if count > MOST_LITERALS:
            remedy = "Replace long lists by a tag or a field of the customer."
            findings.append(Finding(("segments",), f"{count} different literals in the conditions", remedy))
    if moving := too_many(_all_conditions(meaning), meaning.definitions):
        remedy = f"Keep to {MOST_MOTIONS}: count over a window instead of comparing dates one by one."
        findings.append(Finding(("segments",), f"{moving} different comparisons with now", remedy))
    return findings


def _unwatched(meaning: Compiled) -> Finding | None:
    """A trait that nobody could watch, or that is compared while it moves."""
    if deep := too_deep(meaning.definitions, _all_conditions(meaning)):
        what = deep[1] if len(deep) > 1 else "what the conditions read"
        message = f"{what} moves with time through too many traits"
        return Finding(deep, message, "Read dates that move in fewer traits.")
    if found := never_still(meaning.definitions):
        name, flow = found
        message = f"{name} compares {flow}, which is another in every second"
        return Finding(("traits", name), message, f"Compare whole days: days_since: {flow}.")
    return None


def read_customer(policy: Policy, row: Sequence[object]) -> Standing:
    """The standing in one row of ``customer_query``."""
    meaning = compiled(policy)
    types = {trait.name: trait.type for trait in meaning.customer_traits()}
    lines_from = 1 + len(types)
    stages_from = lines_from + sum(len(rule.lines) for rule in meaning.segments)
    truths_from = stages_from + sum(len(rule.lines) for rule in meaning.stages)
    truths = tuple(map(_truth, row[truths_from:-1]))
    return Standing(
        customer_id=str(row[0]),
        traits=_values(types, row[1:lines_from]),
        lines=tuple(map(_truth, row[lines_from:stages_from])),
        segments=truths[: len(meaning.segments)],
        stage_lines=tuple(map(_truth, row[stages_from:truths_from])),
        stages={
            rule.name: truth
            for rule, truth in zip(meaning.stages, truths[len(meaning.segments) :], strict=True)
        },
    )


def read_ticket(policy: Policy, row: Sequence[object]) -> Facts:
    """The facts in one row of ``ticket_query``."""
    meaning = compiled(policy)
    types = ticket_types(meaning)
    asked = asked_about(meaning)
    members_from = 3 + len(types)
    lines_from = members_from + len(asked)
    situations_from = lines_from + sum(len(rule.lines) for rule in meaning.situations)
    return Facts(
        ticket_id=str(row[0]),
        customer_id=str(row[1]),
        status=str(row[2]),
        values=_values(types, row[3:members_from]),
        lines=tuple(map(_truth, row[lines_from:situations_from])),
        situations=tuple(map(_truth, row[situations_from:-1])),
        members=dict(zip(asked, map(_truth, row[members_from:lines_from]), strict=True)),
    )


def _all_conditions(meaning: Compiled) -> list[Condition]:
    of_traits = [one for trait in meaning.definitions.values() for one in (trait.where, trait.of) if one]
    return [*of_traits, *_conditions((*meaning.segments, *meaning.stages, *meaning.situations))]


def _conditions(rules: Sequence[Rule]) -> list[Condition]:
    return [line.condition for rule in rules for line in rule.lines]


def _values(types: Mapping[str, Type], row: Sequence[object]) -> dict[str, Value]:
    return {name: _value(type_, value) for (name, type_), value in zip(types.items(), row, strict=True)}


def _value(type_: Type, value: object) -> Value:
    if value is None:
        return None
    if type_ == "set":
        entries = json.loads(str(value))
        texts = [entry for entry in entries if isinstance(entry, str)] if isinstance(entries, list) else None
        return None if texts is None else list(dict.fromkeys(texts))
    if type_ == "boolean":
        return bool(value)
    return _whole(value) if isinstance(value, (int, float)) else str(value)


def _whole(value: float) -> float:
    """Databases count in doubles; people and stored standings see 5 instead of 5.0."""
    return int(value) if value == int(value) else value


def _truth(value: object) -> Truth:
    return None if value is None else bool(value)
