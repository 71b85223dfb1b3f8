"""Whether what is stored of every customer is what looking at all of them now would find."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection

from connectors.clock import Clock
from integration.assign import CHUNK, assigned_by
from integration.look import decisions, look, memberships
from integration.progress import Progress
from integration.store import assignments, check
from integration.store.engine import Store
from policies.model import Policy


@dataclass(frozen=True, slots=True)
class Difference:
    """A customer of whom something else is stored than is true, and what: parts only, no values."""

    customer_id: str
    parts: tuple[str, ...]


@dataclass(slots=True)
class Checked:
    """How many customers were compared, and what was found."""

    customers: int = 0
    waiting: int = 0
    """Customers not compared, since they are to be assigned anyway."""
    differences: list[Difference] = field(default_factory=list)


class NotAssignedError(Exception):
    """Nothing can be compared yet; the message says what to do."""


def check_everyone(
    store: Store, policy: Policy, clock: Clock, progress: Progress, *, at_rest: bool
) -> Checked:
    """Recompute everyone, a chunk in memory at a time, and compare; nothing is stored.

    Raises NotAssignedError when the store was assigned by another policy, or never.
    """
    with store.read() as connection:
        if not assigned_by(connection, policy, at_rest=at_rest):
            raise NotAssignedError(
                "The policy has changed since customers were assigned last: run `deskcue assign` first."
            )
        total = check.count(connection)
    checked, after = Checked(), ""
    while True:
        with store.read() as connection:
            scope = check.everybody(connection, after, CHUNK)
            if not scope:
                return checked
            # The instant is taken inside the reading: whoever assigns meanwhile does so at a later one.
            _chunk(connection, policy, scope, clock.wall(), checked, at_rest=at_rest)
        after = scope[-1]
        progress("Checking customers", checked.customers + checked.waiting, total)


def _chunk(
    connection: Connection, policy: Policy, scope: list[str], now: int, checked: Checked, *, at_rest: bool
) -> None:
    waiting = check.waiting(connection, scope, now)
    settled = [customer for customer in scope if customer not in waiting]
    for customer, parts in _differences(connection, policy, settled, now, at_rest=at_rest):
        if parts:
            checked.differences.append(Difference(customer, parts))
    checked.customers += len(settled)
    checked.waiting += len(waiting)


def _differences(
    connection: Connection, policy: Policy, scope: list[str], now: int, *, at_rest: bool
) -> Iterator[tuple[str, tuple[str, ...]]]:
    seen = look(connection, policy, scope, now, at_rest=at_rest)
    members = memberships(policy, seen)
    stored = check.stored(connection, scope)
    standings = {one.customer_id: assignments.body(one) for one in seen.standings}
    decided: dict[str, dict[str, str]] = {}
    for one in decisions(policy, seen, members):
        decided.setdefault(one.facts.customer_id, {})[one.decision.ticket_id] = assignments.body(one)
    for customer in scope:
        parts = {
            "standing": standings.get(customer) == stored.standings.get(customer),
            "memberships": members.get(customer, {}) == seen.before.get(customer, {}),
            "decisions": decided.get(customer, {}) == stored.decisions.get(customer, {}),
        }
        yield customer, tuple(part for part, equal in parts.items() if not equal)
