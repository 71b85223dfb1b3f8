"""The catalogues of the sidebar: whole, true to their gaps, short, and in one tone."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from integration.words import FOLDER, LANGUAGES, SOURCE

ROOT = Path(__file__).parent.parent.parent
TRANSLATED = tuple(one for one in LANGUAGES if one != SOURCE)

MARKUP = re.compile(r"<[^>]+>")
GAP = re.compile(r"%\((\w+)\)s")


def catalogue(language: str) -> Catalog:
    with (FOLDER / language / "LC_MESSAGES" / "sidebar.po").open("rb") as file:
        return read_po(file, locale=language)


def messages(language: str) -> list[Message]:
    return [message for message in catalogue(language) if message.id]


def forms(text: object) -> list[str]:
    return [text] if isinstance(text, str) else [str(one) for one in text or ()]  # type: ignore[attr-defined]


def test_the_catalogues_have_every_sentence_and_no_other() -> None:
    """Taking the sentences out of the sources again changes no file."""
    done = subprocess.run(
        [sys.executable, "scripts/words.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_there_is_a_catalogue_for_every_language_that_is_named() -> None:
    """What the code calls shipped is what the folder holds."""
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(TRANSLATED)


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_is_whole(language: str) -> None:
    """No sentence is missing, none is a guess, every plural form of the language is there."""
    found = catalogue(language)
    for message in messages(language):
        assert not message.fuzzy, message.id
        wanted = found.num_plurals if message.pluralizable else 1
        assert len([form for form in forms(message.string) if form.strip()]) == wanted, message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_keeps_gaps_and_markup(language: str) -> None:
    """Each gap and each tag is there as often as in English, and nothing else that HTML reads as markup.

    Only a count may be in the word instead: Arabic has forms for none, one and two.
    """
    for message in messages(language):
        english = forms(message.id)[-1]
        for number, form in enumerate(forms(message.string)):
            spoken = {"count"} if language == "ar" and message.pluralizable and number < 3 else set()
            assert sorted(GAP.findall(english)) == sorted(GAP.findall(form)) or (
                set(GAP.findall(english)) - set(GAP.findall(form)) <= spoken
            ), form
            assert sorted(MARKUP.findall(english)) == sorted(MARKUP.findall(form))
            assert not re.search(r'[<>&"]', MARKUP.sub("", form)), form
            assert "%" not in GAP.sub("", form), form


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_is_short_enough_for_its_place(language: str) -> None:
    """At most 1.6 times the English and 8 characters more; no sentence needs an exception."""

    def length(text: str) -> int:
        return len(GAP.sub("", MARKUP.sub("", text)))

    for message in messages(language):
        most = 1.6 * max(map(length, forms(message.id))) + 8
        assert [form for form in forms(message.string) if length(form) > most] == []


# Japanese and Arabic have no second word for "you" that a pattern could tell.
FAMILIAR = {
    "de": r"\b(du|dich|dir|dein\w*)\b",
    "fr": r"\b(tu|toi|tes)\b",
    "es": r"\b(tú|ti|tu|tus)\b",
    "pt": r"\b(tu|ti|teu|tua)\b",
}


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_keep_the_tone_of_the_house(language: str) -> None:
    """People are addressed formally, nothing is exclaimed, and no hidden mark turns a line."""
    for message in messages(language):
        for form in forms(message.string):
            assert not re.search(FAMILIAR.get(language, "^$"), form, re.IGNORECASE), form
            assert not re.search("[!\u00a1\uff01]", form), form
            assert not re.search("[\u200b\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]", form), form


ADVICE = {
    "ar": "إرشاد",
    "de": "empfehlung",
    "es": "consejo",
    "fr": "conseil",
    "ja": "アドバイス",
    "pt": "orientaç",
}


@pytest.mark.parametrize("language", TRANSLATED)
def test_one_thing_has_one_name(language: str) -> None:
    """What the sidebar gives is called by the same word in every sentence, whoever wrote it and when."""
    said = [message for message in messages(language) if "advice" in str(message.id).lower()]
    assert len(said) > 10
    other = [
        form for one in said for form in forms(one.string) if not re.search(ADVICE[language], form, re.I)
    ]
    assert other == []


def test_french_has_its_own_marks() -> None:
    """A typographic apostrophe, and before a high mark a space that does not break."""
    for message in messages("fr"):
        for form in forms(message.string):
            assert not re.search("'| [?;:!]", form), form
