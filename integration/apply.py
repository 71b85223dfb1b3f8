"""A reviewed plan to the desk: sent in the fewest calls, settled ticket by ticket, journalled throughout."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection

from connectors.base import Connector
from connectors.changes import Change, Field, Outcome, Result, TicketUpdate
from connectors.clock import Clock
from connectors.errors import RejectedError, RetryableError, UnknownOutcomeError
from connectors.records import Ticket
from integration import plan_file
from integration.plan import Rules, plan_ticket
from integration.progress import Progress
from integration.store import outbox, planning, records
from integration.store.engine import Store
from integration.store.outbox import Event, Wish

TRIES = 3
"""How often one wish is sent before it is given up: once as reviewed, then as planned again."""

POLL_FROM, POLL_TO = 0.25, 5.0
"""Seconds between two questions about running jobs: the wait doubles while none ends."""

MOST_ADRIFT = 10_000
"""More wishes than any process can have had in hand at once."""

PATIENCE = 600.0
"""Seconds without any job ending after which their tickets are read instead."""


@dataclass(slots=True)
class Applied:
    """What became of a run's tickets."""

    run: str = ""
    written: int = 0
    changes: int = 0
    """Fields written, over all tickets written."""
    already: int = 0
    replanned: int = 0
    refused: int = 0
    repeated: bool = False
    """Whether the run had been sent to its end before."""


def apply(
    store: Store, connector: Connector, clock: Clock, rules: Rules, path: Path, progress: Progress
) -> Applied:
    """Send a plan and nothing else; run again after an interruption it goes on where it stopped.

    A ticket that moved since the plan was made is planned again, for its fresh state, and counted in
    ``replanned``. Raises PlanError for a plan that is not whole.
    """
    head, foot = plan_file.check(path)
    applied = Applied(run=f"run-{foot.hash[:10]}")
    sender = _Sender(store, connector, clock, rules, applied, progress)
    sender.recover()
    with store.read() as connection:
        applied.repeated = outbox.is_finished(connection, applied.run)
    _enqueue(store, path, applied.run, head, foot, clock.wall())
    sender.drain()
    with store.write() as connection:
        outbox.finish_runs(connection, clock.wall())
    return applied


def recover(store: Store, connector: Connector, clock: Clock, rules: Rules, progress: Progress) -> Applied:
    """Settle and finish what an interrupted run left behind."""
    applied = Applied()
    sender = _Sender(store, connector, clock, rules, applied, progress)
    sender.recover()
    sender.drain()
    with store.write() as connection:
        outbox.finish_runs(connection, clock.wall())
    return applied


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


class _Sender:
    """Moves wishes from the outbox to the desk and back as outcomes; all its memory is in the store."""

    def __init__(
        self,
        store: Store,
        connector: Connector,
        clock: Clock,
        rules: Rules,
        applied: Applied,
        progress: Progress,
    ) -> None:
        self._store, self._connector, self._clock = store, connector, clock
        self._rules, self._applied, self._progress = rules, applied, progress
        self._batch = connector.capabilities.batch
        self._total = 0

    def recover(self) -> None:
        """Settle wishes that a dead process had in hand: their jobs first, then by reading."""
        with self._store.read() as connection:
            wishes = outbox.in_state(connection, ("claimed", "unknown"), MOST_ADRIFT)
        inflight: dict[str, list[Wish]] = {}
        for wish in wishes:
            inflight.setdefault(wish.job or "", []).append(wish)
        adrift = inflight.pop("", [])
        self._await(inflight, until=0)
        for start in range(0, len(adrift), self._batch):
            self._settle(adrift[start : start + self._batch], [])

    def drain(self) -> None:
        """Send until the outbox holds nothing to send, with as many jobs at once as the desk allows."""
        with self._store.read() as connection:
            self._total = outbox.count(connection).get("pending", 0)
        inflight: dict[str, list[Wish]] = {}
        while True:
            while len(inflight) < self._connector.capabilities.jobs and (wishes := self._claim()):
                if not self._send(wishes, inflight):
                    break
            if not inflight:
                return
            self._await(inflight, until=len(inflight) - 1)

    def _claim(self) -> list[Wish]:
        with self._store.write() as connection:
            return outbox.claim(connection, self._batch, self._clock.wall())

    def _send(self, wishes: list[Wish], inflight: dict[str, list[Wish]]) -> bool:
        """Send one call; False when the desk takes no more before a running job ends."""
        try:
            job = self._connector.send([wish.update for wish in wishes])
        except UnknownOutcomeError:
            with self._store.write() as connection:
                outbox.lost(connection, wishes)
            self._settle(wishes, [])
        except RejectedError as fault:
            self._settle(wishes, [_rejected(wish, fault.message) for wish in wishes])
        except RetryableError:
            with self._store.write() as connection:
                outbox.unclaim(connection, wishes, self._clock.wall())
            if not inflight:
                raise
            return False
        else:
            with self._store.write() as connection:
                outbox.sent(connection, wishes, job)
            inflight[job] = [replace(wish, job=job) for wish in wishes]
        return True

    def _await(self, inflight: dict[str, list[Wish]], *, until: int) -> None:
        """Ask about running jobs, with growing pauses, until at most ``until`` are left."""
        pause, since = POLL_FROM, self._clock.mono()
        while len(inflight) > until:
            finished = self._connector.outcomes(list(inflight))
            if not finished and self._clock.mono() - since > PATIENCE:
                finished = {job: [] for job in inflight}
            for job, outcomes in finished.items():
                self._settle(inflight.pop(job), outcomes)
            if finished:
                pause, since = POLL_FROM, self._clock.mono()
            elif len(inflight) > until:
                self._clock.sleep(pause)
                pause = min(pause * 2, POLL_TO)

    def _settle(self, wishes: Sequence[Wish], outcomes: Sequence[Outcome]) -> None:
        """Read the tickets back and end every wish: what the desk holds decides, not what it said."""
        said = {outcome.ticket_id: outcome for outcome in outcomes}
        fresh = self._connector.tickets([wish.update.ticket_id for wish in wishes])
        now = self._clock.wall()
        with self._store.write() as connection:
            records.save(connection, list(fresh.values()))
            for wish in wishes:
                ticket = fresh.get(wish.update.ticket_id)
                self._end(connection, wish, ticket, said.get(wish.update.ticket_id), now)
        done = self._applied.written + self._applied.already + self._applied.refused
        self._progress("Writing to the desk", done, max(self._total, done))

    def _end(
        self, connection: Connection, wish: Wish, ticket: Ticket | None, said: Outcome | None, now: int
    ) -> None:
        result = said.result if said else None
        if ticket is None:
            self._bury(connection, wish, "gone", "the ticket is gone from the desk", now)
        elif holds(ticket, wish.update.changes):
            self._there(connection, wish, result, now)
        elif result == "rejected":
            self._bury(connection, wish, "rejected", said.reason if said else "", now)
        elif result == "accepted" and ticket.stamp == wish.update.stamp:
            self._bury(connection, wish, "rejected", "the desk accepted the change and did not make it", now)
        else:
            if result == "accepted":  # it was made, and somebody changed it before we looked
                outbox.own(connection, wish, now)
            self._again(connection, wish, ticket, now)

    def _there(self, connection: Connection, wish: Wish, result: Result | None, now: int) -> None:
        """The ticket shows what we wanted: by our hand, unless the desk says somebody was quicker."""
        if result == "conflict" and wish.tries == 0:
            outbox.done(connection, wish, "found", "somebody else had set it already", now)
            self._applied.already += 1
            return
        outbox.own(connection, wish, now)
        outbox.done(connection, wish, "written", "", now)
        self._applied.written += 1
        self._applied.changes += len(wish.update.changes)

    def _again(self, connection: Connection, wish: Wish, ticket: Ticket, now: int) -> None:
        """The ticket moved, or nobody knows: plan it again as it is now, a bounded number of times."""
        planned = plan_ticket(next(planning.known(connection, [ticket])), self._rules)
        if not planned.changes:
            outbox.done(connection, wish, "dropped", "the ticket changed; nothing is left to write", now)
            self._applied.already += 1
        elif wish.tries + 1 >= TRIES:
            self._bury(connection, wish, "blocked", "the ticket kept changing while we wrote", now)
        else:
            outbox.record(connection, wish, "conflict", "the ticket changed since it was planned", now)
            outbox.release(connection, planned.update)
            self._applied.replanned += 1

    def _bury(self, connection: Connection, wish: Wish, event: Event, reason: str, now: int) -> None:
        outbox.bury(connection, wish, event, reason, now)
        self._applied.refused += 1


def _rejected(wish: Wish, reason: str) -> Outcome:
    return Outcome(ticket_id=wish.update.ticket_id, result="rejected", reason=reason)


def holds(ticket: Ticket, changes: Sequence[Change]) -> bool:
    """Whether a ticket shows what these changes wanted of it."""
    return all(_shows[change.field](ticket, change) for change in changes)


def _shows_tags(ticket: Ticket, change: Change) -> bool:
    there = set(ticket.tags)
    return there.issuperset(change.added) and there.isdisjoint(change.removed)


_shows: Mapping[Field, Callable[[Ticket, Change], bool]] = {
    Field.TAGS: _shows_tags,
    Field.PRIORITY: lambda ticket, change: ticket.priority == change.after,
    Field.SERVICE_LEVEL: lambda ticket, change: ticket.service_level == change.after,
}
