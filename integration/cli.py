"""The command line: which commands there are and what they take; ``commands.py`` carries them out.

Policies, writing and what runs have files of their own: ``cli_policy``, ``cli_writing``, ``cli_running``.

A command gives back its work instead of doing it, so that whatever the work raises reaches ``main``
as it was: typer ends some of it by itself, with its own codes and without a word.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from typer.exceptions import TyperException

from integration import stopping
from integration.cli_policy import policy
from integration.cli_running import running
from integration.cli_tone import tone
from integration.cli_writing import writing
from integration.options import Json, Work
from integration.options import example as _example

cli = typer.Typer(
    name="deskcue",
    help="Customer segmentation beside your help desk: every decision explained, previewed and recorded.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 failure, 2 usage or settings, 3 partly done, 5 sign-in refused,"
    " 75 try later, 130 stopped.",
)

for room in (policy, writing, tone, running):
    cli.add_typer(room)


def _version(asked: bool) -> None:
    if asked:
        from importlib import metadata

        typer.echo(metadata.version("deskcue"))
        raise typer.Exit


@cli.callback()
def deskcue(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Customer segmentation beside your help desk: every decision explained, previewed and recorded."""


@cli.command(epilog=_example("deskcue init acme --pack sentiment"))
def init(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Where to begin; this folder when left out.", file_okay=False),
    ] = Path(),
    *,
    pack: Annotated[
        str, typer.Option(help="The policy to begin with: starter, or a kind of segment such as sentiment.")
    ] = "starter",
    force: Annotated[bool, typer.Option(help="Replace files that are there already.")] = False,
    json: Json = False,
) -> Work:
    """Write commented settings and a policy to begin with into a folder."""
    from integration import init as room

    return partial(room.init, folder, pack=pack, force=force, json=json)


@cli.command(name="sign-in", epilog=_example("deskcue sign-in --port 8322"))
def sign_in(
    *,
    port: Annotated[
        int,
        typer.Option(help="Where the browser comes back to; 0 takes a free port.", min=0, max=65535),
    ] = 8322,
    setup: Annotated[
        bool, typer.Option("--setup", help="Ask for what setting up the account takes, too.")
    ] = False,
    json: Json = False,
) -> Work:
    """Sign in to the help desk as a person who agrees in a browser, here or on another machine."""
    from integration import sign_in as room

    return partial(room.sign_in, port=port, setup=setup, json=json)


@cli.command(epilog=_example("deskcue setup --apply"))
def setup(
    *,
    apply: Annotated[bool, typer.Option("--apply", help="Do it, instead of only showing it.")] = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="Take away what setup made, and nothing else.")
    ] = False,
    json: Json = False,
) -> Work:
    """Show what the help desk needs: ticket fields, service level policies, the webhook; --apply does it."""
    from integration import commands

    return partial(commands.setup, apply=apply, remove=remove, json=json)


@cli.command(epilog=_example("deskcue app --out deskcue.zip"))
def app(
    *,
    out: Annotated[Path, typer.Option(help="Where to write it.", dir_okay=False)] = Path("deskcue-app.zip"),
    force: Annotated[bool, typer.Option(help="Replace the file if it is there.")] = False,
    json: Json = False,
) -> Work:
    """Write the help desk app that shows the sidebar beside each ticket, to be uploaded by an admin."""
    from integration import package_command as room

    return partial(room.app, out, force=force, json=json)


@cli.command(epilog=_example("deskcue doctor --json"))
def doctor(*, json: Json = False) -> Work:
    """Examine the installation and the help desk, and name a remedy for every fault."""
    from integration import commands

    return partial(commands.doctor, json=json)


@cli.command(epilog=_example("deskcue sync --json"))
def sync(*, json: Json = False) -> Work:
    """Read what changed on the help desk into the store."""
    from integration import commands

    return partial(commands.sync, json=json)


@cli.command(name="import", epilog=_example("deskcue import crm --dry-run"))
def import_(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="Imports of the policy; all when left out.")
    ] = None,
    *,
    accept: Annotated[
        bool,
        typer.Option(
            "--accept", help="Take a file as it stands, though rows are missing or of earlier days."
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and judge every row; store nothing.")
    ] = False,
    json: Json = False,
) -> Work:
    """Read CSV files and queries that the policy names; what is known already costs nothing."""
    from integration import import_command as room

    return partial(room.import_rows, tuple(names or ()), accept=accept, dry=dry_run, json=json)


@cli.command(epilog=_example("deskcue assign --check"))
def assign(
    *,
    everyone: Annotated[
        bool, typer.Option(help="Look at every customer, not only those that changed.")
    ] = False,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Look at every customer and compare with what is stored; only --everyone repairs anything.",
        ),
    ] = False,
    screen: Annotated[
        bool,
        typer.Option(
            "--screen",
            help="Read everyone in one pass (needs DuckDB), look at whoever reads otherwise than last time.",
        ),
    ] = False,
    json: Json = False,
) -> Work:
    """Put customers into segments and decide for their tickets."""
    from integration import commands

    if check:
        return partial(commands.check_assignments, repair=everyone, json=json)
    return partial(commands.assign, everyone=everyone, screen=screen, json=json)


@cli.command(epilog=_example("deskcue advice 1042"))
def advice(
    ticket: Annotated[str | None, typer.Argument(metavar="TICKET", help="The ticket's number.")] = None,
    *,
    customer: Annotated[str | None, typer.Option(help="Of a customer by their number instead.")] = None,
    organization: Annotated[
        str | None, typer.Option(help="Of an organization by its number instead: who its customers are.")
    ] = None,
    json: Json = False,
) -> Work:
    """Show what the sidebar shows, as text: who it is, how to sound, where to answer."""
    from integration import advice_command as room

    subject = room.subject(ticket, customer, organization)
    return partial(room.advice, subject, json=json)


@cli.command(epilog=_example("deskcue why customer:7 --segment vip"))
def why(
    what: Annotated[
        str,
        typer.Argument(
            metavar="CUSTOMER|TICKET", help="A number; customer:7 or ticket:7 where it could be either."
        ),
    ],
    *,
    segment: Annotated[
        str | None,
        typer.Option(help="Explain this segment alone, and what would bring the customer into it."),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Explain what held then: a day or a day and time, in UTC."),
    ] = None,
    json: Json = False,
) -> Work:
    """Explain a customer or a ticket: segments line by line, what was written, what was not, and why."""
    from integration import commands

    return partial(commands.why, what, segment=segment, at=at, json=json)


@cli.command(epilog=_example("deskcue feedback --since 2026-10-01 --segment vip"))
def feedback(
    *,
    since: Annotated[str | None, typer.Option(help="Only from this day or instant on (UTC).")] = None,
    segment: Annotated[str | None, typer.Option(help="Only about advice for this segment.")] = None,
    most: Annotated[int, typer.Option(help="How many of the newest answers to print.", min=0)] = 20,
    json: Json = False,
) -> Work:
    """List what agents say of the advice: counts by segment, then the newest (holds customer data)."""
    from integration import feedback_command as room

    return partial(room.list_feedback, room.wanted(since, segment), most, json=json)


def main() -> None:
    """Run a command; whatever goes wrong ends in a sentence and an exit code, never in a traceback."""
    os.umask(0o077)
    _mend_streams()
    stopping.watch()
    _leave(_guarded())


def _mend_streams() -> None:
    """A stream the caller closed swallows what it gets; a narrow character set gets marks, not an error."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  # held for life
        else:
            stream.reconfigure(errors="backslashreplace")


def _guarded() -> int:
    """The exit code of the command line, whatever happens on the way."""
    try:
        code = _run()
        sys.stdout.flush()
    except SystemExit as end:
        if _is_unread(end.__context__):  # typer makes a 1 of it where it answers itself
            return 128 + signal.SIGPIPE
        return end.code if isinstance(end.code, int) else 1
    except KeyboardInterrupt:
        return _stopped(signal.SIGINT)
    except Exception as fault:  # noqa: BLE001  # the last door: no traceback reaches a user
        return _failed(fault)
    return code


def _failed(fault: Exception) -> int:
    number = stopping.asked()
    if number is not None:  # broken off in the middle, work may complain on its way out
        return _stopped(number)
    if _is_unread(fault):
        return 128 + signal.SIGPIPE
    from integration.faults import report

    return report(fault, json="--json" in sys.argv)


def _stopped(number: int) -> int:
    if number == signal.SIGINT:
        sys.stderr.write("\nStopped. Run the same command again to go on.\n")
    return 128 + number


def _is_unread(fault: BaseException | None) -> bool:
    """Whether nobody reads our output any more, as after ``| head``."""
    return isinstance(fault, BrokenPipeError) or getattr(fault, "errno", None) == errno.EPIPE


def _run() -> int:
    """Understand the arguments, then work. What typer has answered itself comes back as its exit code."""
    try:
        work = cli(standalone_mode=False)
    except TyperException as fault:
        return _misused(fault)
    return work() if callable(work) else int(work or 0)


def _misused(fault: TyperException) -> int:
    """Usage and error on standard error; a program that asked for JSON gets its document, too."""
    show = getattr(fault, "show", None)
    if show is not None:
        show()
    if "--json" in sys.argv:
        from integration import show as out

        out.as_json({"error": fault.format_message(), "exit": fault.exit_code})
    return fault.exit_code


def _leave(code: int) -> NoReturn:
    """End the process with everything written that can be.

    A web server's own threads may still answer a request while the interpreter takes itself apart, and
    then abort the process (seen in 1 of 14 stops under load, granian 2.8): then there is no taking apart.
    All that had to be closed is.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            # What is left in it cannot be written; the interpreter would try once more, and complain.
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    if "granian" in sys.modules:
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    main()
