"""The resolved value of one field of a decision, with everybody who asked for one."""

from __future__ import annotations

from dataclasses import dataclass


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
