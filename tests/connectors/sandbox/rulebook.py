"""Short ways to give a desk rules, and to change its tickets as somebody."""

from __future__ import annotations

from typing import Any

from connectors.sandbox import changes
from connectors.sandbox.hooks.records import Webhook
from connectors.sandbox.records import Audit, Ticket, User
from connectors.sandbox.rules.order import place
from connectors.sandbox.rules.records import Action, Condition, Conditions, SlaPolicy, Target, Trigger
from connectors.sandbox.state import Desk
from tests.clock import NOON
from tests.connectors.sandbox.rig import AGENT, ANA, OWNER, ticket

SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="


def person(desk: Desk, key: int) -> User:
    """The user, who must be there."""
    found = desk.users.get(key)
    assert found is not None
    return found


def lines(*parts: tuple[str, str, Any]) -> tuple[Condition, ...]:
    return tuple(Condition(*part) for part in parts)


def trigger(
    desk: Desk, title: str, actions: dict[str, Any], *every: tuple[str, str, Any], some: Any = ()
) -> Trigger:
    """A trigger at the end of the list; ``every`` are its conditions that must all hold."""
    shelf = desk.rules.triggers
    rule = Trigger(
        id=shelf.next_id(), title=title, created_at=NOON, updated_at=NOON,
        actions=tuple(Action(*pair) for pair in actions.items()),
        conditions=Conditions(lines(*every), lines(*some)),
    )  # fmt: skip
    shelf.add(rule)
    place(shelf, rule, None)
    return rule


def policy(
    desk: Desk, title: str, targets: list[Target], *every: tuple[str, str, Any], some: Any = ()
) -> SlaPolicy:
    """A service level policy at the end of the list."""
    shelf = desk.rules.policies
    rule = SlaPolicy(
        id=shelf.next_id(), title=title, targets=tuple(targets), created_at=NOON, updated_at=NOON,
        filter=Conditions(lines(*every), lines(*some)),
    )  # fmt: skip
    shelf.add(rule)
    place(shelf, rule, None)
    return rule


def webhook(
    desk: Desk, *kinds: str, name: str = "hook", endpoint: str = "http://127.0.0.1:9/hook"
) -> Webhook:
    """A webhook that wants to hear of these kinds."""
    hook = Webhook(
        id=desk.hooks.ulid(NOON), name=name, endpoint=endpoint, secret=SECRET, author_id=OWNER,
        subscriptions=kinds, created_at=NOON, updated_at=NOON,
    )  # fmt: skip
    desk.hooks.webhooks[hook.id] = hook
    return hook


def update(desk: Desk, key: int, author: int = AGENT, channel: str = "api", **wish: Any) -> Audit:
    """Change a ticket as that person."""
    return changes.update(desk, ticket(desk, key), wish, person(desk, author), channel)


def create(desk: Desk, requester: int = ANA, author: int | None = None, **wish: Any) -> Ticket:
    """A new ticket with its first comment."""
    body = {"comment": {"body": "It broke"}, **wish}
    customer = person(desk, requester)
    made, _ = changes.create(desk, body, person(desk, author or requester), "api", customer)
    return made
