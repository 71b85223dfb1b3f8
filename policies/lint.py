"""What is unwise in a policy that can be loaded, found without looking at any customer.

What only the data of a desk can tell (nobody is in it, everybody is) is found by whoever holds the data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from policies.atoms import Atom, TooManyWaysError, Way, domains, ways
from policies.catalogue import row_scope
from policies.faults import Path, listed
from policies.model import AS_ASKED, Policy, Situation
from policies.rules import Compiled, Rule, compiled
from policies.vocabulary import TICKET

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that lint looks for."""

    level: Level
    meaning: str


CHECKS: dict[str, Check] = {
    "contradiction": Check("error", "Conditions that can never hold together"),
    "empty": Check("warning", "A segment that nobody on this desk is in"),
    "import-stale": Check("warning", "An import of which every value has expired"),
    "import-unmatched": Check("warning", "An import most of whose keys no customer has"),
    "import-unread": Check("warning", "An import that has never been read whole"),
    "invalid": Check("error", "A policy that cannot be loaded"),
    "messages-unread": Check("warning", "Conditions on the language of messages, which nothing here reads"),
    "no-place": Check("warning", "A wish for a field or value that this desk cannot hold"),
    "no-treatment": Check("warning", "A segment or situation that asks for nothing"),
    "overdue": Check("warning", "A policy whose day of review has passed"),
    "overlap": Check("warning", "Two segments with shared members that ask for different things"),
    "same-condition": Check("warning", "Two segments with the same conditions"),
    "second-look": Check(
        "warning", "What is allowed and can still treat somebody unfairly, or promise too much"
    ),
    "tied": Check("error", "Two claims between which no rule decides"),
    "universal": Check("warning", "Conditions that hold for everybody"),
    "unreadable-trait": Check("warning", "A trait that no customer of this desk has a value for"),
    "unused": Check("warning", "Something declared that nothing uses"),
}
"""Every check by its name; a remark names one of them."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing worth changing, at its path in the file."""

    check: str
    path: Path
    message: str
    remedy: str

    @property
    def level(self) -> Level:
        """How grave it is."""
        return CHECKS[self.check].level


def lint(policy: Policy, today: date) -> list[Remark]:
    """Everything unwise that the files alone tell."""
    return [remark for look in _LOOKS for remark in look(policy, today)]


def _overdue(policy: Policy, today: date) -> Iterator[Remark]:
    if policy.review_by < today:
        message = f"the policy was to be reviewed by {policy.review_by}; the owner is {policy.owner}"
        remedy = f"Look whether it still serves its goal ({policy.goal}), then set a new day."
        yield Remark("overdue", ("review_by",), message, remedy)


def _impossible(policy: Policy, today: date) -> Iterator[Remark]:
    meaning = compiled(policy)
    for section, rules in _sections(meaning):
        for rule in rules:
            yield from _reasoned(section, rule, meaning)


def _reasoned(section: str, rule: Rule, meaning: Compiled) -> Iterator[Remark]:
    """What can be said of a rule's conditions without a customer; nothing where they are too many."""
    types = row_scope(TICKET, meaning.definitions) | {
        name: found.type for name, found in meaning.definitions.items()
    }
    path = (section, rule.name, "when")
    try:
        true, false = ways(rule, types), ways(rule, types, wanted=False)
    except TooManyWaysError:
        return
    if all(_clash(way, meaning) for way in true):
        atoms = _clash(true[0], meaning)
        said = dict.fromkeys(_said(atom, rule) for atom in atoms)
        together, verb = listed(said), "exclude each other" if len(said) > 1 else "can never be met"
        remedy = "Correct one of them, or put them under any."
        yield Remark("contradiction", path, f"{rule.name} can never hold: {together} {verb}", remedy)
    elif all(_clash(way, meaning) for way in false):
        message = f"{rule.name} can never be false: its conditions hold whatever the traits are"
        yield Remark("universal", path, message, "Narrow the conditions, or set this under house.")


def _clash(way: Way, meaning: Compiled) -> list[Atom]:
    """The demands of which one excludes another; nothing when the way is open."""
    for term, domain in domains(way, meaning.definitions).items():
        if domain.empty:
            return _fewest([atom for atom in way if atom.term == term], meaning)
    opaque: dict[str, Atom] = {}
    for atom in way:
        first = opaque.setdefault(atom.text, atom)
        if atom.term is None and first.wanted is not atom.wanted:
            return [first, atom]
    return []


def _fewest(atoms: list[Atom], meaning: Compiled) -> list[Atom]:
    """The demands without those that the clash does not need."""
    for atom in list(atoms):
        rest = tuple(other for other in atoms if other is not atom)
        if rest and any(domain.empty for domain in domains(rest, meaning.definitions).values()):
            atoms = list(rest)
    return atoms


def _said(atom: Atom, rule: Rule) -> str:
    """The line that makes the demand, as it is written."""
    line = rule.lines[atom.line]
    return f"{'none: ' if line.group == 'none' else ''}`{line.condition.text}`"


def _sections(meaning: Compiled) -> list[tuple[str, tuple[Rule, ...]]]:
    return [("segments", meaning.segments), ("situations", meaning.situations)]


def _same(policy: Policy, today: date) -> Iterator[Remark]:
    for section, rules in _sections(compiled(policy)):
        seen: dict[object, str] = {}
        for rule in rules:
            key = frozenset((line.group, line.condition.tree.sql()) for line in rule.lines), _form(rule.when)
            first = seen.setdefault(key, rule.name)
            if first != rule.name:
                message = f"{rule.name} has the same conditions as {first}"
                yield Remark("same-condition", (section, rule.name, "when"), message, "Make one of the two.")


def _form(item: object) -> object:
    """A condition's groups without their lines."""
    if isinstance(item, str):
        return "line"
    return tuple((name, tuple(map(_form, getattr(item, name) or ()))) for name in ("all", "any", "none"))


def _tied(policy: Policy, today: date) -> Iterator[Remark]:
    yield from _tied_ranks(policy)
    asked = {rule.treatment.service_level for _, _, rule in _rules(policy)} | {policy.house.service_level}
    seen: dict[int, str] = {}
    for name, level in policy.service_levels.items():
        if name not in asked:
            continue
        first = seen.setdefault(level.first_reply.normal, name)
        if first != name:
            message = f"{name} and {first} promise the same first reply, so neither is the stricter"
            remedy = "Let one promise more, or use one of them everywhere."
            yield Remark("tied", ("service_levels", name), message, remedy)


def _tied_ranks(policy: Policy) -> Iterator[Remark]:
    """A segment and a situation of one rank: what is decided by rank has no winner between them."""
    by_rank = {segment.rank: name for name, segment in policy.segments.items()}
    for name, situation in policy.situations.items():
        other = policy.segments.get(by_rank.get(situation.rank, ""))
        if other and other.treatment.next_step and situation.treatment.next_step:
            message = f"{name} and the segment {by_rank[situation.rank]} have rank {situation.rank}"
            message += " and both ask for a next step"
            yield Remark("tied", ("situations", name, "rank"), message, "Give one of them another rank.")


def _rules(policy: Policy) -> Iterator[tuple[str, str, Situation]]:
    for section, rules in (("segments", policy.segments), ("situations", policy.situations)):
        written: Mapping[str, Situation] = rules
        for name, rule in written.items():
            yield section, name, rule


def _no_treatment(policy: Policy, today: date) -> Iterator[Remark]:
    """What is there for advice on channels to look at need not ask for anything itself."""
    advice = policy.channel_advice
    spared = {advice.spare.vulnerable, advice.spare.complaint, advice.spare.repeat} if advice else set()
    for section, name, rule in _rules(policy):
        if section == "situations" and name in spared:
            continue
        if not any(getattr(rule.treatment, field) for field in type(rule.treatment).model_fields):
            remedy = "Add a treatment, or take it out if nobody looks at it."
            yield Remark("no-treatment", (section, name), f"{name} asks for nothing", remedy)


def _unused(policy: Policy, today: date) -> Iterator[Remark]:
    meaning = compiled(policy)
    read = {name for _, rules in _sections(meaning) for rule in rules for name in rule.reads}
    read |= {name for found in meaning.definitions.values() for name in found.rests_on}
    for name, trait in policy.traits.items():
        if name not in read and trait.format != "money":  # amounts are shown in the sidebar
            remedy = "Use it in a condition, or take it out: reading it costs time."
            yield Remark("unused", ("traits", name), f"no condition and no other trait reads {name}", remedy)
    yield from _unused_imports(policy)
    for section, field in (("tones", "tone"), ("channels", "channel"), ("service_levels", "service_level")):
        asked = {getattr(rule.treatment, field) for _, _, rule in _rules(policy)}
        asked |= {getattr(policy.house, field), AS_ASKED}
        if field == "channel" and policy.channel_advice:
            asked |= {name for name, channel in policy.channels.items() if channel.cost}
        for name in getattr(policy, section):
            if name not in asked:
                word = field.replace("_", " ")
                remedy = "Let a treatment ask for it, or take it out."
                yield Remark("unused", (section, name), f"nobody asks for the {word} {name}", remedy)


def _unused_imports(policy: Policy) -> Iterator[Remark]:
    """Columns and events that come in and that no trait takes."""
    read = {
        (one.name, found.field) for found in compiled(policy).definitions.values() for one in found.imported
    }
    remedy = "Let a trait take it, or leave it out: what is not needed is better not stored."
    for name, spec in policy.imports.items():
        if spec.kind == "events" and (name, None) not in read:
            yield Remark("unused", ("imports", name), f"no trait runs over the events of {name}", remedy)
        for column in spec.columns:
            if (name, column) not in read:
                message = f"no trait takes {column} from the import {name}"
                yield Remark("unused", ("imports", name, "columns", column), message, remedy)


_LOOKS: tuple[Callable[[Policy, date], Iterator[Remark]], ...] = (
    _overdue,
    _impossible,
    _same,
    _tied,
    _no_treatment,
    _unused,
)
