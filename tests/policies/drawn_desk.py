"""Whole policies and the rows of a desk as chance draws them, with every kind of trait and odd values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from policies.imported import Imported
from policies.vocabulary import EVENT, RATING, TICKET, Relation, Type
from tests.policies.desk import text
from tests.policies.drawn import TEXTS, Drawn
from tests.policies.slow import NOW, Node, apart, chain
from tests.policies.slow_desk import Group, Trait, in_segment

DAY = 86400
TYPES: tuple[Type, ...] = ("text", "number", "boolean", "date", "set")
_ODD: list[object] = [
    None,
    True,
    False,
    0,
    1,
    -3,
    2.5,
    -0.0,
    1e-9,
    1e15,
    -1e16,
    2**70,
    "",
    "7",
    "-2.50",
    [],
    {},
]

_GOOD: dict[Type, list[object]] = {
    "text": [*TEXTS, 12, -7, 10**15, 999_999_999_999_999],
    "number": [0, 1, 3, -4, 0.1, 19.99, -7.3, 1 / 3, 0.30000000000000004, 1e9 + 0.25, "007", "0.1", "1e5"],
    "boolean": [True, False],
    "date": [
        "2026-06-01", "2026-02-29", "2024-02-29", "2000-02-29T12:00", "1999-12-31 23:59:59.999",
        "2026-06-01T10:00+02:00", "2026-06-01T08:00:00Z", "2026-06-01T24:00",
        "2026-05-31T20:00:00.123456-12:00",
        "2026-06-01T08:00:60", "2026-06-01T08:00+15:00", "0001-01-01T00:00+01:00", "0000-06-01", "9999-12-31",
        "now", "2026-6-1", "01.06.2026", "2026-06-01t08:00", "2026-06-01T08:00:00.1", "2026-06-01 08:00 ",
    ],
    "set": [[], ["team"], ["team", "team", "Team", 1, None, ["team"]], ["1", 1.5, True, "é", "é"], [1]],
}  # fmt: skip


IMPORTS = {
    "crm": Imported("crm", "email", 7 * DAY),
    "shop": Imported("shop", "external_id", 30 * DAY),
    "firms": Imported("firms", "domain", 90 * DAY),
}
"""The imports of values that every drawn policy has."""

_EVENTS = {"logins": "email", "visits": "domain"}
"""Its imports of events, with their keys; events of a third lie in the store and do not count."""


@dataclass(frozen=True)
class DrawnPolicy:
    """A policy and what it means."""

    text: str
    traits: Mapping[str, Trait]
    segments: Mapping[str, Node | Group]
    situations: Mapping[str, Node | Group]


def rows(random: Random, customers: int) -> dict[str, list[dict[str, Any]]]:
    """The rows of a desk, by table."""
    people = [str(number) for number in range(customers)]
    return {
        "organizations": [_organization(random, number) for number in range(5)],
        "customers": [_customer(random, one) for one in people],
        "tickets": [_ticket(random, number, people) for number in range(customers * 3)],
        "ratings": [_rating(random, number, people) for number in range(customers)],
        "imported": [_imported(random, name, key) for name in IMPORTS for key in _keys(name, people)],
        "events": [_event(random, number, people) for number in range(customers * 2)],
    }


def _fields(random: Random) -> dict[str, object]:
    found = {
        f"{type_}{number}": random.choice(_GOOD[type_] if random.random() < 0.75 else _ODD)
        for type_ in TYPES
        for number in (1, 2)
    }
    return {name: value for name, value in found.items() if random.random() < 0.85}


def _tags(random: Random) -> list[str]:
    return random.sample(TEXTS, random.randint(0, 3))


def _instant(random: Random) -> int:
    near = NOW + random.choice([-30, -7, -1, 0]) * DAY + random.randint(-1, 1)
    return random.choice([near, NOW - random.randint(0, 800 * DAY), NOW + 5])


def _maybe(random: Random, value: Any) -> Any:
    return value if random.random() < 0.8 else None


def _organization(random: Random, number: int) -> dict[str, Any]:
    return {
        "id": f"o{number}",
        "name": random.choice(TEXTS),
        "tags": _tags(random),
        "fields": _fields(random),
        "created_at": _maybe(random, _instant(random)),
        "deleted": random.random() < 0.2,
    }


def _customer(random: Random, name: str) -> dict[str, Any]:
    return {
        "id": name,
        "name": random.choice(TEXTS),
        "email": _maybe(random, random.choice([_mail(name), _mail(name).upper(), f"x{name}@a@b.example"])),
        "external_id": _maybe(random, f"E{name}"),
        "locale": _maybe(random, random.choice(["de", "en-US"])),
        "organization_id": _maybe(random, f"o{random.randint(0, 5)}"),
        "tags": _tags(random),
        "fields": _fields(random),
        "created_at": _maybe(random, _instant(random)),
        "deleted": random.random() < 0.1,
    }


def _ticket(random: Random, number: int, people: list[str]) -> dict[str, Any]:
    return {
        "id": f"t{number}",
        "customer_id": _maybe(random, random.choice(people)),
        "status": random.choice(["new", "open", "solved", "closed"]),
        "channel": _maybe(random, random.choice(["email", "voice", "web"])),
        "tags": _tags(random),
        "fields": _fields(random),
        "created_at": _instant(random),
        "updated_at": _instant(random),
        "solved_at": _maybe(random, _instant(random)),
        "waiting_since": _maybe(random, _instant(random)),
        "reopens": _maybe(random, random.randint(0, 4)),
        "reassignments": _maybe(random, random.randint(0, 3)),
        "replies": _maybe(random, random.randint(0, 2**31 - 1)),
        "first_reply_minutes": _maybe(random, random.randint(0, 999)),
        "message_language": _maybe(random, random.choice(["de", "en"])),
        "message_language_probability": _maybe(random, random.randint(60, 100) / 100),
        "deleted": random.random() < 0.1,
    }


def _rating(random: Random, number: int, people: list[str]) -> dict[str, Any]:
    return {
        "id": f"r{number}",
        "ticket_id": _maybe(random, f"t{number}"),
        "customer_id": _maybe(random, random.choice(people)),
        "score": random.choice(["good", "bad"]),
        "commented": random.random() < 0.5,
        "created_at": _instant(random),
        "updated_at": 1,
        "deleted": random.random() < 0.1,
    }


def _mail(name: str) -> str:
    return f"ÉCLAIR{name}@d{int(name) % 3}.example"


def _key(kind: str, name: str) -> str:
    """The key of a customer, small from A to Z as whoever imports writes it."""
    email = _mail(name).replace("CLAIR", "clair")
    return {"email": email, "external_id": f"E{name}", "domain": email.partition("@")[2]}[kind]


def _keys(name: str, people: list[str]) -> list[str]:
    found = dict.fromkeys(_key(IMPORTS[name].key, one) for one in people)
    return [key for place, key in enumerate(found) if place % 4 or len(found) < 4]


def _imported(random: Random, source: str, key: str) -> dict[str, Any]:
    kind = IMPORTS[source].key
    expires = IMPORTS[source].expires or 0
    return {
        "source": source,
        "key": key,
        "kind": kind if random.random() < 0.8 else "id",
        "fields": _fields(random),
        # The second before a value expires, the second in which it does, and one after it.
        "as_of": NOW - random.choice([expires - 1, expires, expires + 1, 0, 2 * expires]),
        "deleted": random.random() < 0.1,
    }


def _event(random: Random, number: int, people: list[str]) -> dict[str, Any]:
    source = random.choice(["logins", "visits", "former"])
    kind = _EVENTS.get(source, "email")
    return {
        "id": f"{source}:{number}",
        "source": source,
        "key": _key(kind, random.choice(people)),
        "kind": kind if random.random() < 0.8 else "id",
        "name": random.choice(TEXTS),
        "value": _maybe(random, random.choice([0, 1.5, -2.25, 1e9 + 0.25, 19.99])),
        "happened_at": _instant(random),
        "deleted": random.random() < 0.1,
    }


def _imports() -> dict[str, object]:
    """The imports as a policy writes them."""
    columns = {f"{type_}{number}": type_ for type_ in TYPES for number in (1, 2)}
    found: dict[str, object] = {
        name: {
            "file": f"{name}.csv",
            "key": one.key,
            "columns": columns,
            "expires": f"{(one.expires or 0) // DAY} days",
        }
        for name, one in IMPORTS.items()
    }
    for name, key in _EVENTS.items():
        found[name] = {"file": f"{name}.csv", "key": key, "kind": "events"}
    return found


def policy(random: Random, *, over: int = 0) -> DrawnPolicy:
    """A policy with copied and computed traits, nested groups and a situation; so many ask about others."""
    traits = _copied_traits(random)
    copied = dict(traits)
    for number in range(4):
        traits[f"computed{number}"] = _computed(random, copied)
    customer = {name: trait.type for name, trait in traits.items() if _of_customer(trait)}
    ticket = customer | _row_scope(TICKET, traits)
    segments = {f"s{number}": _item(random, Drawn(random, customer), 2) for number in range(3)}
    for number in range(over):
        segments[f"over{number}"] = _over(random, Drawn(random, customer), list(segments))
    situations = {"hot": _item(random, Drawn(random, ticket), 1)}
    written = {
        "imports": _imports(),
        "traits": {name: dict(trait.written) for name, trait in traits.items()},
        "segments": _written_rules(segments, kind="value"),
        "situations": _written_rules(situations),
    }
    middle = "\n".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in written.items())
    return DrawnPolicy(text(middle + "\n"), traits, segments, situations)


def _of_customer(trait: Trait) -> bool:
    return trait.aggregate is not None or trait.relation != "ticket"


def _copied_traits(random: Random) -> dict[str, Trait]:
    """A custom field of each type from a random place, two of the tickets, and some columns."""
    traits: dict[str, Trait] = {}
    for place in ("customer", "customer", "organization", "ticket"):
        for type_ in TYPES if place != "organization" else random.sample(TYPES, 2):
            field = f"{type_}{random.randint(1, 2)}"
            written = {"from": f"{place}.fields.{field}", "type": type_}
            traits[f"x{len(traits)}"] = Trait(written, type_, place, field=field)
    columns: list[tuple[str, str, Type]] = [
        ("customer", "created_at", "date"),
        ("customer", "tags", "set"),
        ("organization", "name", "text"),
    ]
    for place, column, type_ in columns:
        traits[f"x{len(traits)}"] = Trait({"from": f"{place}.{column}"}, type_, place, column=column)
    for place in [*IMPORTS, *IMPORTS]:
        type_ = random.choice(TYPES)
        field = f"{type_}{random.randint(1, 2)}"
        written = {"from": f"import.{place}.{field}", "type": type_}
        key, expires = IMPORTS[place].key, IMPORTS[place].expires
        traits[f"x{len(traits)}"] = Trait(
            written, type_, "import", field=field, source=place, key=key, expires=expires
        )
    return traits


def _row_scope(relation: Relation, traits: Mapping[str, Trait]) -> dict[str, Type]:
    columns = {column.name: column.type for column in relation.columns}
    own = {name: trait.type for name, trait in traits.items() if not _of_customer(trait)}
    return columns | own if relation is TICKET else columns


def _computed(random: Random, traits: Mapping[str, Trait]) -> Trait:
    relation = random.choice([TICKET, TICKET, RATING, EVENT])
    scope = _row_scope(relation, traits)
    kind = random.choice(["count", "share", "sum", "average", "minimum", "maximum"])
    numbers = [name for name, type_ in scope.items() if type_ == "number"]
    dates = [name for name, type_ in scope.items() if type_ == "date"]
    if kind in ("sum", "average") and not numbers:
        kind = "maximum"
    column = None
    if kind in ("sum", "average"):
        column = random.choice(numbers)
    if kind in ("minimum", "maximum"):
        column = random.choice(numbers + dates)
    drawn = Drawn(random, scope)
    where = drawn.condition(1) if random.random() < 0.6 else None
    of = drawn.condition(1) if kind == "share" else None
    days = random.choice([None, 1, 7, 30])
    written: dict[str, object] = {kind: f"{relation.name}.{column}" if column else relation.table}
    written |= {"where": where.text} if where else {}
    written |= {"of": of.text} if of else {}
    written |= {"within": f"{days} days"} if days else {}
    within = days * DAY if days else None
    type_ = scope[column] if column else "number"
    events = tuple(_EVENTS.items()) if relation is EVENT else ()
    return Trait(written, type_, relation.name, column, None, kind, where, of, within, events=events)


def _item(random: Random, drawn: Drawn, depth: int) -> Node | Group:
    if not depth or random.random() < 0.3:
        return drawn.condition(1)
    words = random.sample(["all", "any", "none"], random.choice([1, 1, 2]))
    return Group(
        {word: [_item(random, drawn, depth - 1) for _ in range(random.randint(1, 3))] for word in words}
    )


def _over(random: Random, drawn: Drawn, others: Sequence[str]) -> Node | Group:
    """One that asks whether somebody is in others, which were drawn before it."""
    held = [
        Node("name", (), f"in_segment('{other}')", in_segment(other)) for other in random.sample(others, 2)
    ]
    first, second = (Node("not", (one,), f"not {one.text}") if random.random() < 0.3 else one for one in held)
    shape = random.choice(["alone", "chain", "group", "group"])
    if shape == "alone":
        return first
    if shape == "chain":
        return chain(random.choice(["and", "or"]), [first, apart(drawn.condition(0))])
    words = random.sample(["all", "any", "none"], 2)
    return Group({words[0]: [first, drawn.condition(1)], words[1]: [second]})


def _written_rules(items: Mapping[str, Node | Group], **more: str) -> dict[str, object]:
    return {
        name: {"label": name, "rank": rank, "when": _written(item), **more}
        for rank, (name, item) in enumerate(items.items(), 1)
    }


def _written(item: Node | Group) -> object:
    if isinstance(item, Node):
        return item.text
    return {word: [_written(one) for one in items] for word, items in item.parts.items()}
