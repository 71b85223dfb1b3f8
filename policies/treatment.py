"""Memberships and situations resolved into one Decision: who wins each field, who loses, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Evidence = Literal[
    "situation",
    "stated preference",
    "observed behaviour",
    "value, lifecycle, industry",
    "demographic",
    "house",
]
"""What tone and channel are decided by, strongest first; ``house`` is the policy's own default."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One segment's or situation's wish for one field."""

    value: str
    by: str
    """``segment:vip``, ``situation:reopened`` or ``house``."""
    reason: str
    """A sentence that names the label of the claimant and, for a loser, why it lost."""


@dataclass(frozen=True, slots=True)
class Part:
    """The resolved value of one field, the claim that won it and those that did not."""

    value: str
    won: Claim
    lost: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """How one ticket should be served, with the reason for every part.

    ``segment`` is the one shown to the agent: the best ranked membership. ``tags`` are bare names,
    without the desk's prefix. A field that nobody claims is None.
    """

    ticket_id: str
    policy: str
    """Version (content hash) of the policy that decided."""
    segment: str | None
    segments: tuple[str, ...]
    """All memberships, best rank first."""
    situations: tuple[str, ...]
    tags: tuple[Part, ...] = ()
    priority: Part | None = None
    service_level: Part | None = None
    tone: Part | None = None
    channel: Part | None = None
    next_step: Part | None = None
