"""Whether a wish still stands: what its ticket would be planned for now, beside what it wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from connectors.records import Ticket
from integration.plan import Rules, TicketPlan, plan_ticket
from integration.store import outbox, planning, records
from integration.store.wish import Wish


def plans_now(connection: Connection, wishes: Sequence[Wish], rules: Rules) -> dict[str, TicketPlan]:
    """What the tickets of wishes would be planned for now.

    Decisions may have changed since the plan was made, also by a plan that was applied before it.
    """
    tickets = records.read(connection, Ticket, [wish.update.ticket_id for wish in wishes])
    known = planning.known(connection, list(tickets.values()), rules.most_high)
    return {one.ticket.id: plan_ticket(one, rules) for one in known}


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
