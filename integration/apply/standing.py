"""Whether a wish still stands: what its ticket would be planned for now, beside what it wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from connectors.changes import TicketUpdate
from connectors.records import Ticket
from integration.plan import Rules, TicketPlan, plan_ticket
from integration.store import effects, outbox, planning, records
from integration.store.effects import Effects
from integration.store.wish import Wish
from integration.undo import undo_ticket, within


def plans_now(connection: Connection, wishes: Sequence[Wish], rules: Rules) -> dict[str, TicketPlan]:
    """What the tickets of wishes would be planned for now.

    Decisions may have changed since the plan was made, also by a plan that was applied before it.
    """
    tickets = records.read(connection, Ticket, [wish.update.ticket_id for wish in wishes])
    return planned_again(connection, wishes, tickets, rules)


def planned_again(
    connection: Connection, wishes: Sequence[Wish], tickets: Mapping[str, Ticket], rules: Rules
) -> dict[str, TicketPlan]:
    """The same for tickets in hand. What takes a run back is planned by what that run did."""
    known = planning.known(connection, list(tickets.values()), rules.most_high)
    updates = {wish.update.ticket_id: wish.update for wish in wishes}
    made = _made(connection, list(updates.values()))
    return {
        one.ticket.id: plan_ticket(one, rules)
        if not (update := updates[one.ticket.id]).undoes
        else undo_ticket(one, within(made[one.ticket.id], update), update.undoes, rules)
        for one in known
    }


def _made(connection: Connection, updates: Sequence[TicketUpdate]) -> dict[str, Effects]:
    """What the runs that are taken back made of these tickets."""
    found: dict[str, Effects] = {update.ticket_id: {} for update in updates}
    for run in {update.undoes for update in updates if update.undoes}:
        taken_back = [update.ticket_id for update in updates if update.undoes == run]
        found |= effects.of(connection, run, taken_back)
    return found


def parted(wishes: Sequence[Wish], plans: Mapping[str, TicketPlan]) -> tuple[list[Wish], list[Wish]]:
    """The wishes that would still be planned, and those that would not."""
    asked: list[Wish] = []
    stale: list[Wish] = []
    for wish in wishes:
        plan = plans.get(wish.update.ticket_id)
        (asked if plan is None or _stands(wish, plan) else stale).append(wish)
    return asked, stale


def _stands(wish: Wish, plan: TicketPlan) -> bool:
    """Whether what a ticket would be planned for now still holds what the wish wants of it.

    A ticket that the store has seen move is left to the desk's own check, which leads to planning again.
    One whose last sending may have arrived is not dropped either: only the desk tells whose hand it was.
    """
    if plan.stamp != wish.update.stamp:
        return bool(plan.changes) or wish.reason == outbox.LOST
    wanted = {(change.field, change.before, change.after) for change in plan.changes}
    return all((change.field, change.before, change.after) in wanted for change in wish.update.changes)
