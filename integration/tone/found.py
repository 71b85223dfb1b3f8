"""Where something stands in a draft, and the sentences it is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SENTENCE = re.compile(
    r"[^.!?…。\uff01\uff1f\s].*?"
    r"(?:(?:(?<!\d)\.|[!?…])[.!?…]*(?=\s|\Z)|[。\uff01\uff1f]+|(?=\n\s*(?:\n|[-*•]|\d+[.)]\s))|(?=\s*\Z))",
    re.S,
)
"""Ends with its stop, an empty line, an item of a list or the text; a dot after a figure ends none."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A part of the draft, by where it begins and ends."""

    start: int
    end: int


def place(text: str, at: int) -> tuple[int, int]:
    """Line and column, both from 1."""
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def sentences(text: str) -> Iterator[Spot]:
    """The sentences in their order; one may go over several lines."""
    for match in _SENTENCE.finditer(text):
        yield Spot(match.start(), match.end())


def sentence_at(text: str, at: int) -> str:
    """The sentence that holds this place; empty where none does."""
    return next((text[one.start : one.end] for one in sentences(text) if one.start <= at < one.end), "")
