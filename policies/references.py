"""Whether the names in a policy meet: tones, channels and service levels that exist, ranks that are free."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from policies.faults import Finding, nearest
from policies.hours import deadline
from policies.model import Asking, Policy, ServiceLevel, Treatment
from policies.serving import METRICS


def check(policy: Policy) -> list[Finding]:
    """Every name that leads nowhere and every rank that is taken."""
    return [
        *_ranks("segments", policy.segments),
        *_ranks("situations", policy.situations),
        *_treatments("segments", policy, policy.segments),
        *_treatments("situations", policy, policy.situations),
        *_ranks("stages", policy.stages),
        *_treatments("stages", policy, policy.stages),
        *_demographic(policy),
        *_levels(policy),
        *_house(policy),
    ]


def _ranks(section: str, rules: Mapping[str, Asking]) -> Iterator[Finding]:
    taken: dict[int, str] = {}
    for name, rule in rules.items():
        if rule.rank in taken:
            message = f"rank {rule.rank} is taken by {taken[rule.rank]}"
            yield Finding((section, name, "rank"), message, "Give every one a rank of its own; lower wins.")
        taken.setdefault(rule.rank, name)


def _treatments(section: str, policy: Policy, rules: Mapping[str, Asking]) -> Iterator[Finding]:
    for name, rule in rules.items():
        for field, value, known in _named(policy, rule.treatment):
            if value is not None and value not in known:
                yield _unknown((section, name, "treatment", field), field, value, known)


def _named(policy: Policy, treatment: Treatment) -> list[tuple[str, str | None, Iterable[str]]]:
    return [
        ("tone", treatment.tone, policy.tones),
        ("channel", treatment.channel, policy.channels),
        ("service_level", treatment.service_level, policy.service_levels),
    ]


def _house(policy: Policy) -> Iterator[Finding]:
    house = policy.house
    treatment = Treatment(tone=house.tone, channel=house.channel, service_level=house.service_level)
    for field, value, known in _named(policy, treatment):
        if value is not None and value not in known:
            yield _unknown(("house", field), field, value, known)


def _unknown(path: tuple[str, ...], field: str, value: str, known: Iterable[str]) -> Finding:
    names = list(known)
    otherwise = f"Declare it under {field}s" + (f", or use {', '.join(names)}." if names else ".")
    return Finding(path, f"there is no {field.replace('_', ' ')} {value}", nearest(value, names, otherwise))


def _levels(policy: Policy) -> Iterator[Finding]:
    """Calendars that exist, and levels of which one is the stricter."""
    seen: dict[tuple[float, ...], str] = {}
    for name, level in policy.service_levels.items():
        if level.calendar is not None and level.calendar not in policy.calendars:
            yield _unknown(("service_levels", name, "calendar"), "calendar", level.calendar, policy.calendars)
        elif level.calendar and not _opens_enough(policy, level):
            message = f"{level.calendar} is not open often enough for {name}"
            yield Finding(
                ("service_levels", name, "calendar"), message, "Give it more hours, or another calendar."
            )
        if level.strictness in seen:
            message = f"{name} is as strict as {seen[level.strictness]}: nobody can say which of them wins"
            yield Finding(
                ("service_levels", name), message, "Change a target, or keep one of them.", code="TIE"
            )
        seen.setdefault(level.strictness, name)


def _opens_enough(policy: Policy, level: ServiceLevel) -> bool:
    """Whether the longest target falls due at all, asked at the day of the review."""
    start = int(datetime(*policy.review_by.timetuple()[:3], tzinfo=UTC).timestamp())
    targets = (level.target(metric, "low") or 0 for metric in METRICS)
    try:
        return deadline(policy.calendars[str(level.calendar)], start, max(targets)) > start
    except ValueError:
        return False


def _demographic(policy: Policy) -> Iterator[Finding]:
    for name, segment in policy.segments.items():
        if segment.kind != "demographic":
            continue
        for field in sorted(segment.treatment.model_fields_set - {"tone"}):
            message = f"a demographic segment may ask for a tone only, not for {field}"
            yield Finding(("segments", name, "treatment", field), message, f"Take {field} out.")
