"""The sidebar in every language: who is answered in which, and that nothing is said past the catalogues."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

import msgspec
import pytest

from integration import render
from integration.sidebar import (
    CompanySources,
    Frame,
    View,
    advice_text,
    company,
    render_fragment,
    render_shell,
    render_words,
    view,
)
from integration.store.companies import Crowd
from integration.web.headers import OUTSIDE, PROBLEMS
from integration.words import LANGUAGES, Words, as_written, speaking
from tests.integration.sidebar_cases import (
    DAY,
    DECISION,
    NOW,
    OPEN,
    ORGANIZATION,
    SHOP,
    SOLVED,
    ZONE,
    every_state,
    known,
    northwind,
    with_customer,
)

ARABIC = {
    2: "التجديد خلال يومين.",
    3: "التجديد خلال 3 أيام.",
    10: "التجديد خلال 10 أيام.",
    11: "التجديد خلال 11 يومًا.",
    30: "التجديد خلال 30 يومًا.",
}


@pytest.mark.parametrize("days", ARABIC)
def test_plurals_follow_the_language(days: int) -> None:
    """Arabic has a dual, a few and a many; the form is chosen by the number itself."""
    said = speaking("ar").ngettext("Renewal in %(count)s day.", "Renewal in %(count)s days.", days)
    assert re.sub("[\u2066-\u2069]", "", said) == ARABIC[days]


@pytest.mark.parametrize(
    ("wishes", "language", "locale", "direction"),
    [
        (("de-AT",), "de", "de-AT", "ltr"),
        (("pt-br",), "pt", "pt-BR", "ltr"),
        (("es-419",), "es", "es-419", "ltr"),
        (("ar-EG",), "ar", "ar-EG", "rtl"),
        (("de_XX",), "de", "de", "ltr"),
        (("fi", "fr-CA"), "fr", "fr-CA", "ltr"),
        (("arn", "deu"), "en", "en", "ltr"),
        (("", "../ar", "de;x", "ja" * 90), "en", "en", "ltr"),
        ((), "en", "en", "ltr"),
    ],
)
def test_the_first_wish_that_is_spoken_is_answered(
    wishes: tuple[str, ...], language: str, locale: str, direction: str
) -> None:
    """A locale, then its base language, then the next wish, then English; what is no locale harms nothing."""
    words = speaking(*wishes)
    assert (words.language, words.locale, words.direction) == (language, locale, direction)


@pytest.mark.parametrize(
    ("locale", "left", "value", "money"),
    [
        ("de", "in 38 Minuten", "12:10", "Yearly revenue: 48.000\xa0€"),
        ("fr", "dans 38\xa0minutes", "12:10", "Yearly revenue\xa0: 48\u202f000\xa0€"),
        ("es", "dentro de 38 minutos", "12:10", "Yearly revenue: 48.000\xa0€"),
        ("pt-BR", "em 38 minutos", "12:10", "Yearly revenue: €\xa048.000"),
        ("ja", "38 分後", "12:10", "Yearly revenue: €48,000"),
        ("ar", "خلال 38 دقيقة", "12:10", "Yearly revenue: 48,000\xa0€"),
        ("ar-EG", "خلال ٣٨ دقيقة", "١٢:١٠", "Yearly revenue: ٤٨٬٠٠٠\xa0€"),
    ],
)
def test_figures_are_those_of_the_locale(locale: str, left: str, value: str, money: str) -> None:
    """Time left, clock and money are written as the reader's region writes them, numerals included."""
    shown = view(known(), SHOP, now=NOW, zone=ZONE, locale=locale)
    assert shown.reply_by is not None
    assert shown.reply_by.left.replace("\xa0", " ") == left.replace("\xa0", " ")
    assert shown.reply_by.value == value
    assert re.sub("[\u200f\u2066-\u2069]", "", shown.facts[1].value) == money


def marked(context: str, one: str, many: str, count: int) -> str:
    """A language in which one sees what came from the catalogue."""
    return f"⟦{as_written(context, one, many, count)}⟧"


MARKED = Words("zz", "en", marked)
PLAIN = Words("zz", "en", as_written)


class Shown(HTMLParser):
    """What a page says: its texts, and those of its attributes that are no technical ones."""

    TECHNICAL = frozenset(
        re.findall(
            r"\S+",
            """
            class id lang dir href src type name content charset nonce rel viewbox d points cx cy r role
            tabindex hidden media aria-hidden aria-busy data-act data-at data-now data-locale data-ticket
            data-subject data-origin data-guid data-pass data-scheme data-ref
            """,
        )
    )

    def __init__(self, html: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        self.said += [value or "" for name, value in attrs if name not in self.TECHNICAL]

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside not in ("script", "style"):
            self.said.append(data)


def unmarked(said: list[str]) -> set[str]:
    """What remains when everything from the catalogue is taken away, and holds a letter."""
    text, before = "\x1f".join(said), ""
    while text != before:
        text, before = re.sub("⟦[^⟦⟧]*⟧", "\x1f", text), text
    return {part.strip() for part in text.split("\x1f") if re.search(r"[^\W\d_]", part)}


def every_company() -> Iterator[CompanySources]:
    """One of each: known, large, not stored, deleted, with another policy's segments, old."""
    base = northwind()
    yield base
    yield replace(
        base,
        crowd=Crowd(2000, whole=False, waiting=3, segments={"elders": 2}, example=None),
        open_count=1001,
        open=OPEN,
    )
    yield replace(base, traits={"renewal": NOW + DAY, "plan": True}, pressing=None)
    for missing in (None, msgspec.structs.replace(ORGANIZATION, deleted=True)):
        yield replace(base, organization=missing, open=())
        yield replace(base, organization=missing, open=(), next_sync=None)
    yield replace(base, organization=msgspec.structs.replace(ORGANIZATION, name=""))
    yield replace(base, assigned_by="000000000000", synced_at=NOW - 2 * DAY)


def theirs(shown: View) -> set[str]:
    """What is not ours to translate: customers' words, the policy's, and what the locale itself writes."""
    tones = [line for tone in SHOP.tones.values() for line in (tone.label, *tone.do, *tone.avoid)]
    inside = [line[:1].lower() + line[1:] for line in tones]
    labels = [one.label for one in SHOP.segments.values()] + [one.label for one in SHOP.channels.values()]
    due = shown.reply_by
    told = [due.left, due.value, "Madrid"] if due else ["Madrid"]
    step = DECISION.next_step.value if DECISION.next_step else ""
    sample = [shown.writing.sample.text] if shown.writing and shown.writing.sample else []
    alert = [shown.alert.text] if shown.alert else []
    return {*tones, *inside, *labels, *told, *sample, *alert, step, shown.name, shown.company} | {
        one.subject for one in (*shown.open, *shown.solved)
    }


def test_every_state_speaks_through_the_catalogue() -> None:
    """In no state does the sidebar say a word that is not from the catalogue, a customer or the policy."""
    spoken = set()
    for sources in every_state():
        shown = view(sources, SHOP, now=NOW, zone=ZONE, locale=MARKED)
        left = unmarked(Shown(render_fragment(shown, insert=True)).said)
        assert left <= theirs(shown), left - theirs(shown)
        spoken |= set(re.findall("⟦([^⟦⟧]*)⟧", render_fragment(shown, insert=True)))
    assert len(spoken) > 60


def test_organizations_speak_through_the_catalogue() -> None:
    """Neither the page of an organization nor its text says a word of its own."""
    own = {one.label for one in SHOP.segments.values()} | {one.label for one in SHOP.traits.values()}
    for sources in every_company():
        shown = company(sources, SHOP, now=NOW, zone=ZONE, locale=MARKED)
        facts = {fact.value for fact in shown.facts}
        alert = {shown.alert.text} if shown.alert else set()
        theirs = own | facts | alert | {"Northwind"} | {one.subject for one in shown.open}
        left = unmarked(Shown(render_fragment(shown, insert=True)).said)
        assert left <= theirs, left - theirs
        said = re.sub(r"\n\s+", " ", advice_text(shown))
        texts = re.sub("|".join(map(re.escape, sorted(filter(None, theirs), key=len)[::-1])), "", said)
        assert unmarked(texts.splitlines()) == set()


def test_a_customers_page_does_not_speak_of_a_ticket() -> None:
    """No sentence names one, as there is none; those that are open are another matter."""
    for sources in every_state():
        if sources.about == "customer":
            shown = view(sources, SHOP, now=NOW, zone=ZONE, locale=MARKED)
            spoken = re.findall("⟦([^⟦⟧]*)⟧", render_fragment(shown, insert=True))
            assert [one for one in spoken if re.search(r"\bticket\b", one, re.IGNORECASE)] == []


def test_the_advice_as_text_speaks_through_the_catalogue() -> None:
    """The same advice without HTML has no words of its own either."""
    for sources in every_state():
        shown = view(sources, SHOP, now=NOW, zone=ZONE, locale=MARKED)
        said = re.sub(r"\n\s+", " ", advice_text(shown))
        texts = re.sub("|".join(map(re.escape, sorted(filter(None, theirs(shown)), key=len)[::-1])), "", said)
        assert unmarked(texts.replace("[en]", "").splitlines()) == set()


def test_a_sentence_past_the_catalogue_would_be_seen() -> None:
    """The check above finds every word of a page that is made without a catalogue."""
    shown = view(known(), SHOP, now=NOW, zone=ZONE, locale=PLAIN)
    left = unmarked(Shown(render_fragment(shown, insert=True)).said)
    assert {"Tone", "Channel", "Reply by", "How to write it", "Insert in reply", "Copy"} <= left
    assert "Advice for Maya Chen: Renewal at stake" in left


def test_pages_without_a_ticket_speak_through_the_catalogue() -> None:
    """The first page in all its states, its announcements and the error pages have no words of their own."""
    pages = [render_shell(ticket, Frame(), nonce="n", words=MARKED) for ticket in ("", "tickets/101")]
    pages.append(render_words(MARKED))
    for title, sentence in (*PROBLEMS.values(), OUTSIDE):
        said = {"title": MARKED.gettext(title), "sentence": MARKED.gettext(sentence)}
        pages.append(
            render.page(
                "error.html", words=MARKED, reference="7F3A-21", home=True, nonce="n", scheme="", **said
            )
        )
    for page in pages:
        assert unmarked(Shown(page.replace("7F3A-21", "")).said) == set()


def test_the_script_has_no_words_of_its_own() -> None:
    """What the script announces is handed to it by the page."""
    script = (render.TEMPLATES / "sidebar.js").read_text(encoding="utf-8")
    texts = re.findall(r'"([^"\n]*)"', script)
    assert [text for text in texts if re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}|[.] ", text)] == []
    capital = {text for text in texts if re.match("[A-Z]", text)}
    assert capital <= {"X-Reference", "Bearer ", "Content-Type", "POST"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_budgets_hold_in_every_language(language: str) -> None:
    """First page at most 20 KB, fragment at most 12 KB, the longest texts included."""
    words = speaking(language)
    shell = render_shell(
        "organizations/" + "1" * 19,
        Frame("https://desk.example", "g" * 64, "dark"),
        nonce="n" * 22,
        words=words,
    )
    assert len(shell.encode()) <= 20 * 1024
    long = with_customer(replace(known(), fault="x" * 5000, open=OPEN, solved=SOLVED), name="Ma " * 500)
    long = replace(long, organization=msgspec.structs.replace(ORGANIZATION, name="N" * 5000))
    shown = view(long, SHOP, now=NOW, zone=ZONE, locale=words)
    assert len(render_fragment(shown, insert=True).encode()) <= 12 * 1024


@pytest.mark.parametrize("language", LANGUAGES)
def test_language_and_direction_stand_on_the_root_and_the_advice(language: str) -> None:
    """Readers, fonts and browsers are told both; the sample line has its own."""
    words = speaking(language)
    turn = "rtl" if language == "ar" else "ltr"
    assert f'<html lang="{language}" dir="{turn}">' in render_shell("", Frame(), nonce="n", words=words)
    fragment = render_fragment(view(known(), SHOP, now=NOW, zone=ZONE, locale=words), insert=True)
    assert f'<article lang="{language}" dir="{turn}"' in fragment
    assert 'class="say" lang="en" dir="ltr"' in fragment


def test_foreign_words_do_not_turn_an_arabic_line() -> None:
    """A name in another script is kept apart from its line; in other directions nothing is added."""
    arabic = view(known(), SHOP, now=NOW, zone=ZONE, locale="ar").announcement
    assert "\N{FIRST STRONG ISOLATE}Maya Chen\N{POP DIRECTIONAL ISOLATE}" in arabic
    assert "\N{FIRST STRONG ISOLATE}" not in view(known(), SHOP, now=NOW, zone=ZONE, locale="de").announcement


def test_styles_know_no_left_and_right() -> None:
    """Only logical properties: the same style serves both directions."""
    for name in ("styles.css", "sidebar.css"):
        sheet = (render.TEMPLATES / name).read_text(encoding="utf-8")
        assert not re.search(r"\b(left|right)\b", sheet), name
        for _, right, _, left in re.findall(
            r"(?:margin|padding):([\w.]+) ([\w.]+) ([\w.]+) ([\w.]+)[;}]", sheet
        ):
            assert right == left, name
