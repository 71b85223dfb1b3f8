"""The parts that the statements of ``segments.py`` are put together from: customers' facts, lines, truths.

Every step is a materialised table expression, so that a trait is fetched once however often it is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from sqlglot import exp

from policies.apart import taken_apart
from policies.census_sql import between
from policies.computations import COMPUTATIONS
from policies.definition import Definition
from policies.derivation import Compared, Lookup, Measure, Place
from policies.dialects import Dialect, Parameters, bound
from policies.imported import alias_of, event_rows, holding, with_imports
from policies.layers import depths
from policies.model import Item
from policies.over_traits import by_level, closure
from policies.rules import Rule, parts
from policies.standing import GroupName, Query
from policies.traits import aggregated, contribution, copied, places, row_columns, taken
from policies.typed import MEMBER
from policies.vocabulary import CUSTOMER, EVENT, ORGANIZATION, RATING, TICKET

Steps = list[tuple[str, exp.Select]]
"""Table expressions by name, each of which may read those before it."""

_TABLES = {CUSTOMER.name: "c", ORGANIZATION.name: "o"}
_COMPUTED = ((TICKET, "t", "from_tickets"), (RATING, "r", "from_ratings"), (EVENT, "e", "from_events"))


class Statement:
    """A statement under construction for one dialect, with its literals.

    It is about the customers in ``scope``, with ``everyone`` about all, with ``among`` about those whom that
    statement selects. Every step is materialised, or those in ``held`` alone.
    Its parts are put together without being copied, which would take most of the time.
    """

    def __init__(
        self,
        dialect: Dialect,
        *,
        everyone: bool = False,
        among: exp.Select | None = None,
        held: Set[str] | None = None,
    ) -> None:
        self.dialect = dialect
        self.everyone = everyone
        self.among = among
        self.held = held
        self.parameters = Parameters()
        self.steps: Steps = []

    def query(self, final: exp.Select) -> Query:
        """The whole, ending in ``final``."""
        for name, step in self.steps:
            held = self.held is None or name in self.held
            final = final.with_(name, step, materialized=held or None, copy=False)
        places = {place.name for place in final.find_all(exp.Placeholder)}
        values = {name: value for name, value in self.parameters.values.items() if name in places}
        return Query(self.dialect.sql(final), values, frozenset(places - values.keys()))

    def in_scope(self, key: str) -> exp.Expr:
        """The condition that ``key`` is one of the customers asked about."""
        if self.everyone:
            return exp.true()
        if self.among:
            if "among" not in dict(self.steps):
                self.steps.insert(0, ("among", self.among))
            asked = exp.select("a.customer_id").from_("among AS a", copy=False)
            return exp.In(this=column(key), query=asked.subquery(copy=False))
        return self.dialect.form("in_scope", key=column(key), entries=exp.Placeholder(this="scope"))

    def add_facts(self, known: Mapping[str, Definition], wanted: Sequence[Definition]) -> None:
        """Add ``facts``: one row a customer in scope, with the traits ``wanted``."""
        needed = closure(wanted, known)
        plain = [trait for trait in needed if not trait.derivation]
        people, joined = self._people([trait for trait in plain if not trait.aggregate]), dict[str, str]()
        self.steps.append(("people", people))
        for relation, alias, name in _COMPUTED:
            computed = [trait for trait in plain if trait.aggregate and trait.relation is relation]
            if computed:
                columns = self._add_rows(known, computed, alias)
                for step, traits in _by_order(name, computed):
                    self.steps.append((step, self._computed(traits, columns, f"{relation.name}_rows")))
                    joined |= dict.fromkeys((trait.name for trait in traits), step)
        levels = by_level(needed)
        self.steps.append(("facts_0" if levels else "facts", _joined(plain, joined)))
        for number, level in enumerate(levels, start=1):
            name = "facts" if number == len(levels) else f"facts_{number}"
            self.steps.append((name, self._derived(f"facts_{number - 1}", level, known)))

    def _derived(
        self, source: str, level: Sequence[Definition], known: Mapping[str, Definition]
    ) -> exp.Select:
        """The rows of ``source`` with what follows from their traits."""
        columns = {name: column(f"f.{fact(name)}") for name, one in known.items() if one.level == "customer"}
        select = exp.select("f.*").from_(f"{source} AS f")
        for number, trait in enumerate(level):
            derivation, alias = trait.derivation, f"l{number}"
            if isinstance(derivation, Lookup):
                entry = exp.EQ(this=column(f"{alias}.key"), expression=columns[derivation.key].copy())
                select = select.join(
                    self._table(derivation.rows), on=entry, join_type="left", join_alias=alias
                )
            if isinstance(derivation, Compared):
                outcomes, select = self._outcomes(select, derivation.measures, number, columns)
                select = select.select(named(derivation.sql(outcomes), fact(trait.name)))
            elif derivation:
                place = Place(columns, column(f"{alias}.value"), self.parameters, self.dialect)
                select = select.select(named(derivation.sql(place), fact(trait.name)))
        return select

    def _outcomes(
        self,
        select: exp.Select,
        measures: Sequence[Measure],
        number: int,
        columns: Mapping[str, exp.Expr],
    ) -> tuple[list[exp.Expr], exp.Select]:
        """What each measure comes to between the cuts of a census, which is joined to the rows."""
        outcomes: list[exp.Expr] = []
        for part, measure in enumerate(measures):
            alias = f"c{number}_{part}"
            within = between(measure, alias, columns, self.parameters, self.dialect)
            select = select.join(self._cuts(), on=within, join_type="left", join_alias=alias)
            outcomes.append(column(f"{alias}.outcome"))
        return outcomes, select

    def _cuts(self) -> str:
        """The step that holds the cuts of the census."""
        if "cuts" not in dict(self.steps):
            self.steps.append(("cuts", self.dialect.select("cuts", entries=exp.Placeholder(this="cuts"))))
        return "cuts"

    def _table(self, rows: Mapping[str, str]) -> str:
        """The step that holds these rows as ``key`` and ``value``; equal tables share one."""
        entries = self.parameters.bind(json.dumps(rows, ensure_ascii=False))
        name = f"table_{entries.name}"
        if name not in dict(self.steps):
            self.steps.append((name, self.dialect.select("pairs", entries=entries)))
        return name

    def _people(self, traits: Sequence[Definition]) -> exp.Select:
        if self.dialect.apart:
            people = self._people_apart(traits)
        else:
            values = [named(self._copied(trait), fact(trait.name)) for trait in traits]
            people = exp.select(named(column("c.id"), "customer_id"), *values)
            people = people.from_("customers AS c", copy=False)
            if any(trait.relation is ORGANIZATION for trait in traits):
                theirs = "o.id = c.organization_id AND NOT o.deleted"
                people = people.join("organizations AS o", on=theirs, join_type="left", copy=False)
        people = people.where(self.in_scope("c.id"), "NOT c.deleted", copy=False)
        imports = (one for trait in traits for one in trait.imported)
        return with_imports(people, imports, self.parameters, self.dialect)

    def _people_apart(self, traits: Sequence[Definition]) -> exp.Select:
        """The same from documents that are read once, those of an organization once for all its customers."""
        own = [trait for trait in traits if trait.relation is not ORGANIZATION and not trait.imported]
        theirs = [trait for trait in traits if trait.relation is ORGANIZATION and not trait.imported]
        customers, values = taken_apart("customers", "c", own, self.parameters, self.dialect)
        organizations, shared = taken_apart("organizations", "o", theirs, self.parameters, self.dialect)
        found = {**values, **{trait.name: column(f"o.{fact(trait.name)}") for trait in theirs}}
        people = exp.select(
            named(column("c.id"), "customer_id"),
            *(named(found.get(trait.name) or self._copied(trait), fact(trait.name)) for trait in traits),
        ).from_(customers, copy=False)
        if not theirs:
            return people
        columns = [named(value, fact(name)) for name, value in shared.items()]
        kept = (
            exp.select("o.id", *columns).from_(organizations, copy=False).where("NOT o.deleted", copy=False)
        )
        return people.join(
            kept.subquery("o", copy=False), on="o.id = c.organization_id", join_type="left", copy=False
        )

    def _copied(self, trait: Definition) -> exp.Expr:
        """The value of a copied trait; an imported one until it expires."""
        for one in trait.imported:
            value = copied(trait, alias_of(one.name), self.parameters, self.dialect)
            return holding(value, one, self.parameters, self.dialect)
        return copied(trait, _TABLES[trait.relation.name], self.parameters, self.dialect)

    def _computed(
        self, traits: Sequence[Definition], columns: Mapping[str, exp.Expr], source: str
    ) -> exp.Select:
        """The traits computed over the rows of ``source``, none of them in the future."""
        relation = traits[0].relation
        past = exp.LTE(this=columns[relation.time].copy(), expression=self.dialect.now())
        rows = exp.select(column(f"{source}.customer_id")).from_(source, copy=False).where(past, copy=False)
        if COMPUTATIONS[str(traits[0].aggregate)].order:
            return self._ordered(traits, columns, rows)
        values = [
            named(aggregated(trait, columns, self.parameters, self.dialect), fact(trait.name))
            for trait in traits
        ]
        return rows.select(*values, copy=False).group_by(column(f"{source}.customer_id"), copy=False)

    def _ordered(
        self, traits: Sequence[Definition], columns: Mapping[str, exp.Expr], rows: exp.Select
    ) -> exp.Select:
        """Every row with its place in the order of each trait, and over these what stands at the places."""
        person, values = rows.selects[0], list[exp.Expr]()
        for number, trait in enumerate(traits):
            value = contribution(trait, columns, self.parameters, self.dialect)
            place, among = places(trait, value, columns, person, self.dialect)
            for part, name in ((value, "v"), (place, "p"), (among, "n")):
                rows = rows.select(named(part, f"{name}{number}"), copy=False)
            parts = [column(f"r.{letter}{number}") for letter in "vpn"]
            values.append(named(taken(trait, parts, self.dialect), fact(trait.name)))
        whole = exp.select("r.customer_id", *values).from_(rows.subquery("r", copy=False), copy=False)
        return whole.group_by(column("r.customer_id"), copy=False)

    def _add_rows(
        self, known: Mapping[str, Definition], traits: Sequence[Definition], alias: str
    ) -> dict[str, exp.Expr]:
        """Add the rows of those asked about, and say where in them each name that ``traits`` read stands.

        A custom field is taken out of its document once, and no condition grows by how that is done.
        """
        relation = traits[0].relation
        reads = {relation.time, "id"}.union(*(trait.reads for trait in traits))
        held = row_columns(relation, known, alias, self.parameters, self.dialect)
        values = [named(value, fact(name)) for name, value in held.items() if name in reads]
        if relation is EVENT:
            scope = self.in_scope("c.id")
            rows = event_rows(values, traits[0].imported, scope, self.parameters, self.dialect)
        else:
            rows = exp.select(column(f"{alias}.customer_id"), *values)
            rows = rows.from_(f"{relation.table} AS {alias}", copy=False)
            rows = rows.where(self.in_scope(f"{alias}.customer_id"), f"NOT {alias}.deleted", copy=False)
        self.steps.append((f"{relation.name}_rows", rows))
        return {name: column(f"{relation.name}_rows.{fact(name)}") for name in held if name in reads}

    def add_lines(self, source: str, rules: Sequence[Rule], columns: Mapping[str, exp.Expr]) -> None:
        """Add ``lined``: every row of ``source`` (read as ``f``) with the truth of each condition line.

        Where rules ask about one another, those asked about come first, in steps of their own.
        """
        depth = depths(rules)
        last = max(depth.values(), default=0)
        for level in range(last):
            source = self._level(source, rules, columns, level)
        self._lined("lined", source, rules, columns, last)

    def _level(self, source: str, rules: Sequence[Rule], columns: Mapping[str, exp.Expr], level: int) -> str:
        """Add two steps: the lines of the rules at this depth, and who is in those that others ask about."""
        self._lined(f"lined_{level}", source, rules, columns, level)
        depth = depths(rules)
        asked = {name for rule in rules for name in rule.uses}
        truths = [
            named(truth, member(rule.name))
            for rule, truth in zip(rules, truths_of(rules), strict=True)
            if rule.name in asked and depth[rule.name] == level
        ]
        held = exp.select("x.*", *truths).from_(f"lined_{level} AS x", copy=False)
        self.steps.append((f"held_{level}", held))
        return f"held_{level}"

    def _lined(
        self, step: str, source: str, rules: Sequence[Rule], columns: Mapping[str, exp.Expr], level: int
    ) -> None:
        depth = depths(rules)
        asked = {MEMBER + name: column(f"f.{member(name)}") for rule in rules for name in rule.uses}
        numbered = enumerate((rule, line) for rule in rules for line in rule.lines)
        truths = [
            named(bound(line.condition, {**asked, **columns}, self.parameters, self.dialect), f"l{position}")
            for position, (rule, line) in numbered
            if depth[rule.name] == level
        ]
        self.steps.append((step, exp.select("f.*", *truths).from_(f"{source} AS f", copy=False)))

    def add_members(self, rules: Sequence[Rule], columns: Mapping[str, exp.Expr]) -> None:
        """Add ``members``: a row a customer of ``facts``, who is in each of these segments."""
        self.add_lines("facts", rules, columns)
        truths = [
            named(truth, member(rule.name)) for rule, truth in zip(rules, truths_of(rules), strict=True)
        ]
        self.steps[-1] = ("lined_members", self.steps[-1][1])
        members = exp.select("x.customer_id", *truths).from_("lined_members AS x", copy=False)
        self.steps.append(("members", members))


def _by_order(name: str, traits: Iterable[Definition]) -> Iterator[tuple[str, list[Definition]]]:
    """Traits that need rows in order apart from those that do not; each a step of its own."""
    parts: dict[str, list[Definition]] = {}
    for trait in traits:
        order = COMPUTATIONS[str(trait.aggregate)].order
        parts.setdefault(f"{name}_in_order" if order else name, []).append(trait)
    yield from parts.items()


def _joined(wanted: Iterable[Definition], joined: Mapping[str, str]) -> exp.Select:
    """People beside what was computed for them; where there were no rows a count is 0, all else NULL."""
    select = exp.select("p.customer_id").from_("people AS p")
    for trait in wanted:
        value = column(f"{joined.get(trait.name, 'p')}.{fact(trait.name)}")
        if trait.aggregate and COMPUTATIONS[trait.aggregate].zero:
            value = exp.Coalesce(this=value, expressions=[exp.Literal.number(0)])
        select = select.select(named(value, fact(trait.name)), copy=False)
    for name in dict.fromkeys(joined.values()):
        select = select.join(name, on=f"{name}.customer_id = p.customer_id", join_type="left", copy=False)
    return select


def outcome(selected: Iterable[str], rules: Sequence[Rule]) -> exp.Select:
    """The last step: the named columns, then every line, then the truth of every rule."""
    count = sum(len(rule.lines) for rule in rules)
    truths = [named(truth, f"s{position}") for position, truth in enumerate(truths_of(rules))]
    columns = [column(f"x.{name}") for name in (*selected, *(f"l{position}" for position in range(count)))]
    return exp.select(*columns, *truths).from_("lined AS x", copy=False)


def truths_of(rules: Sequence[Rule]) -> list[exp.Expr]:
    """The truth of every rule over the columns of its lines, which are read as ``x``."""
    lines = (column(f"x.l{position}") for position in range(sum(len(rule.lines) for rule in rules)))
    return [_truth(rule.when, lines) for rule in rules]


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


def member(segment: str) -> str:
    """The column that says who is in a segment."""
    return f"in_{segment}"


def column(path: str) -> exp.Expr:
    """``alias.name`` or ``name`` as a node."""
    table, _, name = path.rpartition(".")
    return exp.column(name, table=table or None)


def named(value: exp.Expr, name: str) -> exp.Expr:
    """The value under a column name."""
    return exp.alias_(value, name)
