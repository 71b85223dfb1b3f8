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
    fields_of,
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
    parts = _parts(query.terms)
    return [
        one for one in kinds_of(asked.desk)[kind] if all(_holds(asked, one, kind, part) for part in parts)
    ]


def _parts(terms: Iterable[Term]) -> list[list[Term]]:
    """Terms grouped: any of a group must hold, and every group."""
    same: dict[str, list[Term]] = defaultdict(list)
    parts: list[list[Term]] = []
    for term in terms:
        if term.sign == ":" and not term.negated:
            same[term.key].append(term)
        else:
            parts.append([term])
    return [*same.values(), *parts]


def _holds(asked: Asked, record: Record, kind: str, part: list[Term]) -> bool:
    return any(_test(record, kind, term)(asked, record, term) != term.negated for term in part)


def _test(record: Record, kind: str, term: Term) -> Test:
    if not term.key:
        return says
    if term.key.startswith("custom_field_"):
        return custom
    return PROPERTIES[kind].get(term.key) or (keyed if _has_key(record, term.key) else whole_text)


def _has_key(record: Record, key: str) -> bool:
    return key in fields_of(record)
