"""Memberships and situations resolved into one Decision: who wins each field, who loses, and why."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from policies import steps, waiting
from policies.advice import advised
from policies.guard import exposing
from policies.model import AS_ASKED, PRIORITIES, Asking, Kind, Policy, ServiceLevel, Treatment
from policies.parts import Claim, Part
from policies.pressing import place
from policies.standing import Facts

__all__ = ["EVIDENCE", "FIELDS", "STRENGTH", "Claim", "Decision", "Evidence", "Part", "decide"]

Evidence = Literal[
    "situation",
    "stated preference",
    "observed behaviour",
    "value, lifecycle, industry",
    "demographic",
    "house",
]
"""What tone and channel are decided by, strongest first; ``house`` is the policy's own default."""


@dataclass(frozen=True, slots=True)
class Decision:
    """How one ticket should be served, with the reason for every part.

    ``segment`` is the one shown to the agent: the best ranked membership. ``tags`` are bare names,
    without the desk's prefix. A field that nobody claims is None.
    """

    ticket_id: str
    policy: str
    """Version (content hash) of the policy that decided."""
    segment: str | None
    segments: tuple[str, ...]
    """All memberships, best rank first."""
    situations: tuple[str, ...]
    stage: str | None = None
    tags: tuple[Part, ...] = ()
    priority: Part | None = None
    service_level: Part | None = None
    tone: Part | None = None
    channel: Part | None = None
    next_step: Part | None = None
    mark: Part | None = None
    """The best ranked segment that may be read at the desk: no protected trait leads to it."""
    held: tuple[Claim, ...] = ()
    """What is asked for and not given now, each with the reason: steps held back, boosts that are over."""
    route: Part | None = None
    note: Part | None = None
    place: int | None = None
    """In the line for high priority, the lowest first; None where none is asked for. See ``pressing.py``."""

    def value(self, field: str) -> object:
        """What was decided for a field, as a case writes it: without the reasons."""
        if field in ("segment", "stage"):
            return getattr(self, field)
        if field == "tags":
            return tuple(part.value for part in self.tags)
        part: Part | None = getattr(self, field)
        return part.value if part else None


FIELDS = ("priority", "service_level", "route", "tone", "channel", "next_step", "note", "tags")
"""Parts of a decision that somebody sees, in the order in which they are compared and told."""

STRENGTH: tuple[Evidence, ...] = get_args(Evidence)

EVIDENCE: dict[Kind, Evidence] = {
    "needs": "stated preference",
    "psychographic": "stated preference",
    "behavioural": "observed behaviour",
    "sentiment": "observed behaviour",
    "journey": "observed behaviour",
    "technographic": "observed behaviour",
    "value": "value, lifecycle, industry",
    "lifecycle": "value, lifecycle, industry",
    "industry": "value, lifecycle, industry",
    "price": "value, lifecycle, industry",
    "geographic": "value, lifecycle, industry",
    "demographic": "demographic",
}
"""What a segment of each kind rests on when it asks for a tone or a channel."""


@dataclass(frozen=True, slots=True)
class _Claimant:
    """A segment or situation that holds for this ticket."""

    name: str
    by: str
    label: str
    rank: int
    evidence: Evidence
    treatment: Treatment
    kept: bool = False

    def claim(self, value: str, wish: str, why: str = "") -> Claim:
        """A claim for ``value``; ``wish`` completes "asks for", ``why`` tells how it went."""
        standing = " It stays a member although the data of today cannot tell." if self.kept else ""
        return Claim(value, self.by, f"{self.label} asks for {wish}{why}.{standing}")


def decide(
    policy: Policy,
    ticket_id: str,
    members: Mapping[str, bool],
    facts: Facts,
    channel: str | None,
    stage: str | None = None,
    over: Collection[str] = (),
) -> Decision:
    """The one answer to all that a ticket's segments and situations ask for.

    ``members`` are the customer's segments, True where one stands although its condition is unknown today;
    ``channel`` is the one the customer wrote in, ``stage`` the one they are in.
    ``over`` are claimants whose boost has run out, as ``segment:name``: they ask for no priority any more.
    A situation that is unknown asks for nothing.
    """
    segments, situations = _segments(policy, members), _situations(policy, facts)
    held_steps = steps.held(policy, facts)
    claimants = sorted([*situations, *segments, *_stage(policy, stage)], key=lambda claimant: claimant.rank)
    priority = _priority([one for one in claimants if one.by not in over])
    return Decision(
        ticket_id=ticket_id,
        policy=policy.version,
        segment=segments[0].name if segments else None,
        segments=tuple(claimant.name for claimant in segments),
        situations=tuple(claimant.name for claimant in situations),
        stage=stage if stage in policy.stages else None,
        tags=_tags(claimants),
        priority=priority,
        place=_place(priority, claimants),
        service_level=_service_level(policy, claimants),
        tone=_by_evidence(policy, claimants, "tone") or _house_tone(policy),
        channel=advised(policy, _channel(policy, claimants, channel), facts, channel),
        next_step=_next_step(policy, claimants, held_steps),
        held=(*_held(policy, claimants, held_steps), *_past(claimants, over)),
        route=_by_rank(claimants, "route", "the group"),
        note=_by_rank(claimants, "note", "this note"),
        mark=_mark(segments, exposing(policy)),
    )


def _segments(policy: Policy, members: Mapping[str, bool]) -> list[_Claimant]:
    held = [
        _claimant("segment", name, segment, EVIDENCE[segment.kind], kept=members[name])
        for name, segment in policy.segments.items()
        if name in members
    ]
    return sorted(held, key=lambda claimant: claimant.rank)


def _situations(policy: Policy, facts: Facts) -> list[_Claimant]:
    held = [
        _claimant("situation", name, situation, "situation")
        for (name, situation), truth in zip(policy.situations.items(), facts.situations, strict=True)
        if truth and not name.startswith(steps.HOLD)
    ]
    return sorted(held, key=lambda claimant: claimant.rank)


def _stage(policy: Policy, name: str | None) -> list[_Claimant]:
    held = policy.stages.get(name or "")
    return [_claimant("stage", str(name), held, EVIDENCE["lifecycle"])] if held else []


def _claimant(word: str, name: str, rule: Asking, evidence: Evidence, *, kept: bool = False) -> _Claimant:
    return _Claimant(name, f"{word}:{name}", rule.label, rule.rank, evidence, rule.treatment, kept)


def _tags(claimants: Sequence[_Claimant]) -> tuple[Part, ...]:
    """Every tag that anybody asks for; the best ranked claimant answers for it."""
    first: dict[str, _Claimant] = {}
    for claimant in claimants:
        for tag in claimant.treatment.tags:
            first.setdefault(tag, claimant)
    return tuple(Part(tag, first[tag].claim(tag, f"the tag {tag}")) for tag in sorted(first))


def _priority(claimants: Sequence[_Claimant]) -> Part | None:
    """The highest of what is asked for; nobody can ask for less than a ticket has."""
    asked = [
        (claimant.treatment.priority.at_least, claimant)
        for claimant in claimants
        if claimant.treatment.priority
    ]
    return _resolved(
        sorted(asked, key=lambda pair: -PRIORITIES.index(pair[0])),
        wish=lambda value: f"at least {value} priority",
        why=lambda winner, _: f"; {winner.label} asks for more",
    )


def _place(priority: Part | None, claimants: Sequence[_Claimant]) -> int | None:
    """Where the winner of the priority puts the ticket in line; waiting counts whoever else asks, too."""
    if priority is None:
        return None
    alike = [one for one in claimants if _asks_for(one, priority.value)]
    return place(priority.value, alike[0].rank, waited=any(waiting.made(one.name) for one in alike))


def _asks_for(claimant: _Claimant, priority: str) -> bool:
    wish = claimant.treatment.priority
    return wish is not None and wish.at_least == priority


def _service_level(policy: Policy, claimants: Sequence[_Claimant]) -> Part | None:
    """The level with the shortest targets; the house's own when nobody asks."""
    levels = policy.service_levels
    asked = [
        (claimant.treatment.service_level, claimant)
        for claimant in claimants
        if claimant.treatment.service_level
    ]
    part = _resolved(
        sorted(asked, key=lambda pair: levels[pair[0]].strictness),
        wish=lambda value: levels[value].label,
        why=lambda winner, loser: _looser(levels, winner, loser),
    )
    house = policy.house.service_level
    if part is None and house is not None:
        part = Part(
            house, Claim(house, "house", f"Nobody asks for another: {levels[house].label} is for everyone.")
        )
    return part


def _looser(levels: Mapping[str, ServiceLevel], winner: _Claimant, loser: _Claimant) -> str:
    ours, theirs = (levels[str(side.treatment.service_level)].strictness for side in (winner, loser))
    return f"; {winner.label} {'asks for a stricter one' if ours < theirs else 'ranks higher'}"


def _by_evidence(
    policy: Policy, claimants: Sequence[_Claimant], field: Literal["tone", "channel"]
) -> Part | None:
    """The claim that rests on the strongest evidence; inside one strength, the best ranked."""
    known = policy.tones if field == "tone" else policy.channels
    asked = [(value, claimant) for claimant in claimants if (value := getattr(claimant.treatment, field))]
    return _resolved(
        sorted(asked, key=lambda pair: STRENGTH.index(pair[1].evidence)),
        wish=lambda value: f"the {field} {known[value].label}",
        why=_weaker,
    )


def _channel(policy: Policy, claimants: Sequence[_Claimant], wrote: str | None) -> Part:
    return _by_evidence(policy, claimants, "channel") or _house_channel(policy, wrote)


def _weaker(winner: _Claimant, loser: _Claimant) -> str:
    if winner.evidence == loser.evidence:
        return f"; {winner.label} ranks higher"
    return f"; {winner.label} rests on stronger evidence ({winner.evidence} before {loser.evidence})"


def _next_step(policy: Policy, claimants: Sequence[_Claimant], held: Mapping[str, str]) -> Part | None:
    asked = [
        (steps.text(policy, wish), claimant)
        for claimant in claimants
        if (wish := claimant.treatment.next_step) and wish not in held
    ]
    return _resolved(
        asked,
        wish=lambda _: "this step",
        why=lambda winner, _: f"; {winner.label} ranks higher",
    )


def _held(policy: Policy, claimants: Sequence[_Claimant], held: Mapping[str, str]) -> tuple[Claim, ...]:
    return tuple(
        claimant.claim(steps.text(policy, wish), "a step", f"; {held[wish]}")
        for claimant in claimants
        if (wish := claimant.treatment.next_step) and wish in held
    )


def _past(claimants: Sequence[_Claimant], over: Collection[str]) -> tuple[Claim, ...]:
    return tuple(
        claimant.claim(wish.at_least, f"at least {wish.at_least} priority", "; the time for it is over")
        for claimant in claimants
        if (wish := claimant.treatment.priority) and claimant.by in over
    )


def _by_rank(claimants: Sequence[_Claimant], field: Literal["route", "note"], what: str) -> Part | None:
    """The wish of the best ranked."""
    asked = [(value, claimant) for claimant in claimants if (value := getattr(claimant.treatment, field))]
    return _resolved(
        asked,
        wish=lambda value: f"{what} {value}" if field == "route" else what,
        why=lambda winner, _: f"; {winner.label} ranks higher",
    )


def _mark(segments: Sequence[_Claimant], hidden: Collection[str]) -> Part | None:
    best = next((claimant for claimant in segments if claimant.name not in hidden), None)
    if best is None:
        return None
    return Part(best.name, Claim(best.name, best.by, f"{best.label} ranks highest of what may be shown."))


def _resolved(
    asked: Sequence[tuple[str, _Claimant]],
    wish: Callable[[str], str],
    why: Callable[[_Claimant, _Claimant], str],
) -> Part | None:
    """The first of ``asked`` wins; each other is told why not, or that it asks for the same."""
    if not asked:
        return None
    value, winner = asked[0]
    lost = tuple(
        loser.claim(other, wish(other), " too" if other == value else why(winner, loser))
        for other, loser in asked[1:]
    )
    return Part(value, winner.claim(value, wish(value)), lost)


def _house_tone(policy: Policy) -> Part:
    tone = policy.house.tone
    return Part(
        tone, Claim(tone, "house", f"Nobody asks for a tone: {policy.tones[tone].label} is for everyone.")
    )


def _house_channel(policy: Policy, asked: str | None) -> Part:
    channel = policy.house.channel
    wrote = f"They wrote by {asked}" if asked and channel == AS_ASKED else policy.channels[channel].label
    return Part(channel, Claim(channel, "house", f"Nobody asks for a channel. {wrote}."))
