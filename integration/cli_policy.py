"""The commands below ``deskcue policy``: what they take; each imports its room when it runs."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from integration.options import Json, Policies, Work, example

policy = typer.Typer(
    name="policy",
    help="Look at policy files: check, preview, compare and test them. Nothing here changes a customer.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@policy.command(epilog=example("deskcue policy schema --out policy.schema.json"))
def schema(
    *,
    out: Annotated[
        Path | None, typer.Option(help="Write it to this file instead of printing it.", dir_okay=False)
    ] = None,
    json: Json = False,
) -> Work:
    """Give the JSON Schema of policy files, which editors use to complete and check."""
    from integration import init

    return partial(init.schema, out=out, json=json)


@policy.command(epilog=example("deskcue policy lint acme.yaml --sarif > lint.sarif"))
def lint(
    files: Policies = None,
    *,
    sarif: Annotated[bool, typer.Option("--sarif", help="Print SARIF 2.1.0 for a code host.")] = False,
    json: Json = False,
) -> Work:
    """Check a policy: what cannot be loaded, can never hold, ties, is empty, overdue or unused."""
    from integration import policy_commands as room

    return partial(room.lint, files, as_sarif=sarif, json=json)


@policy.command(epilog=example("deskcue policy preview acme.yaml --segment vip"))
def preview(
    files: Policies = None,
    *,
    segment: Annotated[
        list[str] | None, typer.Option(help="Show this segment in full; may be given more than once.")
    ] = None,
    json: Json = False,
) -> Work:
    """Show who would be in each segment, condition by condition, and who enters and leaves."""
    from integration import policy_commands as room

    return partial(room.preview, files, segments=segment or (), json=json)


@policy.command(name="test", epilog=example("deskcue policy test acme.cases.yaml --policy acme.yaml"))
def try_cases(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[CASES]", help="Files of cases; NAME.cases.yaml beside each NAME.yaml when left out."
        ),
    ] = None,
    *,
    policy: Annotated[
        list[Path] | None, typer.Option(help="A policy file; those of the settings when left out.")
    ] = None,
    json: Json = False,
) -> Work:
    """Try cases: made-up customers, and the segments, decisions and reasons that they shall get."""
    from integration import policy_commands as room

    return partial(room.try_cases, files, policy=policy or (), json=json)


@policy.command(epilog=example("deskcue policy diff acme.yaml acme-new.yaml"))
def diff(
    before: Annotated[
        str,
        typer.Argument(
            metavar="A", help="A policy file, several joined by +, or a version that decided here."
        ),
    ],
    after: Annotated[
        str | None, typer.Argument(metavar="[B]", help="The same; the policy in force when left out.")
    ] = None,
    *,
    json: Json = False,
) -> Work:
    """Compare two policies in words, and in the people and tickets they would move."""
    from integration import policy_commands as room

    return partial(room.diff, before, after, json=json)


@policy.command(epilog=example("deskcue policy backtest new.yaml --from 2026-01-01 --to 2026-07-01"))
def backtest(
    files: Policies = None,
    *,
    since: Annotated[
        str | None, typer.Option("--from", help="The first day or instant (UTC); all when left out.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", help="The first day or instant that is not looked at any more.")
    ] = None,
    sample: Annotated[int, typer.Option(help="How many tickets to show.", min=0)] = 5,
    minutes: Annotated[
        int | None,
        typer.Option(help="Minutes that a ticket takes an agent, if known.", min=1),
    ] = None,
    json: Json = False,
) -> Work:
    """Show what a policy would have done to the tickets of the past; nothing is stored or sent."""
    from integration import backtest_command as room

    asked = room.between(since, until)
    return partial(room.backtest, files, asked, sample=sample, minutes=minutes, json=json)


@policy.command(epilog=example("deskcue policy suggest --outcome bad_rating --out suggestion.yaml"))
def suggest(
    files: Policies = None,
    *,
    outcome: Annotated[str, typer.Option(help="What to look for: bad_rating or reopened.")] = "bad_rating",
    out: Annotated[Path, typer.Option(help="Where to write the proposals.", dir_okay=False)] = Path(
        "suggestion.yaml"
    ),
    force: Annotated[bool, typer.Option(help="Replace the file if it is there.")] = False,
    json: Json = False,
) -> Work:
    """Propose segments from the desk's own data, in a file for you to read; nothing is activated."""
    from integration import policy_commands as room

    return partial(room.suggest, files, outcome=outcome, out=out, force=force, json=json)
