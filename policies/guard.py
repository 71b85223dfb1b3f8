"""The data-flow rules: what a protected trait, a need or a stand-in may touch, followed to the field.

What names speak of is ``names.py``, the ways are ``flow.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from functools import lru_cache

from policies.definition import Definition
from policies.faults import Finding
from policies.flow import Flow, Way, conditions, directions, follow, member_name, rules_of, signs, tags_of
from policies.language import Condition
from policies.layers import depths
from policies.model import Asking, Policy
from policies.names import themes
from policies.rules import Rule, compiled
from policies.serving import Treatment
from policies.stages import stage_of
from policies.subjects import LANGUAGE, WHICH_LANGUAGE, stands_for, themes_of
from policies.trait_model import Trait

_FORBIDDEN = tuple(field for field in Treatment.model_fields if field != "tone")
"""Everything but tone. A tag is refused too: any rule of the desk can read it and act on it."""

_LEFT_TO_NEEDS = ("tags", "route", "note")
"""What a need may not ask for even where it speaks for somebody: others could read it and act on it."""

_WEIGHED = ("priority", "service_level", "route", "channel")
"""What a stand-in for something protected should not reach without a second look."""

_STATED = frozenset({"health", "need", "pregnancy"})
"""Themes a customer may ask to be taken care of."""


def check(policy: Policy) -> list[Finding]:
    """Every treatment that is reached by what must not reach it, with the way, and what deserves a look."""
    return [*_protections(policy), *_needs(policy), *_proxies(policy), *_lifted(policy)]


def _protections(policy: Policy) -> Iterator[Finding]:
    flow = _flow(policy, needs(policy))
    for section, rule, written in rules_of(policy):
        way = flow.to(conditions(rule))
        if way is None:
            continue
        for field in _asked(written, _FORBIDDEN):
            yield Finding(
                (section, rule.name, "treatment", field),
                f"a protected trait may colour the tone only: {_shown(way, section, rule.name, field)}",
                f"Take {field} out of this treatment, or {way[-1]} out of its conditions.",
                code="PROTECTED",
            )


def _needs(policy: Policy) -> Iterator[Finding]:
    """A need may raise and change; what it would lower, and what others could read, is refused."""
    yield from _false_needs(policy)
    for (section, rule, written), reached in _reached_by_needs(policy):
        for ways in reached.values():
            against = ways.get(-1)
            what = "may raise, and never lower" if against else "must not be readable on the desk"
            for field in _asked(written, _FORBIDDEN if against else _LEFT_TO_NEEDS):
                yield Finding(
                    (section, rule.name, "treatment", field),
                    f"a stated need {what}: {_shown(against or ways[1], section, rule.name, field)}",
                    f"Take {field} out of this treatment, or the need out of its conditions.",
                    code="NEED",
                )


_Reached = dict[str, dict[int, Way]]
"""By need: the way on which it speaks for a rule (1), and the one on which it speaks against it (-1)."""


def _reached_by_needs(policy: Policy) -> Iterator[tuple[tuple[str, Rule, Asking], _Reached]]:
    """Every rule with the needs that reach it; segments first that others ask about."""
    known, segments = needs(policy), dict[str, _Reached]()
    depth = depths(compiled(policy).segments)
    ordered = sorted(rules_of(policy), key=lambda one: (one[0] != "segments", depth.get(one[1].name, 0)))
    for section, rule, written in ordered:
        found: _Reached = {}
        for condition, sign in signs(rule):
            for name, directed in directions(condition).items():
                for need, came, way in _sources(name, known, segments):
                    for direction in directed:
                        found.setdefault(need, {}).setdefault(sign * direction * came, way)
        if section == "segments":
            segments[rule.name] = _passed(found, f"segment {rule.name}")
        yield (section, rule, written), found


def _sources(name: str, known: Set[str], segments: Mapping[str, _Reached]) -> Iterator[tuple[str, int, Way]]:
    """The needs behind a name, each with the sign and the way it came by."""
    if name in known:
        yield name, 1, (name,)
    for need, ways in segments.get(member_name(name) or "", {}).items():
        for sign, way in ways.items():
            yield need, sign, way


def _passed(found: _Reached, by: str) -> _Reached:
    return {need: {sign: (*way, by) for sign, way in ways.items()} for need, ways in found.items()}


def _false_needs(policy: Policy) -> Iterator[Finding]:
    for name, definition in compiled(policy).definitions.items():
        if definition.sensitivity == "need" and not _is_need(definition, policy.traits[name]):
            yield Finding(
                ("traits", name, "sensitivity"),
                f"{name} cannot be a stated need",
                "A need is a copied yes/no field in which customers asked to be taken care of.",
                code="NEED",
            )


def _proxies(policy: Policy) -> Iterator[Finding]:
    starts = {
        name: (name,)
        for name, definition in compiled(policy).definitions.items()
        if stands_for(definition, policy.traits[name])
    }
    flow = follow(policy, starts, _reads_language)
    for section, rule, written in rules_of(policy):
        way = flow.to(conditions(rule))
        if way is None:
            continue
        first = way[0]
        known = compiled(policy).definitions.get(first)
        kind = stands_for(known, policy.traits[first]) if known else WHICH_LANGUAGE
        for field in _asked(written, _WEIGHED):
            if field == "route" and kind == WHICH_LANGUAGE:
                continue  # to people who speak it
            yield Finding(
                (section, rule.name, "treatment", field),
                f"{first} tells {kind}, which can stand in for something protected:"
                f" {_shown(way, section, rule.name, field)}",
                "Compare whom this helps and whom it leaves out before you use it.",
                "warning",
                "PROXY",
            )


def _reads_language(condition: Condition) -> str | None:
    return LANGUAGE if LANGUAGE in condition.reads else None


def _lifted(policy: Policy) -> Iterator[Finding]:
    for name, trait in policy.traits.items():
        if trait.open_because:
            yield Finding(
                ("traits", name, "open_because"),
                f"{name} is open although it may sound protected: {trait.open_because}",
                "Take open_because out when the reason no longer holds.",
                "warning",
                "PROTECTED",
            )


def _asked(written: Asking, fields: Iterable[str]) -> list[str]:
    return [field for field in fields if getattr(written.treatment, field)]


def _shown(way: Way, section: str, name: str, field: str) -> str:
    return " -> ".join((*way, f"{section.removesuffix('s')} {name}", field))


@lru_cache(maxsize=16)
def exposing(policy: Policy) -> frozenset[str]:
    """The segments, and as ``stage:name`` the stages, that a protected trait or a need reaches.

    Nothing readable at the desk may name them.
    """
    flow = _hidden_flow(policy)
    reached = (rule for rule in compiled(policy).stages if flow.to(conditions(rule)) is not None)
    return frozenset([*flow.segments, *(f"stage:{stage_of(rule.name)}" for rule in reached)])


def protected(policy: Policy) -> dict[str, Way]:
    """The traits that are never told of, each with the way protection came to it, its own name last."""
    return _hidden_flow(policy).traits


@lru_cache(maxsize=16)
def _hidden_flow(policy: Policy) -> Flow:
    return _flow(policy, frozenset())


def _flow(policy: Policy, left_out: Set[str]) -> Flow:
    """Where protected traits and tags lead, some traits left out."""
    starts: dict[str, Way] = {
        name: (name,)
        for name, definition in compiled(policy).definitions.items()
        if _is_protected(definition, policy.traits[name]) and name not in left_out
    }
    return follow(policy, starts, _said)


def needs(policy: Policy) -> frozenset[str]:
    """The traits in which customers asked to be taken care of."""
    definitions = compiled(policy).definitions
    return frozenset(name for name in definitions if _is_need(definitions[name], policy.traits[name]))


def _said(condition: Condition) -> str | None:
    """A tag, or another entry of a set, whose own name tells of something protected."""
    return next((f"tag {tag}" for tag in tags_of(condition) if themes(tag)), None)


def _is_need(definition: Definition, trait: Trait) -> bool:
    return (
        definition.sensitivity == "need"
        and definition.type == "boolean"
        and definition.aggregate is None
        and definition.derivation is None
        and themes_of(definition, trait) <= _STATED
    )


def _is_protected(definition: Definition, trait: Trait) -> bool:
    if definition.sensitivity in ("protected", "need"):
        return True
    return not trait.open_because and bool(themes_of(definition, trait))


def says_protected(name: str) -> bool:
    """Whether a name speaks of something protected: ``birth_date``, ``AgeGroup``."""
    return bool(themes(name))
