"""The parts that the statements of ``segments.py`` are put together from: customers' facts, lines, truths.

Every step is a materialised table expression, so that a trait is fetched once however often it is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlglot import exp

from policies.catalogue import Definition
from policies.dialects import Dialect, Parameters, bound
from policies.language import NOW
from policies.model import Item
from policies.rules import Rule, parts
from policies.standing import GroupName
from policies.traits import aggregated, copied, row_columns
from policies.vocabulary import CUSTOMER, ORGANIZATION, RATING, TICKET

Steps = list[tuple[str, exp.Select]]
"""Table expressions by name, each of which may read those before it."""

_TABLES = {CUSTOMER.name: "c", ORGANIZATION.name: "o"}
_COMPUTED = ((TICKET, "t", "from_tickets"), (RATING, "r", "from_ratings"))


class Statement:
    """A statement under construction for one dialect, with its literals."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.parameters = Parameters()
        self.steps: Steps = []

    def sql(self, final: exp.Select) -> str:
        """The text of the whole, ending in ``final``."""
        for name, step in self.steps:
            final = final.with_(name, step, materialized=True, copy=False)
        return self.dialect.sql(final)

    def in_scope(self, key: str) -> exp.Expr:
        """The condition that ``key`` is one of the customers asked about."""
        return self.dialect.form("in_scope", key=column(key), entries=exp.Placeholder(this="scope"))

    def add_facts(self, known: Mapping[str, Definition], wanted: Sequence[Definition]) -> None:
        """Add ``facts``: one row a customer in scope, with the traits ``wanted``."""
        people, joined = self._people([trait for trait in wanted if not trait.aggregate]), {}
        self.steps.append(("people", people))
        for relation, alias, name in _COMPUTED:
            computed = [trait for trait in wanted if trait.aggregate and trait.relation is relation]
            if computed:
                self.steps.append((name, self._computed(known, computed, alias)))
                joined[relation.name] = name
        self.steps.append(("facts", _joined(wanted, joined)))

    def _people(self, traits: Iterable[Definition]) -> exp.Select:
        values = [
            named(
                copied(trait, _TABLES[trait.relation.name], self.parameters, self.dialect), fact(trait.name)
            )
            for trait in traits
        ]
        return (
            exp.select(named(column("c.id"), "customer_id"), *values)
            .from_("customers AS c")
            .join("organizations AS o", on="o.id = c.organization_id AND NOT o.deleted", join_type="left")
            .where(self.in_scope("c.id"), "NOT c.deleted")
        )

    def _computed(
        self, known: Mapping[str, Definition], traits: Sequence[Definition], alias: str
    ) -> exp.Select:
        relation = traits[0].relation
        columns = row_columns(relation, known, alias, self.parameters, self.dialect)
        values = [
            named(aggregated(trait, columns, self.parameters, self.dialect), fact(trait.name))
            for trait in traits
        ]
        past = exp.LTE(this=columns[relation.time].copy(), expression=exp.Placeholder(this=NOW))
        return (
            exp.select(column(f"{alias}.customer_id"), *values)
            .from_(f"{relation.table} AS {alias}")
            .where(self.in_scope(f"{alias}.customer_id"), f"NOT {alias}.deleted", past)
            .group_by(column(f"{alias}.customer_id"))
        )

    def add_lines(self, source: str, rules: Sequence[Rule], columns: Mapping[str, exp.Expr]) -> None:
        """Add ``lined``: every row of ``source`` (read as ``f``) with the truth of each condition line."""
        lines = [line for rule in rules for line in rule.lines]
        truths = [
            named(bound(line.condition, columns, self.parameters, self.dialect), f"l{position}")
            for position, line in enumerate(lines)
        ]
        self.steps.append(("lined", exp.select("f.*", *truths).from_(f"{source} AS f")))


def _joined(wanted: Iterable[Definition], joined: Mapping[str, str]) -> exp.Select:
    """People beside what was computed for them; where there were no rows a count is 0, all else NULL."""
    select = exp.select("p.customer_id").from_("people AS p")
    for trait in wanted:
        value = column(f"{joined[trait.relation.name] if trait.aggregate else 'p'}.{fact(trait.name)}")
        if trait.aggregate == "count":
            value = exp.Coalesce(this=value, expressions=[exp.Literal.number(0)])
        select = select.select(named(value, fact(trait.name)))
    for name in joined.values():
        select = select.join(name, on=f"{name}.customer_id = p.customer_id", join_type="left")
    return select


def outcome(selected: Iterable[str], rules: Sequence[Rule]) -> exp.Select:
    """The last step: the named columns, then every line, then the truth of every rule."""
    count = sum(len(rule.lines) for rule in rules)
    lines = (column(f"x.l{position}") for position in range(count))
    truths = [named(_truth(rule.when, lines), f"s{position}") for position, rule in enumerate(rules)]
    columns = [column(f"x.{name}") for name in (*selected, *(f"l{position}" for position in range(count)))]
    return exp.select(*columns, *truths).from_("lined AS x")


def _truth(item: Item, lines: Iterator[exp.Expr]) -> exp.Expr:
    """The condition over its lines' columns; takes from ``lines`` in the order in which they were made."""
    if isinstance(item, str):
        return next(lines)
    return exp.and_(*(_part(name, [_truth(child, lines) for child in items]) for name, items in parts(item)))


def _part(name: GroupName, truths: list[exp.Expr]) -> exp.Expr:
    if name == "all":
        return exp.and_(*truths)
    either = exp.or_(*truths)
    return exp.not_(either) if name == "none" else either


def fact(trait: str) -> str:
    """The column that holds a trait, out of the way of a database's own words."""
    return f"t_{trait}"


def column(path: str) -> exp.Expr:
    """``alias.name`` or ``name`` as a node."""
    table, _, name = path.rpartition(".")
    return exp.column(name, table=table or None)


def named(value: exp.Expr, name: str) -> exp.Expr:
    """The value under a column name."""
    return exp.alias_(value, name)
