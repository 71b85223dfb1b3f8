"""The customers: names from many places, what they use, and a habit each."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from connectors.sandbox.definitions import add_keyed_field
from connectors.sandbox.records import FieldValue, Organization, User
from connectors.sandbox.seed.companies import RENEWING, slug
from connectors.sandbox.seed.habits import DAY, HABITS
from connectors.sandbox.seed.names import NAMES, Culture
from connectors.sandbox.state import Desk

FIRST_ID = 20_001
DEVICES = {
    "iPad": "iPadOS",
    "iPhone": "iOS",
    "Galaxy Tab": "Android",
    "Pixel": "Android",
    "Windows till": "Windows",
    "Older Windows till": "Windows",
}
DEVICE_WEIGHTS = (34, 18, 20, 8, 14, 6)
PRODUCTS = ("Till", "Stock", "Pay", "Reader", "Printer")
CHANNELS = ("email", "phone", "chat")


class Persona(NamedTuple):
    """A customer and what the seed knows about them beyond the record."""

    user: User
    habit: str
    language: str
    first: str
    shop: str
    device: str


def add_customers(desk: Desk, chance: Random, now: int, count: int) -> list[Persona]:
    """Fill the desk with ``count`` customers; a few of them have been deactivated."""
    _add_fields(desk, now - 1400 * DAY)
    habits = _habits(count)
    chance.shuffle(habits)
    taken: set[str] = set()
    return [_add(desk, chance, now, FIRST_ID + place, habit, taken) for place, habit in enumerate(habits)]


def _habits(count: int) -> list[str]:
    """One habit a customer, by their shares; what rounding leaves over is steady."""
    habits = [name for name, habit in HABITS.items() for _ in range(round(habit.share * count))]
    return (habits + ["steady"] * count)[:count]


def _add_fields(desk: Desk, at: int) -> None:
    add_keyed_field(desk.user_fields, "product", "text", (), at)
    add_keyed_field(desk.user_fields, "device", "text", (), at)
    add_keyed_field(desk.user_fields, "operating_system", "text", (), at)
    add_keyed_field(desk.user_fields, "age", "integer", (), at)
    add_keyed_field(desk.user_fields, "preferred_channel", "dropdown", CHANNELS, at)
    add_keyed_field(desk.user_fields, "marketing_opt_in", "checkbox", (), at)


def _add(desk: Desk, chance: Random, now: int, key: int, habit: str, taken: set[str]) -> Persona:
    culture = chance.choices(NAMES.cultures, [culture.weight for culture in NAMES.cultures])[0]
    zone = NAMES.zones[chance.choice(culture.zones)]
    given, family = chance.choice(culture.given), chance.choice(culture.family)
    company = _company(desk, chance, habit)
    created = now - chance.randint(*HABITS[habit].joined) * DAY - chance.randrange(DAY // 2)
    device = chance.choices(tuple(DEVICES), DEVICE_WEIGHTS)[0]
    user = User(
        id=key,
        name=_full_name(culture, given, family),
        email=_address(taken, chance, given, family, company, key),
        phone=f"+{chance.choice((1, 33, 34, 44, 49, 55))}555{key:07d}" if chance.random() < 0.6 else None,
        external_id=f"crm-{key}" if chance.random() < 0.7 else None,
        organization_id=company.id if company else None,
        locale=culture.locale,
        time_zone=zone.rails,
        iana_time_zone=zone.iana,
        tags=_tags(chance, habit),
        user_fields=_fields(chance, habit, device),
        active=habit not in ("steady", "quiet") or chance.random() > 0.03,
        created_at=created,
        updated_at=_updated(chance, created, now),
    )
    desk.users.add(user)
    taken.add(user.email or "")
    language = culture.language if chance.random() > 0.06 else "en"
    first = given.partition("/")[0] if language == culture.language else given.rpartition("/")[2]
    surname = family.partition("/")[0]
    if language == "ja":
        first = surname
    return Persona(user, habit, language, first, company.name if company else f"{surname} & Co.", device)


def _company(desk: Desk, chance: Random, habit: str) -> Organization | None:
    """Where somebody works: habit and plan go together, and many sell on their own."""
    companies = list(desk.organizations)
    if habit == "fading":
        return chance.choice(companies[:RENEWING] or [None])
    if habit == "caller":
        small = [c for c in companies if c.organization_fields.get("plan") in ("free", "starter")]
        return chance.choice([*small, None, None])
    if not companies or chance.random() < 0.24:
        return None
    return chance.choices(companies, [1 / (place + 4) for place in range(len(companies))])[0]


def _full_name(culture: Culture, given: str, family: str) -> str:
    first, last = given.partition("/")[0], family.partition("/")[0]
    return f"{last} {first}" if culture.family_first else f"{first} {last}"


def _address(
    taken: set[str], chance: Random, given: str, family: str, company: Organization | None, key: int
) -> str | None:
    if chance.random() < 0.06:
        return None
    name = f"{slug(given.rpartition('/')[2])}.{slug(family.rpartition('/')[2])}"
    host = company.domain_names[0] if company else chance.choice(("post.example", "mail.example"))
    address = f"{name}@{host}"
    return f"{name}.{key}@{host}" if address in taken else address


def _tags(chance: Random, habit: str) -> list[str]:
    tags = []
    if chance.random() < 0.12:
        tags.append("newsletter")
    if habit == "champion" and chance.random() < 0.5:
        tags.append("beta_tester")
    return tags


def _fields(chance: Random, habit: str, device: str) -> dict[str, FieldValue]:
    """What is known; age for four in ten, and the channel only where somebody said so."""
    says = 0.8 if habit == "caller" else 0.35
    prefers = "phone" if habit == "caller" else chance.choices(CHANNELS, (60, 22, 18))[0]
    return {
        "product": chance.choice(PRODUCTS) if chance.random() < 0.85 else None,
        "device": device if chance.random() < 0.8 else None,
        "operating_system": DEVICES[device] if chance.random() < 0.75 else None,
        "age": min(max(int(chance.gauss(43, 14)), 18), 86) if chance.random() < 0.4 else None,
        "preferred_channel": prefers if chance.random() < says else None,
        "marketing_opt_in": chance.random() < 0.4,
    }


def _updated(chance: Random, created: int, now: int) -> int:
    """Some time after joining, and not in the last hours."""
    latest = max(now - 7200 - created, 1)
    return created + chance.randrange(min(600 * DAY, latest))
