"""Runs, the way back from one, and releases, in words and tables."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from itertools import islice

from integration import show
from integration.jobs import Undone
from integration.plan_file import Line
from integration.release import Released
from integration.store.chain import Proof
from integration.store.effects import ALL, Run
from integration.store.journal import Entry
from integration.tell import tell_changes, tell_entry, tell_totals


def tell_undo(undone: Undone, lines: Iterable[Line], most: int, *, sent: bool) -> None:
    """What is taken back, what is not and why, and how to send it."""
    run, foot = undone.run, undone.foot
    named = "all runs since" if run.id == ALL else f"{run.id} of"
    show.line(f"Takes back {named} {show.instant(run.started_at)}: {_wrote(run)}.")
    for line in islice((line for line in lines if line.plan.changes), most):
        tell_changes(line)
    if 0 < most < foot.tickets:
        show.line(f"… and {show.many(foot.tickets - most, 'more ticket')} in the file.")
    show.line("")
    tell_totals(foot)
    if not foot.changes:
        show.line("Nothing of it stands that could be taken back.")
    elif not sent:
        show.line(f"\nPlan: {undone.path}\nSend it with: deskcue apply {shlex.quote(str(undone.path))}")
    if foot.changes:
        show.line(
            "What is taken back is not written again until you release it:"
            f" deskcue release --run {run.id}, or deskcue release TICKET."
        )


def tell_runs(runs: Sequence[Run]) -> None:
    """A row for each run."""
    if not runs:
        show.line("Nothing has been sent yet.")
        return
    rows = [
        (run.id, show.instant(run.started_at), run.policy, run.tickets, run.changes, _state(run))
        for run in runs
    ]
    show.table(rows, heads=("run", "started", "policy", "tickets", "changes", ""))


def tell_rows(rows: Sequence[Entry]) -> None:
    """Two lines for each row of the journal: what, and why."""
    for entry in rows:
        tell_entry(entry, f"#{entry.ticket_id}  ")
    if not rows:
        show.line("The journal has no such row.")


def tell_proof(proof: Proof) -> None:
    """Whether the journal is as it was written."""
    if proof.broken is not None:
        show.line(f"Row {proof.broken} of the journal is missing or not as it was written.")
        show.line(f"{show.many(proof.rows, 'row')} before it are whole. Compare with a backup.")
        return
    show.line(f"All {show.many(proof.rows, 'row')} of the journal are as they were written.")
    if proof.rows:
        show.line(f"Keep this elsewhere to prove it later: {proof.end}")


def _state(run: Run) -> str:
    state = f"takes back {run.undoes}" if run.undoes else ""
    if run.held:
        state = f"taken back, {show.many(run.held, 'field')} held"
    return state if run.finished_at else f"{state}, not finished".removeprefix(", ")


def tell_released(found: Released) -> None:
    """What may be written again."""
    if found.run is not None:
        show.line(f"{show.many(found.held, 'field')} taken back with {found.run} may be written again.")
    elif not found.held and not found.adopted:
        show.line(f"Nothing of ticket {found.ticket_id} was held or set by a person.")
    else:
        names = ", ".join(field.value.replace("_", " ") for field in found.adopted)
        shown = f" What it shows of {names} counts as ours now." if names else ""
        show.line(f"Ticket {found.ticket_id} may be written again.{shown}")
    show.line("The next plan writes what the policy asks for: deskcue plan shows it.")


def _wrote(run: Run) -> str:
    return f"{show.many(run.changes, 'change')} to {show.many(run.tickets, 'ticket')}"
