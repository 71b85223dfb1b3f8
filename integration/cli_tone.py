"""The commands below ``deskcue tone``: what they take; each imports its room when it runs."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from integration.options import Json, Work, example

tone = typer.Typer(
    name="tone",
    help="Look at a reply before it is sent. Nothing here sends or changes it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@tone.command(epilog=example("deskcue tone check --ticket 1042 --file reply.txt"))
def check(
    *,
    ticket: Annotated[str, typer.Option(help="The ticket that is answered.")],
    file: Annotated[
        Path, typer.Option(help="The draft, as UTF-8 text; - reads standard input.", allow_dash=True)
    ],
    language: Annotated[
        str | None, typer.Option(help="Of the draft, such as de; the customer's when left out.")
    ] = None,
    json: Json = False,
) -> Work:
    """Compare a draft with the advice: forbidden phrases, promises, days, emoji, length, reading level."""
    from integration import tone_command as room

    number = ticket.strip().removeprefix("#").removeprefix("ticket:")
    return partial(room.check_tone, number, file, language, json=json)
