"""One customer's segments in words, and what would bring them into another."""

from __future__ import annotations

from integration import show
from integration.explain import Why, WhyCustomer
from integration.tell import tell_stage, tell_verdict
from integration.way_in import Advice
from policies.model import Policy

_NOT_YET = "Nothing has been decided for this customer yet. Run `deskcue assign`."

_OUTCOMES = {
    "inside": "They are in it: nothing has to change.",
    "found": "What would bring them in, with the fewest changes:",
    "conditions": "No change of single traits is known to bring them in. This would have to be so:",
    "protected": "Only a protected trait keeps them out, and that is never advice.",
    "impossible": "Nothing can bring them in: the conditions exclude one another.",
    "none found": "No change was found that brings them in.",
    "too many": "The conditions can be met in too many ways to look for the fewest changes.",
}


def tell_customer(found: WhyCustomer, policy: Policy, now: int) -> None:
    """The proof of one customer: every segment, the memberships first."""
    show.line(f"Customer {show.plain(found.customer_id)}, {show.plain(found.customer or 'no name')}")
    if found.assigned_at is None:
        show.line(_NOT_YET)
        return
    show.line(f"Policy {found.policy}")
    ordered = sorted(found.segments, key=lambda verdict: verdict.segment not in found.memberships)
    for verdict in ordered:
        tell_verdict(verdict, found.memberships, policy, found.sources, now)
    if found.stages:
        show.line("Stages")
    for verdict in found.stages:
        tell_verdict(verdict, found.memberships, policy, found.sources, now)
    tell_stage(found.stage, policy)
    if found.tickets:
        listed = ", ".join(f"#{ticket}" for ticket in found.tickets[:10])
        show.line(f"Open tickets: {show.plain(listed)}. `deskcue why TICKET` explains one.")


def tell_segment(
    found: Why | WhyCustomer, segment: str, advice: Advice | None, policy: Policy, now: int
) -> None:
    """The proof of one segment for one customer, and the fewest changes that would bring them in."""
    show.line(f"Customer {show.plain(found.customer_id or '?')}, {show.plain(found.customer or 'no name')}")
    if advice is None:
        show.line(_NOT_YET)
        return
    for verdict in found.segments:
        if verdict.segment == segment:
            tell_verdict(verdict, found.memberships, policy, found.sources, now)
    show.line(_OUTCOMES[advice.outcome])
    for number, way in enumerate(advice.ways):
        if number:
            show.line("  or")
        for change in way.changes:
            show.line(f"  {show.plain(change.words)}")
        for condition in way.besides:
            show.line(f"  `{show.plain(condition)}` would have to hold")
