"""Whom an edit of a policy can concern: everyone, whoever is in some segments or situations, or nobody.

Policies are compared by what they mean: neither spaces in a condition nor words that only people read matter.
What this module does not know to be harmless concerns everyone.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from pydantic import BaseModel

from policies.model import Policy, Segment, Situation
from policies.rules import compiled

WORDS = frozenset({"label", "look", "do", "avoid", "opening", "format", "currency"})
"""What is only shown, in any block: it is taken from the policy of the day and decides nothing."""

ABOUT = frozenset(
    {
        "name",
        "goal",
        "owner",
        "metric",
        "review_by",
        "text",
        "version",
        "warnings",
        "tones",
        "floor",
        "most_high",
    }
)
"""What is about the policy itself, what only checks it or its plans, and the tones, which are words."""

ASKED = ("treatment", "rank", "kind")
"""What a segment or situation asks for, and how strongly."""

Meaning = dict[str, object]


@dataclass(frozen=True, slots=True)
class Reach:
    """Everyone, or whoever is in one of these segments or has a ticket in one of these situations."""

    everyone: bool = False
    segments: tuple[str, ...] = ()
    situations: tuple[str, ...] = ()


def reach(old: Policy, new: Policy) -> Reach:
    """Whom the step from ``old`` to ``new`` can concern.

    Where it is not everyone, both have the same traits and the same condition lines in the same order.
    """
    before, after = _meaning(old), _meaning(new)
    segments, situations = (_asked_otherwise(old, new, section) for section in ("segments", "situations"))
    if before != after:
        return Reach(everyone=True)
    return Reach(segments=segments, situations=situations)


def _asked_otherwise(old: Policy, new: Policy, section: str) -> tuple[str, ...]:
    """The entries of a section that ask for something else than before."""
    before, after = getattr(old, section), getattr(new, section)
    return tuple(name for name in after if name in before and _asked(before[name]) != _asked(after[name]))


def _asked(entry: BaseModel) -> list[object]:
    return [_plain(getattr(entry, key), {}) for key in ASKED if hasattr(entry, key)]


def _meaning(policy: Policy) -> Meaning:
    """All that decides who is where and what for, but for what segments and situations ask for."""
    texts = _conditions(policy)
    return {
        field.name: _plain(getattr(policy, field.name), texts)
        for field in fields(policy)
        if field.name not in ABOUT
    }


def _conditions(policy: Policy) -> dict[str, str]:
    """Every condition's text, and the same in the one way in which it would be printed."""
    meaning = compiled(policy)
    of_traits = [one for trait in meaning.definitions.values() for one in (trait.where, trait.of) if one]
    rules = [line.condition for rule in (*meaning.segments, *meaning.situations) for line in rule.lines]
    return {condition.text: condition.tree.sql() for condition in (*of_traits, *rules)}


def _plain(value: object, texts: dict[str, str]) -> object:
    """A block as plain values in the order of the file, without its words."""
    if isinstance(value, BaseModel):
        left_out = WORDS.union(ASKED) if _asks(value) else WORDS
        names = [name for name in type(value).model_fields if name not in left_out]
        return {name: _plain(getattr(value, name), texts) for name in names}
    if isinstance(value, dict):
        return [(name, _plain(inner, texts)) for name, inner in value.items()]
    if isinstance(value, (tuple, list)):
        return [_plain(inner, texts) for inner in value]
    return texts.get(value, value) if isinstance(value, str) else value


def _asks(block: BaseModel) -> bool:
    """A segment or a situation, of which ``reach`` compares by name what it asks for."""
    return isinstance(block, Segment | Situation)
