"""What commands do that tell what was written or take it back: ask for it, print it, give the exit code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from connectors.changes import Field
from integration import faults, jobs, show
from integration.app import opened
from integration.plan_file import PlanError, lines
from integration.prove import prove as prove_ticket
from integration.release import FIELDS, release_run, release_ticket
from integration.settings import SettingsError, demand_desk, load
from integration.store import chain, effects, journal
from integration.store.journal import Wanted
from integration.tell import tell_applied
from integration.tell_undo import tell_proof, tell_released, tell_rows, tell_runs, tell_undo
from integration.tell_verify import tell_proven, tell_verified
from integration.then import instant
from integration.undo_plan import Only

_WRITTEN = ", ".join(field.value for field in Field)


def understood(only: Sequence[str]) -> Only:
    """What ``--only`` says, each part once. Raises BadParameter."""
    said: dict[str, str] = {}
    for text in only:
        name, _, value = text.partition("=")
        if name not in ("segment", "field", "ticket") or not value or name in said:
            raise typer.BadParameter(
                f"{text} is not one of segment=NAME, field=NAME and ticket=ID.", param_hint="--only"
            )
        said[name] = value
    field = _field(said["field"], "--only") if "field" in said else None
    ticket = said["ticket"].removeprefix("#") if "ticket" in said else None
    return Only(said.get("segment"), field, ticket)


def _field(name: str, hint: str) -> Field:
    try:
        return Field(name)
    except ValueError:
        raise typer.BadParameter(f"{name} is no field. There are: {_WRITTEN}.", param_hint=hint) from None


def undo(
    name: str, only: Only, *, send: bool, out: Path | None, force: bool, tickets: int, json: bool
) -> int:
    """Plan the way back from a run, show it, and send it where that is asked for."""
    if out is not None and out.exists() and not force:
        raise PlanError(f"{out} is there already. Name another file, or add --force to replace it.")
    settings = load()
    demand_desk(settings)
    with opened(settings, writer=True) as app, show.progress() as progress:
        if send:
            jobs.demand_writing(app)
        undone = jobs.make_undo(app, progress, name, only, out)
        applied = jobs.apply_plan(app, undone.path, progress) if send else None
    if json:
        foot = {one: getattr(undone.foot, one) for one in undone.foot.__struct_fields__}
        show.as_json({"path": str(undone.path), "undoes": undone.run.id, **foot, "applied": applied})
    else:
        tell_undo(undone, lines(undone.path), tickets, sent=send)
        if applied:
            tell_applied(applied)
    return faults.PARTIAL if applied and (applied.refused or applied.later) else faults.OK


def runs(most: int, *, json: bool) -> int:
    """List runs, the newest first."""
    with opened(load(), writer=False) as app, app.store.read() as connection:
        found = list(effects.runs(connection, most))
    show.as_json(found) if json else tell_runs(found)
    return faults.OK


def rows_wanted(ticket: str | None, customer: str | None, run: str | None, since: str | None) -> Wanted:
    """Which rows of the journal are asked for. Raises BadParameter."""
    at = instant(since) if since is not None else None
    if since is not None and at is None:
        raise typer.BadParameter(f"{since} is no day or instant such as 2026-10-01.", param_hint="--since")
    return Wanted(ticket and ticket.removeprefix("#"), customer, run, at)


def journal_rows(wanted: Wanted, most: int, *, json: bool) -> int:
    """List rows of the journal, the latest last."""
    with opened(load(), writer=False) as app, app.store.read() as connection:
        found = journal.latest(connection, wanted, most)
    show.as_json(found) if json else tell_rows(found)
    return faults.OK


def verify_journal(*, json: bool) -> int:
    """Say whether the journal is as it was written; 1 where it is not."""
    with opened(load(), writer=False) as app, app.store.read() as connection:
        proof = chain.prove(connection)
    show.as_json(proof) if json else tell_proof(proof)
    return faults.OK if proof.broken is None else faults.FAILURE


def verify(name: str, sample: int | None, *, json: bool) -> int:
    """Read a run back from the desk; 3 where something does not stand as it was written."""
    settings = load()
    demand_desk(settings)
    with opened(settings, writer=False) as app, show.progress() as progress:
        found = jobs.verify_run(app, progress, name, sample)
    show.as_json(found) if json else tell_verified(found)
    return faults.PARTIAL if found.differences else faults.OK


def prove(ticket: str, at: str | None, *, offline: bool, json: bool) -> int:
    """Prove one ticket."""
    seconds = instant(at) if at is not None else None
    if at is not None and seconds is None:
        raise SettingsError("--at: write a day or a day and time, such as 2026-10-01 or 2026-10-01T09:30.")
    settings, number = load(), ticket.strip().removeprefix("#").removeprefix("ticket:")
    if not offline:
        demand_desk(settings)
    with opened(settings, writer=False) as app:
        connector = None if offline else app.connector
        when = app.clock.wall() if seconds is None else seconds
        found = prove_ticket(app.store, connector, app.policy, number, when)
        show.as_json(found) if json else tell_proven(found, app.policy)
    return faults.OK


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be released: fields of a ticket, or all that was taken back with a run."""

    ticket: str | None
    fields: tuple[Field, ...]
    run: str | None


def released(ticket: str | None, fields: Sequence[str], run: str | None) -> Asked:
    """What the command line asks for. Raises BadParameter."""
    if (ticket is None) == (run is None):
        raise typer.BadParameter("Name a ticket, or a run with --run, and not both.")
    chosen = tuple(dict.fromkeys(_field(name, "FIELD") for name in fields))
    if unfit := [field.value for field in chosen if field not in FIELDS]:
        raise typer.BadParameter(f"{unfit[0]} is never held: nothing to release.", param_hint="FIELD")
    return Asked(ticket and ticket.removeprefix("#").removeprefix("ticket:"), chosen or FIELDS, run)


def release(asked: Asked, *, json: bool) -> int:
    """Let it be written again."""
    with opened(load(), writer=True) as app:
        if asked.run is not None:
            found = release_run(app.store, asked.run)
        else:
            found = release_ticket(app.store, app.clock, app.rules, asked.ticket or "", asked.fields)
    show.as_json(found) if json else tell_released(found)
    return faults.OK
