"""Triggers at work: in their order, from the top again after each that fired, each once in an update."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.sandbox.audits import Event, current
from connectors.sandbox.edits import Hand, Wish, differences, set_field
from connectors.sandbox.hooks.queue import enqueue
from connectors.sandbox.hooks.records import CONDITIONAL
from connectors.sandbox.records import Ticket
from connectors.sandbox.refusals import RefusedError
from connectors.sandbox.rules.conditions import Happening, fits
from connectors.sandbox.rules.order import in_order
from connectors.sandbox.rules.placeholders import rendered
from connectors.sandbox.rules.reading import CUSTOM
from connectors.sandbox.rules.records import Action, Trigger
from connectors.sandbox.state import Desk
from connectors.sandbox.tags import joined, split, without

IDS = ("group_id", "assignee_id")
"""Actions whose value is an id, often sent as text."""


def fire(desk: Desk, ticket: Ticket, happening: Happening, now: int) -> list[Event]:
    """Run the triggers that fit; what they did, as events of the same audit.

    Every trigger fires once at most, so that rules which undo each other come to rest.
    """
    waiting = [trigger for trigger in in_order(desk.rules.triggers) if trigger.active]
    events: list[Event] = []
    while (
        trigger := next((one for one in waiting if fits(one.conditions, ticket, happening)), None)
    ) is not None:
        waiting.remove(trigger)
        for action in trigger.actions:
            events += _perform(desk, ticket, happening, trigger, action, now)
    return events


def _perform(
    desk: Desk, ticket: Ticket, happening: Happening, trigger: Trigger, action: Action, now: int
) -> list[Event]:
    if action.field == "notification_webhook":
        done = _notify(desk, ticket, happening, action)
    else:
        done = _edit(desk, ticket, happening, _wish(ticket, happening, action), now)
    return [{**event, "via": _via(trigger)} for event in done]


def _via(trigger: Trigger) -> dict[str, Any]:
    origin = {"id": trigger.id, "title": trigger.title, "deleted": False}
    return {"channel": "rule", "source": {"from": origin, "to": {}, "rel": "trigger"}}


def _edit(desk: Desk, ticket: Ticket, happening: Happening, wish: Wish, now: int) -> list[Event]:
    """Set what the rule wants; a value the ticket cannot have is passed over, as the desk does."""
    try:
        edits = differences(desk, ticket, wish)
    except RefusedError:
        return []
    hand, events = Hand(None, "rule", now), []
    for name, value in edits.items():
        happening.before.setdefault(name, current(ticket, name))
        events.append(set_field(desk, ticket, name, value, hand))
    return events


def _wish(ticket: Ticket, happening: Happening, action: Action) -> Wish:
    """A rule's action in the words of a client's wish."""
    custom = CUSTOM.fullmatch(action.field)
    if custom is not None:
        return {"custom_fields": [{"id": int(custom.group(1)), "value": action.value}]}
    if action.field in TAGGING:
        return {"tags": TAGGING[action.field](ticket.tags, split(_listed(action.value)))}
    if action.field in IDS:
        return {action.field: _id(action.value, happening)}
    return {action.field: action.value or None}


TAGGING: dict[str, Callable[[list[str], list[str]], list[str]]] = {
    "set_tags": lambda _, words: words,
    "current_tags": joined,
    "remove_tags": without,
}
"""What the three actions on tags make of those a ticket has."""


def _listed(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _id(value: object, happening: Happening) -> int | None:
    """An id from an action; an empty one takes the ticket away, ``current_user`` is who updates."""
    if value == "current_user":
        return happening.author.id
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() else None


def _notify(desk: Desk, ticket: Ticket, happening: Happening, action: Action) -> list[Event]:
    """Call a webhook with the trigger's own text; a webhook that is gone or off is passed over."""
    key, text = (*(action.value if isinstance(action.value, tuple) else ()), "", "")[:2]
    hook = desk.hooks.webhooks.get(str(key))
    if hook is None or hook.status != "active" or not hook.conditional:
        return []
    body = rendered(str(text), desk, ticket, happening)
    enqueue(desk, hook, CONDITIONAL, body.encode())
    return [
        {"id": desk.serial(), "type": "Notification", "subject": hook.name, "body": body, "recipients": []}
    ]
