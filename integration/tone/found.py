"""Where something stands in a draft, and the sentences it is made of."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_SENTENCE = re.compile(
    r"[^.!?…。\uff01\uff1f\s].*?"
    r"(?:(?:(?<!\d)\.|[!?…])[.!?…]*(?=\s|\Z)|[。\uff01\uff1f]+|(?=\n\s*(?:\n|[-*•]|\d+[.)]\s))|\Z)",
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
    # Without the blanks at the end, through which the pattern would look anew at each of them.
    for match in _SENTENCE.finditer(text, 0, len(text.rstrip())):
        yield Spot(match.start(), match.end())


def sentence_at(found: Sequence[Spot], at: int) -> Spot | None:
    """The sentence, of these in their order, that holds a place; None where none does."""
    number = bisect_right(found, at, key=lambda one: one.start) - 1
    return found[number] if number >= 0 and at < found[number].end else None
