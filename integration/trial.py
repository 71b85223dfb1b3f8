"""Cases tried on a policy: the engine that decides is the one that is asked, and failures are sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from integration import try_out
from integration.cases import DAY, Case, CaseTicket, Expected, Written, said
from integration.preview import holding
from integration.try_out import ASKED
from policies.given import fields, given
from policies.model import Policy
from policies.rules import compiled
from policies.segments import explain, facts_line
from policies.stages import Reached, next_stage
from policies.standing import Line, Standing, Truth
from policies.treatment import Decision, Part, decide

FIRST = "ticket 1"
"""The ticket that a case's decision is about."""

_WORDS: dict[Truth, str] = {True: "in", False: "out", None: "unknown"}
_TRUTHS: dict[Truth, str] = {True: "yes", False: "no", None: "unknown"}


@dataclass(frozen=True, slots=True)
class Tried:
    """A case and what was not as it should be: nothing, when it passed."""

    name: str
    file: str
    line: int
    failures: tuple[str, ...]


def tried(written: Written, policy: Policy, now: int) -> Tried:
    """Try one case; ``now`` counts where its file says no time."""
    at = now if written.at is None else written.at
    failures = tuple(failures_of(written.case, policy, at))
    return Tried(written.name, written.place.file, written.place.line, failures)


def failures_of(case: Case, policy: Policy, now: int) -> Iterator[str]:
    """Everything about this case that is not as it says, in words."""
    types = {one.name: one.type for one in compiled(policy).customer_traits()}
    values = {name: said(types[name], value, now) for name, value in case.traits.items()}
    asked = given(policy, values.keys()) if values else policy
    with try_out.empty_store() as connection:
        _fill(connection, case, fields(policy, values), now)
        standing = try_out.standing(connection, asked, now)
        yield from _segments(case, asked, standing, now)
        if case.situations is not None or case.decision or case.reasons:
            facts = try_out.tickets(connection, asked, now)[FIRST]
            members = holding(asked, standing, dict.fromkeys(case.was, False))
            channel = case.tickets[0].channel if case.tickets else "email"
            before = Reached(case.was_stage, 0) if case.was_stage else None
            reached = next_stage(asked.stages, before, standing.stages, now)
            stage = reached.stage if reached else None
            yield from _decision(case, decide(asked, FIRST, members, facts, channel, stage))


def _fill(connection: Connection, case: Case, given_fields: dict[str, object], now: int) -> None:
    if case.organization is not None:
        try_out.put(connection, "organizations", {"id": "theirs", "name": "", "fields": case.organization})
    profile = case.profile.model_dump(exclude={"created_days_ago"})
    customer = {
        **profile,
        "id": ASKED,
        "fields": {**case.customer, **given_fields},
        "organization_id": None if case.organization is None else "theirs",
        "created_at": _ago(case.profile.created_days_ago, now),
    }
    try_out.put(connection, "customers", customer)
    needs_one = case.situations is not None or case.decision is not None or bool(case.reasons)
    tickets = case.tickets or ((CaseTicket(),) if needs_one else ())
    for number, ticket in enumerate(tickets, start=1):
        try_out.put(connection, "tickets", {"id": f"ticket {number}", **_ticket(ticket, now)})
    for number, rating in enumerate(case.ratings, start=1):
        record = {"id": str(number), "customer_id": ASKED, "score": rating.score, "commented": False}
        try_out.put(connection, "ratings", record | {"created_at": _ago(rating.days_ago, now)})


def _ticket(ticket: CaseTicket, now: int) -> dict[str, object]:
    plain = ticket.model_dump(exclude={"days_ago", "waiting_days", "solved_days_ago"})
    return {
        **plain,
        "stamp": "",
        "customer_id": ASKED,
        "created_at": _ago(ticket.days_ago, now),
        "waiting_since": _ago(ticket.waiting_days, now),
        "solved_at": _ago(ticket.solved_days_ago, now),
    }


def _ago(days: float | None, now: int) -> int | None:
    return None if days is None else int(now - days * DAY)


def _segments(case: Case, policy: Policy, standing: Standing, now: int) -> Iterator[str]:
    verdicts = {verdict.segment: verdict for verdict in explain(policy, standing)}
    for names, truth in ((case.inside, True), (case.out, False), (case.unknown, None)):
        for name in names:
            verdict = verdicts[name]
            if verdict.truth is not truth:
                lines = "".join(f"\n    {_line(policy, line, now)}" for line in verdict.lines)
                yield f"{name} should be {_WORDS[truth]}, but is {_WORDS[verdict.truth]}:{lines}"


def _line(policy: Policy, line: Line, now: int) -> str:
    seen = [
        f"{name} is not known"
        if value is None
        else facts_line(policy, name, value, now) or f"{name} = {value}"
        for name, value in line.seen.items()
    ]
    return f"{_TRUTHS[line.truth]:<8}{line.group:<5}{line.text}   ({'; '.join(seen)})"


def _decision(case: Case, decision: Decision) -> Iterator[str]:
    if case.situations is not None and set(case.situations) != set(decision.situations):
        are = ", ".join(decision.situations) or "none"
        yield f"situations should be {', '.join(case.situations) or 'none'}, but are {are}"
    expected = case.decision or Expected()
    for field in expected.model_fields_set:
        wanted, found = getattr(expected, field), decision.value(field)
        if wanted != found:
            yield f"{field} should be {_said(wanted)}, but is {_said(found)}{_because(decision, field)}"
    for field, by in case.reasons.items():
        part: Part | None = getattr(decision, field)
        if part is None:
            yield f"{field} should be decided by {by}, but nobody asks for it"
        elif by != part.won.by and by not in part.won.reason:
            yield f"{field} should be decided by {by}, but is by {part.won.by}: {part.won.reason}"


def _said(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return "none" if value is None else str(value)


def _because(decision: Decision, field: str) -> str:
    part = None if field in ("segment", "stage", "tags") else getattr(decision, field)
    return f": {part.won.reason}" if part else ""
