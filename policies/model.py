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
from policies.faults import Fault
from policies.hours import Calendar
from policies.import_model import Import
from policies.serving import (
    AS_ASKED,
    PRIORITIES,
    AtLeast,
    Channel,
    ChannelAdvice,
    House,
    NextStep,
    PriorityName,
    ServiceLevel,
    Tone,
    Treatment,
)
from policies.tables import Rows, Table
from policies.trait_model import Trait
from policies.values import (
    ConditionText,
    Day,
    Label,
    Line,
    Name,
    Share,
    Span,
)

__all__ = [
    "AS_ASKED",
    "PRIORITIES",
    "Asking",
    "AtLeast",
    "Block",
    "Channel",
    "ChannelAdvice",
    "Group",
    "House",
    "Item",
    "Kind",
    "Look",
    "NextStep",
    "Policy",
    "PolicyFile",
    "PriorityName",
    "Segment",
    "ServiceLevel",
    "Situation",
    "Stage",
    "Tone",
    "Trait",
    "Treatment",
]

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


class Asking(Block):
    """What asks for something when it holds."""

    label: Label
    rank: Annotated[int, Field(ge=1, le=100000)]
    """Lower is stronger; no two are equal."""
    look: Look = "plain"
    treatment: Treatment = Treatment()


class Situation(Asking):
    """A condition about one ticket, and what it asks for."""

    when: Item


class Segment(Situation):
    """A condition about one customer, and what it asks for."""

    kind: Kind


class Stage(Asking):
    """A stretch of a customer's life with us, entered and left by conditions."""

    enter: Item
    exit: Item | None = None
    """Where none is written it is left when another may be entered."""
    stay: Span | None = None
    """How long it stands at least, whatever the conditions say meanwhile."""


class Waiting(Block):
    """After so long without an answer a ticket has at least this priority, whoever it is from."""

    after: Span
    priority: PriorityName


def _many(value: object) -> str:
    return "many" if isinstance(value, (list, tuple)) else "one"


Steps = Annotated[
    Annotated[Waiting, Tag("one")] | Annotated[tuple[Waiting, ...], Tag("many")], Discriminator(_many)
]
"""One step of waiting, or several."""

MOST_HIGH = 0.2
"""The share of open tickets that may have high priority, where a policy says nothing."""

FLOOR = 7 * 86400
"""Seconds until the first reply that no promise may exceed, where the policy says nothing else."""


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
    stages: dict[Name, Stage] = Field({}, max_length=50)
    tones: dict[Name, Tone] = Field(min_length=1)
    channels: dict[Name, Channel] = Field({})
    channel_advice: ChannelAdvice | None = None
    service_levels: dict[Name, ServiceLevel] = Field({})
    calendars: dict[Name, Calendar] = Field({})
    word_lists: dict[Name, tuple[Line, ...]] = Field({})
    waiting: Steps = ()
    floor: Span = FLOOR
    most_high: Share = MOST_HIGH
    next_steps: dict[Name, NextStep] = Field({})
    tables: dict[Name, Table] = Field({}, max_length=50)
    imports: dict[Name, Import] = Field({}, max_length=50)
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
    stages: dict[str, Stage]
    """In the order of a life: the next one is looked for further down first."""
    situations: dict[str, Situation]
    """Those of the file, one for each step of waiting, and one for each next step that may be held back."""
    tones: dict[str, Tone]
    channels: dict[str, Channel]
    """Always holds ``as_asked``."""
    channel_advice: ChannelAdvice | None
    service_levels: dict[str, ServiceLevel]
    calendars: dict[str, Calendar]
    word_lists: dict[str, tuple[Line, ...]]
    """The only words that conditions may look for in free text."""
    next_steps: dict[str, NextStep]
    floor: int
    """Seconds until the first reply that no promise exceeds."""
    most_high: float
    """The share of open tickets above which nobody else is raised to high priority."""
    house: House
    text: str
    """The source; several files are joined as documents, and the whole can be loaded again."""
    version: str
    """First twelve hex digits of the SHA-256 of the text."""
    warnings: tuple[Fault, ...] = ()
    """What is allowed and deserves a second look, in the order of the file."""
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The rows of every lookup table."""
    imports: Mapping[str, Import] = field(default_factory=dict)
