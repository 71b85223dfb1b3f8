"""A run to be taken back as a plan: every ticket it wrote to, and only the part that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection

from connectors.changes import Field
from connectors.records import Ticket
from integration.plan import Kept, Rules, TicketPlan
from integration.plan_file import Line, PlanError
from integration.progress import Progress
from integration.store import effects, past, planning, records
from integration.store.assignments import Decided
from integration.store.effects import Effect, Effects, Run
from integration.store.engine import Store
from integration.undo import narrowed, undo_ticket
from policies.treatment import Decision, Part


@dataclass(frozen=True, slots=True)
class Only:
    """The part of a run that is taken back; what is None is not asked for."""

    segment: str | None = None
    field: Field | None = None
    ticket: str | None = None

    @property
    def whole(self) -> bool:
        """Whether everything is."""
        return self == Only()


def run_of(store: Store, name: str) -> Run:
    """The run of that id, or the ``last`` one. Raises PlanError where it cannot be taken back."""
    found = written(store, name)
    if found.undoes:
        raise PlanError(
            f"{name} took back {found.undoes}."
            f" To let that be written again: deskcue release --run {found.undoes}"
        )
    return found


def written(store: Store, name: str) -> Run:
    """The run of that id, the ``last`` one, or ``all``. Raises PlanError where there is none."""
    with store.read() as connection:
        found = effects.run(connection, name)
    if found is None and name in ("last", effects.ALL):
        raise PlanError("No run has written anything yet.")
    if found is None:
        raise PlanError(f"There is no run {name}. `deskcue runs` lists them.")
    return found


def undo_lines(store: Store, run: Run, only: Only, rules: Rules, progress: Progress) -> Iterator[Line]:
    """The plan's lines, a portion of tickets in memory at a time."""
    after, done = "", 0
    while True:
        with store.read() as connection:
            ids = effects.tickets(connection, run.id, after)
            found = list(_lines(connection, run.id, ids, only, rules))
        if not ids:
            return
        yield from found
        after, done = ids[-1], done + len(ids)
        progress("Planning the way back", done, max(done, run.tickets))


def _lines(connection: Connection, run: str, ids: list[str], only: Only, rules: Rules) -> Iterator[Line]:
    asked = [one for one in ids if only.ticket in (None, one)]
    tickets = records.read(connection, Ticket, asked)
    made = effects.of(connection, run, list(tickets))
    for known in planning.known(connection, list(tickets.values()), rules.most_high):
        name = known.ticket.id
        chosen, unclear = _chosen(connection, name, made[name], only, rules)
        plan = undo_ticket(known, chosen, run, rules)
        if plan.changes or plan.kept or unclear:
            segments = known.decision.segments if known.decision else ()
            yield Line(plan=_with(plan, unclear), segments=segments)


def _with(plan: TicketPlan, unclear: tuple[Kept, ...]) -> TicketPlan:
    return msgspec.structs.replace(plan, kept=plan.kept + unclear) if unclear else plan


def _chosen(
    connection: Connection, ticket: str, made: Effects, only: Only, rules: Rules
) -> tuple[Effects, tuple[Kept, ...]]:
    """The part that is asked for, and of what nobody can tell any more whether it belongs to it."""
    fields = {field: one for field, one in made.items() if only.field in (None, field)}
    if only.segment is None:
        return fields, ()
    chosen: dict[Field, Effect] = {}
    unclear: list[Kept] = []
    for field, effect in fields.items():
        row = past.decision(connection, ticket, effect.at)
        if row is None:
            reason = "what asked for it is not kept any more"
            unclear.append(Kept(field=field, value=effect.change.after, reason=reason))
            continue
        decided = msgspec.json.decode(row.body, type=Decided).decision
        if part := _by_segment(decided, effect, f"segment:{only.segment}", rules):
            chosen[field] = part
    return chosen, tuple(unclear)


def _by_segment(decision: Decision, effect: Effect, segment: str, rules: Rules) -> Effect | None:
    """What of an effect this segment had asked for."""
    field = effect.change.field
    if field is Field.TAGS:
        theirs = {rules.tag_prefix + part.value for part in decision.tags if part.won.by == segment}
        return narrowed(effect, theirs)
    part = _PARTS[field](decision) if field in _PARTS else None
    return effect if part is not None and part.won.by == segment else None


_PARTS: Mapping[Field, Callable[[Decision], Part | None]] = {
    Field.PRIORITY: lambda decision: decision.priority,
    Field.SERVICE_LEVEL: lambda decision: decision.service_level,
    Field.SEGMENT: lambda decision: decision.mark,
    Field.GROUP: lambda decision: decision.route,
    Field.NOTE: lambda decision: decision.note,
}
