"""What advice a view gives, by the names of the policy: what an agent's answer about it is an answer to."""

from __future__ import annotations

import hashlib
from dataclasses import astuple, dataclass

import msgspec

from integration.sidebar.model import Setting, Sources
from integration.sidebar.view import at_rest, decision_of, reasons_of
from integration.words import SOURCE, speaking
from policies.model import Policy


@dataclass(frozen=True, slots=True)
class Shown:
    """The advice of one ticket."""

    customer_id: str
    policy: str
    """Its version."""
    segment: str
    """Empty for a customer in no segment that may be shown."""
    tone: str
    channel: str

    @property
    def mark(self) -> str:
        """A short text that is another for any other advice; it tells nothing of the customer."""
        return hashlib.sha256(msgspec.json.encode(astuple(self))).hexdigest()[:16]


def shown(sources: Sources, policy: Policy, now: int) -> Shown | None:
    """What is advised; None where the view gives none of its own: unknown customers, finished tickets."""
    setting = Setting(now, "UTC", speaking(SOURCE))  # names are the same in every language
    reasons, decision = reasons_of(sources, policy, setting), decision_of(sources, policy)
    if at_rest(sources) or reasons is None or decision is None or sources.customer is None:
        return None
    first = next(reasons.memberships(), None)
    return Shown(
        customer_id=sources.customer.id,
        policy=policy.version,
        segment=first[0] if first else "",
        tone=decision.tone.value if decision.tone else policy.house.tone,
        channel=decision.channel.value if decision.channel else policy.house.channel,
    )
