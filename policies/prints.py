"""What a policy reads of everyone, as one number each: two statements for DuckDB, made for whole populations.

A print stands for all that decides about a customer: traits, the truth of every line that these do not
settle, and the same of their tickets. Who has the print of last time is where they were; nothing else is
learnt from it. What is another in every second is left out, as no two looks at it are equal.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

from sqlglot import exp

from policies.asked import add_customers, add_tickets, ticket_types
from policies.dialects import DUCKDB
from policies.language import NOW, Condition
from policies.model import Policy
from policies.moving import flowing
from policies.rules import Rule, compiled
from policies.standing import Query
from policies.statements import Statement, column, fact, named

_HELD = frozenset({"among", "facts", "asked"})
"""What is computed once and kept where two steps may read it; all else flows through, which is cheaper."""


def customer_prints(policy: Policy) -> Query:
    """``customer_id`` and ``print`` of all customers, in no order; takes ``now`` and ``cuts``."""
    meaning, statement = compiled(policy), Statement(DUCKDB, everyone=True, held=frozenset())
    selected, rules, columns = add_customers(statement, meaning)
    statement.add_lines("facts", rules, columns)
    seen = _hash(_standing_still(policy, selected), rules)
    return statement.query(exp.select("x.customer_id", _print(seen)).from_("lined AS x", copy=False))


def ticket_prints(policy: Policy) -> Query:
    """``customer_id`` and ``print`` of their tickets, for those who have any; takes ``all_statuses``, too."""
    meaning, statement = compiled(policy), Statement(DUCKDB, among=_with_tickets(), held=_HELD)
    selected = add_tickets(statement, meaning, bare=True)
    columns = {name: column(f"f.{fact(name)}") for name in ticket_types(meaning)}
    statement.add_lines("asked", meaning.situations, columns)
    seen = _hash(_standing_still(policy, selected), meaning.situations, "channel")
    # Whichever order the tickets come in: each has its id in its own number, so that no two cancel out.
    together = exp.Anonymous(this="bit_xor", expressions=[seen])
    rows = exp.select("x.customer_id", _print(together)).from_("lined AS x", copy=False)
    return statement.query(rows.group_by("x.customer_id", copy=False))


def _with_tickets() -> exp.Select:
    resting = "(:all_statuses = 1 OR NOT w.status IN ('solved', 'closed'))"
    return exp.select("w.customer_id").from_("tickets AS w").where("NOT w.deleted", resting)


def _standing_still(policy: Policy, selected: Sequence[str]) -> list[str]:
    flow = {fact(name) for name in flowing(compiled(policy).definitions)}
    return [name for name in selected if name not in flow]


def _hash(selected: Sequence[str], rules: Sequence[Rule], *more: str) -> exp.Expr:
    """Of the columns, and of the lines that these do not settle.

    What a line comes to follows from what it reads, unless that is the time, or who else is where; what rules
    come to follows from their lines.
    """
    settled = set(selected)
    conditions = enumerate(line.condition for rule in rules for line in rule.lines)
    lines = [f"l{position}" for position, one in conditions if not _follows(one, settled)]
    return exp.Anonymous(
        this="hash", expressions=[column(f"x.{name}") for name in (*selected, *lines, *more)]
    )


def _follows(condition: Condition, settled: Set[str]) -> bool:
    still = all(fact(name) in settled for name in condition.reads)
    timeless = all(node.name != NOW for node in condition.tree.find_all(exp.Column))
    return still and timeless and not condition.segments


def _print(whole: exp.Expr) -> exp.Expr:
    """63 bits of the number: SQLite counts no further."""
    half = exp.BitwiseRightShift(this=whole, expression=exp.Literal.number(1))
    return named(exp.cast(half, "bigint"), "print")
