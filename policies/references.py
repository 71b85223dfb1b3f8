"""Whether the names in a policy meet: tones, channels and service levels that exist, ranks that are free."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from policies.faults import Finding, nearest
from policies.model import Policy, Situation, Tone, Treatment

OPENING_NAMES = ("first_name", "subject", "reply_by")
"""What an opening line may ask for, as ``{{ name }}``; nothing else in braces is read."""

_PLACE = re.compile(r"\{\{ *([a-z_]+) *\}\}")


def check(policy: Policy) -> list[Finding]:
    """Every name that leads nowhere and every rank that is taken."""
    return [
        *_ranks("segments", policy.segments),
        *_ranks("situations", policy.situations),
        *_treatments("segments", policy, policy.segments),
        *_treatments("situations", policy, policy.situations),
        *_demographic(policy),
        *_house(policy),
        *(finding for name, tone in policy.tones.items() for finding in _openings(name, tone)),
    ]


def _ranks(section: str, rules: Mapping[str, Situation]) -> Iterator[Finding]:
    taken: dict[int, str] = {}
    for name, rule in rules.items():
        if rule.rank in taken:
            message = f"rank {rule.rank} is taken by {taken[rule.rank]}"
            yield Finding((section, name, "rank"), message, "Give every one a rank of its own; lower wins.")
        taken.setdefault(rule.rank, name)


def _treatments(section: str, policy: Policy, rules: Mapping[str, Situation]) -> Iterator[Finding]:
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


def _demographic(policy: Policy) -> Iterator[Finding]:
    for name, segment in policy.segments.items():
        if segment.kind != "demographic":
            continue
        for field in sorted(segment.treatment.model_fields_set - {"tone"}):
            message = f"a demographic segment may ask for a tone only, not for {field}"
            yield Finding(("segments", name, "treatment", field), message, f"Take {field} out.")


def _openings(name: str, tone: Tone) -> Iterator[Finding]:
    if "en" not in tone.opening:
        yield Finding(
            ("tones", name, "opening"), "no English opening line", "Add en: it stands in for others."
        )
    for language, line in tone.opening.items():
        asked = set(_PLACE.findall(line))
        rest = _PLACE.sub("", line)
        if asked - set(OPENING_NAMES) or "{" in rest or "}" in rest:
            places = ", ".join(f"{{{{ {place} }}}}" for place in OPENING_NAMES)
            message = "an opening line holds something in braces that is not a place"
            yield Finding(("tones", name, "opening", language), message, f"Places are {places}.")
