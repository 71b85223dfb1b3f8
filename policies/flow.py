"""How a trait comes to a treatment: through traits computed from it, segments, and segments on segments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from policies.language import Condition
from policies.model import Asking, Item, Policy
from policies.rules import Rule, RuleLine, compiled, parts
from policies.stages import EXIT, stage_of
from policies.typed import FORM, MEMBER

Way = tuple[str, ...]
"""What was passed on the way, in order: ``("birth_year", "old", "segment elder")``."""


@dataclass(frozen=True, slots=True)
class Flow:
    """The way from some traits to every trait and segment that they reach."""

    traits: dict[str, Way]
    segments: dict[str, Way]
    spoken: Callable[[Condition], str | None]

    def to(self, conditions: Iterable[Condition]) -> Way | None:
        """The way into one of these conditions, or None where there is none."""
        return next((way for condition in conditions if (way := self._into(condition)) is not None), None)

    def _into(self, condition: Condition) -> Way | None:
        said = self.spoken(condition)
        if said is not None:
            return (said,)
        ways = [self.traits[name] for name in condition.reads if name in self.traits]
        ways += [self.segments[name] for name in condition.segments if name in self.segments]
        return ways[0] if ways else None


def follow(policy: Policy, starts: Mapping[str, Way], spoken: Callable[[Condition], str | None]) -> Flow:
    """Where these traits lead. ``spoken`` names what a condition says by itself, without any trait."""
    meaning = compiled(policy)
    flow = Flow(dict(starts), {}, spoken)
    while any(
        [
            *(_reached(flow.traits, name, _through(flow, name, policy)) for name in meaning.definitions),
            *(
                _reached(flow.segments, rule.name, _last(flow.to(conditions(rule)), rule))
                for rule in meaning.segments
            ),
        ]
    ):
        pass
    return flow


def conditions(rule: Rule) -> list[Condition]:
    """The conditions of a rule's lines."""
    return [line.condition for line in rule.lines]


def _reached(known: dict[str, Way], name: str, way: Way | None) -> bool:
    """Keep the first way that is found; whether this was it."""
    if way is None or name in known:
        return False
    known[name] = way
    return True


def _through(flow: Flow, name: str, policy: Policy) -> Way | None:
    definition = compiled(policy).definitions[name]
    way = flow.to(definition.conditions)
    if way is None:
        way = next((flow.traits[read] for read in definition.rests_on if read in flow.traits), None)
    return None if way is None else (*way, name)


def _last(way: Way | None, rule: Rule) -> Way | None:
    return None if way is None else (*way, f"segment {rule.name}")


def rules_of(policy: Policy) -> Iterator[tuple[str, Rule, Asking]]:
    """Every rule that may ask for something: its section, what it means, what was written."""
    meaning = compiled(policy)
    for rule in meaning.segments:
        yield "segments", rule, policy.segments[rule.name]
    for rule in meaning.situations:
        yield "situations", rule, policy.situations[rule.name]
    for rule in meaning.stages:
        yield "stages", rule, policy.stages[stage_of(rule.name)]


def tags_of(condition: Condition) -> list[str]:
    """The texts that a condition looks for in a set, such as the tags of a ticket."""
    calls = (node for node in condition.tree.find_all(exp.Anonymous) if node.name == FORM + "has_entry")
    return [call.expressions[1].name for call in calls if isinstance(call.expressions[1], exp.Literal)]


def texts_of(condition: Condition) -> list[str]:
    """The texts that stand in a condition."""
    found = condition.tree.find_all(exp.Literal, exp.National)
    return [text.name for text in found if isinstance(text, exp.National) or text.is_string]


def signs(rule: Rule) -> Iterator[tuple[Condition, int]]:
    """Every condition of a rule with 1, or -1 where its being true speaks against membership."""
    if _written(rule.when) == len(rule.lines):  # a line without meaning is a fault of its own, and not here
        yield from _signs(rule.when, iter(rule.lines), -1 if rule.name.endswith(EXIT) else 1)


def _written(item: Item) -> int:
    return 1 if isinstance(item, str) else sum(_written(child) for _, items in parts(item) for child in items)


def _signs(item: Item, lines: Iterator[RuleLine], sign: int) -> Iterator[tuple[Condition, int]]:
    if isinstance(item, str):
        yield next(lines).condition, sign
        return
    for name, items in parts(item):
        for child in items:
            yield from _signs(child, lines, -sign if name == "none" else sign)


def directions(condition: Condition) -> dict[str, set[int]]:
    """For every name in a condition: 1 where it speaks for it, -1 where against; both where that is unclear.

    Segments stand under ``in_segment:name``.
    """
    found: dict[str, set[int]] = {}
    _walk(condition.tree, 1, found)
    return found


def _walk(node: exp.Expr, sign: int, found: dict[str, set[int]]) -> None:
    if isinstance(node, exp.Column):
        found.setdefault(node.name, set()).add(sign)
    elif isinstance(node, exp.Not):
        _walk(node.this, -sign, found)
    elif isinstance(node, (exp.And, exp.Or)):
        _walk(node.this, sign, found)
        _walk(node.expression, sign, found)
    elif isinstance(node, exp.Paren):
        _walk(node.this, sign, found)
    elif isinstance(node, exp.EQ) and isinstance(node.expression, exp.Boolean):
        _walk(node.this, sign if node.expression.this else -sign, found)
    elif isinstance(node, exp.Coalesce) and all(isinstance(part, exp.Boolean) for part in node.expressions):
        _walk(node.this, sign, found)
    else:
        for column in node.find_all(exp.Column):
            found.setdefault(column.name, set()).update((1, -1))


def member_name(column: str) -> str | None:
    """The segment that a name of ``directions`` stands for, or None for a trait."""
    return column.removeprefix(MEMBER) if column.startswith(MEMBER) else None
