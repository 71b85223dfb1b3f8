"""Made-up people and companies by culture, read from their file; who answers, and in which team."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import NamedTuple

import msgspec


class Zone(msgspec.Struct, frozen=True):
    """A time zone by its two names, and the region it belongs to."""

    rails: str
    iana: str
    region: str


class Culture(msgspec.Struct, frozen=True):
    """Names that go together. A name in another script carries its Latin form after a slash."""

    language: str
    locale: str
    weight: int
    zones: tuple[str, ...]
    given: tuple[str, ...]
    family: tuple[str, ...]
    family_first: bool = False


class Names(msgspec.Struct, frozen=True):
    """The whole file: zones by a short name, companies by industry, cultures."""

    zones: dict[str, Zone]
    companies: dict[str, tuple[str, ...]]
    cultures: tuple[Culture, ...]


class Company(NamedTuple):
    """A company's name and what it does."""

    name: str
    industry: str


def _read() -> Names:
    source = files("connectors.sandbox.seed.texts").joinpath("names.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(source), Names)


NAMES = _read()
COMPANIES = tuple(Company(name, industry) for industry, names in NAMES.companies.items() for name in names)
REGIONS = tuple(dict.fromkeys(zone.region for zone in NAMES.zones.values()))

AGENTS: tuple[tuple[str, str], ...] = (
    ("Priya Raman", "Payments"),
    ("Jonas Petersen", "Hardware"),
    ("Celia Moreau", "Billing"),
    ("Tom Eriksen", "Software"),
    ("Marta Ruiz", "Payments"),
    ("Hanna Vogt", "Software"),
    ("Luis Andrade", "Hardware"),
    ("Grace Oyelaran", "Onboarding"),
    ("Kenji Mori", "Software"),
)
"""Who answers, and in which group; Robin Vale, whom the browser shows, answers for Software."""

GROUPS = ("Billing", "Hardware", "Payments", "Software", "Onboarding")

GROUP_OF_CATEGORY = {
    "hardware": "Hardware",
    "billing": "Billing",
    "payments": "Payments",
    "sign_in": "Software",
    "reports": "Software",
    "integrations": "Software",
    "shipping": "Hardware",
    "how_to": "Onboarding",
    "outage": "Software",
}
