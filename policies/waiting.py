"""Rule G-4: nobody waits for ever. Waiting raises priority, and no promise is slower than the floor."""

from __future__ import annotations

from collections.abc import Mapping

from policies.faults import Finding
from policies.model import Asking, Group, Policy, Situation, Waiting
from policies.rules import compiled
from policies.serving import AtLeast, Treatment

_MADE = "waiting-"
_RANK = 100_001
"""Behind every rank that can be written."""

_UNITS = ((604800, "week"), (86400, "day"), (3600, "hour"), (60, "minute"))


def situations(steps: tuple[Waiting, ...]) -> dict[str, Situation]:
    """The situation that each step of waiting is: it holds, is explained and is timed like any other.

    Its name has hyphens, so that nothing in the file can be called the same.
    """
    return {
        f"{_MADE}{_span(step.after).replace(' ', '-')}": _situation(step, at) for at, step in enumerate(steps)
    }


def made(name: str) -> bool:
    """Whether a situation is a step of waiting and none of the file."""
    return name.startswith(_MADE)


def span_of(name: str) -> str:
    """How long one waits until the step whose situation has this name: ``4 hours``."""
    return name.removeprefix(_MADE).replace("-", " ")


def _situation(step: Waiting, at: int) -> Situation:
    waited = f"waiting_since <= now - hours({_hours(step.after)})"
    return Situation.model_construct(
        label=f"Waiting for {_span(step.after)}",
        rank=_RANK + at,
        look="plain",
        when=Group.model_validate({"all": (waited, "status in ('new', 'open')")}),
        treatment=Treatment(priority=AtLeast.model_validate({"at_least": step.priority})),
    )


def _hours(seconds: int) -> str:
    return f"{seconds / 3600:.9f}".rstrip("0").rstrip(".")


def _span(seconds: int) -> str:
    """A span as it is written: ``4 hours``."""
    size, unit = next((size, unit) for size, unit in _UNITS if seconds % size == 0)
    return f"{seconds // size} {unit}{'s' * (seconds > size)}"


def check(policy: Policy) -> list[Finding]:
    """Promises above the floor, and a policy in which some can be passed over for ever."""
    findings = [
        Finding(
            ("service_levels", name),
            f"{level.label} allows {_span(level.first_reply.low)} until the first reply,"
            f" and the floor is {_span(policy.floor)}",
            "Shorten the target, or raise the floor for everybody.",
            code="FLOOR",
        )
        for name, level in policy.service_levels.items()
        if level.first_reply.low > policy.floor
    ]
    return findings + _starving(policy)


def _starving(policy: Policy) -> list[Finding]:
    rules: Mapping[str, Asking] = {**policy.segments, **policy.situations}
    first = next((name for name, rule in rules.items() if rule.treatment.priority), None)
    raised = any(
        "waiting_since" in rule.reads and policy.situations[rule.name].treatment.priority
        for rule in compiled(policy).situations
    )
    if first is None or raised:
        return []
    section = "segments" if first in policy.segments else "situations"
    return [
        Finding(
            (section, first, "treatment", "priority"),
            "some go first, and nothing raises those who have waited long",
            "Add waiting: {after: 2 days, priority: high}, or a situation that reads waiting_since.",
            "warning",
            "STARVING",
        )
    ]
