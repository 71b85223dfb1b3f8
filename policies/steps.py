"""Next steps by name, and the conditions under which each is held back.

What holds a step back is a situation of its own: it is computed, explained and guarded like any other.
"""

from __future__ import annotations

from collections.abc import Mapping

from policies.faults import Finding, nearest
from policies.model import Asking, Group, Policy, Situation
from policies.serving import NextStep, Treatment
from policies.standing import Facts
from policies.values import is_name

HOLD = "hold-"
"""Before the name of a step: the situation that holds it back. Nothing in a file can be called so."""

_RANK = 200_001


def holds(steps: Mapping[str, NextStep]) -> dict[str, Situation]:
    """A situation for every step that something may hold back."""
    return {
        HOLD + name: Situation.model_construct(
            label=f"Held back: {step.text}"[:80],
            rank=_RANK + at,
            look="plain",
            when=Group.model_validate({"any": tuple(_lines(step))}),
            treatment=Treatment(next_step=step.text),
        )
        for at, (name, step) in enumerate(steps.items())
        if step.unless or step.not_within
    }


def _lines(step: NextStep) -> list[str]:
    lines = list(step.unless)
    if step.not_within:
        since, hours = step.not_within.since, f"{step.not_within.span / 3600:.9f}".rstrip("0").rstrip(".")
        lines.append(f"{since} is not null and {since} > now - hours({hours})")
    return lines


def held(policy: Policy, facts: Facts) -> dict[str, str]:
    """The steps that are held back for a ticket, each with the reason."""
    found: dict[str, str] = {}
    for name, truth in zip(policy.situations, facts.situations, strict=True):
        if name.startswith(HOLD) and truth is not False:
            step = name.removeprefix(HOLD)
            found[step] = "a reason to wait holds" if truth else "whether to wait is not known"
    return found


def text(policy: Policy, value: str) -> str:
    """What a treatment's step says: the text of a step by name, or the words themselves."""
    step = policy.next_steps.get(value)
    return step.text if step else value


def check(policy: Policy) -> list[Finding]:
    """Names of steps that do not exist, where a treatment names one."""
    findings = []
    sections: dict[str, Mapping[str, Asking]] = {
        "segments": policy.segments,
        "situations": policy.situations,
        "stages": policy.stages,
    }
    for section, rules in sections.items():
        for name, rule in rules.items():
            value = rule.treatment.next_step or ""
            if is_name(value) and value not in policy.next_steps:
                remedy = nearest(
                    value, policy.next_steps, "Declare it under next_steps, or write a sentence."
                )
                path = (section, name, "treatment", "next_step")
                findings.append(Finding(path, f"there is no next step {value}", remedy))
    return findings
