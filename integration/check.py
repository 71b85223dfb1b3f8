"""Whether what is stored of every customer is what looking at all of them now would find."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field

import msgspec
from sqlalchemy import Connection

from connectors.clock import Clock
from integration.census import in_force
from integration.chunk import CHUNK
from integration.look import follows, look
from integration.marks import Assignment, last
from integration.progress import Progress
from integration.store import assignments, check
from integration.store.engine import Store
from policies.model import Policy
from policies.moving import flowing
from policies.rules import compiled

_VALUES = ("traits", "values")
"""Where bodies hold the values of traits by name."""


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
        if not last(connection).by(policy, at_rest=at_rest):
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
    seen = look(connection, policy, scope, now, in_force(connection, policy), at_rest=at_rest)
    true = follows(policy, seen)
    stored, by, flow = (
        check.stored(connection, scope),
        last(connection),
        flowing(compiled(policy).definitions),
    )
    standings = {one.customer_id: assignments.body(one) for one in seen.standings}
    decided: dict[str, dict[str, str]] = {}
    for one in true.decided:
        decided.setdefault(one.facts.customer_id, {})[one.decision.ticket_id] = assignments.body(one)
    for customer in scope:
        parts = {
            "standing": _still(_standing(stored.standings.get(customer), by), flow)
            == _still(standings.get(customer), flow),
            "memberships": true.members.get(customer, {}) == seen.before.get(customer, {}),
            "stage": true.stages.get(customer) == seen.stages.get(customer),
            "decisions": _same(stored.decisions.get(customer, {}), decided.get(customer, {}), by, flow),
        }
        yield customer, tuple(part for part, equal in parts.items() if not equal)


def _standing(found: tuple[str, str] | None, by: Assignment) -> str | None:
    """The body of a standing; of one whose version does not stand any more, what no customer has."""
    if found is None:
        return None
    version, body = found
    return body if by.stands(version) else ""


def _still(body: str | None, flow: Set[str]) -> object:
    """A body without the traits that have another value in every second."""
    if not body or not flow:
        return body
    return _without(msgspec.json.decode(body), flow)


def _without(found: object, flow: Set[str]) -> object:
    if isinstance(found, dict):
        return {
            key: _others(inner, flow) if key in _VALUES else _without(inner, flow)
            for key, inner in found.items()
        }
    return found


def _others(values: Mapping[str, object], flow: Set[str]) -> Mapping[str, object]:
    return {name: value for name, value in values.items() if name not in flow}


def _same(
    found: Mapping[str, tuple[str, str]], true: Mapping[str, str], by: Assignment, flow: Set[str]
) -> bool:
    return found.keys() == true.keys() and all(
        _same_decision(version, body, true[ticket], by, flow) for ticket, (version, body) in found.items()
    )


def _same_decision(version: str, body: str, true: str, by: Assignment, flow: Set[str]) -> bool:
    """Equal to the letter; what an earlier version decided may say its reasons in earlier words."""
    if body == true:
        return True
    found, wanted = (_without(msgspec.json.decode(one), flow) for one in (body, true))
    if version != by.version and by.stands(version):
        found, wanted = _without_words(found), _without_words(wanted)
    return found == wanted


def _without_words(found: object) -> object:
    if not isinstance(found, dict):
        return found
    return {**found, "decision": _stripped(found.get("decision"))}


def _stripped(value: object) -> object:
    if isinstance(value, dict):
        return {key: _stripped(inner) for key, inner in value.items() if key not in ("reason", "policy")}
    return [_stripped(inner) for inner in value] if isinstance(value, list) else value
