"""Calls to the desk: which wishes go out together, and what happens when a call or a job goes wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgspec
from sqlalchemy import Connection

from connectors.base import Connector
from connectors.changes import NextCall, Outcome, Result, TicketUpdate
from connectors.clock import Clock
from connectors.errors import (
    AuthenticationError,
    ConflictError,
    ConnectorError,
    RejectedError,
    RetryableError,
    UnavailableError,
    UnknownOutcomeError,
)
from integration.apply.endings import Applied, Endings
from integration.apply.settling import Settler
from integration.apply.standing import parted, plans_now
from integration.plan import Rules, TicketPlan
from integration.progress import Progress
from integration.store import outbox
from integration.store.engine import Store
from integration.store.wish import Wish

POLL_FROM, POLL_TO = 0.25, 5.0
"""Seconds between two questions about running jobs: the wait doubles while none ends."""

PATIENCE = 600.0
"""Seconds without any job ending after which their tickets are read instead."""

MISSES = 3
"""Calls in a row that did nothing, without any reason in a single ticket, after which a run stops."""


class Sender:
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
        self._settler = Settler(store, connector, clock, rules, applied)
        self._batch = connector.capabilities.batch
        self._total = self._misses = 0

    def recover(self) -> None:
        """Settle wishes whose sending nobody saw the end of: their jobs first, then by reading."""
        with self._store.read() as connection:
            wishes = outbox.in_hand(connection)
        inflight: dict[str, list[Wish]] = {}
        for wish in wishes:
            inflight.setdefault(wish.job or "", []).append(wish)
        adrift = inflight.pop("", [])
        self._await(inflight, until=0)
        for start in range(0, len(adrift), self._batch):
            self._settle(adrift[start : start + self._batch], [])

    def drain(self) -> None:
        """Send until the outbox holds nothing to send, with as many jobs at once as the desk allows."""
        self._total = self._awake()
        inflight: dict[str, list[Wish]] = {}
        while True:
            while len(inflight) < self._connector.capabilities.jobs and (wishes := self._claim()):
                if not self._send(wishes, inflight):
                    break
            if not inflight:
                return
            self._await(inflight, until=len(inflight) - 1)

    def _awake(self) -> int:
        """How many wishes are to be sent, with those whose time has come since they were put off."""
        with self._store.read() as connection:
            waiting = outbox.count(connection)
        if not waiting.get("later"):
            return waiting.get("pending", 0)
        with self._store.write() as connection:
            outbox.wake(connection, self._clock.wall())
            return outbox.count(connection).get("pending", 0)

    def _claim(self) -> list[Wish]:
        """The wishes of the next call; those that nobody would plan or could send are ended on the way."""
        while True:
            with self._store.read() as connection:
                wishes = outbox.waiting(connection, self._batch)
                plans = plans_now(connection, wishes, self._rules)
            asked, stale = parted(wishes, plans)
            call = self._next_call(asked)
            taken = {update.ticket_id for update in call.updates}
            with self._store.write() as connection:
                self._drop(connection, stale, plans)
                self._refuse(connection, asked, call.refused)
                chosen = [wish for wish in asked if wish.update.ticket_id in taken]
                claimed = outbox.claim(connection, chosen, self._clock.wall())
            if claimed or not wishes:
                return claimed

    def _next_call(self, wishes: Sequence[Wish]) -> NextCall:
        if not wishes:
            return NextCall(updates=())
        return self._connector.next_call([wish.update for wish in wishes])

    def _drop(self, connection: Connection, wishes: Sequence[Wish], plans: Mapping[str, TicketPlan]) -> None:
        endings = Endings(connection, self._applied, self._clock.wall())
        for wish in wishes:
            if plans[wish.update.ticket_id].changes:
                endings.outdated(wish)
            else:
                endings.needless(wish, "nothing is left to write")
        endings.save()

    def _refuse(self, connection: Connection, wishes: Sequence[Wish], refused: Sequence[Outcome]) -> None:
        reasons = {outcome.ticket_id: outcome.reason for outcome in refused}
        endings = Endings(connection, self._applied, self._clock.wall())
        for wish in wishes:
            if (reason := reasons.get(wish.update.ticket_id)) is not None:
                endings.buried(wish, "rejected", reason)
        endings.save()

    def _send(self, wishes: list[Wish], inflight: dict[str, list[Wish]]) -> bool:
        """Send one call; False when the desk takes no more before a running job ends.

        Whatever else goes wrong leaves the wishes claimed, and the next run settles them by reading.
        """
        try:
            job = self._connector.send([_signed(wish) for wish in wishes])
        except UnknownOutcomeError as fault:
            self._lost(wishes, fault)
        except (RejectedError, ConflictError) as fault:
            self._refused(wishes, fault)
        except (RetryableError, AuthenticationError, UnavailableError) as fault:
            with self._store.write() as connection:
                outbox.unclaim(connection, wishes, f"not sent: {fault.message}", self._clock.wall())
            if inflight and isinstance(fault, RetryableError):
                return False
            raise
        else:
            self._misses = 0
            with self._store.write() as connection:
                outbox.sent(connection, wishes, job)
            inflight[job] = [replace(wish, job=job) for wish in wishes]
        return True

    def _lost(self, wishes: list[Wish], fault: UnknownOutcomeError) -> None:
        with self._store.write() as connection:
            outbox.lost(connection, wishes)
        before = self._applied.written
        self._settle(wishes, [])
        if self._applied.written == before:
            self._miss(
                RetryableError(
                    f"{fault.message} {MISSES} calls in a row did nothing, so the run stopped."
                    " What is left to write waits in the outbox for the next run."
                )
            )

    def _refused(self, wishes: list[Wish], fault: ConnectorError) -> None:
        if len(wishes) == 1:
            result: Result = "conflict" if isinstance(fault, ConflictError) else "rejected"
            ticket = wishes[0].update.ticket_id
            self._settle(wishes, [Outcome(ticket_id=ticket, result=result, reason=fault.message)])
            return
        with self._store.write() as connection:
            outbox.divide(connection, wishes, fault.message, self._clock.wall())
        self._miss(fault)

    def _miss(self, fault: ConnectorError) -> None:
        """A desk that does nothing at all is left alone for now, before every wish has used up its tries."""
        self._misses += 1
        if self._misses >= MISSES:
            raise fault

    def _await(self, inflight: dict[str, list[Wish]], *, until: int) -> None:
        """Ask about running jobs, with growing pauses, until at most ``until`` are left."""
        pause, since = POLL_FROM, self._clock.mono()
        while len(inflight) > until:
            finished = self._ended(list(inflight))
            if not finished and self._clock.mono() - since > PATIENCE:
                finished = {job: [] for job in inflight}
            for job, outcomes in finished.items():
                self._settle(inflight.pop(job), outcomes)
            if finished:
                pause, since = POLL_FROM, self._clock.mono()
            elif len(inflight) > until:
                self._clock.sleep(pause)
                pause = min(pause * 2, POLL_TO)

    def _ended(self, jobs: Sequence[str]) -> Mapping[str, Sequence[Outcome]]:
        """What the desk tells of jobs; where it never tells, patience ends and reading does."""
        try:
            return self._connector.outcomes(jobs)
        except (RejectedError, UnavailableError):
            return {}

    def _settle(self, wishes: Sequence[Wish], outcomes: Sequence[Outcome]) -> None:
        self._settler.settle(wishes, outcomes)
        done = self._applied.settled
        self._progress("Writing to the desk", done, max(self._total, done))


def _signed(wish: Wish) -> TicketUpdate:
    """The update with the names of its run and policy, which the desk remembers with it."""
    return msgspec.structs.replace(wish.update, run=wish.run, policy=wish.policy)
