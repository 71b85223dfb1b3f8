"""Where imported rows meet customers: by e-mail address, external id or domain, in the statement itself.

Nothing is joined when rows are read: whoever appears later finds their values there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from policies.dialects import Dialect, Parameters
from policies.import_model import Key
from policies.vocabulary import EVENT, IMPORT


@dataclass(frozen=True, slots=True)
class Imported:
    """One import as a trait reads it."""

    name: str
    key: Key
    expires: int | None = None
    """Seconds after its day for which a value holds; events have none, as windows end them."""
    heading: str = ""
    """What the file calls the column."""


def alias_of(name: str) -> str:
    """What the rows of an import are called in a statement."""
    return f"i_{name}"


def with_imports(
    people: exp.Select, imports: Iterable[Imported], parameters: Parameters, dialect: Dialect
) -> exp.Select:
    """The customers (``c``) beside the row that each of these imports has for them."""
    for one in {found.name: found for found in imports}.values():
        alias = alias_of(one.name)
        theirs = exp.and_(
            _is(f"{alias}.source", dialect.text(one.name, parameters)),
            _matches(alias, one.key, parameters, dialect),
        )
        people = people.join(
            f"{IMPORT.table} AS {alias}", on=theirs, join_type="left", join_alias=alias, copy=False
        )
    return people


def holding(value: exp.Expr, one: Imported, parameters: Parameters, dialect: Dialect) -> exp.Expr:
    """The value until its row expires; from that very second on it is unknown."""
    end = expiry(one, parameters, dialect)
    return exp.Case().when(exp.LT(this=dialect.now(), expression=end), value)


def expiry(one: Imported, parameters: Parameters, dialect: Dialect) -> exp.Expr:
    """The instant at which what an import says of a customer expires; NULL where it says nothing."""
    day = dialect.column("date", _column(f"{alias_of(one.name)}.{IMPORT.time}"))
    return exp.Paren(this=exp.Add(this=day, expression=parameters.bind(float(one.expires or 0))))


def event_rows(
    values: Sequence[exp.Expr],
    imports: Sequence[Imported],
    in_scope: exp.Expr,
    parameters: Parameters,
    dialect: Dialect,
) -> exp.Select:
    """The events (``e``) of the customers in scope, each with its customer; one part for each kind of key."""
    parts = [
        _events(values, key, names, in_scope, parameters, dialect) for key, names in _by_key(imports).items()
    ]
    if len(parts) == 1:
        return parts[0]
    whole = exp.union(*parts, distinct=False, copy=False)
    return exp.select("u.*").from_(whole.subquery("u", copy=False), copy=False)


def _by_key(imports: Sequence[Imported]) -> Mapping[Key, list[str]]:
    found: dict[Key, list[str]] = {}
    for one in imports:
        found.setdefault(one.key, []).append(one.name)
    return found


def _events(
    values: Sequence[exp.Expr],
    key: Key,
    names: Sequence[str],
    in_scope: exp.Expr,
    parameters: Parameters,
    dialect: Dialect,
) -> exp.Select:
    sources = exp.In(this=_column("e.source"), expressions=[dialect.text(name, parameters) for name in names])
    theirs = exp.and_(_matches("e", key, parameters, dialect), sources)
    rows = exp.select(exp.alias_(_column("c.id"), "customer_id"), *(value.copy() for value in values))
    rows = rows.from_("customers AS c", copy=False)
    rows = rows.join(f"{EVENT.table} AS e", on=theirs, copy=False)
    return rows.where(in_scope.copy(), "NOT c.deleted", copy=False)


def _matches(alias: str, key: Key, parameters: Parameters, dialect: Dialect) -> exp.Expr:
    """Whether an imported row is about the customer; one read under another kind of key is not."""
    return exp.and_(
        _is(f"{alias}.kind", dialect.text(key, parameters)),
        _is(f"{alias}.key", key_of(key, dialect)),
        exp.Not(this=_column(f"{alias}.deleted")),
    )


def key_of(key: Key, dialect: Dialect) -> exp.Expr:
    """What a customer (``c``) is called by under this kind of key."""
    if key == "external_id":
        return _column("c.external_id")
    email = dialect.form("lower", first=_column("c.email"))
    return email if key == "email" else dialect.form("domain", first=exp.Paren(this=email))


def _is(path: str, value: exp.Expr) -> exp.Expr:
    return exp.EQ(this=_column(path), expression=value)


def _column(path: str) -> exp.Expr:
    table, _, name = path.rpartition(".")
    return exp.column(name, table=table)
