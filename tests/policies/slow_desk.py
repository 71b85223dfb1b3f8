"""A slow, obviously right reading of whole policies: fields, computed traits, groups, over plain rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from policies.vocabulary import RELATIONS, Type
from tests.policies import slow
from tests.policies.slow import Node, Value

Row = Mapping[str, Any]
Desk = Mapping[str, Sequence[Row]]


@dataclass(frozen=True)
class Trait:
    """A trait as it is drawn: how the file says it, and what it means."""

    written: Mapping[str, object]
    type: Type
    relation: str
    column: str | None = None
    field: str | None = None
    aggregate: str | None = None
    where: Node | None = None
    of: Node | None = None
    within: int | None = None
    source: str = ""
    """The import it is a column of, with the kind of its key, and the seconds for which a value holds."""
    key: str = ""
    expires: int | None = None
    events: tuple[tuple[str, str], ...] = ()
    """The imports whose events count, each with the kind of its key."""


@dataclass(frozen=True)
class Group:
    """``all``, ``any`` and ``none`` of lines and groups."""

    parts: Mapping[str, Sequence[Node | Group]]


def copied(trait: Trait, row: Row | None) -> Value:
    """A trait of one row."""
    if row is None:
        return None
    if trait.column is not None:
        return column(trait.type, row.get(trait.column))
    return _FIELDS[trait.type](row.get("fields", {}).get(trait.field))


def column(type_: Type, stored: Any) -> Value:
    """A column as a value; sets hold each text once."""
    return list(dict.fromkeys(stored)) if type_ == "set" and stored is not None else stored


def _text(stored: Any) -> Value:
    if type(stored) is int and abs(stored) < 10**15:
        return str(stored)
    return stored if isinstance(stored, str) else None


def _number(stored: Any) -> Value:
    if type(stored) in (int, float):
        return _rounded(Fraction(stored))
    plain = isinstance(stored, str) and len(stored) < 19 and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", stored)
    return _rounded(Fraction(float(stored))) if plain else None


def _rounded(exact: Fraction) -> float | None:
    """To six decimals, a half upwards, as long as a double has that many; nothing beyond 1e15."""
    if abs(exact) > 10**15:
        return None
    if abs(exact) >= 10**9:
        return float(exact)
    return float(Fraction((exact * 10**6 + Fraction(1, 2)).__floor__(), 10**6))


def _instant(stored: Any) -> Value:
    shape = r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{3}|\.\d{6})?)?(Z|[+-]\d\d:\d\d)?)?"
    if not isinstance(stored, str) or not re.fullmatch(shape, stored, re.ASCII):
        return None
    try:
        local = datetime.fromisoformat(stored[:19].removesuffix("Z").partition("+")[0][: _clock_ends(stored)])
    except ValueError:
        return None
    offset = _offset(stored[10:])
    if offset is None:
        return None
    seconds = (local - datetime(1970, 1, 1) - offset) // timedelta(seconds=1)  # noqa: DTZ001  # both are UTC
    return seconds if -62_135_596_800 <= seconds <= 253_402_300_799 else None


def _clock_ends(stored: str) -> int:
    return 19 if stored[16:17] == ":" else 16 if len(stored) > 10 else 10


def _offset(clock: str) -> timedelta | None:
    zone = re.search(r"([+-])(\d\d):(\d\d)$", clock)
    if zone is None:
        return timedelta()
    hours, minutes = int(zone[2]), int(zone[3])
    offset = timedelta(hours=hours, minutes=minutes) * (-1 if zone[1] == "-" else 1)
    return offset if hours < 15 and minutes < 60 else None


def _set(stored: Any) -> Value:
    if not isinstance(stored, list):
        return None
    return list(dict.fromkeys(entry for entry in stored if isinstance(entry, str)))


_FIELDS: dict[Type, Callable[[Any], Value]] = {
    "text": _text,
    "number": _number,
    "boolean": lambda stored: stored if isinstance(stored, bool) else None,
    "date": _instant,
    "set": _set,
}


class Person:
    """One customer of a desk, at one instant."""

    def __init__(self, traits: Mapping[str, Trait], desk: Desk, customer: Row, now: int) -> None:
        self.traits = traits
        self.now = now
        self.rows = {"customer": customer, "organization": _live(desk["organizations"], customer)}
        self.desk, self.customer = desk, customer
        self.tickets = _own(desk["tickets"], customer)
        self.ratings = _own(desk["ratings"], customer)
        self.values = {
            name: self._computed(trait) if trait.aggregate else copied(trait, self._row(trait))
            for name, trait in traits.items()
            if trait.aggregate or trait.relation != "ticket"
        }

    def _row(self, trait: Trait) -> Row | None:
        if trait.relation != "import":
            return self.rows[trait.relation]
        for row in self.desk["imported"]:
            if row["source"] == trait.source and _theirs(row, trait.key, self.customer):
                return row if self.now < row["as_of"] + (trait.expires or 0) else None
        return None

    def _rows_of(self, trait: Trait) -> list[Row]:
        if trait.relation != "event":
            return self.tickets if trait.relation == "ticket" else self.ratings
        counted = dict(trait.events)
        return [
            row
            for row in self.desk["events"]
            if row["source"] in counted and _theirs(row, counted[row["source"]], self.customer)
        ]

    def row_values(self, relation: str, row: Row) -> dict[str, Value]:
        """What a condition about one row may read."""
        found = {one.name: column(one.type, row.get(one.name)) for one in RELATIONS[relation].columns}
        for name, trait in self.traits.items():
            if relation == "ticket" == trait.relation and not trait.aggregate:
                found[name] = copied(trait, row)
        return {**found, "now": self.now}

    def _computed(self, trait: Trait) -> Value:
        rows, time = self._rows_of(trait), RELATIONS[trait.relation].time
        values = [self.row_values(trait.relation, row) for row in rows if row[time] <= self.now]
        if trait.within is not None:
            values = [one for one in values if one[time] > self.now - trait.within]  # type: ignore[operator]
        if trait.where is not None:
            values = [one for one in values if slow.value(trait.where, one) is True]
        if trait.of is not None:
            values = [{"it": slow.value(trait.of, one)} for one in values]
        taken = [one.get("it" if trait.of is not None else trait.column or "id") for one in values]
        found: Value = _AGGREGATES[str(trait.aggregate)]([one for one in taken if one is not None])
        return found


def _live(organizations: Sequence[Row], customer: Row) -> Row | None:
    wanted = customer.get("organization_id")
    return next((row for row in organizations if row["id"] == wanted and not row.get("deleted")), None)


def _theirs(row: Row, key: str, customer: Row) -> bool:
    """Whether an imported row, read under that kind of key, is about the customer."""
    email = "".join(one.lower() if one.isascii() else one for one in customer.get("email") or "")
    domain = email.partition("@")[2] if email.count("@") == 1 else None
    known = {"email": email or None, "external_id": customer.get("external_id"), "domain": domain}
    return not row["deleted"] and row["kind"] == key and row["key"] == known[key]


def _own(rows: Sequence[Row], customer: Row) -> list[Row]:
    return [row for row in rows if row.get("customer_id") == customer["id"] and not row.get("deleted")]


def _sum(values: Sequence[Any]) -> Any:
    """Whole parts and millionths apart, as the rule says; beyond 1e15 unknown."""
    if not values or sum(abs(int(value)) for value in values) > 10**15:
        return None
    whole = sum(int(value) for value in values)
    millionths = sum(((float(value) - int(value)) * 1e6 + 0.5).__floor__() for value in values)
    return float(whole) + float(millionths) / 1e6


_AGGREGATES: dict[str, Callable[[Sequence[Any]], Any]] = {
    "count": lambda values: float(len(values)),
    "share": lambda values: sum(values) / len(values) if values else None,
    "sum": _sum,
    "average": lambda values: None if (total := _sum(values)) is None else total / len(values),
    "minimum": lambda values: min(values, default=None),
    "maximum": lambda values: max(values, default=None),
}


def truth(item: Node | Group, row: slow.Row) -> Value:
    """True, false or unknown for a line or a group of them."""
    if isinstance(item, Node):
        return slow.value(item, row)
    found: list[Value] = []
    for word, items in item.parts.items():
        truths = [truth(one, row) for one in items]
        found.append(_WORDS[word](truths))
    return slow.every(found)


def in_segment(name: str) -> str:
    """What the truth of a segment is called beside the values."""
    return f"in_segment {name}"


def settled(rules: Mapping[str, Node | Group], row: slow.Row) -> dict[str, Value]:
    """The values, and beside them the truth of each rule, which those after it may ask for."""
    known = dict(row)
    for name, rule in rules.items():
        known[in_segment(name)] = truth(rule, known)
    return known


def _none(truths: list[Value]) -> Value:
    one_is = slow.some(truths)
    return None if one_is is None else not one_is


_WORDS: dict[str, Callable[[list[Value]], Value]] = {"all": slow.every, "any": slow.some, "none": _none}


def lines(item: Node | Group) -> list[Node]:
    """Every line, ``all`` before ``any`` before ``none``."""
    if isinstance(item, Node):
        return [item]
    return [line for word in _WORDS for one in item.parts.get(word, ()) for line in lines(one)]
