"""One plan from its file to the end of its run, and the rest of an interrupted one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from connectors.base import Connector
from connectors.changes import TicketUpdate
from connectors.clock import Clock
from integration import plan_file
from integration.apply.endings import Applied
from integration.apply.sending import Sender
from integration.plan import Rules
from integration.plan_file import PlanError
from integration.progress import Progress
from integration.store import facts, outbox
from integration.store.engine import Store


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
    _enqueue(store, path, applied.run, head, foot, clock.wall())
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
    store: Store, path: Path, run: str, head: plan_file.Head, foot: plan_file.Foot, now: int
) -> None:
    """Put the plan into the outbox, once: a run that is known is only carried on."""
    with store.read() as connection:
        if outbox.is_enqueued(connection, run):
            return
    with store.write() as connection:
        outbox.start_run(
            connection, run=run, policy=head.policy, plan=foot.hash, changes=foot.changes, now=now
        )
    for chunk in _chunks(plan_file.lines(path), 500):
        with store.write() as connection:
            outbox.enqueue(connection, run, chunk)
    with store.write() as connection:
        outbox.mark_enqueued(connection, run)


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
