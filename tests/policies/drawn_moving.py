"""Whole policies that time moves in every way it can: dates made of dates, windows, days, bands, expiry."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

from ruamel.yaml import YAML

from policies.vocabulary import TICKET, Type
from tests.policies import drawn_desk
from tests.policies.drawn import Drawn
from tests.policies.drawn_desk import DAY
from tests.policies.slow import NOW

Scope = dict[str, Type]
Written = dict[str, object]

_DATES = ("ticket.created_at", "ticket.solved_at", "ticket.breach_at", "rating.created_at")
_NUMBERS = ("ticket.replies", "ticket.first_reply_minutes", "event.value")
_SPANS = ("90 minutes", "5 hours", "1 day", "7 days", "30 days")
_COMPUTED = ("count", "median", "average", "sum", "minimum", "distinct", "last", "first", "trend")
_ROWS = ("tickets", "ratings", "events")


def policy(random: Random) -> str:
    """The text of a policy of ``drawn_desk`` with more traits, one on another, and stages."""
    parts = _parts(drawn_desk.policy(random).text)
    traits: dict[str, Written] = parts["traits"]
    scope = _scope(traits)
    for number in range(10):
        name = f"m{number}"
        traits[name], scope[name] = random.choice(_WAYS)(random, scope)
    rules = {f"s{number}": _line(random, scope) for number in range(3)}
    rules["s2"] += " or not in_segment('s0')"
    ticket = scope | {column.name: column.type for column in TICKET.columns}
    parts["segments"] = {
        name: {"label": name, "rank": rank, "when": when, "kind": "value"}
        for rank, (name, when) in enumerate(rules.items(), 1)
    }
    parts["situations"] = {"hot": {"label": "Hot", "rank": 9, "when": _line(random, ticket)}}
    parts["stages"] = {
        "one": {"label": "One", "rank": 10, "enter": _line(random, scope), "exit": _line(random, scope)}
    }
    parts["tables"] = {"places": {"rows": {"team": "near", "Team": "far"}}}
    return "\n".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in parts.items())


def _parts(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(YAML(typ="safe").load(text), default=str))
    return found


def _scope(traits: dict[str, Written]) -> Scope:
    """The customer's own copied traits, by type."""
    return {
        name: trait["type"] if "type" in trait else _TYPES[str(trait["from"])]  # type: ignore[misc]
        for name, trait in traits.items()
        if "from" in trait and not str(trait["from"]).startswith("ticket.")
    }


_TYPES: dict[str, Type] = {
    "customer.created_at": "date",
    "customer.tags": "set",
    "organization.name": "text",
}


def _line(random: Random, scope: Scope) -> str:
    drawn = Drawn(random, scope)
    return " and ".join(f"({drawn.condition(1).text})" for _ in range(random.choice([1, 1, 2])))


def _of(random: Random, scope: Scope, type_: Type) -> str:
    """A trait of that type, one that was made here rather than a copied one."""
    names = [name for name, of in scope.items() if of == type_]
    return random.choice([name for name in names if name.startswith("m")] or names)


def _made_date(random: Random, scope: Scope) -> tuple[Written, Type]:
    drawn = Drawn(random, scope)
    made = random.choice(
        [
            drawn.date().text,
            f"now + hours({random.randint(-50, 50)})",
            f"least(now + days(3), {_of(random, scope, 'date')})",
            f"greatest({_of(random, scope, 'date')}, now - (now - {_of(random, scope, 'date')}))",
            f"{_of(random, scope, 'date')} - (now - {_of(random, scope, 'date')})",
        ]
    )
    return {"is": made}, "date"


def _made_number(random: Random, scope: Scope) -> tuple[Written, Type]:
    part = random.choice(["year", "month", "day", "weekday", "hour", "years_since"])
    number = f"{part}({_of(random, scope, 'date')})"
    return {"is": random.choice([number, f"round_down({number} / 3)", f"{number} * 2 - 1"])}, "number"


def _made_truth(random: Random, scope: Scope) -> tuple[Written, Type]:
    return {"is": f"{_of(random, scope, 'date')} < {_of(random, scope, 'date')} + days(1)"}, "boolean"


def _days(random: Random, scope: Scope) -> tuple[Written, Type]:
    way = random.choice(["days_since", "days_until"])
    if random.random() < 0.5:
        return {way: _of(random, scope, "date")}, "number"
    return {way: random.choice(_DATES), **_window(random)}, "number"


def _window(random: Random, *, always: bool = False) -> Written:
    found: Written = {}
    if always or random.random() < 0.6:
        found["within"] = random.choice(_SPANS)
    if random.random() < 0.3:
        found["before"] = random.choice(_SPANS)
    return found


def _rows(random: Random, scope: Scope) -> tuple[Written, Type]:
    way = random.choice(
        ["count", "median", "average", "sum", "minimum", "distinct", "last", "first", "trend"]
    )
    if way == "count" or (way == "trend" and random.random() < 0.5):
        found: Written = {way: random.choice(_ROWS)}
    elif way in ("last", "first", "minimum") and random.random() < 0.5:
        return {way: random.choice(_DATES), **_window(random)}, "date"
    else:
        found = {way: random.choice(_NUMBERS)}
    found |= _window(random, always=way == "trend")
    if way == "trend":
        found.pop("before", None)
    if "tickets" in found.values() and random.random() < 0.5:
        found["where"] = f"waiting_since < now - hours({random.randint(1, 200)})"
    return found, "number"


def _banded(random: Random, scope: Scope) -> tuple[Written, Type]:
    bands = {"new": 0, "one": 1, "old": 2, "ancient": 30}
    return {"age_band": _of(random, scope, "date"), "bands": bands}, "text"


def _looked_up(random: Random, scope: Scope) -> tuple[Written, Type]:
    return {"lookup": _of(random, scope, "text"), "in": "places", "otherwise": "nowhere"}, "text"


def _placed(random: Random, scope: Scope) -> tuple[Written, Type]:
    copied = [name for name, of in scope.items() if of == "number" and not name.startswith("m")]
    if not copied:
        return _days(random, scope)
    return {"percentile": random.choice(copied)}, "number"


_WAYS: list[Callable[[Random, Scope], tuple[Written, Type]]] = [
    *[_made_date] * 3,
    *[_made_number, _days, _rows] * 2,
    *[_made_truth, _banded, _looked_up, _placed],
]


def rows(random: Random, customers: int) -> dict[str, list[dict[str, Any]]]:
    """A desk of ``drawn_desk`` whose tickets have dates that are still to come, some on the same second."""
    desk = drawn_desk.rows(random, customers)
    for ticket in desk["tickets"]:
        days = random.choice([1, 1, 3, random.randint(-5, 20)])
        ticket["breach_at"] = NOW + days * DAY if random.random() < 0.6 else None
    return desk
