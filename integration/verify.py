"""A run against the desk as it is now: what still stands, what became of the rest, and by whose hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from connectors.base import Connector
from connectors.changes import Change, Edit, Field, Value
from connectors.errors import RejectedError, UnavailableError
from connectors.records import UNSOLVED, Ticket
from integration.apply.sight import holds
from integration.plan import Rules, shown
from integration.progress import Progress
from integration.store import effects
from integration.store.effects import Effects, Run
from integration.store.engine import Store

SAMPLE = 200
"""Tickets that are read back unasked: two calls at most desks."""

TOLD = 50
"""Differences whose ticket's history is asked for: each costs a call."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of a ticket that does not show what the run wrote."""

    ticket_id: str
    field: Field
    wrote: Value
    shows: Value
    reason: str
    by: str = ""
    """Who changed it, where the desk tells: ``person 10002``, or the name of a rule."""
    at: int | None = None


@dataclass(slots=True)
class Verified:
    """What became of a run's values."""

    run: str
    tickets: int = 0
    """Tickets that the run wrote to."""
    read: int = 0
    """Tickets of them that were read back now."""
    stands: Counter[str] = field(default_factory=Counter)
    """Values that stand as they were written, by field."""
    later: int = 0
    """Values that a later run of ours has replaced."""
    unseen: int = 0
    """Notes: a ticket does not show them."""
    promised: int = 0
    """Open tickets read back on which a service level of ours stands."""
    running: int = 0
    """Tickets of them on which the desk shows a target."""
    differences: list[Difference] = field(default_factory=list)


def verify(
    store: Store,
    connector: Connector,
    rules: Rules,
    run: Run,
    sample: int | None,
    progress: Progress,
) -> Verified:
    """Read a run's tickets back, a sample spread evenly over all of them, or all where ``sample`` is None.

    Nothing is written, neither to the desk nor to the store. Raises what reading tickets raises.
    """
    found = Verified(run.id, tickets=run.tickets)
    asked = run.tickets if sample is None else min(sample, run.tickets)
    for portion in _portions(store, run, asked, connector.capabilities.batch):
        fresh = connector.tickets(list(portion))
        found.read += len(portion)
        with store.read() as connection:
            newer = effects.rewritten(connection, run.id, list(portion))
        for ticket_id, made in portion.items():
            _judge(found, ticket_id, fresh.get(ticket_id), made, newer.get(ticket_id, frozenset()), rules)
        progress("Reading back", found.read, asked)
    found.differences = [
        _traced(connector, one) if place < TOLD else one for place, one in enumerate(found.differences)
    ]
    return found


def _portions(store: Store, run: Run, asked: int, size: int) -> Iterator[dict[str, Effects]]:
    """The tickets asked for with what the run made of them, at most ``size`` at a time."""
    after, place, taken = "", 0, dict[str, Effects]()
    while True:
        with store.read() as connection:
            ids = effects.tickets(connection, run.id, after)
            wanted = [one for number, one in enumerate(ids, place) if _drawn(number, asked, run.tickets)]
            made = effects.of(connection, run.id, wanted)
        for name in wanted:
            taken[name] = made[name]
            if len(taken) == size:
                yield taken
                taken = {}
        if not ids:
            break
        after, place = ids[-1], place + len(ids)
    if taken:
        yield taken


def _drawn(number: int, asked: int, total: int) -> bool:
    """Whether the ticket of this number is in a sample spread evenly: the same one each time."""
    return (number + 1) * asked // total > number * asked // total


def _judge(
    found: Verified,
    ticket_id: str,
    ticket: Ticket | None,
    made: Effects,
    newer: frozenset[Field],
    rules: Rules,
) -> None:
    for name, effect in made.items():
        if name is Field.NOTE:
            found.unseen += 1
        elif ticket is not None and not ticket.deleted and holds(ticket, [effect.change]):
            found.stands[name.value] += 1
        elif name in newer:
            found.later += 1
        else:
            found.differences.append(_difference(ticket_id, ticket, effect.change, rules))
    if ticket is not None and ticket.status in UNSOLVED and _levelled(ticket, made, newer):
        found.promised += 1
        found.running += bool(ticket.targets)


def _levelled(ticket: Ticket, made: Effects, newer: frozenset[Field]) -> bool:
    """Whether a service level that this run wrote stands there."""
    effect = made.get(Field.SERVICE_LEVEL)
    if effect is None or Field.SERVICE_LEVEL in newer:
        return False
    return effect.change.after is not None and ticket.service_level == effect.change.after


def _difference(ticket_id: str, ticket: Ticket | None, change: Change, rules: Rules) -> Difference:
    if ticket is None or ticket.deleted:
        return Difference(ticket_id, change.field, change.after, None, "the ticket is gone from the desk")
    shows = shown(ticket, change.field, rules)
    return Difference(ticket_id, change.field, change.after, shows, "it was changed since we wrote it")


def _traced(connector: Connector, one: Difference) -> Difference:
    """The same with who changed it and when, as far as the desk's history tells."""
    try:
        edits = connector.history(one.ticket_id)
    except (RejectedError, UnavailableError):
        return one
    last = _last(edits, one.field)
    if last is None:
        return one
    return Difference(one.ticket_id, one.field, one.wrote, one.shows, one.reason, who(last), last.at)


def _last(edits: Sequence[Edit], name: Field) -> Edit | None:
    """The newest change of a field that was not ours."""
    theirs = [edit for edit in edits if edit.field is name and not edit.marks]
    return theirs[-1] if theirs else None


def who(edit: Edit) -> str:
    """Whose hand it was, in words; a person by the desk's number, since names are nobody's business here."""
    if edit.marks:
        return "Deskcue"
    return f"the rule “{edit.by}”" if edit.rule else f"person {edit.by}" if edit.by else "somebody"
