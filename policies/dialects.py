"""Checked conditions → SQL of one database: bound literals, and the few forms in which databases differ.

A further database is a further ``Dialect`` and a further table of forms; nothing else here knows one by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from sqlglot import exp, parse_one

from policies.forms import Forms
from policies.forms_duckdb import DUCKDB as _DUCKDB
from policies.forms_postgres import POSTGRES as _POSTGRES
from policies.forms_sqlite import SQLITE as _SQLITE
from policies.language import NOW, Condition
from policies.typed import FORM
from policies.vocabulary import Type

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
    """A database's own words, how its driver writes a parameter, and how it writes the place of a field."""

    name: str
    forms: Forms
    parameter: str
    path: Callable[[str], str]
    pattern: Callable[[str], str] = str
    """How the pattern of ``like`` is written; ``str`` leaves it as it is."""

    def form(self, name: str, **parts: exp.Expr) -> exp.Expr:
        """The form of that name with its parts filled in."""

        def fill(node: exp.Expr) -> exp.Expr:
            part = isinstance(node, exp.Column) and not node.table and parts.get(node.name)
            return part.copy() if part else node

        return _parsed(self, name).transform(fill)

    def select(self, name: str, **parts: exp.Expr) -> exp.Select:
        """The form of that name where it is a whole statement."""
        form = self.form(name, **parts)
        if not isinstance(form, exp.Select):
            raise TypeError(f"the form {name} of {self.name} is not a statement")
        return form

    def now(self) -> exp.Expr:
        """The instant of the question."""
        return self.form("now", now=exp.Placeholder(this=NOW))

    def text(self, value: str, parameters: Parameters) -> exp.Expr:
        """A text literal, bound."""
        return self.form("literal", first=parameters.bind(value))

    def custom(self, type_: Type, table: str, name: str, parameters: Parameters) -> exp.Expr:
        """A custom field of a row of ``table``, read as a value of that type."""
        document, path = exp.column("fields", table=table), self.text(self.path(name), parameters)
        if not self.apart:
            return self.form(type_, document=document, path=path)
        entry = self.form("entry", document=document, path=path)
        return self.form("of_entry", first=entry, second=self.form(type_))

    @property
    def apart(self) -> bool:
        """Whether a document is better taken apart at once: the forms then read a field's own JSON."""
        return "entries" in self.forms

    def column(self, type_: Type, value: exp.Expr) -> exp.Expr:
        """A column of that type: numbers and instants are doubles, so that no database counts another way."""
        return self.form(f"column_{type_}", first=value) if f"column_{type_}" in self.forms else value

    def sql(self, statement: exp.Expr) -> str:
        """The statement as this database and its driver read it; afterwards the tree holds their words."""
        for place in list(statement.find_all(exp.Placeholder)):
            place.replace(exp.Var(this=self.parameter.format(place.name)))
        return statement.sql(self.name, comments=False, copy=False)


@cache
def _parsed(dialect: Dialect, name: str) -> exp.Expr:
    return parse_one(dialect.forms[name], read=dialect.name)


def _glob(pattern: str) -> str:
    """The same pattern for GLOB, which minds case, as LIKE does not on SQLite."""
    return "".join(_GLOB.get(character, character) for character in pattern)


_GLOB = {"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}

SQLITE = Dialect("sqlite", _SQLITE, ":{}", '$."{}"'.format, _glob)
POSTGRES = Dialect("postgres", _POSTGRES, "%({})s", str)
DUCKDB = Dialect("duckdb", _DUCKDB, "${}", lambda name: "/" + name.replace("~", "~0").replace("/", "~1"))


def bound(
    condition: Condition, columns: Mapping[str, exp.Expr], parameters: Parameters, dialect: Dialect
) -> exp.Expr:
    """The condition's SQL with its names as ``columns``, its literals as bound parameters.

    A column of ``columns`` has the values of ``Dialect.custom`` and ``Dialect.column``.
    """

    def place(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.National):
            return dialect.text(dialect.pattern(node.name), parameters)
        if isinstance(node, exp.Literal):
            return (
                dialect.text(node.this, parameters) if node.is_string else parameters.bind(float(node.this))
            )
        if isinstance(node, exp.Column) and not node.table:
            return dialect.now() if node.name == NOW else columns[node.name].copy()
        return node

    return _lowered(condition.tree.transform(place), dialect)


def _lowered(tree: exp.Expr, dialect: Dialect) -> exp.Expr:
    """The tree with the dialect's forms in place of the calls, innermost first."""
    whole = exp.Paren(this=tree)
    for call in reversed(list(whole.find_all(exp.Anonymous))):
        if call.name.startswith(FORM):
            parts = dict(zip(("first", "second"), map(_apart, call.expressions), strict=False))
            call.replace(_apart(dialect.form(call.name.removeprefix(FORM), **parts)))
    lowered: exp.Expr = whole.this
    return lowered


def _apart(operand: exp.Expr) -> exp.Expr:
    return exp.Paren(this=operand) if isinstance(operand, _OPEN) else operand


_OPEN = (exp.Binary, exp.Not, exp.Neg, exp.Between, exp.In, exp.Escape)
"""What would be read in another way beside an operator."""
