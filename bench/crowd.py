"""A drawn population put straight into a store, and a policy of thirty segments for it."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass

from sqlalchemy import insert

from integration.store.engine import Store
from integration.store.schema import customers, organizations, tickets

NOW = 1_790_000_000
DAY = 86_400
COMPANIES = 20
"""Customers of one company, about."""

_PORTION = 10_000
_PLANS = ("free", "team", "enterprise", "trial")
_TRADES = ("machines", "food", "software", "care")
_TAGS = ("vip", "beta", "newsletter", "reseller", "app_ios", "app_android")
_LOCALES = ("en-US", "de", "fr", "ja", "es", "pt-BR", None)
_CHANNELS = ("email", "web", "chat", "phone")
_ALWAYS: dict[str, object] = {"version": 1, "digest": "", "updated_at": NOW - DAY, "deleted": False}


@dataclass(frozen=True, slots=True)
class Rule:
    """One segment: all of the first conditions, and any of the others."""

    every: tuple[str, ...]
    some: tuple[str, ...]


def fill(store: Store, size: int) -> int:
    """Put so many customers into the store, with their companies and tickets; gives the number of tickets."""
    chance, written = random.Random(7), 0
    companies = max(1, size // COMPANIES)
    for begin in range(0, companies, _PORTION):
        rows = [_company(chance, number) for number in range(begin, min(companies, begin + _PORTION))]
        with store.write() as connection:
            connection.execute(insert(organizations), rows)
    for begin in range(0, size, _PORTION):
        portion = range(begin, min(size, begin + _PORTION))
        owners = [number for number in portion for _ in range(chance.choice((0, 0, 1, 1, 2, 3)))]
        with store.write() as connection:
            connection.execute(
                insert(customers), [_customer(chance, number, companies) for number in portion]
            )
            if owners:
                connection.execute(
                    insert(tickets), [_ticket(chance, *one) for one in enumerate(owners, start=written)]
                )
        written += len(owners)
    return written


def _company(chance: random.Random, number: int) -> dict[str, object]:
    fields = {"industry": chance.choice(_TRADES), "employees": chance.randrange(1, 9000)}
    return {**_ALWAYS, "id": str(number), "name": "", "tags": "[]", "fields": json.dumps(fields)}


def _customer(chance: random.Random, number: int, companies: int) -> dict[str, object]:
    fields: dict[str, object] = {
        "plan": chance.choice(_PLANS),
        "monthly_value": chance.randrange(90_000) / 100,
        "region": f"region {chance.randrange(40)}",
    }
    if chance.random() < 0.9:
        fields["seats"] = chance.randrange(1, 500)
    return {
        **_ALWAYS,
        "id": str(number),
        "name": f"Name {number}",
        "email": f"name{number}@firm{number % companies}.example",
        "organization_id": str(number % companies) if number % 3 else None,
        "locale": chance.choice(_LOCALES),
        "tags": json.dumps(chance.sample(_TAGS, chance.randrange(4))),
        "fields": json.dumps(fields),
        "created_at": NOW - chance.randrange(4 * 365 * DAY),
    }


def _ticket(chance: random.Random, number: int, owner: int) -> dict[str, object]:
    created = NOW - chance.randrange(400 * DAY)
    return {
        **_ALWAYS,
        "id": str(number),
        "stamp": "",
        "customer_id": str(owner),
        "status": "open" if chance.random() < 0.03 else "closed",
        "channel": chance.choice(_CHANNELS),
        "tags": "[]",
        "fields": "{}",
        "created_at": created,
        "reopens": chance.randrange(2),
        "replies": chance.randrange(1, 5),
    }


TRAITS = """
  plan: {from: customer.fields.plan, type: text}
  seats: {from: customer.fields.seats, type: number}
  monthly_value: {from: customer.fields.monthly_value, type: number}
  locale: {from: customer.locale}
  labels: {from: customer.tags}
  joined: {from: customer.created_at}
  industry: {from: organization.fields.industry, type: text}
  employees: {from: organization.fields.employees, type: number}
  tickets_90d: {count: tickets, within: 90 days}
  tickets_total: {count: tickets}
  last_ticket: {maximum: ticket.created_at}
  reopens_1y: {sum: ticket.reopens, within: 365 days}
"""


def rules() -> list[Rule]:
    """Thirty segments: the same in every run."""
    chance = random.Random(3)
    drawn = []
    for _ in range(30):
        lines = [_line(chance) for _ in range(chance.randrange(3, 6))]
        drawn.append(Rule(tuple(lines[:2]), tuple(lines[2:])))
    return drawn


def _line(chance: random.Random) -> str:
    low = chance.randrange(5, 100)
    return chance.choice(
        (
            f"plan = '{chance.choice(_PLANS)}'",
            "plan in ('team', 'enterprise')",
            f"seats >= {chance.randrange(5, 400)}",
            f"seats between {low} and {low + 200}",
            f"monthly_value > {chance.randrange(10, 800)}",
            f"monthly_value / (seats + 1) < {chance.randrange(1, 20)}",
            "locale in ('de', 'fr', 'es')",
            f"locale = '{chance.choice(('en-US', 'ja', 'fr'))}'",
            f"'{chance.choice(_TAGS)}' in labels",
            f"joined < now - days({chance.randrange(30, 1200)})",
            f"joined > now - days({chance.randrange(30, 1200)})",
            f"industry = '{chance.choice(_TRADES)}'",
            f"employees > {chance.randrange(50, 8000)}",
            f"tickets_90d >= {chance.randrange(1, 4)}",
            f"tickets_total <= {chance.randrange(1, 5)}",
            f"last_ticket > now - days({chance.randrange(10, 300)})",
            "reopens_1y >= 1",
        )
    )


def policy() -> str:
    """The same as a policy file."""
    segments = {
        f"s{number}": {
            "kind": "value",
            "label": f"Segment {number}",
            "rank": number + 1,
            "when": {"all": list(rule.every), "any": list(rule.some)},
            "treatment": {"tags": [f"s{number}"], "tone": "plain"},
        }
        for number, rule in enumerate(rules())
    }
    tone = {"plain": {"label": "Plain", "do": ["Answer"], "opening": {"en": "Hi"}}}
    return (
        "policy: bench\ngoal: Measure\nowner: Nobody\nmetric: Time\nreview_by: 2027-12-31\n"
        f"traits:{TRAITS}segments: {json.dumps(segments)}\ntones: {json.dumps(tone)}\n"
        "house: {tone: plain}\n"
    )
