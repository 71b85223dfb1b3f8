"""The commands that write to the desk and take it back, and those that tell what was written."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from integration.options import Json, Work
from integration.options import example as _example

writing = typer.Typer()


@writing.command(epilog=_example("deskcue plan --out friday.plan.jsonl"))
def plan(
    *,
    out: Annotated[Path | None, typer.Option(help="Where to put the plan file.", dir_okay=False)] = None,
    force: Annotated[bool, typer.Option(help="Replace the file if it is there.")] = False,
    tickets: Annotated[int, typer.Option(help="How many tickets to print.", min=0)] = 10,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 10 when there is something to change.")
    ] = False,
    json: Json = False,
) -> Work:
    """Show every change the desk would get, and why; nothing is sent."""
    from integration import commands

    return partial(commands.plan, out=out, force=force, tickets=tickets, exit_code=exit_code, json=json)


@writing.command(epilog=_example("deskcue apply friday.plan.jsonl"))
def apply(
    plan: Annotated[
        Path | None, typer.Argument(metavar="PLAN", help="The plan file; the newest plan when left out.")
    ] = None,
    *,
    yes: Annotated[
        bool, typer.Option("--yes", help="Also when it is larger than may be sent unasked.")
    ] = False,
    json: Json = False,
) -> Work:
    """Send a plan to the desk, exactly as reviewed; run again after an interruption it goes on."""
    from integration import commands

    return partial(commands.apply, plan, yes=yes, json=json)


@writing.command(epilog=_example("deskcue approve --yes"))
def approve(
    *,
    yes: Annotated[
        bool, typer.Option("--yes", help="Send it, instead of only showing why it waits.")
    ] = False,
    json: Json = False,
) -> Work:
    """Show why writing waits: a plan over its caps, or a segment that moved too far; --yes sends it."""
    from integration import commands

    return partial(commands.approve, yes=yes, json=json)


@writing.command(epilog=_example("deskcue undo last --only segment=vip --apply"))
def undo(
    run: Annotated[
        str, typer.Argument(metavar="RUN", help="The run, as `deskcue runs` names it, last, or all.")
    ] = "last",
    *,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="WHAT", help="Only segment=NAME, field=NAME or ticket=ID; may be repeated."),
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Send it at once, without a review.")] = False,
    out: Annotated[Path | None, typer.Option(help="Where to put the plan file.", dir_okay=False)] = None,
    force: Annotated[bool, typer.Option(help="Replace the file if it is there.")] = False,
    tickets: Annotated[int, typer.Option(help="How many tickets to print.", min=0)] = 10,
    json: Json = False,
) -> Work:
    """Plan to take back what a run wrote, where it still stands; what nobody can take back is listed."""
    from integration import undo_commands as room

    wanted = room.understood(only or [])
    return partial(room.undo, run, wanted, send=apply, out=out, force=force, tickets=tickets, json=json)


@writing.command(epilog=_example("deskcue journal --ticket 1042"))
def journal(
    *,
    ticket: Annotated[str | None, typer.Option(help="Only of this ticket.")] = None,
    customer: Annotated[str | None, typer.Option(help="Only of this customer's tickets.")] = None,
    run: Annotated[str | None, typer.Option(help="Only of this run.")] = None,
    since: Annotated[str | None, typer.Option(help="Only from this day or instant on (UTC).")] = None,
    most: Annotated[int, typer.Option(help="How many of the latest rows to print.", min=1)] = 50,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Follow the chain over all rows; say whether one was changed."),
    ] = False,
    json: Json = False,
) -> Work:
    """List what was sent to the desk and what came of it, row by row; --verify proves it unchanged."""
    from integration import undo_commands as room

    if verify:
        return partial(room.verify_journal, json=json)
    return partial(room.journal_rows, room.rows_wanted(ticket, customer, run, since), most, json=json)


@writing.command(epilog=_example("deskcue runs --json"))
def runs(
    *,
    most: Annotated[int, typer.Option(help="How many runs to print.", min=1)] = 20,
    json: Json = False,
) -> Work:
    """List what was sent to the desk: when, by which policy, how much, and what was taken back."""
    from integration import undo_commands as room

    return partial(room.runs, most, json=json)


@writing.command(epilog=_example("deskcue release 1042 priority"))
def release(
    ticket: Annotated[str | None, typer.Argument(metavar="TICKET", help="The ticket's number.")] = None,
    fields: Annotated[
        list[str] | None, typer.Argument(metavar="FIELD...", help="Its fields; all when left out.")
    ] = None,
    *,
    run: Annotated[str | None, typer.Option(help="Everything taken back with this run.")] = None,
    json: Json = False,
) -> Work:
    """Let fields be written again that a person changed or that were taken back."""
    from integration import undo_commands as room

    asked = room.released(ticket, fields or [], run)
    return partial(room.release, asked, json=json)


@writing.command(epilog=_example("deskcue verify last --all"))
def verify(
    run: Annotated[
        str, typer.Argument(metavar="RUN", help="The run, as `deskcue runs` names it, last, or all.")
    ] = "last",
    *,
    sample: Annotated[int, typer.Option(help="How many of its tickets to read back.", min=1)] = 200,
    every: Annotated[bool, typer.Option("--all", help="Read all of them back.")] = False,
    json: Json = False,
) -> Work:
    """Read tickets of a run back from the desk: what still stands, what was changed since, and by whom."""
    from integration import undo_commands as room

    return partial(room.verify, run, None if every else sample, json=json)


@writing.command(epilog=_example("deskcue prove 1042 --at 2026-10-01T09:30"))
def prove(
    ticket: Annotated[str, typer.Argument(metavar="TICKET", help="The ticket's number.")],
    *,
    at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="What held then: a day or a day and time, in UTC; now, if not."),
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Do not ask the desk who changed the ticket since.")
    ] = False,
    json: Json = False,
) -> Work:
    """Prove one ticket: facts, policy version, decision, change, the desk's answer, and later edits."""
    from integration import undo_commands as room

    return partial(room.prove, ticket, at, offline=offline, json=json)
