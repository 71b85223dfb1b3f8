"""What is decided of a customer apart from any ticket: by the same code, and never stored or written."""

from __future__ import annotations

from integration.sidebar.model import Sources
from policies import boosts
from policies.model import Policy
from policies.standing import Facts
from policies.treatment import Decision, decide


def alone(sources: Sources, policy: Policy, now: int) -> Decision | None:
    """Segments and their treatments without any situation; None where this policy did not assign them.

    Whatever takes a ticket to know is unknown: situations ask for nothing, and steps that one of them could
    hold back are held.
    """
    if sources.customer is None or sources.assigned_by != policy.version:
        return None
    unknown = Facts(
        ticket_id="",
        customer_id=sources.customer.id,
        status="",
        values={},
        lines=(),
        situations=(None,) * len(policy.situations),
    )
    over = boosts.over(policy, sources.since or {}, sources.stage, now)
    stage = sources.stage.stage if sources.stage else None
    return decide(policy, "", sources.members or {}, unknown, None, stage, over)
