"""How long work tells how far it is; who shows it, and how, is decided at the doors."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int | None], None]
"""Told the step, how much of it is done, and how much there is, when that is known."""


def silent(_step: str, _done: int, _total: int | None) -> None:
    """Shows nothing."""
