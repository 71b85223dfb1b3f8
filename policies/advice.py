"""Advice on channels: what a contact costs against what the customer pays, and where they answer.

It advises and never refuses, and it is silent wherever somebody may need the dearer channel.
"""

from __future__ import annotations

from collections.abc import Iterator

from policies.faults import Finding, nearest
from policies.guard import protected
from policies.model import AS_ASKED, ChannelAdvice, Policy
from policies.parts import Claim, Part
from policies.rules import compiled
from policies.serving import Channel
from policies.standing import Facts, Value

UNANSWERED = 0.2
"""Below this share of answers a channel is no advice: the customer does not use it."""
NOT_KNOWN = 0.5
"""What stands for a share of answers that is not known."""


def advised(policy: Policy, part: Part, facts: Facts, wrote: str | None) -> Part:
    """The channel that was won, or a cheaper one with the reason, the winner among the losers then.

    A situation's own wish stands, as do tickets in a spared situation or in one that cannot be ruled out.
    """
    rule = policy.channel_advice
    dear = _channel_of(policy, part.value, wrote)
    if rule is None or dear is None or part.won.by.startswith("situation:") or _spared(policy, rule, facts):
        return part
    paid, cost = facts.values.get(rule.value), policy.channels[dear].cost
    if cost is None or not isinstance(paid, (int, float)) or cost.amount <= paid * rule.share / 100:
        return part
    better = _better(policy, rule, dear, float(paid), facts)
    return part if better is None else _towards(policy, part, dear, better, float(paid))


def _channel_of(policy: Policy, name: str, wrote: str | None) -> str | None:
    """The channel that a value means: where they wrote, for ``as_asked``."""
    if name != AS_ASKED:
        return name
    return next(
        (known for known, channel in policy.channels.items() if wrote and wrote in channel.desk), None
    )


def _spared(policy: Policy, rule: ChannelAdvice, facts: Facts) -> bool:
    """Whether one of the spared situations holds, or cannot be known."""
    truths = dict(zip(policy.situations, facts.situations, strict=True))
    names = (rule.spare.vulnerable, rule.spare.complaint, rule.spare.repeat)
    return any(truths[name] is not False for name in names)


def _better(policy: Policy, rule: ChannelAdvice, dear: str, paid: float, facts: Facts) -> str | None:
    """Of the channels within the limit the one they answer most; of two alike the cheaper."""
    found = []
    for position, (name, channel) in enumerate(policy.channels.items()):
        answers = _answers(channel, facts.values)
        within = channel.cost is not None and channel.cost.amount <= paid * rule.share / 100
        if name != dear and within and channel.cost and answers >= UNANSWERED:
            found.append((-answers, channel.cost.amount, position, name))
    return min(found)[-1] if found else None


def _answers(channel: Channel, values: dict[str, Value]) -> float:
    share = values.get(channel.answered or "")
    return float(share) if isinstance(share, (int, float)) else NOT_KNOWN


def _towards(policy: Policy, part: Part, dear: str, better: str, paid: float) -> Part:
    cost = policy.channels[dear].cost
    assert cost is not None  # noqa: S101  # advice begins with a cost
    price = f"{cost.amount:g} {cost.currency} (as of {cost.as_of}, {cost.source})"
    reason = (
        f"{policy.channels[better].label}: a contact by {dear} costs {price}"
        f" and {paid:g} {cost.currency} a month is paid. Whoever uses {dear} all the same is answered there."
    )
    lost = Claim(part.value, part.won.by, f"{part.won.reason} Another channel is advised for its cost.")
    return Part(better, Claim(better, "advice", reason), (lost, *part.lost))


def check(policy: Policy) -> list[Finding]:
    """Traits, situations, currencies and calendars that do not meet, and what must not be weighed."""
    return [*_hours(policy), *_weighing(policy)]


def _hours(policy: Policy) -> Iterator[Finding]:
    for name, channel in policy.channels.items():
        if channel.hours is not None and channel.hours not in policy.calendars:
            remedy = nearest(channel.hours, policy.calendars, "Declare it under calendars.")
            yield Finding(("channels", name, "hours"), f"there is no calendar {channel.hours}", remedy)


def _weighing(policy: Policy) -> Iterator[Finding]:
    rule, types = policy.channel_advice, compiled(policy).definitions
    answered = [
        (("channels", name, "answered"), channel.answered)
        for name, channel in policy.channels.items()
        if channel.answered is not None
    ]
    asked = answered + ([(("channel_advice", "value"), rule.value)] if rule else [])
    for path, trait in asked:
        definition = types.get(trait)
        if definition is None or definition.type != "number" or definition.level != "customer":
            remedy = nearest(trait, types, "Name a trait of the customer that is a number.")
            yield Finding(path, f"{trait} is no number of the customer", remedy)
        elif trait in protected(policy):
            way = " -> ".join((*protected(policy)[trait], "channel"))
            message = f"a protected trait may colour the tone only: {way}"
            yield Finding(path, message, f"Weigh something else than {trait}.", code="PROTECTED")
    if rule:
        yield from _currencies(policy, rule)
        for key, name in rule.spare:
            if name not in policy.situations:
                remedy = nearest(name, policy.situations, "Declare it under situations.")
                yield Finding(("channel_advice", "spare", key), f"there is no situation {name}", remedy)


def _currencies(policy: Policy, rule: ChannelAdvice) -> Iterator[Finding]:
    trait = policy.traits.get(rule.value)
    if trait is None:
        return
    if trait.currency is None:
        yield Finding(
            ("channel_advice", "value"), f"{rule.value} has no currency", "Add format: money and currency."
        )
        return
    for name, channel in policy.channels.items():
        if channel.cost and channel.cost.currency != trait.currency:
            message = f"{channel.cost.currency} cannot be weighed against {trait.currency}"
            yield Finding(("channels", name, "cost", "currency"), message, "State both in one currency.")
