"""What the name of a field, tag or trait speaks of: something protected, a stand-in, somebody's own words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from policies.faults import clipped
from policies.protected_words import FREE_TEXT, INNOCENT, PROTECTED, PROXIES, Theme

_WORD = re.compile(r"[^\W\d_]+")
_HUMP = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][^\W\d_A-Z])")
"""Where a word begins in camelCase, and after capitals as in URLPath."""
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "\u0131": "i", "æ": "ae", "đ": "d"})


@dataclass(frozen=True, slots=True)
class _Words:
    """One list of words, sorted by where in a name they may stand."""

    whole: frozenset[str]
    first: tuple[str, ...]
    inside: tuple[str, ...]
    phrases: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> _Words:
        """The words of a table's cell."""
        words = text.split()
        inside = [word.strip("*") for word in words if word.startswith("*") or not word[0].isascii()]
        return cls(
            whole=frozenset(word for word in words if "*" not in word),
            first=tuple(word[:-1] for word in words if word.endswith("*") and not word.startswith("*")),
            inside=tuple(word for word in inside if not _alphabetic(word)) + _around(words),
            phrases=tuple(f"_{word}_" for word in words if "_" in word),
        )

    def hit(self, word: str) -> bool:
        """Whether one word is among them."""
        return (
            word in self.whole
            or bool(self.first and word.startswith(self.first))
            or any(part in word for part in self.inside)
        )


def _around(words: list[str]) -> tuple[str, ...]:
    return tuple(word.strip("*") for word in words if word.startswith("*"))


def _alphabetic(word: str) -> bool:
    """Whether its language puts blanks between words."""
    return all("LATIN" in name or "CYRILLIC" in name for name in map(unicodedata.name, word.strip("*_")))


_PROTECTED: Mapping[Theme, _Words] = {theme: _Words.of(text) for theme, text in PROTECTED.items()}
_PROXIES = {kind: _Words.of(text) for kind, text in PROXIES.items()}
_FREE_TEXT = _Words.of(FREE_TEXT)
_INNOCENT = {word: frozenset(companions.split()) for word, companions in INNOCENT.items()}


@lru_cache(maxsize=4096)
def themes(name: str) -> frozenset[Theme]:
    """The protected themes that a name speaks of: ``birth_date``, ``AgeGroup``, ``Geburtsdatum``."""
    words = words_of(name)
    return frozenset(theme for theme, known in _PROTECTED.items() if _speaks(words, known))


@lru_cache(maxsize=4096)
def proxy(name: str) -> str | None:
    """What a name stands for that is often a stand-in for something protected: "where they live"."""
    words = words_of(name)
    return next((kind for kind, known in _PROXIES.items() if _speaks(words, known)), None)


def is_free_text(name: str) -> bool:
    """Whether a field holds what somebody wrote in their own words."""
    return _speaks(words_of(name), _FREE_TEXT)


def _speaks(words: list[tuple[str, str]], known: _Words) -> bool:
    joined = "_" + "_".join(folded for _, folded in words) + "_"
    if any(phrase in joined for phrase in known.phrases):
        return True
    company = {folded for _, folded in words}
    return any(
        known.hit(form) and _INNOCENT.get(form, frozenset()).isdisjoint(company)
        for both in words
        for form in dict.fromkeys(both)
    )


def words_of(name: str) -> list[tuple[str, str]]:
    """The words of a name in any of the usual spellings: each as it stands, and without accents."""
    apart = _HUMP.sub(" ", unicodedata.normalize("NFC", clipped(name, 200)))
    return [(word.lower(), _folded(word.lower())) for word in _WORD.findall(apart)]


def _folded(word: str) -> str:
    parts = unicodedata.normalize("NFD", word.translate(_PLAIN))
    return "".join(part for part in parts if not unicodedata.combining(part)).translate(_PLAIN)
