"""Who has to be looked at again: everyone, whomever an edit concerns, and those whose time has come."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from integration.store import assignments, due, facts
from integration.store.engine import Store
from policies.faults import PolicyError
from policies.load import load_text
from policies.model import Policy
from policies.reach import Reach, reach

READING = "4"
"""Raised when the same policy and records come to other answers or instants: everyone is looked at once."""

MOST_VERSIONS = 50
"""Versions of the policy whose rows may stand beside each other; then everyone is looked at once."""

_STEP = 1_000
"""Customers marked in one transaction."""

_EVERYONE = Reach(everyone=True)


@dataclass(frozen=True, slots=True)
class Assignment:
    """What the store was assigned by last."""

    version: str
    standing: tuple[str, ...]
    """Earlier versions whose rows still stand: no edit since concerned the customers who have them."""
    rest: str
    at: int

    def by(self, policy: Policy, *, at_rest: bool) -> bool:
        """Whether it was this policy, read as it is read now."""
        return (self.version, self.rest) == (policy.version, _rest(at_rest=at_rest))

    def stands(self, version: str) -> bool:
        """Whether what that version decided is what the last one would decide."""
        return version == self.version or version in self.standing


def last(connection: Connection) -> Assignment:
    """What assigned last; an empty version before the first time."""
    stated = facts.get(connection)
    version, _, rest = stated.get("assigned by", "").partition(" ")
    standing = tuple(stated.get("assigned beside", "").split())
    return Assignment(version, standing, rest, int(stated.get("assigned at", "0")))


def _rest(*, at_rest: bool) -> str:
    return f"{'all' if at_rest else 'open'} {READING}"


def mark(store: Store, policy: Policy, now: int, *, at_rest: bool, everyone: bool) -> bool:
    """Mark whomever the policy of now and the time of now concern, and state that they assign.

    Gives whether that was everyone.
    """
    with store.read() as connection:
        before = last(connection)
        concerned = _EVERYONE if everyone else _concerned(connection, before, policy, now, at_rest=at_rest)
    if concerned.everyone:
        mark_everyone(store)
        standing: tuple[str, ...] = ()
    else:
        _mark_members(store, concerned)
        standing = tuple(dict.fromkeys((*before.standing, before.version)))
    _mark_due(store, now)
    # Stated after the marks: whoever is stopped in between finds the same to do again.
    with store.write() as connection:
        facts.put(
            connection,
            {
                "assigned by": f"{policy.version} {_rest(at_rest=at_rest)}",
                "assigned beside": " ".join(one for one in standing if one != policy.version),
                "assigned at": str(now),
            },
        )
    return concerned.everyone


def _concerned(
    connection: Connection, before: Assignment, policy: Policy, now: int, *, at_rest: bool
) -> Reach:
    # A last time that lies ahead comes from a clock that was wrong then: what was true at that time, and when
    # it would change, says nothing about now.
    if before.rest != _rest(at_rest=at_rest) or now < before.at or len(before.standing) >= MOST_VERSIONS:
        return _EVERYONE
    if before.version == policy.version:
        return Reach()
    old = _loaded(connection, before.version)
    return _EVERYONE if old is None else reach(old, policy)


def _loaded(connection: Connection, version: str) -> Policy | None:
    """The policy of that version; None where it is not kept, or this Deskcue does not take it any more."""
    stored = assignments.policy_text(connection, version)
    try:
        return None if stored is None else load_text(stored[1], stored[0])
    except PolicyError:
        return None


def mark_everyone(store: Store) -> None:
    """Mark every customer, some at a time."""
    after: str | None = ""
    while after is not None:
        with store.write() as connection:
            after = assignments.mark_everyone(connection, after, _STEP)


def _mark_members(store: Store, concerned: Reach) -> None:
    after: str | None = "" if concerned.segments or concerned.situations else None
    while after is not None:
        with store.write() as connection:
            after = assignments.mark_members(
                connection, concerned.segments, concerned.situations, after, _STEP
            )


def _mark_due(store: Store, now: int) -> None:
    full = True
    while full:
        with store.write() as connection:
            full = due.mark(connection, now, _STEP) == _STEP
