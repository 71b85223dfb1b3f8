"""What customers and agents write, one file a language, read once into typed structs."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

import msgspec

LANGUAGES = ("en", "de", "fr", "es", "pt", "ja")


class Mood(msgspec.Struct, frozen=True):
    """How a message sounds: greeting, what is at stake, what is asked for, ending."""

    hello: tuple[str, ...]
    impact: tuple[str, ...]
    ask: tuple[str, ...]
    bye: tuple[str, ...]


class Agent(msgspec.Struct, frozen=True):
    """The recurring parts of an agent's reply."""

    hello: tuple[str, ...]
    ack: tuple[str, ...]
    soon: tuple[str, ...]
    again: tuple[str, ...]
    bye: tuple[str, ...]


class Customer(msgspec.Struct, frozen=True):
    """What customers add later: a reminder, a fault that is back, a thank you."""

    chase: tuple[str, ...]
    reopen: tuple[str, ...]
    thanks: tuple[str, ...]


class Verdict(msgspec.Struct, frozen=True):
    """Comments left with a rating; an empty one means no comment."""

    good: tuple[str, ...]
    bad: tuple[str, ...]


class Notes(msgspec.Struct, frozen=True):
    """Internal notes; agents write them in English whatever the customer speaks."""

    general: tuple[str, ...] = ()
    hold: tuple[str, ...] = ()


class Case(msgspec.Struct, frozen=True):
    """One thing that goes wrong: how it is reported, asked about, and put right."""

    category: str
    area: str
    product: str
    subjects: tuple[str, ...]
    what: tuple[str, ...]
    ask: tuple[str, ...]
    facts: tuple[str, ...]
    fix: tuple[str, ...]
    impact: str = "team"


class Language(msgspec.Struct, frozen=True):
    """Everything of one language."""

    language: str
    days: tuple[str, ...]
    mood: dict[str, Mood]
    agent: Agent
    customer: Customer
    rating: Verdict
    case: tuple[Case, ...]
    notes: Notes = Notes()


@cache
def texts(language: str) -> Language:
    """The texts of a language."""
    source = files(__name__).joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(source), Language)
