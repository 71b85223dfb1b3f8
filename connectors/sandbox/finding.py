"""Which records a search means: terms of different properties must all hold, of terms with one property
and a colon any will do. What a property is stands in ``properties.py``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from connectors.sandbox.properties import (
    PROPERTIES,
    Asked,
    Record,
    Test,
    custom,
    keyed,
    says,
    whole_text,
)
from connectors.sandbox.query import Query, Term
from connectors.sandbox.state import Desk


def kinds_of(desk: Desk) -> Mapping[str, Iterable[Record]]:
    """The records of each kind that search knows: archived tickets too, deleted things not."""
    return {
        "ticket": (one for one in desk.tickets if one.status != "deleted"),
        "user": (one for one in desk.users if one.active),
        "organization": (one for one in desk.organizations if one.deleted_at is None),
        "group": (one for one in desk.groups if not one.deleted),
    }


def find(asked: Asked, query: Query, kind: str) -> list[Record]:
    """The records of one kind that a query means, lowest id first."""
    rows = list(kinds_of(asked.desk)[kind])
    for part in _parts(asked.desk, query.terms, kind):
        rows = _kept(asked, rows, part)
    return rows


def _kept(asked: Asked, rows: list[Record], part: list[tuple[Test, Term]]) -> list[Record]:
    """The rows for which any of these terms holds; most often there is only one."""
    if len(part) == 1:
        test, term = part[0]
        return [one for one in rows if test(asked, one, term) != term.negated]
    return [one for one in rows if any(test(asked, one, term) != term.negated for test, term in part)]


def _parts(desk: Desk, terms: Iterable[Term], kind: str) -> list[list[tuple[Test, Term]]]:
    """Terms with what they mean, grouped: any of a group must hold, and every group; words come last."""
    same: dict[str, list[tuple[Test, Term]]] = defaultdict(list)
    parts: list[list[tuple[Test, Term]]] = []
    for term in terms:
        pair = (_test(desk, kind, term), term)
        if term.sign == ":" and not term.negated:
            same[term.key].append(pair)
        else:
            parts.append([pair])
    return sorted([*same.values(), *parts], key=lambda part: part[0][0] in (says, whole_text))


def _test(desk: Desk, kind: str, term: Term) -> Test:
    if not term.key:
        return says
    if term.key.startswith("custom_field_"):
        return custom
    shelves = {"user": desk.user_fields, "organization": desk.organization_fields}
    known = kind in shelves and any(field.key == term.key for field in shelves[kind])
    return PROPERTIES[kind].get(term.key) or (keyed if known else whole_text)
