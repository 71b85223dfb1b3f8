"""The commands below ``deskcue policy``: what they take; each imports its room when it runs."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from integration.options import Json, Work, example

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
