"""The companies: plans, revenue and renewals that fit together, with gaps as in a real account."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from random import Random

from connectors.sandbox.definitions import add_keyed_field
from connectors.sandbox.records import FieldValue, Organization
from connectors.sandbox.seed.habits import DAY, PLAN_WEIGHTS, PLANS, TIERS
from connectors.sandbox.seed.names import COMPANIES, REGIONS, Company
from connectors.sandbox.state import Desk

FIRST_ID = 70_001
RENEWING = 8
"""Companies whose renewal is near; the customers who lose faith work there."""


def add_companies(desk: Desk, chance: Random, now: int, count: int) -> None:
    """Fill the desk with ``count`` organizations, the renewing ones first."""
    opened = now - 1400 * DAY
    add_keyed_field(desk.organization_fields, "plan", "dropdown", PLANS, opened)
    add_keyed_field(desk.organization_fields, "yearly_revenue", "decimal", (), opened)
    add_keyed_field(desk.organization_fields, "renewal_date", "date", (), opened)
    add_keyed_field(desk.organization_fields, "industry", "text", (), opened)
    add_keyed_field(desk.organization_fields, "region", "text", (), opened)
    add_keyed_field(desk.organization_fields, "seats", "integer", (), opened)
    companies = list(COMPANIES)
    chance.shuffle(companies)
    for number in range(count):
        turn, at = divmod(number, len(companies))
        company = companies[at]
        if turn:
            company = Company(f"{company.name} {turn + 1}", company.industry)
        _add(desk, chance, now, number, company)


def _add(desk: Desk, chance: Random, now: int, number: int, company: Company) -> None:
    renewing = number < RENEWING
    plan = chance.choice(PLANS[2:]) if renewing else chance.choices(PLANS, PLAN_WEIGHTS)[0]
    created = now - chance.randrange(200 if plan == "free" else 420, 1380) * DAY + chance.randrange(DAY)
    updated = min(created + chance.randrange(10, 400) * DAY, now - chance.randrange(3, 60) * DAY)
    tags = [company.industry.lower().replace(" ", "_")]
    if plan == "enterprise":
        tags.append("named_account")
    desk.organizations.add(
        Organization(
            id=FIRST_ID + number,
            name=company.name,
            external_id=f"acc-{4100 + number}" if chance.random() < 0.8 else None,
            domain_names=[f"{slug(company.name)}.example"],
            tags=tags,
            organization_fields=_fields(chance, now, plan, company.industry, renewing=renewing),
            created_at=created,
            updated_at=max(updated, created),
        )
    )


def _fields(chance: Random, now: int, plan: str, industry: str, *, renewing: bool) -> dict[str, FieldValue]:
    """What sales knows; some of it nobody ever entered."""
    low, high, fewest, most = TIERS[plan]
    seats = chance.randint(fewest, most)
    height = 0.7 * chance.random() + 0.3 * (seats - fewest) / (most - fewest)
    revenue = round(low + (high - low) * height, -1)
    renewal = now + (chance.randint(9, 52) if renewing else chance.randint(20, 350)) * DAY
    known = renewing or chance.random() < 0.9
    return {
        "plan": plan if renewing or chance.random() < 0.95 else None,
        "yearly_revenue": float(revenue) if known else None,
        "renewal_date": _date(renewal) if known and plan != "free" else None,
        "industry": industry if chance.random() < 0.88 else None,
        "region": chance.choice(REGIONS) if chance.random() < 0.85 else None,
        "seats": seats if chance.random() < 0.8 else None,
    }


def _date(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}T00:00:00+00:00"


SPELLED = str.maketrans({"ß": "ss", "\u0131": "i", "ł": "l", "'": None, "\u2019": None})
"""Letters that have no plain one below their accent, and apostrophes."""


def slug(name: str) -> str:
    """A name as it stands in an address: plain letters, words joined by hyphens."""
    letters = unicodedata.normalize("NFKD", name.lower().translate(SPELLED))
    bare = (letter for letter in letters if not unicodedata.combining(letter))
    return "-".join("".join(x if x.isascii() and x.isalnum() else " " for x in bare).split())
