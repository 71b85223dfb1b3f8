"""What a desk may know of its customers beside their tickets: fields that surveys, shops and billing fill.

Drawn apart from everything else, so that the rest of a desk is the same with and without them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random

from connectors.sandbox.definitions import add_keyed_field
from connectors.sandbox.records import FieldValue, User
from connectors.sandbox.state import Desk

DAY = 86_400

COUNTRIES = ("DE", "US", "GB", "FR", "ES", "NO", "SE", "FI", "CA", "JP", "BR", "AU")
DIETS = ("none", "vegetarian", "vegan", "halal", "gluten free")
INTERESTS = ("cycling", "gardening", "photography", "cooking", "gaming", "hiking")
PLATFORMS = ("ios", "android", "windows", "macos")
VERSIONS = ("4.2", "5.0", "5.1", "6.0")

_KINDS = {
    "birth_date": "date",
    "country": "text",
    "diet": "text",
    "interest": "text",
    "platform": "text",
    "app_version": "text",
    "recommends": "integer",
    "large_print": "checkbox",
    "onboarding_began": "date",
    "last_review_request": "date",
    "monthly_payment": "decimal",
    "first_invoice": "date",
}
"""The fields by key, and what they hold."""


def add_profiles(desk: Desk, chance: Random, now: int, opened: int) -> None:
    """Add the fields, and fill them for most customers."""
    for key, kind in _KINDS.items():
        add_keyed_field(desk.user_fields, key, kind, (), opened)
    for user in desk.users:
        if user.role == "end-user":
            user.user_fields.update(_profile(chance, now, user))


def _profile(chance: Random, now: int, user: User) -> dict[str, FieldValue]:
    paid = chance.choices((0, 15, 49, 240, 900), (20, 30, 25, 15, 10))[0]
    joined = user.created_at
    found: dict[str, FieldValue] = {
        "birth_date": _day(now - chance.randint(16 * 365, 84 * 365) * DAY),
        "country": chance.choice(COUNTRIES),
        "diet": _one(chance, DIETS, (60, 14, 12, 7, 7)),
        "interest": chance.choice(INTERESTS),
        "platform": chance.choice(PLATFORMS),
        "app_version": _one(chance, VERSIONS, (20, 20, 35, 25)),
        "recommends": chance.choices(range(11), (1, 1, 1, 2, 2, 4, 6, 10, 14, 12, 9))[0],
        "large_print": chance.random() < 0.06,
        "onboarding_began": _day(max(joined, now - chance.randint(0, 90) * DAY)),
        "last_review_request": _day(now - chance.randint(5, 400) * DAY),
        "monthly_payment": float(paid),
        "first_invoice": _day(now + chance.randint(-200, 25) * DAY),
    }
    return {key: value for key, value in found.items() if chance.random() < 0.75}


def _one(chance: Random, values: Sequence[str], weights: Sequence[int]) -> str:
    return chance.choices(values, weights)[0]


def _day(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}T00:00:00+00:00"
