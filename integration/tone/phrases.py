"""Words that promise what nobody can keep, by language, and how a phrase is looked for in a draft."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from integration.tone.found import Spot

LANGUAGES = ("en", "de", "fr", "es", "pt", "ja")
"""Those the shipped policies speak."""

PROMISES: Mapping[str, tuple[str, ...]] = {
    "en": (
        "guarantee", "guaranteed", "we promise", "I promise", "will definitely", "definitely will",
        "without fail", "for sure", "never happen again", "not happen again", "absolutely certain", "100%",
    ),
    "de": (
        "garantiere", "garantieren", "garantiert", "ich verspreche", "wir versprechen", "versprechen wir",
        "auf jeden Fall", "ganz sicher", "definitiv", "hundertprozentig", "100 %", "100%", "nie wieder",
    ),
    "fr": (
        "garantis", "garantissons", "garanti", "promets", "promettons", "sans faute", "à coup sûr",
        "ne se reproduira plus", "100 %", "100%",
    ),
    "es": (
        "garantizo", "garantizamos", "garantizado", "prometo", "prometemos", "sin falta",
        "con toda seguridad", "no volverá a ocurrir", "no volverá a pasar", "100 %", "100%",
    ),
    "pt": (
        "garanto", "garantimos", "garantido", "prometo", "prometemos", "sem falta", "com toda a certeza",
        "não voltará a acontecer", "não vai voltar a acontecer", "100 %", "100%",
    ),
    "ja": (
        "必ず", "絶対に", "保証します", "保証いたします", "お約束します", "お約束いたします", "間違いなく",
        "二度と",
    ),
}  # fmt: skip

_DENIED: Mapping[str, str] = {
    "en": r"not|cannot|can['\u2019]t|don['\u2019]t|no|never",
    "de": "nicht|kein|keine|keinen|niemals",
    "fr": "ne|pas|aucun|aucune|jamais",
    "es": "no|ningún|ninguna|nunca",
    "pt": "não|nenhum|nenhuma|nunca",
}
"""What turns a promise into its opposite, when it stands at most one word before it."""

_QUOTED = re.compile(r"“([^”“„]+)[”“]|„([^“”]+)[“”]|\"([^\"]+)\"|«\s*([^»]+?)\s*»|「([^」]+)」")

_NO_GAPS = "\u3000"
"""From here on scripts write no gaps between words, so that an edge of a word shows nowhere."""


def quoted(line: str) -> Iterator[str]:
    """The phrases that a line of advice quotes."""
    for match in _QUOTED.finditer(line):
        yield next(part for part in match.groups() if part)


def phrases(text: str, wanted: Iterable[str]) -> Iterator[Spot]:
    """Where these phrases stand as whole words, whatever their case, blanks and apostrophes."""
    for phrase in wanted:
        for match in _pattern(phrase).finditer(text):
            yield Spot(match.start(), match.end())


def promises(text: str, language: str) -> Iterator[Spot]:
    """Promises nobody can keep; what is denied ("we cannot guarantee") is none."""
    denied = re.compile(rf"(?<!\w)(?:{_DENIED.get(language, '(?!)')})\s+(?:[^\s.!?,;]+\s+)?\Z", re.I)
    for spot in phrases(text, PROMISES.get(language, ())):
        if not denied.search(text[max(0, spot.start - 60) : spot.start]):
            yield spot


def _pattern(phrase: str) -> re.Pattern[str]:
    words = (re.sub("['\u2019]", "['\u2019]", re.escape(word)) for word in phrase.split())
    before = r"(?<!\w)" if phrase[:1] < _NO_GAPS else ""
    after = r"(?!\w)" if phrase[-1:] < _NO_GAPS else ""
    return re.compile(before + r"\s+".join(words) + after, re.I)
