"""What a policy may ask for: treatments, and the tones, channels and promises that they name.

Whether such a name exists is ``references.py``; who wins when several ask is ``treatment.py``.
"""

from __future__ import annotations

from math import inf
from typing import Annotated, Literal

from pydantic import Field, model_validator

from policies.block import Block
from policies.values import Amount, ConditionText, Currency, Day, Label, Language, Line, Name, Span, TagName

PriorityName = Literal["low", "normal", "high", "urgent"]
PRIORITIES: tuple[PriorityName, ...] = ("low", "normal", "high", "urgent")
"""From least to most urgent."""

Metric = Literal["first_reply", "next_reply", "resolution"]
METRICS: tuple[Metric, ...] = ("first_reply", "next_reply", "resolution")

_COMPARED: tuple[PriorityName, ...] = ("normal", "high", "urgent", "low")

AS_ASKED = "as_asked"
"""The channel every policy has without declaring it: answer where they wrote."""


class AtLeast(Block):
    """A priority below which a ticket shall not stay; nothing here can lower one."""

    at_least: PriorityName
    lasting: Span | None = Field(None, alias="for")
    """So long after a membership began it is asked for; always, where nothing is written."""


class Treatment(Block):
    """What membership asks for. Nothing else of a ticket can be written by a policy."""

    tags: tuple[TagName, ...] = ()
    priority: AtLeast | None = None
    service_level: Name | None = None
    route: Line | None = None
    """The group that shall have the ticket, as the desk calls it."""
    tone: Name | None = None
    channel: Name | None = None
    next_step: Line | None = None
    note: Line | None = None
    """What colleagues shall read on the ticket, once."""


class Tone(Block):
    """How to sound. ``opening`` holds a first line by language, with ``{{ name }}`` places."""

    label: Label
    do: tuple[Line, ...] = Field(min_length=1, max_length=4)
    avoid: tuple[Line, ...] = Field((), max_length=3)
    opening: dict[Language, Line] = Field(min_length=1)


class ContactCost(Block):
    """What one contact costs the desk, when that was found out, and where it stands."""

    amount: Amount
    currency: Currency
    as_of: Day
    source: Line


class Channel(Block):
    """Where to answer."""

    label: Label
    avoid: Line | None = None
    desk: tuple[Line, ...] = ()
    """What the desk calls it, as in a ticket's channel: ``[voice]``."""
    cost: ContactCost | None = None
    answered: Name | None = None
    """The trait that holds which share of contacts by this channel the customer answers, 0 to 1."""
    hours: Name | None = None
    """The calendar of whoever answers there."""


class Spared(Block):
    """The situations in which nobody is pointed to a cheaper channel; none of the three may be left out."""

    vulnerable: Name
    complaint: Name
    repeat: Name


class ChannelAdvice(Block):
    """When a contact costs more than it should: what a customer is worth a month, and who is spared."""

    value: Name
    """The trait that holds what the customer pays a month, as money."""
    share: Annotated[int, Field(ge=1, le=1000)] = 100
    """Percent of the month's value that one contact may cost."""
    spare: Spared


class Targets(Block):
    """Seconds, by ticket priority, until something must have happened."""

    urgent: Span
    high: Span
    normal: Span
    low: Span

    @model_validator(mode="after")
    def _falls(self) -> Targets:
        if not self.urgent <= self.high <= self.normal <= self.low:
            raise ValueError("a more urgent ticket cannot have the longer target")
        return self


class ServiceLevel(Block):
    """A promise of speed."""

    label: Label
    first_reply: Targets
    next_reply: Targets | None = None
    resolution: Targets | None = None
    calendar: Name | None = None
    """Whose working time the targets count; all time where none is named."""

    def target(self, metric: Metric, priority: PriorityName) -> int | None:
        """Seconds until the metric is due; a next reply without targets has those of the first."""
        targets = getattr(self, metric) or (self.first_reply if metric == "next_reply" else None)
        found: int | None = getattr(targets, priority, None)
        return found

    @property
    def strictness(self) -> tuple[float, ...]:
        """What levels are compared by, the strictest first; a metric without target comes last."""
        asked = [(metric, priority) for metric in METRICS for priority in _COMPARED]
        targets = (self.target(metric, priority) for metric, priority in asked)
        return tuple(inf if target is None else float(target) for target in targets)


class NotWithin(Block):
    """So long after the date in a trait, a step is not taken again."""

    span: Span
    since: Name


class NextStep(Block):
    """Something an agent may do for the customer, and when it is held back."""

    kind: Literal["upsell", "review", "onboarding", "outreach"]
    text: Line
    unless: tuple[ConditionText, ...] = Field((), max_length=20)
    """Conditions about customer and ticket, each of which holds it back; so does one that is not known."""
    not_within: NotWithin | None = None


class House(Block):
    """What holds when nobody claims."""

    tone: Name
    channel: Name = AS_ASKED
    service_level: Name | None = None
