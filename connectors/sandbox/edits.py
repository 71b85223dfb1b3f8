"""One field of a ticket after another: what a wish would set, and setting it with everything that follows.

Who may wish, and what an update is made of, is in ``changes.py``; the rules that join in are in ``rules/``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from connectors.sandbox import counters
from connectors.sandbox.audits import Event, changed, current
from connectors.sandbox.ledger import Effect
from connectors.sandbox.reading import READERS, custom_fields
from connectors.sandbox.records import FieldValue, Ticket
from connectors.sandbox.refusals import record_invalid
from connectors.sandbox.state import Desk
from connectors.sandbox.tags import couple, joined, split

Wish = dict[str, Any]
"""The ``ticket`` object a client sent, as decoded JSON."""


class Hand(NamedTuple):
    """Whose doing an effect is, through which channel, and when; a rule has no author."""

    author_id: int | None
    channel: str
    now: int


def differences(desk: Desk, ticket: Ticket, wish: Wish, inherited: Any = ()) -> dict[str, FieldValue]:
    """New values by field, only real differences; every invalid one is named at once."""
    faults: dict[str, str] = {}
    edits: dict[str, FieldValue] = {}
    for name, read in READERS.items():
        if name in wish:
            try:
                edits[name] = read(desk, wish[name])
            except ValueError as fault:
                faults[name] = str(fault)
    wished, wrong = custom_fields(desk, wish)
    if faults or wrong:
        raise record_invalid({**faults, **wrong})
    edits |= _tagged(desk, ticket, wish, wished, inherited)
    return {name: value for name, value in edits.items() if value != current(ticket, name)}


def _tagged(
    desk: Desk, ticket: Ticket, wish: Wish, wished: dict[int, FieldValue], inherited: Any
) -> dict[str, FieldValue]:
    if "tags" not in wish and not wished and not inherited:
        return {}
    tags = joined(split(wish["tags"]) if "tags" in wish else ticket.tags, inherited)
    coupled, values = couple(desk.ticket_fields, ticket.tags, tags, wished)
    return {"tags": coupled, **{str(key): value for key, value in values.items()}}


def set_field(desk: Desk, ticket: Ticket, name: str, value: FieldValue, hand: Hand) -> Event:
    """Set one field, count and write down what follows; gives the audit's event."""
    before = current(ticket, name)
    if name.isdigit():
        ticket.custom_fields = {**ticket.custom_fields, int(name): value}
    else:
        setattr(ticket, name, value)
    if name in FOLLOWERS:
        FOLLOWERS[name](ticket, before, hand.now)
    effect = Effect(hand.now, "ticket", ticket.id, name, before, value, hand.author_id, hand.channel)
    desk.ledger.effects.append(effect)
    return changed(desk, name, before, value)


FOLLOWERS: dict[str, Callable[[Ticket, FieldValue, int], None]] = {
    "status": lambda ticket, before, now: counters.follow_status(ticket, str(before), now),
    "assignee_id": lambda ticket, _, now: counters.follow_assignee(ticket, now),
    "group_id": lambda ticket, _, __: counters.follow_group(ticket),
}
"""What has to be counted when a field moves."""
