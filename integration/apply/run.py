"""One plan from its file to the end of its run, and the rest of an interrupted one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import Connection

from connectors.base import Connector
from connectors.changes import Field, TicketUpdate
from connectors.clock import Clock
from integration import plan_file
from integration.apply.endings import Applied, Endings
from integration.apply.sending import Sender
from integration.apply.standing import parted, plans_now
from integration.plan import Rules
from integration.plan_file import PlanError
from integration.progress import Progress
from integration.store import facts, holds, outbox
from integration.store.engine import Store
from integration.store.wish import Wish


def apply(
    store: Store, connector: Connector, clock: Clock, rules: Rules, path: Path, progress: Progress
) -> Applied:
    """Send a plan and nothing else; run again after an interruption it goes on where it stopped.

    A ticket that moved since the plan was made is planned again, for its fresh state, and counted in
    ``replanned``. What the store would not plan any more is not sent: an old plan undoes no newer one.
    Raises PlanError for a plan that is not whole or was made for another desk.
    """
    head, foot = plan_file.check(path)
    _demand_this_desk(store, path, head)
    applied = Applied(run=f"run-{foot.hash[:10]}")
    sender = Sender(store, connector, clock, rules, applied, progress)
    sender.recover()
    with store.read() as connection:
        finished = outbox.is_finished(connection, applied.run)
    _enqueue(store, path, applied, head, foot, rules, clock.wall())
    sender.drain()
    with store.write() as connection:
        outbox.finish_runs(connection, clock.wall())
    applied.repeated = finished and applied == Applied(run=applied.run)
    return applied


def recover(store: Store, connector: Connector, clock: Clock, rules: Rules, progress: Progress) -> Applied:
    """Settle and finish what an interrupted run left behind."""
    applied = Applied()
    sender = Sender(store, connector, clock, rules, applied, progress)
    sender.recover()
    sender.drain()
    with store.write() as connection:
        outbox.finish_runs(connection, clock.wall())
    return applied


def _demand_this_desk(store: Store, path: Path, head: plan_file.Head) -> None:
    """Ticket ids of another desk are other tickets here."""
    with store.read() as connection:
        desk = facts.get(connection).get("desk", head.desk)
    if desk != head.desk:
        raise PlanError(f"{path} was made for {head.desk}, and the store holds {desk}.")


def _enqueue(
    store: Store,
    path: Path,
    applied: Applied,
    head: plan_file.Head,
    foot: plan_file.Foot,
    rules: Rules,
    now: int,
) -> None:
    """Put the plan into the outbox, once: a run that is known is only carried on."""
    run = applied.run
    with store.read() as connection:
        if outbox.is_enqueued(connection, run):
            return
    with store.write() as connection:
        outbox.start_run(
            connection,
            run=run,
            policy=head.policy,
            plan=foot.hash,
            changes=foot.changes,
            now=now,
            undoes=head.undoes,
        )
        if head.undoes and not head.part:
            # What of that run has not left yet shall not leave: it would be written after it was taken back.
            holds.put(connection, _fields(outbox.of_run(connection, head.undoes)), head.undoes, now)
    for chunk in _chunks(plan_file.lines(path), 500):
        with store.write() as connection:
            wishes = [Wish(update, run, head.policy, "pending", None, 0, None) for update in chunk]
            if head.undoes:
                holds.put(connection, _fields(wishes), head.undoes, now)
            admitted = _admitted(connection, wishes, rules, applied, now)
            outbox.enqueue(connection, run, [wish.update for wish in admitted])
    with store.write() as connection:
        outbox.mark_enqueued(connection, run)


def _admitted(
    connection: Connection, wishes: Sequence[Wish], rules: Rules, applied: Applied, now: int
) -> list[Wish]:
    """The wishes that may enter: one that nobody would plan any more pushes no waiting one aside.

    The waiting one may be of a newer plan, which would then count as sent although this part never was.
    """
    waiting = outbox.waits(connection, [wish.update.ticket_id for wish in wishes])
    rivals = [wish for wish in wishes if wish.update.ticket_id in waiting]
    _, stale = parted(rivals, plans_now(connection, rivals, rules))
    # Taking back goes first: what else is wanted of the ticket is planned by the next plan.
    stale += [
        wish
        for wish in rivals
        if waiting[wish.update.ticket_id] and not wish.update.undoes and wish not in stale
    ]
    endings = Endings(connection, applied, now)
    for wish in stale:
        endings.unfit(wish)
    endings.save()
    late = {wish.update.ticket_id for wish in stale}
    return [wish for wish in wishes if wish.update.ticket_id not in late]


def _fields(wishes: Sequence[Wish]) -> list[tuple[str, Field]]:
    return [(wish.update.ticket_id, change.field) for wish in wishes for change in wish.update.changes]


def _chunks(lines: Iterator[plan_file.Line], size: int) -> Iterator[list[TicketUpdate]]:
    chunk: list[TicketUpdate] = []
    for line in lines:
        if line.plan.changes:
            chunk.append(line.plan.update)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
