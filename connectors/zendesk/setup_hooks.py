"""The webhook through which the desk reports what happens: which steps make it as it should be.

Either one webhook is subscribed to events; or, where an account has no ticket events, one to those of people
and companies, and a trigger calls another for tickets.
The kind of a webhook cannot be changed later, so what was made once stays until it is removed.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from connectors.setup import Left, Memory, Ref, Request, Requirements, Step, Survey
from connectors.zendesk import ours, setup_triggers
from connectors.zendesk.ours import There, joined, mark, marked, recognise, unclear
from connectors.zendesk.setup_triggers import Rules

PATH = "/api/v2/webhooks"
HOOK = "/hooks/zendesk"
"""Where below our address the desk's reports arrive."""

CONDITIONAL = "conditional_ticket_events"
LOSES = "Its log and its secret go with it."

EVENTS: Mapping[str, tuple[str, ...]] = {
    "ticket": (
        "created", "priority_changed", "tags_changed", "status_changed", "custom_status_changed",
        "custom_field_changed", "requester_changed", "organization_changed", "group_assignment_changed",
        "merged", "soft_deleted", "undeleted", "permanently_deleted",
    ),
    "user": (
        "created", "deleted", "merged", "active_changed", "role_changed", "custom_field_changed",
        "tags_changed", "external_id_changed", "time_zone_changed", "identity_created", "identity_changed",
        "identity_deleted", "organization_membership_created", "organization_membership_deleted",
    ),
    "organization": (
        "created", "deleted", "name_changed", "tags_changed", "custom_field_changed", "external_id_changed",
    ),
}  # fmt: skip
"""What a decision can rest on; comments and assignees are not among it."""

WHY = "A change is noticed within seconds, instead of at the next scheduled sync."


class _Hook(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook as it should be."""

    key: str
    name: str
    what: str
    subscriptions: tuple[str, ...]


def _subscribed(*families: str) -> tuple[str, ...]:
    return tuple(f"zen:event-type:{family}.{event}" for family in families for event in EVENTS[family])


ALL = _Hook(
    key="webhook.events",
    name="Deskcue",
    what="for tickets, people and organizations",
    subscriptions=_subscribed("ticket", "user", "organization"),
)
PEOPLE = _Hook(
    key="webhook.people",
    name="Deskcue (people)",
    what="for people and organizations",
    subscriptions=_subscribed("user", "organization"),
)
TICKETS = _Hook(
    key="webhook.tickets",
    name="Deskcue (tickets)",
    what="to be called by a trigger",
    subscriptions=(CONDITIONAL,),
)
HOOKS = (ALL, PEOPLE, TICKETS)


def compare(rules: Rules, wanted: Requirements, prefix: str, memory: Memory) -> Survey:
    """The steps from what reports to us to what should."""
    if not wanted.address:
        return _deaf(rules, prefix, memory)
    through_triggers = any(_there(rules, hook, prefix, memory) for hook in (PEOPLE, TICKETS))
    if not through_triggers:
        return _hook(
            rules, ALL, wanted, prefix, memory, instead=_by_trigger(rules, wanted, prefix, memory).steps
        )
    return _by_trigger(rules, wanted, prefix, memory)


def removal(rules: Rules, prefix: str, memory: Memory) -> Survey:
    """The steps that take trigger, category and webhooks away, in the order that the desk allows."""
    hooks = [
        ours.removal(
            hook.key, recognise(rules.webhooks, prefix, hook.key, memory), prefix, "Webhook", PATH, LOSES
        )
        for hook in HOOKS
    ]
    return joined([setup_triggers.removal(rules, prefix, memory), *hooks])


def _there(rules: Rules, hook: _Hook, prefix: str, memory: Memory) -> There | None:
    return recognise(rules.webhooks, prefix, hook.key, memory).thing


def _deaf(rules: Rules, prefix: str, memory: Memory) -> Survey:
    """Without an address nothing is made; what is there is named, since it reports to somewhere."""
    found = {hook.key: one for hook in HOOKS if (one := _there(rules, hook, prefix, memory)) is not None}
    left = [
        Left(key=key, reason=f"It reports to {one.raw.get('endpoint')}, although server.address is not set.")
        for key, one in found.items()
    ] or [
        Left(
            key=ALL.key,
            reason="server.address is not set, so the desk cannot report to us; changes are found by"
            " the scheduled sync alone.",
        )
    ]
    return Survey(left=tuple(left), found={key: one.id for key, one in found.items()})


def _hook(
    rules: Rules,
    hook: _Hook,
    wanted: Requirements,
    prefix: str,
    memory: Memory,
    instead: tuple[Step, ...] = (),
) -> Survey:
    mine = recognise(rules.webhooks, prefix, hook.key, memory)
    if mine.twins:
        return Survey(left=(Left(key=hook.key, reason=unclear(mine.twins), hinders=True),))
    if mine.thing is None:
        return Survey(steps=(_make(hook, wanted, prefix, instead), _secret(hook.key, Ref(hook.key))))
    steps = _change(hook, mine.thing, wanted, prefix)
    if mine.thing.id not in memory.secrets:
        steps.append(_secret(hook.key, mine.thing.id))
    left = []
    if mine.thing.raw.get("status") != "active":
        reason = f"Somebody switched the webhook “{mine.thing.name}” off. Switch it on at the desk."
        left.append(Left(key=hook.key, reason=reason, hinders=True))
    return Survey(steps=tuple(steps), left=tuple(left), found={hook.key: mine.thing.id})


def _make(hook: _Hook, wanted: Requirements, prefix: str, instead: tuple[Step, ...]) -> Step:
    endpoint = wanted.address + HOOK
    webhook = {
        "name": hook.name,
        "description": marked("Tells Deskcue what happens.", prefix, hook.key),
        "status": "active",
        "endpoint": endpoint,
        "http_method": "POST",
        "request_format": "json",
        "subscriptions": list(hook.subscriptions),
    }
    or_else = " Where an account has no ticket events, a trigger calls instead." if instead else ""
    return Step(
        key=hook.key,
        verb="make",
        what=f"Webhook “{hook.name}” to {endpoint}, {hook.what}",
        why=WHY + or_else,
        instead=instead,
        request=Request(method="POST", path=(PATH,), body={"webhook": webhook}),
    )


def _secret(key: str, of: str | Ref) -> Step:
    return Step(
        key=f"{key}/secret",
        verb="fetch",
        what="The secret with which the desk signs what it reports, kept in a file only we can read",
        why="Without it a report cannot be told from a forged one.",
        needs=(of.key,) if isinstance(of, Ref) else (),
        request=Request(method="GET", path=(PATH, of, "signing_secret")),
    )


def _change(hook: _Hook, thing: There, wanted: Requirements, prefix: str) -> list[Step]:
    endpoint, said = wanted.address + HOOK, []
    changed: dict[str, object] = {}
    there = thing.raw.get("subscriptions")
    known = [str(one) for one in there] if isinstance(there, list) else []
    missing = [one for one in hook.subscriptions if one not in known]
    if thing.raw.get("endpoint") != endpoint:
        changed["endpoint"] = endpoint
        said.append(f"to {endpoint} instead of {thing.raw.get('endpoint')}")
    if missing:
        changed["subscriptions"] = [*known, *missing]
        said.append(f"also for {', '.join(one.removeprefix('zen:event-type:') for one in missing)}")
    if mark(prefix, hook.key) not in thing.text:
        changed["description"] = marked(thing.text, prefix, hook.key)
        said.append("with our mark in its description")
    if not changed:
        return []
    request = Request(method="PATCH", path=(PATH, thing.id), body={"webhook": changed})
    what = f"Webhook “{thing.name}”: {', '.join(said)}"
    return [Step(key=hook.key, verb="change", what=what, why=WHY, request=request)]


def _by_trigger(rules: Rules, wanted: Requirements, prefix: str, memory: Memory) -> Survey:
    """The way for an account without ticket events."""
    parts = [_hook(rules, hook, wanted, prefix, memory) for hook in (PEOPLE, TICKETS)]
    hook = _there(rules, TICKETS, prefix, memory)
    target = Ref(TICKETS.key) if hook is None else hook.id
    return joined([*parts, setup_triggers.compare(rules, target, prefix, memory)])
