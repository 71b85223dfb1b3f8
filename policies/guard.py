"""The data-flow rules: what a protected trait may touch, followed from the trait to the treatment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from policies.definition import Definition
from policies.faults import Finding, clipped
from policies.model import Policy, Situation
from policies.rules import Rule, compiled
from policies.trait_model import Trait

PROTECTED_WORDS = frozenset(
    {
        "age",
        "aged",
        "ages",
        "birth",
        "birthdate",
        "birthday",
        "dob",
        "gender",
        "sex",
        "religion",
        "religious",
        "race",
        "racial",
        "ethnic",
        "ethnicity",
        "nationality",
        "marital",
        "health",
        "disability",
        "disabled",
        "orientation",
        "union",
    }
)
"""Parts of a field's name that make what it holds protected, declared or not."""

PROTECTED_STEMS = ("pregnan", "politic")

_FORBIDDEN = ("tags", "priority", "service_level", "channel", "next_step")
"""Everything but tone. A tag is refused too: any rule of the desk can read it and act on it."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def check(policy: Policy) -> list[Finding]:
    """Every treatment that a protected trait reaches beyond tone, with the path it took."""
    meaning = compiled(policy)
    paths = protected(policy)
    return [
        finding
        for section, word, rules, written in (
            ("segments", "segment", meaning.segments, policy.segments),
            ("situations", "situation", meaning.situations, policy.situations),
        )
        for rule in rules
        for finding in _reached(section, word, rule, written[rule.name], paths)
    ]


def _reached(
    section: str, word: str, rule: Rule, written: Situation, paths: Mapping[str, tuple[str, ...]]
) -> list[Finding]:
    path = next((paths[name] for name in rule.reads if name in paths), None)
    if path is None:
        return []
    way = " -> ".join((*path, f"{word} {rule.name}"))
    return [
        Finding(
            (section, rule.name, "treatment", field),
            f"a protected trait may colour the tone only: {way} -> {field}",
            f"Take {field} out of this treatment, or {path[-1]} out of its conditions.",
        )
        for field in _FORBIDDEN
        if getattr(written.treatment, field)
    ]


@lru_cache(maxsize=16)
def exposing(policy: Policy) -> frozenset[str]:
    """The segments that a protected trait reaches. Nothing that can be read at the desk may name them."""
    paths = protected(policy)
    return frozenset(rule.name for rule in compiled(policy).segments if paths.keys() & set(rule.reads))


@lru_cache(maxsize=16)
def protected(policy: Policy) -> dict[str, tuple[str, ...]]:
    """The protected traits, each with the way protection came to it, its own name last."""
    paths: dict[str, tuple[str, ...]] = {}
    definitions = compiled(policy).definitions
    waiting = list(definitions.values())
    while waiting:
        later = {definition.name for definition in waiting}
        for definition in [one for one in waiting if later.isdisjoint(one.rests_on)]:
            name = definition.name
            through = next((paths[read] for read in definition.rests_on if read in paths), None)
            if through is not None:
                paths[name] = (*through, name)
            elif _is_protected(definition, policy.traits[name]):
                paths[name] = (name,)
            waiting.remove(definition)
    return paths


def _is_protected(definition: Definition, trait: Trait) -> bool:
    names = (definition.name, definition.field or "", trait.label)
    return definition.sensitivity == "protected" or any(map(says_protected, names))


def says_protected(name: str) -> bool:
    """Whether one of a name's words speaks of something protected: ``birth_date``, ``AgeGroup``."""
    words = [word.lower() for word in _WORD.findall(clipped(name, 200))]
    return any(word in PROTECTED_WORDS or word.startswith(PROTECTED_STEMS) for word in words)
