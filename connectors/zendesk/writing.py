"""Changing tickets of one account: calls in one of two forms, jobs watched to their end, forms found out.

The vendor's own pages disagree whether tags may be added and removed ticket by ticket in one call, and
unknown properties are ignored in silence. So the first job is checked against the tickets themselves; where
the tags were passed over, calls give one change to many tickets from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Literal, Protocol, TypeVar

import msgspec

from connectors.answer import Answer, strict_json
from connectors.budget import Governor
from connectors.changes import Edit, Field, NextCall, Outcome, TicketUpdate
from connectors.clock import Clock
from connectors.errors import RejectedError, RetryableError
from connectors.records import Ticket
from connectors.zendesk import history, jobs, write
from connectors.zendesk.places import Places, lack
from connectors.zendesk.wire import WireGroup, WireJob

T = TypeVar("T")

GONE = (404, 410)

JOB_PEACE = 10.0
"""Seconds to wait when too many jobs are under way and the desk does not say for how long."""

STRANGE_STATE = 600.0
"""Seconds after which a job in a state unknown to us counts as finished."""

PASSED_OVER = "the help desk took the call and passed its tags over"

Form = Literal["unproven", "each", "same"]
"""``each``: a call holds a change for every ticket. ``same``: one change for all its tickets."""


class Ask(Protocol):
    """One signed request."""

    def __call__(
        self,
        method: str,
        path: str,
        decode: Callable[[Answer], T],
        *,
        kind: str,
        query: Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
        retry: bool = True,
    ) -> T: ...


class Writer:
    """The writing half of an account. ``show`` reads tickets, ``places`` gives the account's definitions."""

    def __init__(
        self,
        ask: Ask,
        *,
        prefix: str,
        places: Callable[[], Places],
        show: Callable[[Sequence[str]], Mapping[str, Ticket]],
        clock: Clock,
        budget: Governor,
    ) -> None:
        self._ask, self._prefix, self._places, self._show = ask, prefix, places, show
        self._clock, self._budget = clock, budget
        self._form: Form = "unproven"
        self._open: dict[str, tuple[TicketUpdate, ...]] = {}
        self._groups: list[WireGroup] | None = None
        self._strange: dict[str, float] = {}

    def options(self) -> Mapping[Field, Mapping[str, str] | None]:
        places = self._places()
        self._groups = None
        options: dict[Field, Mapping[str, str] | None] = dict.fromkeys(write.WRITES)
        options[Field.PRIORITY] = places.priorities
        options[Field.GROUP] = {str(group.id): group.name or str(group.id) for group in self._known_groups()}
        options[Field.SEGMENT] = places.segments
        if places.segment is None:
            del options[Field.SEGMENT]
        return options

    def next_call(self, updates: Sequence[TicketUpdate]) -> NextCall:
        fields = {change.field for update in updates for change in update.changes}
        places = self._places() if fields & {Field.PRIORITY, Field.SEGMENT} else self._bare()
        groups = self._known_groups() if Field.GROUP in fields else ()
        lacks = {update.ticket_id: lack(update, places, groups) for update in updates}
        refused = [Outcome(ticket_id=one, result="missing", reason=why) for one, why in lacks.items() if why]
        sound = [update for update in updates if not lacks[update.ticket_id]]
        if self._form == "same" and sound:
            first = write.alike(sound[0])
            sound = [update for update in sound if write.alike(update) == first]
        return NextCall(updates=tuple(sound[: write.BATCH]), refused=tuple(refused))

    def send(self, updates: Sequence[TicketUpdate]) -> str:
        places = self._places() if any(map(_needs_field, updates)) else self._bare()
        query: list[tuple[str, str]] = []
        if self._form == "same":
            body = write.same_for_all(updates, places)
            query = [("ids", write.ticket_ids([update.ticket_id for update in updates]))]
        else:
            body = write.one_each(updates, places)
        job = self._start(query, body)
        self._open[job] = tuple(updates)
        self._budget.job_started()
        return job

    def outcomes(self, ids: Sequence[str]) -> Mapping[str, Sequence[Outcome]]:
        found: dict[str, Sequence[Outcome]] = {}
        for start in range(0, len(ids), jobs.BATCH):
            found |= self._outcomes(ids[start : start + jobs.BATCH])
        return {job: self._ended(job, said) for job, said in found.items()}

    def marks(self, ticket_id: str) -> Collection[str]:
        return {mark for ours in self._history(ticket_id) for mark in ours.marks}

    def edits(self, ticket_id: str) -> Sequence[Edit]:
        places = self._places()
        path, query = _audits(ticket_id)
        read = partial(history.edits, places=places)
        return self._ask("GET", path, read, kind="read", query=query)

    def _start(self, query: Sequence[tuple[str, str]], body: bytes) -> str:
        path = "/api/v2/tickets/update_many"
        try:
            return self._ask("PUT", path, jobs.started, kind="update", query=query, body=body, retry=False)
        except RetryableError as error:
            if error.status != 429 or error.wait is not None:
                raise
            raise RetryableError(error.message, status=429, wait=JOB_PEACE) from error

    def _outcomes(self, ids: Sequence[str]) -> dict[str, Sequence[Outcome]]:
        query = [("ids", jobs.job_ids(ids))]
        try:
            answer = self._ask("GET", "/api/v2/job_statuses/show_many", jobs.jobs, kind="job", query=query)
        except RejectedError as error:
            if error.status not in GONE:
                raise
            if len(ids) == 1:
                return {ids[0]: ()}
            # One forgotten job must not hide what became of the others.
            return {job: said for each in ids for job, said in self._outcomes([each]).items()}
        known = {job.id: job for job in answer}
        return {
            each: jobs.results(known[each]) if each in known else ()
            for each in ids
            if each not in known or self._finished(known[each])
        }

    def _finished(self, job: WireJob) -> bool:
        if job.status in jobs.RUNNING:
            return False
        if job.status not in jobs.FINISHED:
            since = self._strange.setdefault(job.id, self._clock.mono())
            if self._clock.mono() - since < STRANGE_STATE:
                return False
        self._strange.pop(job.id, None)
        return True

    def _ended(self, job: str, said: Sequence[Outcome]) -> Sequence[Outcome]:
        """What a job of ours said, once it has been found out whether its form works on this account."""
        updates = self._open.pop(job, None)
        if updates is None:
            return said
        self._budget.job_ended()
        accepted = {outcome.ticket_id for outcome in said if outcome.result == "accepted"}
        tagged = [one for one in updates if one.ticket_id in accepted and write.touches_tags(one)]
        if self._form == "unproven" and tagged:
            self._form = self._found_out(tagged)
            if self._form == "same":
                return [_passed_over(outcome, tagged) for outcome in said]
        return said

    def _found_out(self, tagged: Sequence[TicketUpdate]) -> Form:
        """The form that this account understands, by what became of the tags of some tickets.

        Where no tag shows somebody may have been quicker to take it off; the history of one ticket tells.
        """
        shown = self._show([update.ticket_id for update in tagged])
        present = [update for update in tagged if update.ticket_id in shown]
        if not present:
            return "unproven"
        bare = self._bare()
        if any(write.tags_shown(one, _all_tags(shown[one.ticket_id], bare), bare) for one in present):
            return "each"
        first = next((update for update in present if not update.at_rest), None)
        if first is None:
            return "unproven"
        done = [ours for ours in self._history(first.ticket_id) if first.mark in ours.marks]
        return "each" if any("tags" in ours.fields for ours in done) else "same"

    def _history(self, ticket_id: str) -> list[history.Ours]:
        path, query = _audits(ticket_id)
        return self._ask("GET", path, history.ours, kind="read", query=query)

    def _known_groups(self) -> list[WireGroup]:
        if self._groups is None:
            query = [("page[size]", "100")]
            self._groups, after = self._ask("GET", "/api/v2/groups", _group_page, kind="read", query=query)
            while after is not None:
                query = [("page[size]", "100"), ("page[after]", after)]
                more, after = self._ask("GET", "/api/v2/groups", _group_page, kind="read", query=query)
                self._groups = [*self._groups, *more]
        return [group for group in self._groups if not group.deleted]

    def _bare(self) -> Places:
        """What can be known of places without asking the account."""
        return Places(prefix=self._prefix, names={}, priorities={}, segment=None, segments={})


def _needs_field(update: TicketUpdate) -> bool:
    return any(change.field is Field.SEGMENT for change in update.changes)


def _passed_over(outcome: Outcome, tagged: Sequence[TicketUpdate]) -> Outcome:
    if all(outcome.ticket_id != update.ticket_id for update in tagged):
        return outcome
    return msgspec.structs.replace(outcome, result="ignored", reason=PASSED_OVER)


def _all_tags(ticket: Ticket, places: Places) -> Collection[str]:
    level = [f"{places.prefix}sla_{ticket.service_level}"] if ticket.service_level else []
    return {*ticket.tags, *level}


def _audits(ticket_id: str) -> tuple[str, list[tuple[str, str]]]:
    """Where the newest part of a ticket's history is."""
    path = f"/api/v2/tickets/{write.ticket_ids([ticket_id])}/audits"
    return path, [("sort_order", "desc"), ("per_page", "100")]


def _group_page(answer: Answer) -> tuple[list[WireGroup], str | None]:
    """One page of groups, and where the next one begins."""
    said = strict_json(answer.body)
    groups = msgspec.convert(said.get("groups"), list[WireGroup])
    meta = said.get("meta")
    more = meta.get("after_cursor") if isinstance(meta, dict) and meta.get("has_more") is True else None
    return groups, more if isinstance(more, str) else None
