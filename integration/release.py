"""Fields let go: what was taken back, or what a person owns, may be written by Deskcue again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.changes import Change, Field, TicketUpdate, Value
from connectors.clock import Clock
from connectors.records import Ticket
from integration.explain import NotKnownError
from integration.plan import Rules, shown
from integration.store import effects, holds, journal, records
from integration.store.engine import Store
from integration.store.journal import Line
from integration.store.owned import adopt, owned
from integration.store.wish import Wish

RELEASED = "release"
"""Under which name a release stands in the journal, where a run would."""

FIELDS = (Field.TAGS, Field.PRIORITY, Field.SERVICE_LEVEL, Field.SEGMENT, Field.GROUP)
"""What can be released: a note is left once, and nobody writes over it."""


@dataclass(frozen=True, slots=True)
class Released:
    """What may be written again."""

    ticket_id: str | None
    run: str | None
    held: int
    """Fields that had been taken back."""
    adopted: tuple[Field, ...] = ()
    """Fields whose value a person had set or cleared: it counts as ours from now on."""


def release_ticket(
    store: Store, clock: Clock, rules: Rules, ticket_id: str, fields: Sequence[Field]
) -> Released:
    """Let fields of one ticket be written again; what stands there now counts as ours.

    The next plan writes what the policy asks for, also over a person's value. Raises NotKnownError.
    """
    now = clock.wall()
    with store.write() as connection:
        ticket = records.read(connection, Ticket, [ticket_id]).get(ticket_id)
        if ticket is None:
            raise NotKnownError(f"There is no ticket {ticket_id} in the store.")
        held = holds.release(connection, ticket_id, fields)
        before = owned(connection, [ticket_id]).get(ticket_id, {})
        changes = [_change(ticket, field, before.get(field), rules) for field in fields]
        changed = [change for change in changes if change.before != change.after]
        adopt(connection, ticket_id, {change.field: change.after for change in changed}, RELEASED, now)
        update = TicketUpdate(ticket_id=ticket_id, stamp=ticket.stamp, changes=tuple(changed))
        wish = Wish(update, RELEASED, "", "released", None, 0, None)
        journal.append(connection, [Line(wish, "released")] if changed else [], now)
    return Released(ticket_id, None, held, tuple(change.field for change in changed))


def _change(ticket: Ticket, field: Field, mine: Value, rules: Rules) -> Change:
    """From what we took for ours to what stands there now."""
    return Change(field=field, before=mine, after=shown(ticket, field, rules), reason="Released by a person.")


def release_run(store: Store, run: str) -> Released:
    """Let everything be written again that was taken back with a run. Raises NotKnownError."""
    with store.write() as connection:
        if run == "last" or effects.run(connection, run) is None:
            raise NotKnownError(f"There is no run {run}. `deskcue runs` lists them.")
        return Released(None, run, holds.release_run(connection, run))
