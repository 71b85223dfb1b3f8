"""What a policy file may say: one frozen model a block, unknown keys refused.

Shapes live here. Whether names meet (a tone that exists, a rank that is free) is ``references.py``;
whether a condition means anything is ``language.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from policies.block import Block
from policies.tables import Rows, Table
from policies.trait_model import Trait
from policies.values import (
    ConditionText,
    Day,
    Label,
    Language,
    Line,
    Name,
    Span,
    TagName,
)

__all__ = ["Block", "Trait"]

Kind = Literal[
    "demographic",
    "geographic",
    "behavioural",
    "value",
    "needs",
    "technographic",
    "psychographic",
    "lifecycle",
    "industry",
    "sentiment",
    "journey",
    "price",
]
Look = Literal["falling", "star", "sprout", "gem", "moon", "question", "plain"]
PriorityName = Literal["low", "normal", "high", "urgent"]
PRIORITIES: tuple[PriorityName, ...] = ("low", "normal", "high", "urgent")
"""From least to most urgent."""

AS_ASKED = "as_asked"
"""The channel every policy has without declaring it: answer where they wrote."""


class Group(Block):
    """Conditions of which all, any or none must hold; several parts in one group must all be met."""

    all: tuple[Item, ...] | None = Field(None, min_length=1, max_length=50)
    any: tuple[Item, ...] | None = Field(None, min_length=1, max_length=50)
    none: tuple[Item, ...] | None = Field(None, min_length=1, max_length=50)

    @model_validator(mode="after")
    def _something(self) -> Group:
        if not (self.all or self.any or self.none):
            raise ValueError("write at least one of all, any and none")
        return self


def _shape(value: object) -> str:
    return "group" if isinstance(value, (dict, Group)) else "line"


Item = Annotated[
    Annotated[ConditionText, Tag("line")] | Annotated[Group, Tag("group")],
    Discriminator(_shape),
]
"""A condition of one line, or a group of them."""


class AtLeast(Block):
    """A priority below which a ticket shall not stay; nothing here can lower one."""

    at_least: PriorityName


class Treatment(Block):
    """What membership asks for. Nothing else of a ticket can be written by a policy."""

    tags: tuple[TagName, ...] = ()
    priority: AtLeast | None = None
    service_level: Name | None = None
    tone: Name | None = None
    channel: Name | None = None
    next_step: Line | None = None


class Situation(Block):
    """A condition about one ticket, and what it asks for."""

    label: Label
    rank: Annotated[int, Field(ge=1, le=100000)]
    """Lower is stronger; no two are equal."""
    look: Look = "plain"
    when: Item
    treatment: Treatment = Treatment()


class Segment(Situation):
    """A condition about one customer, and what it asks for."""

    kind: Kind


class Tone(Block):
    """How to sound. ``opening`` holds a first line by language, with ``{{ name }}`` places."""

    label: Label
    do: tuple[Line, ...] = Field(min_length=1, max_length=4)
    avoid: tuple[Line, ...] = Field((), max_length=3)
    opening: dict[Language, Line] = Field(min_length=1)


class Channel(Block):
    """Where to answer."""

    label: Label
    avoid: Line | None = None


class FirstReply(Block):
    """Seconds until the first reply, by ticket priority."""

    urgent: Span
    high: Span
    normal: Span
    low: Span

    @model_validator(mode="after")
    def _falls(self) -> FirstReply:
        if not self.urgent <= self.high <= self.normal <= self.low:
            raise ValueError("a more urgent ticket cannot have the longer target")
        return self


class ServiceLevel(Block):
    """A promise of speed."""

    label: Label
    first_reply: FirstReply


class House(Block):
    """What holds when nobody claims."""

    tone: Name
    channel: Name = AS_ASKED
    service_level: Name | None = None


class PolicyFile(Block):
    """The whole file."""

    policy: Name
    goal: Line
    owner: Line
    metric: Line
    review_by: Day
    traits: dict[Name, Trait] = Field(max_length=300)
    segments: dict[Name, Segment] = Field(min_length=1, max_length=200)
    situations: dict[Name, Situation] = Field({}, max_length=200)
    tones: dict[Name, Tone] = Field(min_length=1)
    channels: dict[Name, Channel] = Field({})
    service_levels: dict[Name, ServiceLevel] = Field({})
    tables: dict[Name, Table] = Field({}, max_length=50)
    file_rows: dict[Name, Rows] = Field({}, max_length=50)
    """What the CSV files of tables held; written by whoever loads them, so that the text is whole."""
    house: House

    @model_validator(mode="after")
    def _whole(self) -> PolicyFile:
        for name, table in self.tables.items():
            if table.file and name not in self.file_rows:
                raise ValueError(f"the rows of {table.file} are not here: load the policy from its files")
        return self


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class Policy:
    """A file that was found free of faults. Equal to itself only, so that work on it can be remembered."""

    name: str
    goal: str
    owner: str
    metric: str
    review_by: date
    traits: dict[str, Trait]
    segments: dict[str, Segment]
    """In the order of the file, as everywhere below."""
    situations: dict[str, Situation]
    tones: dict[str, Tone]
    channels: dict[str, Channel]
    """Always holds ``as_asked``."""
    service_levels: dict[str, ServiceLevel]
    house: House
    text: str
    """The source; several files are joined as documents, and the whole can be loaded again."""
    version: str
    """First twelve hex digits of the SHA-256 of the text."""
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The rows of every lookup table."""
