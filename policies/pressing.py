"""Who comes first where high priority is short: the order in which tickets are raised under the cap.

How many there may be is the policy's ``most_high``; counting tickets is the store's affair.
"""

from __future__ import annotations

from policies.serving import PriorityName

HIGH: tuple[PriorityName, ...] = ("high", "urgent")

WAITED = 0
"""The place of a ticket that has waited long enough: no cap holds it back, so that nobody waits for ever."""

_RANKS = 200_000
"""More than any rank, of those of waiting, too."""


def place(priority: str, rank: int, *, waited: bool) -> int | None:
    """The place in the line for high priority, the first with the lowest; None for who does not stand in it.

    Urgent comes before high, and in each of them the better rank comes first.
    """
    if priority not in HIGH:
        return None
    if waited:
        return WAITED
    return 1 + rank + (0 if priority == "urgent" else _RANKS)
