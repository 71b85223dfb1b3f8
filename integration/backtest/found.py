"""What looking back has found: counts that add up, a sample of tickets, and what is not as it was."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from policies.serving import Metric

ASSUMED = (
    "Imported values and cuts among customers are those of today.",
    "A ticket counts as new when it came in; its subject, tags and group are those of today.",
    "Stages and memberships that only stand are left out: they depend on a past that was not lived.",
)
"""What is not as it was, in sentences."""

NEVER_CHANGED = "Fields of customers and companies are those of today: no change of them has been seen."
CHANGED = "Fields of customers and companies are as they were since {day}, when the first change was seen."
NO_COURSE = "The course of {count} was not kept: their priority is that of today, and nothing pauses them."


@dataclass(slots=True)
class Kept:
    """How one promise would have been kept."""

    met: int = 0
    missed: int = 0
    unknown: int = 0
    """Tickets of which nobody wrote down when it happened, or that are still open."""

    def count(self, kept: bool | None) -> None:  # the value that is counted
        """One ticket more."""
        if kept is None:
            self.unknown += 1
        elif kept:
            self.met += 1
        else:
            self.missed += 1


@dataclass(slots=True)
class Load:
    """What one group would have been sent."""

    tickets: int = 0
    busiest: int = 0
    """The most tickets of one hour."""
    busiest_at: int = 0
    """When that hour began."""
    minutes: int | None = None
    """Agent minutes for all of them, where it was said how many a ticket takes."""


@dataclass(frozen=True, slots=True)
class Example:
    """One ticket as it would have been served."""

    ticket_id: str
    at: int
    segments: tuple[str, ...]
    situations: tuple[str, ...]
    tags: tuple[str, ...]
    had: str | None
    """The priority it had."""
    priority: str | None
    """The priority that would have been asked for."""
    service_level: str | None
    due: dict[Metric, int]
    """By metric, when it would have been due; a resolution as if nothing paused it."""
    reasons: tuple[str, ...]


@dataclass(slots=True)
class BackTest:
    """What a policy would have done to the tickets that came in between two instants."""

    policy: str
    since: int
    until: int
    tickets: int = 0
    customers: int = 0
    segments: Counter[str] = field(default_factory=Counter)
    """Tickets by segment of their customer then."""
    fields: Counter[str] = field(default_factory=Counter)
    """Tickets that would have been given a tag, a priority, a service level, a group or a note."""
    priorities: Counter[str] = field(default_factory=Counter)
    """``had → asked for``, where a priority would have been raised, and how many were high enough."""
    promises: dict[str, dict[str, Kept]] = field(default_factory=dict)
    """By service level and metric."""
    groups: dict[str, Load] = field(default_factory=dict)
    """What each group would have been sent: the policy's, else the one that the ticket has."""
    busiest: int = 0
    """The most tickets of one hour that would have been asked high or urgent priority for."""
    sample: list[Example] = field(default_factory=list)
    assumed: tuple[str, ...] = ASSUMED
