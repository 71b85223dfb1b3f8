"""The command line: which commands there are and what they take; ``commands.py`` carries them out."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

cli = typer.Typer(
    name="deskcue",
    help="Customer segmentation beside your help desk: every decision explained, previewed and recorded.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 failure, 2 usage, 3 partly done, 5 sign-in refused, 75 try later.",
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]


def _example(text: str) -> str:
    return f"Example: {text}"


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


@cli.command(epilog=_example("deskcue sync --json"))
def sync(*, json: Json = False) -> None:
    """Read what changed on the help desk into the store."""
    from integration import commands

    _end(commands.sync(json=json))


@cli.command(epilog=_example("deskcue assign --everyone"))
def assign(
    *,
    everyone: Annotated[
        bool, typer.Option(help="Look at every customer, not only those that changed.")
    ] = False,
    json: Json = False,
) -> None:
    """Put customers into segments and decide for their tickets."""
    from integration import commands

    _end(commands.assign(everyone=everyone, json=json))


@cli.command(epilog=_example("deskcue plan --out friday.plan.jsonl"))
def plan(
    *,
    out: Annotated[Path | None, typer.Option(help="Where to put the plan file.", dir_okay=False)] = None,
    force: Annotated[bool, typer.Option(help="Replace the file if it is there.")] = False,
    tickets: Annotated[int, typer.Option(help="How many tickets to print.", min=0)] = 10,
    json: Json = False,
) -> None:
    """Show every change the desk would get, and why; nothing is sent."""
    from integration import commands

    _end(commands.plan(out=out, force=force, tickets=tickets, json=json))


@cli.command(epilog=_example("deskcue apply friday.plan.jsonl"))
def apply(
    plan: Annotated[Path | None, typer.Argument(help="The plan file; the newest plan when left out.")] = None,
    *,
    json: Json = False,
) -> None:
    """Send a plan to the desk, exactly as reviewed; run again after an interruption it goes on."""
    from integration import commands

    _end(commands.apply(plan, json=json))


@cli.command(epilog=_example("deskcue why 1042"))
def why(
    ticket: Annotated[str, typer.Argument(help="The ticket's number.")],
    *,
    json: Json = False,
) -> None:
    """Explain one ticket: segments line by line, what was written, what was not, and why."""
    from integration import commands

    _end(commands.why(ticket, json=json))


@cli.command(epilog=_example("deskcue dump --canonical > store.jsonl"))
def dump(
    *,
    canonical: Annotated[
        bool, typer.Option(help="Leave out what may differ between two equal stores.")
    ] = False,
) -> None:
    """Print the whole store as JSON lines. The output holds customer data."""
    from integration import commands

    _end(commands.dump(canonical=canonical))


@cli.command(epilog=_example("deskcue serve --port 8321"))
def serve(
    *,
    port: Annotated[int | None, typer.Option(help="Where to listen.", min=0, max=65535)] = None,
    json: Json = False,
) -> None:
    """Run the app: pages, sidebar and scheduler in one process, until Ctrl-C."""
    from integration import commands

    _leave(commands.serve(port=port, json=json))


@cli.command(epilog=_example("deskcue sandbox --port 8330 --token T --tickets tickets.csv.gz"))
def sandbox(
    *,
    port: Annotated[int, typer.Option(help="Where to listen; 0 takes a free port.", min=0, max=65535)] = 8330,
    token: Annotated[
        str | None,
        typer.Option(
            help="Accepted as OAuth bearer token, as API token of any agent, and as secret of the client"
            " `deskcue`; made up when left out.",
            envvar="DESKCUE_SANDBOX_TOKEN",
            show_envvar=True,
        ),
    ] = None,
    tickets: Annotated[
        Path | None,
        typer.Option(help="Fill the desk from this .csv or .csv.gz file.", exists=True, dir_okay=False),
    ] = None,
    sidebar: Annotated[
        str | None, typer.Option(help="Address of the sidebar to frame on ticket pages.")
    ] = None,
    json: Json = False,
) -> None:
    """Run a Zendesk-compatible help desk on this machine, with its own customers and tickets."""
    from integration import commands

    _leave(commands.sandbox(port=port, token=token, tickets=tickets, sidebar=sidebar, json=json))


@cli.command(epilog=_example("deskcue demo --once --json"))
def demo(
    *,
    once: Annotated[bool, typer.Option(help="Run the cycle twice and end.")] = False,
    tickets: Annotated[
        Path | None,
        typer.Option(
            help="Fill the desk from this .csv or .csv.gz file. Solved and closed tickets get tags, too.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    port: Annotated[int, typer.Option(help="The app's port; 0 takes a free one.", min=0, max=65535)] = 8321,
    desk_port: Annotated[
        int, typer.Option(help="The desk's port; 0 takes a free one.", min=0, max=65535)
    ] = 8330,
    json: Json = False,
) -> None:
    """Try everything on this machine: a sandbox desk, the whole cycle, the app and the sidebar."""
    from integration import demo as room

    _leave(room.demo(once=once, tickets=tickets, port=port, desk_port=desk_port, json=json))


def _end(code: int) -> None:
    raise typer.Exit(code)


def _leave(code: int) -> None:
    """End a process that served, at once.

    The web server's own threads may still answer a request while the interpreter takes itself apart, and
    then abort the process (seen in 1 of 14 stops under load, granian 2.8). All that had to be closed is.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main() -> None:
    """Run a command; whatever goes wrong ends in a sentence and an exit code, never in a traceback."""
    os.umask(0o077)
    try:
        cli()
    except SystemExit:
        raise
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped. Nothing is lost; the same command goes on from here.\n")
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except Exception as fault:  # noqa: BLE001  # the last door: no traceback reaches a user
        from integration.faults import report

        sys.exit(report(fault, json="--json" in sys.argv))


if __name__ == "__main__":
    main()
