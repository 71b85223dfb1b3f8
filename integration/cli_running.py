"""The commands that run something until they are stopped, and the one that prints the store."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from integration.options import Json, Work
from integration.options import example as _example

running = typer.Typer()


@running.command(epilog=_example("deskcue demo --once --json"))
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
) -> Work:
    """Try everything on this machine: a sandbox desk, the whole cycle, the app and the sidebar."""
    from integration import demo as room

    return partial(room.demo, once=once, tickets=tickets, port=port, desk_port=desk_port, json=json)


@running.command(epilog=_example("deskcue serve --port 8321"))
def serve(
    *,
    port: Annotated[int | None, typer.Option(help="Where to listen.", min=0, max=65535)] = None,
    json: Json = False,
) -> Work:
    """Run the app: pages, sidebar and scheduler in one process, until Ctrl-C."""
    from integration import commands

    return partial(commands.serve, port=port, json=json)


@running.command(epilog=_example("deskcue sandbox --port 8330 --token T --tickets tickets.csv.gz"))
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
    size: Annotated[
        int,
        typer.Option(help="How many tickets a desk of its own making has.", min=100, max=1_000_000),
    ] = 2_500,
    sidebar: Annotated[
        str | None,
        typer.Option(
            help="Address of the app that ticket pages open, signed as a real desk does:"
            " http://127.0.0.1:8321/zendesk/sidebar."
        ),
    ] = None,
    trouble: Annotated[
        str | None,
        typer.Option(
            metavar="FAULTS",
            help="Let these faults happen at these rates, such as storm=0.05,slow-body=0.1;"
            " `--trouble list` prints them all.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same number gives the same desk and the same faults.")] = 7,
    plan: Annotated[
        str,
        typer.Option(
            help="How many requests it takes: team, growth, professional, enterprise, enterprise_plus,"
            " high_volume, or unlimited, which no real desk is."
        ),
    ] = "enterprise",
    json: Json = False,
) -> Work:
    """Run a Zendesk-compatible help desk on this machine, with its own customers and tickets."""
    from integration import commands

    if trouble == "list":
        return partial(commands.list_faults, json=json)
    return partial(
        commands.sandbox,
        port=port, token=token, tickets=tickets, size=size, sidebar=sidebar, plan=plan, trouble=trouble,
        number=seed, json=json,
    )  # fmt: skip


@running.command(epilog=_example("deskcue dump --canonical > store.jsonl"))
def dump(
    *,
    canonical: Annotated[
        bool, typer.Option(help="Leave out what may differ between two equal stores.")
    ] = False,
) -> Work:
    """Print the whole store as JSON lines. The output holds customer data."""
    from integration import commands

    return partial(commands.dump, canonical=canonical)
