"""How hard a text is to read, by LIX: words a sentence, and the share of long words. And how long it is."""

from __future__ import annotations

import re

from integration.tone.found import Spot, sentences

KNOWN = ("en", "de", "fr", "es", "pt")
"""Languages whose words can be counted so; Japanese writes none apart."""

HARD = 55
"""From here on a text is as hard to read as those of authorities."""

FEWEST = 40
"""Words below which the number says nothing."""

_WORD = re.compile(r"[^\W\d_][\w'\u2019-]*")
_LONG = 6
"""Letters; a word with more is long."""


def lix(text: str) -> float | None:
    """The number, about 25 for a story and 60 for a statute; None for a text that is too short to tell."""
    words = _WORD.findall(text)
    if len(words) < FEWEST:
        return None
    counted = sum(1 for one in sentences(text) if _WORD.search(text, one.start, one.end))
    return len(words) / counted + 100 * sum(len(word) > _LONG for word in words) / len(words)


def longest(text: str) -> Spot:
    """The sentence with the most words."""
    return max(sentences(text), key=lambda one: len(_WORD.findall(text, one.start, one.end)))


def count(text: str, unit: str) -> int:
    """How many words, sentences, lines or paragraphs a text has; empty ones do not count."""
    if unit == "word":
        return len(_WORD.findall(text))
    if unit == "sentence":
        return sum(1 for _ in sentences(text))
    parts = re.split(r"\n\s*\n", text) if unit == "paragraph" else text.split("\n")
    return sum(1 for part in parts if part.strip())
