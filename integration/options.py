"""What several commands take and give, defined once; imports nothing heavy, so that help stays quick."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

Work = Callable[[], int]
"""What a command does once its arguments are understood; gives the exit code."""

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]

Policies = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[FILES]", help="Policy files, joined; those of the settings when left out."),
]


def example(text: str) -> str:
    """The line that ends the help of a command."""
    return f"Example: {text}"
