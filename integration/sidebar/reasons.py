"""What may be said aloud of why a customer is where they are: facts, without the protected ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from integration.sidebar.facts import told
from integration.sidebar.model import Membership, Setting, Why
from policies.guard import exposing, protected
from policies.model import Policy, Segment, Trait
from policies.segments import explain
from policies.standing import SEGMENT, Line, Standing, Value, Verdict


@dataclass(frozen=True, slots=True)
class Reasons:
    """The proof of one customer's memberships, ready to be asked."""

    policy: Policy
    standing: Standing
    members: dict[str, bool]
    """Segments, best rank first, and whether each only stands because it cannot be known today."""
    verdicts: dict[str, Verdict]
    """Of the segments they are in."""
    setting: Setting
    _told_of: dict[str, str | None] = field(default_factory=dict, repr=False, compare=False)
    """Facts in words: several segments rest on the same."""

    @classmethod
    def of(cls, policy: Policy, standing: Standing, members: Mapping[str, bool], setting: Setting) -> Reasons:
        """The reasons behind a standing that this very policy made."""
        ranked = sorted(policy.segments, key=lambda name: policy.segments[name].rank)
        ordered = {name: members[name] for name in ranked if name in members}
        verdicts = {verdict.segment: verdict for verdict in explain(policy, standing, ordered)}
        return cls(policy, standing, ordered, verdicts, setting)

    def memberships(self) -> Iterator[tuple[str, Segment]]:
        """Memberships an agent may see, best rank first."""
        for name in self.members:
            if not self._reads_protected(name):
                yield name, self.policy.segments[name]

    def label(self, claimant: str) -> str:
        """The label of ``segment:…`` or ``situation:…``; empty for the house and for what may not be told."""
        kind, _, name = claimant.partition(":")
        if kind == "situation" and name in self.policy.situations:
            return self.policy.situations[name].label
        if kind == "stage" and name in self.policy.stages and claimant not in exposing(self.policy):
            return self.policy.stages[name].label
        if kind == "segment" and name in self.policy.segments and not self._reads_protected(name):
            return self.policy.segments[name].label
        return ""

    def fact(self, claimant: str) -> str:
        """The first fact that speaks for a claimant, or its label where there is none to tell."""
        kind, _, name = claimant.partition(":")
        facts = self._facts(name) if kind == "segment" and self.label(claimant) else ()
        return facts[0] if facts else self.label(claimant)

    def why(self) -> Why | None:
        """The facts behind the memberships; None for a customer in no segment."""
        all_of_them = tuple(
            Membership(segment.label, self._facts(name), self._missing(name))
            for name, segment in self.memberships()
        )
        if not all_of_them:
            return None
        first = all_of_them[0]
        summary = self.setting.words.joined(first.facts[:2]) or first.note or first.label
        return Why(summary, all_of_them)

    def first_label(self, *kinds: str) -> str | None:
        """The label of the best ranked membership of one of these kinds, of any kind where none is named."""
        found = (one.label for _, one in self.memberships() if not kinds or one.kind in kinds)
        return next(found, None)

    def open_values(self) -> Iterator[tuple[Trait, Value]]:
        """Traits with a known value, in the policy's order, without the protected ones."""
        for name, value in self.standing.traits.items():
            if value is not None and not self._protected(name):
                yield self.policy.traits[name], value

    def _facts(self, segment: str) -> tuple[str, ...]:
        """In the order of the file, each once; what must not hold comes after what must."""
        lines = self._verdict(segment).lines
        speaking = [line for line in lines if line.group != "none" and line.truth is True]
        speaking += [line for line in lines if line.group == "none" and line.truth is False]
        return tuple(dict.fromkeys(fact for line in speaking for fact in self._told(line)))

    def _verdict(self, segment: str) -> Verdict:
        """A decision may name a segment that they have left since."""
        return self.verdicts.get(segment) or explain(self.policy, self.standing, (segment,))[0]

    def _told(self, line: Line) -> Iterator[str]:
        for name, value in line.seen.items():
            if value is True and (held := name.removeprefix(SEGMENT)) != name:
                yield from [] if self._reads_protected(held) else [self.policy.segments[held].label]
            elif value is not None and name in self.policy.traits:
                if name not in self._told_of:
                    self._told_of[name] = told(self.policy, name, value, self.setting)
                fact = self._told_of[name]
                if fact:
                    yield fact

    def _missing(self, segment: str) -> str:
        if not self.members[segment]:
            return ""
        unknown = (line for line in self.verdicts[segment].lines if line.truth is None)
        names = dict.fromkeys(name for line in unknown for name in line.missing)
        labels = [self.policy.traits[name].label for name in names if name in self.policy.traits]
        words = self.setting.words
        if not labels:
            return words.gettext("Not known today")
        return words.gettext("Not known today: %(traits)s", traits=words.joined(labels))

    def _reads_protected(self, segment: str) -> bool:
        return segment in exposing(self.policy)

    def _protected(self, name: str) -> bool:
        return name in protected(self.policy)
