"""The words that agents read, by language: which is spoken to whom, and what each sentence is in it.

What a policy says is in the words of whoever wrote it, and is not translated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from gettext import c2py
from pathlib import Path

from babel.messages.pofile import read_po

from integration import render

SOURCE = "en"
"""The language the sentences are written in; it has no catalogue."""

LANGUAGES = (SOURCE, "ar", "de", "es", "fr", "ja", "pt")
"""What is shipped. Portuguese is that of Brazil."""

FOLDER = render.TEMPLATES / "languages"

_WISH = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8}){0,3}", re.ASCII)
_FOREIGN, _OURS, _END = (
    "\N{FIRST STRONG ISOLATE}",
    "\N{RIGHT-TO-LEFT ISOLATE}",
    "\N{POP DIRECTIONAL ISOLATE}",
)

Found = Callable[[str, str, str, int], str]
"""Context, sentence, its plural and a count → what to say."""


@dataclass(frozen=True, slots=True)
class Words:
    """One reader's language. Two are equal when they speak and write figures alike."""

    language: str
    """The catalogue: ``pt``."""
    locale: str
    """For figures, dates and money: ``pt-PT``."""
    found: Found = field(repr=False, compare=False)

    @property
    def direction(self) -> str:
        """``ltr`` or ``rtl``."""
        return _direction(self.language)

    @property
    def figures(self) -> str:
        """The locale as scripts take it, with its numerals named, so that page and server write alike."""
        return f"{self.locale}-u-nu-{render.language(self.locale).default_numbering_system}"

    def gettext(self, text: str, /, **values: str) -> str:
        """A sentence, with its gaps filled."""
        return self._filled(self.found("", text, "", 1), values)

    def pgettext(self, context: str, text: str, /, **values: str) -> str:
        """A sentence whose meaning depends on where it stands."""
        return self._filled(self.found(context, text, "", 1), values)

    def ngettext(self, one: str, many: str, count: int, /, **values: str) -> str:
        """A sentence about so many; ``%(count)s`` is the number as the reader writes it."""
        return self._filled(self.found("", one, many, count), {"count": self.number(count), **values})

    def number(self, value: float) -> str:
        """A number as the reader writes it."""
        return render.number(value, self.locale)

    @property
    def comma(self) -> str:
        """What stands between the parts of a line."""
        return self.pgettext("between the parts of a line", ", ")

    def joined(self, parts: Iterable[str]) -> str:
        """Parts of one line."""
        return self.comma.join(map(self._apart, parts))

    def inside(self, text: str) -> str:
        """A policy's words as they go on in a sentence; other languages set them off instead."""
        return render.inside(text) if self.language == SOURCE else text

    def _filled(self, text: str, values: Mapping[str, str]) -> str:
        return text % {name: self._apart(value) for name, value in values.items()} if values else text

    def _apart(self, value: str) -> str:
        """In a line from right to left, foreign words must not turn what stands around them.

        What holds such words already was put together here, and runs as the line does.
        """
        if not value or self.direction == "ltr":
            return value
        return f"{_OURS if _END in value else _FOREIGN}{value}{_END}"


@lru_cache(maxsize=len(LANGUAGES))
def _direction(language: str) -> str:
    return str(render.language(language).text_direction)


def bare(text: str) -> str:
    """A text without the marks that we and the locale set for direction, for where they would be seen."""
    return text.translate(dict.fromkeys(map(ord, (_FOREIGN, _OURS, _END, "\u200e", "\u200f"))))


def later(text: str) -> str:
    """Marks a sentence for the catalogues; whoever says it asks for it in the reader's language."""
    return text


@lru_cache(maxsize=512)
def speaking(*wishes: str) -> Words:
    """The words of the first wish that is shipped, or its base language is; English at last.

    A wish is a locale such as ``pt-BR``; what is none is passed over.
    """
    for wish in wishes:
        if is_spoken(wish):
            base = _base(wish)
            return Words(base, str(render.language(wish)).replace("_", "-"), _found_in(base))
    return Words(SOURCE, SOURCE, _found_in(SOURCE))


def is_spoken(wish: str) -> bool:
    """Whether somebody who asks for this locale is answered in its language."""
    return _WISH.fullmatch(wish) is not None and _base(wish) in LANGUAGES


def _base(wish: str) -> str:
    return re.split("[-_]", wish)[0].lower()


@lru_cache(maxsize=len(LANGUAGES))
def _found_in(language: str) -> Found:
    return as_written if language == SOURCE else catalogue(FOLDER / language / "LC_MESSAGES" / "sidebar.po")


def as_written(context: str, one: str, many: str, count: int) -> str:
    """The sentence itself: English."""
    return many if many and count != 1 else one


def catalogue(path: Path) -> Found:
    """What a catalogue's file says; a sentence it does not have is said in English."""
    with path.open("rb") as file:
        written = read_po(file)
    form = c2py(written.plural_expr)
    texts = {(message.context or "", _first(message.id)): _forms(message.string) for message in written}

    def found(context: str, one: str, many: str, count: int) -> str:
        forms = texts.get((context, one), ())
        place = form(count) if many else 0
        return (forms[place] if place < len(forms) else "") or as_written(context, one, many, count)

    return found


def _first(text: str | list[str] | tuple[str, ...]) -> str:
    return text if isinstance(text, str) else text[0]


def _forms(text: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())
