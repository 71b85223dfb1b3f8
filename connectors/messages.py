"""What is learnt from a customer's own words, which go no further than to whoever reads them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Told(NamedTuple):
    """The language a message is in, by its ISO 639 code, and how probable that is."""

    language: str
    probability: float


MessageReader = Callable[[str], Told | None]
"""Reads a message; None where it cannot tell. Keeps and passes on nothing of it."""
