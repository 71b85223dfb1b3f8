"""Advice that agents called wrong, beside what a policy would do: how much of it would be another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from integration.look import follows, look
from integration.store import assignments, feedback
from policies.model import Policy
from policies.treatment import FIELDS, Decision


@dataclass(slots=True)
class Judged:
    """Open tickets whose advice somebody called wrong."""

    wrong: int = 0
    changing: int = 0
    """Of them, those that would be served otherwise."""


def count_judged(
    found: Judged, connection: Connection, policy: Policy, scope: Sequence[str], cuts: str, now: int
) -> None:
    """Count those of some customers; only customers of whom something was called wrong are looked at anew."""
    wrong = feedback.called_wrong(connection, scope)
    if not wrong:
        return
    seen = look(connection, policy, sorted(set(wrong.values())), now, cuts, at_rest=False)
    for one in follows(policy, seen).decided:
        if one.decision.ticket_id in wrong:
            stored = assignments.decision(connection, one.decision.ticket_id)
            found.wrong += 1
            found.changing += stored is None or _differ(stored.decision, one.decision)


def _differ(before: Decision, after: Decision) -> bool:
    """Whether anything but the reasons is another."""
    return before.segments != after.segments or any(
        before.value(name) != after.value(name) for name in FIELDS
    )
