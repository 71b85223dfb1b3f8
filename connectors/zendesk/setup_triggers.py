"""The trigger that reports changed tickets where there are no ticket events, and the category it is in."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from connectors.setup import Left, Memory, Ref, Request, Step, Survey
from connectors.zendesk import ours
from connectors.zendesk.ours import There, joined, mark, marked, recognise, unclear

PATH, CATEGORIES = "/api/v2/triggers", "/api/v2/trigger_categories"
TRIGGER = "trigger.tickets"
DRAWER = "category.triggers"
CATEGORY = "Deskcue"
BODY = '{"ticket_id": "{{ticket.id}}"}'
"""What the trigger sends; the record itself is fetched."""


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What there is of webhooks and triggers; categories are empty on an account without any."""

    webhooks: Sequence[There] = ()
    triggers: Sequence[There] = ()
    categories: Sequence[There] = ()


def compare(rules: Rules, target: str | Ref, prefix: str, memory: Memory) -> Survey:
    """The steps that make the trigger call ``target``, the webhook for tickets."""
    mine = recognise(rules.triggers, prefix, TRIGGER, memory)
    drawer = _drawer(rules, memory)
    found = {DRAWER: drawer.id} if drawer is not None and DRAWER in memory.ids else {}
    if mine.twins:
        return Survey(left=(Left(key=TRIGGER, reason=unclear(mine.twins), hinders=True),), found=found)
    if mine.thing is None:
        return Survey(steps=_make_trigger(rules, drawer, target, prefix), found=found)
    left = []
    if mine.thing.raw.get("active") is False:
        reason = f"Somebody switched the trigger “{mine.thing.name}” off. Switch it on at the desk."
        left.append(Left(key=TRIGGER, reason=reason, hinders=True))
    steps = _retarget(mine.thing, target, prefix)
    return Survey(steps=steps, left=tuple(left), found={**found, TRIGGER: mine.thing.id})


def _drawer(rules: Rules, memory: Memory) -> There | None:
    """The category for our trigger: the remembered one, or one that is called as ours would be."""
    named = [one for one in rules.categories if one.name == CATEGORY]
    known = [one for one in rules.categories if one.id == memory.ids.get(DRAWER)]
    return next(iter([*known, *named]), None)


def _make_trigger(rules: Rules, drawer: There | None, target: str | Ref, prefix: str) -> tuple[Step, ...]:
    needed = bool(rules.categories) and drawer is None
    category: str | Ref | None = Ref(DRAWER) if needed else drawer.id if drawer else None
    refs = [one.key for one in (target, category) if isinstance(one, Ref)]
    trigger = {
        "title": "Deskcue: report a changed ticket",
        "description": marked("Tells Deskcue which ticket changed.", prefix, TRIGGER),
        **({"category_id": category} if category is not None else {}),
        **_rule(target),
    }
    step = Step(
        key=TRIGGER,
        verb="make",
        what="Trigger that calls the webhook whenever a ticket is created or updated",
        why="It is how an account without ticket events tells of a change.",
        needs=tuple(refs),
        request=Request(method="POST", path=(PATH,), body={"trigger": trigger}),
    )
    return (_make_drawer(), step) if needed else (step,)


def _make_drawer() -> Step:
    return Step(
        key=DRAWER,
        verb="make",
        what=f"Trigger category “{CATEGORY}”",
        why="This account keeps its triggers in categories.",
        request=Request(method="POST", path=(CATEGORIES,), body={"trigger_category": {"name": CATEGORY}}),
    )


def _rule(target: str | Ref) -> dict[str, object]:
    when = [{"field": "update_type", "operator": "is", "value": value} for value in ("Create", "Change")]
    return {
        "conditions": {"all": [], "any": when},
        "actions": [{"field": "notification_webhook", "value": [target, BODY]}],
    }


def _retarget(thing: There, target: str | Ref, prefix: str) -> tuple[Step, ...]:
    """The trigger must call our webhook; its conditions are left as people set them."""
    actions = thing.raw.get("actions")
    listed = [one for one in actions if isinstance(one, dict)] if isinstance(actions, list) else []
    called = [one.get("value") for one in listed if one.get("field") == "notification_webhook"]
    right = isinstance(target, str) and any(
        isinstance(value, Sequence) and list(value)[:1] == [target] for value in called
    )
    is_marked = mark(prefix, TRIGGER) in thing.text
    if right and is_marked:
        return ()
    text = thing.text if is_marked else marked(thing.text, prefix, TRIGGER)
    body = {"trigger": {"description": text, **({} if right else _rule(target))}}
    return (
        Step(
            key=TRIGGER,
            verb="change",
            what=f"Trigger “{thing.name}”: calls our webhook, with our mark in its description",
            why="It is how an account without ticket events tells of a change.",
            needs=(target.key,) if isinstance(target, Ref) else (),
            request=Request(method="PUT", path=(PATH, thing.id), body=body),
        ),
    )


def removal(rules: Rules, prefix: str, memory: Memory) -> Survey:
    """The steps that take the trigger and then its category away."""
    mine = recognise(rules.triggers, prefix, TRIGGER, memory)
    return joined(
        [ours.removal(TRIGGER, mine, prefix, "Trigger", PATH), _drawer_removed(rules, prefix, memory)]
    )


def _drawer_removed(rules: Rules, prefix: str, memory: Memory) -> Survey:
    """A category has no description to mark: only the remembered one goes, if no other trigger is in it."""
    drawer = next((one for one in rules.categories if one.id == memory.ids.get(DRAWER)), None)
    if drawer is None:
        return Survey()
    held = [one for one in rules.triggers if str(one.raw.get("category_id")) == drawer.id]
    if any(mark(prefix, TRIGGER) not in one.text for one in held):
        reason = f"The trigger category “{drawer.name}” stays: other triggers are in it."
        return Survey(left=(Left(key=DRAWER, reason=reason),))
    request = Request(method="DELETE", path=(CATEGORIES, drawer.id))
    what = f"Trigger category “{drawer.name}”"
    return Survey(steps=(Step(key=DRAWER, verb="remove", what=what, why="We made it.", request=request),))
