"""Boosts: priority that a membership asks for only for a while, such as after an answer that fell short."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from policies.faults import Finding
from policies.model import Asking, Policy
from policies.stages import Reached


def over(policy: Policy, since: Mapping[str, int], reached: Reached | None, now: int) -> frozenset[str]:
    """The claimants whose boost has run out, as ``segment:name`` and ``stage:name``.

    ``since`` is when each membership began; one that is not there begins now.
    """
    return frozenset(by for by, ends in _ends(policy, since, reached) if ends <= now)


def due(policy: Policy, since: Mapping[str, int], reached: Reached | None, now: int) -> int | None:
    """The next instant at which a boost runs out, for whoever looks again by the clock."""
    return min((ends for _, ends in _ends(policy, since, reached) if ends > now), default=None)


def _ends(policy: Policy, since: Mapping[str, int], reached: Reached | None) -> Iterator[tuple[str, int]]:
    for name, begun in since.items():
        span = _span(policy.segments.get(name))
        if span is not None:
            yield f"segment:{name}", begun + span
    if reached is not None and (span := _span(policy.stages.get(reached.stage))) is not None:
        yield f"stage:{reached.stage}", reached.since + span


def _span(rule: Asking | None) -> int | None:
    return rule.treatment.priority.lasting if rule and rule.treatment.priority else None


def check(policy: Policy) -> list[Finding]:
    """Situations that ask for a while: when one began is not remembered."""
    return [
        Finding(
            ("situations", name, "treatment", "priority", "for"),
            "a situation asks for as long as it holds",
            "Take for out, or ask for it in a segment.",
        )
        for name, rule in policy.situations.items()
        if _span(rule) is not None
    ]
