"""Checked conditions → SQL of one database: bound literals, and the few forms in which databases differ.

A further database is a further ``Dialect``; nothing else in this room knows one by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from sqlglot import exp, parse_one

from policies.language import NOW, Condition
from policies.operators import HAS_ENTRY

Literal = str | int | float


@dataclass(slots=True)
class Parameters:
    """The literals of one statement, each under a name; an equal literal is bound once."""

    values: dict[str, Literal] = field(default_factory=dict)
    _names: dict[tuple[type, Literal], str] = field(default_factory=dict)

    def bind(self, value: Literal) -> exp.Expr:
        """The place in the statement where ``value`` will stand."""
        name = self._names.setdefault((type(value), value), f"p{len(self._names)}")
        self.values[name] = value
        return exp.Placeholder(this=name)


@dataclass(frozen=True, eq=False)
class Dialect:
    """A database's own words; in each form the names ``document``, ``path``, ``set`` … are replaced."""

    name: str
    forms: Mapping[str, str]

    def form(self, name: str, **parts: exp.Expr) -> exp.Expr:
        """The form of that name with its parts filled in."""

        def fill(node: exp.Expr) -> exp.Expr:
            part = isinstance(node, exp.Column) and not node.table and parts.get(node.name)
            return part.copy() if part else node

        return _parsed(self, name).transform(fill)

    def now(self) -> exp.Expr:
        """The instant of the question."""
        return self.form("now", now=exp.Placeholder(this=NOW))

    def sql(self, statement: exp.Expr) -> str:
        """The statement as this database reads it."""
        return statement.sql(self.name, comments=False)


@cache
def _parsed(dialect: Dialect, name: str) -> exp.Expr:
    return parse_one(dialect.forms[name], read=dialect.name)


_DIGITS = "ltrim(json_extract(document, path), '-')"

SQLITE = Dialect(
    name="sqlite",
    forms={
        "in_scope": "key in (select e.value from json_each(entries) as e)",
        "now": "now",
        "in_byte_order": "first",
        "round_down": "(cast(first as integer) - (first < cast(first as integer)))",
        "has_entry": (
            "case when entries is null or entry is null then null"
            " else exists (select 1 from json_each(entries) as e where e.value = entry) end"
        ),
        "text": (
            "case when json_type(document, path) in ('text', 'integer', 'real')"
            " then cast(json_extract(document, path) as text) end"
        ),
        # A text counts as a number only when it is digits with at most one sign and one point.
        "number": (
            "case when json_type(document, path) in ('integer', 'real') then json_extract(document, path)"
            " when json_type(document, path) = 'text'"
            f" and {_DIGITS} glob '[0-9]*' and {_DIGITS} glob '*[0-9]'"
            f" and not {_DIGITS} glob '*[^0-9.]*' and not {_DIGITS} glob '*.*.*'"
            " and not json_extract(document, path) glob '--*' and length(json_extract(document, path)) < 19"
            " then cast(json_extract(document, path) as real) end"
        ),
        "boolean": "case json_type(document, path) when 'true' then 1 when 'false' then 0 end",
        # The comparison of days refuses the 31st of February, which SQLite takes for the 3rd of March;
        # the shape refuses words such as 'now', which it would take for the present.
        "date": (
            "case when json_type(document, path) = 'text'"
            " and json_extract(document, path) glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*'"
            " and date(substr(json_extract(document, path), 1, 10), '+0 days')"
            " = substr(json_extract(document, path), 1, 10)"
            " then unixepoch(json_extract(document, path)) end"
        ),
        "set": "case when json_type(document, path) = 'array' then json_extract(document, path) end",
    },
)


def bound(
    condition: Condition, columns: Mapping[str, exp.Expr], parameters: Parameters, dialect: Dialect
) -> exp.Expr:
    """The condition's SQL with its names as ``columns``, its literals as bound parameters."""

    def place(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Literal):
            return parameters.bind(_literal(node))
        if isinstance(node, exp.Column) and not node.table:
            return exp.Placeholder(this=NOW) if node.name == NOW else columns[node.name].copy()
        return node

    return condition.tree.transform(place).transform(lambda node: _lowered(node, dialect))


def _lowered(node: exp.Expr, dialect: Dialect) -> exp.Expr:
    if isinstance(node, exp.Anonymous) and node.name == HAS_ENTRY:
        entries, entry = node.expressions
        return dialect.form("has_entry", entries=entries, entry=entry)
    return node


def _literal(node: exp.Literal) -> Literal:
    if node.is_string:
        return str(node.this)
    return float(node.this) if "." in node.this else int(node.this)
