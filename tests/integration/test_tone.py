"""Drafts beside the advice: what is found, where it stands, and what is left to people."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.tone import Advice, Finding, check
from integration.tone.phrases import LANGUAGES
from integration.tone.reading import FEWEST, HARD, count, lix
from policies.load import load_text
from tests.integration.sidebar_cases import DAY, NOW, POLICY, ZONE
from tests.integration.stock import stocked
from tests.integration.test_cli import run

DUE = NOW + 38 * 60
"""12:10 on Sunday, 22 November 2026, in Madrid."""

ADVICE = Advice(do=(), avoid=(), language="en", now=NOW, zone=ZONE, reply_by=DUE, deadline="12:10")


def found(draft: str, **advice: Any) -> list[tuple[str, str]]:
    """What is found in a draft, and what stands there."""
    return [(one.what, one.text) for one in check(draft, replace(ADVICE, **advice)).findings]


def test_a_quoted_phrase_to_avoid_is_found_wherever_its_words_stand() -> None:
    """Case, line breaks and the kind of apostrophe do not hide it; a longer word is another word."""
    avoid = ('“as mentioned”, “can\'t”, „wie gesagt“, «bref», "asap"', "jokes")
    draft = "As\nmentioned, we can\u2019t. Wie gesagt: bref, ASAP. Unbrefly, asaps."
    assert found(draft, avoid=avoid) == [
        ("phrase", "As mentioned"),
        ("phrase", "can\u2019t"),
        ("phrase", "Wie gesagt"),
        ("phrase", "bref"),
        ("phrase", "ASAP"),
    ]


def test_a_finding_has_its_place_the_advice_and_a_remedy() -> None:
    """Line and column count from 1, also after signs that take more than one byte."""
    draft = "Hi Maya,\r\n\r\ngrüße 👍 and unfortunately this took long."
    assert check(draft, replace(ADVICE, avoid=("“unfortunately”",))).findings == (
        Finding(
            what="phrase",
            line=3,
            column=13,
            text="unfortunately",
            against="Avoid “unfortunately”",
            remedy="Leave it out, or say it otherwise.",
        ),
    )


@pytest.mark.parametrize(
    ("language", "draft", "words"),
    [
        (
            "en",
            "We guarantee it. It will never happen again, for sure.",
            ["guarantee", "never happen again", "for sure"],
        ),
        ("de", "Wir versprechen, dass es definitiv klappt.", ["Wir versprechen", "definitiv"]),
        (
            "fr",
            "Nous garantissons que cela ne se reproduira plus.",
            ["garantissons", "ne se reproduira plus"],
        ),
        ("es", "Le prometo que no volverá a ocurrir.", ["prometo", "no volverá a ocurrir"]),
        ("pt", "Garantimos: não voltará a acontecer.", ["Garantimos", "não voltará a acontecer"]),
        ("ja", "二度とこのようなことがないとお約束いたします。", ["二度と", "お約束いたします"]),
    ],
)
def test_promises_nobody_can_keep_are_found_in_every_language(
    language: str, draft: str, words: list[str]
) -> None:
    """The house list has each language that the shipped policies speak."""
    assert language in LANGUAGES
    assert found(draft, language=language) == [("promise", one) for one in words]


@pytest.mark.parametrize(
    ("language", "draft"),
    [
        ("en", "We cannot guarantee a date. I can\u2019t really guarantee it. No guarantee."),
        ("de", "Das können wir nicht garantieren. Eine Garantieverlängerung ist möglich."),
        ("fr", "Nous ne garantissons rien."),
        ("es", "No garantizamos nada."),
        ("pt", "Não garantimos nada."),
    ],
)
def test_what_is_denied_is_no_promise(language: str, draft: str) -> None:
    """A word before it turns it round; a longer word only looks like it."""
    assert found(draft, language=language) == []


@pytest.mark.parametrize(
    ("language", "draft", "words"),
    [
        ("en", "I will write by Friday, November 30th, 1 Dec 2026, 2026-12-01, tomorrow or next week.",
         ["Friday", "November 30th", "1 Dec 2026", "2026-12-01", "tomorrow", "next week"]),
        ("en", "We'll be back\nby Monday.", ["Monday"]),
        ("de", "Ich melde mich morgen, am Freitag, am 30.11. oder am 1. Dezember.",
         ["morgen", "Freitag", "30.11.", "1. Dezember"]),
        ("fr", "Je vous écrirai demain, lundi ou le 1er décembre, ou le 30/11.",
         ["demain", "lundi", "1er décembre", "30/11"]),
        ("es", "Le escribiré mañana por la mañana o el 1 de diciembre de 2026.",
         ["mañana", "1 de diciembre de 2026"]),
        ("pt", "Vou responder amanhã ou em 1 de dezembro.", ["amanhã", "1 de dezembro"]),
        ("ja", "明日または12月1日にご連絡します。", ["明日", "12月1日"]),
    ],
)  # fmt: skip
def test_a_day_after_the_deadline_is_found_where_we_say_what_we_will_do(
    language: str, draft: str, words: list[str]
) -> None:
    """Days by name, number and word, in the sentence that promises something, over line breaks, too."""
    assert found(draft, language=language) == [("late", one) for one in words]


@pytest.mark.parametrize(
    ("language", "draft"),
    [
        ("en", "Your contract ends on 24 December 2026. You can call on Monday."),
        ("en", "I will answer today, on Sunday, November 22. May I? I will march on; see 10.1.2."),
        ("en", "I will see to it on 31 February."),
        ("de", "Guten Morgen, ich werde das heute prüfen. Der Vertrag endet am 24.12."),
        ("es", "Le escribiré hoy por la mañana."),
    ],
)
def test_other_days_are_nobodys_promise(language: str, draft: str) -> None:
    """Days in other sentences, the day of the deadline itself, and what only looks like a day."""
    assert found(draft, language=language) == []


def test_days_are_those_of_the_customer() -> None:
    """When it is Sunday night in Madrid, Monday has begun on Kiritimati and is a day ahead in New York."""
    late = NOW + 12 * 3600
    draft = "I will call on Monday."
    assert found(draft, now=late, reply_by=late + 600, zone="Pacific/Kiritimati") == []
    assert found(draft, now=late, reply_by=late + 600, zone="America/New_York") == [("late", "Monday")]


def test_where_the_deadline_has_passed_today_is_early_enough() -> None:
    """Nobody is sent back in time: only later days are found, and today is what is proposed."""
    overdue = replace(ADVICE, reply_by=NOW - 5 * DAY)
    findings = check("I will write on Sunday, November 22, and call tomorrow.", overdue).findings
    assert [(one.text, one.remedy) for one in findings] == [
        ("tomorrow", "Name a time today, or say what happens until then.")
    ]


def test_without_a_deadline_no_day_is_late() -> None:
    """The days are left out, and that is said."""
    checked = check("I will call next week.", replace(ADVICE, reply_by=None))
    assert checked.findings == ()
    assert checked.left_out[0] == "Days: there is no deadline to compare them with."


def test_emoji_are_counted_as_people_see_them() -> None:
    """One is fine, of any make; the second is found; advice against them or for them decides otherwise."""
    draft = "Done 👩‍💻 and 👍🏽 🇪🇸"
    assert found(draft) == [("emoji", "👍🏽"), ("emoji", "🇪🇸")]
    assert len(found(draft, avoid=("emoji and jokes",))) == 3
    assert found(draft, do=("Use an emoji or two",)) == []
    assert found("Copyright © 2026, 5 * 3 #1") == []


@pytest.mark.parametrize(
    ("line", "draft", "remedy"),
    [
        ("At most two lines", "a\n\nb\nc\n", "It has 3, 1 too many."),
        ("Use at most 3 words, please", "one two three four five", "It has 5, 2 too many."),
        ("at most one sentence", "One. Two? Version 2.5 is out.", "It has 3, 2 too many."),
        ("At most one paragraph", "a\nb\n \nc", "It has 2, 1 too many."),
        ("At most five lines", "a\nb", ""),
    ],
)
def test_length_is_compared_where_the_advice_has_a_number(line: str, draft: str, remedy: str) -> None:
    """Lines, words, sentences and paragraphs, in figures or words."""
    findings = check(draft, replace(ADVICE, do=(line,))).findings
    assert [(one.what, one.against, one.remedy) for one in findings] == (
        [("length", line, remedy)] if remedy else []
    )


PLAIN = "We found the fault in the export. It is ours. I have sent the file to you by hand. " * 3
HARD_TEXT = (
    "Notwithstanding aforementioned contractual stipulations, organisational responsibilities concerning"
    " infrastructure modernisation necessitate comprehensive interdepartmental coordination, subsequently"
    " precipitating unavoidable administrative complications throughout implementation, whereupon"
    " appropriate representatives shall communicate supplementary documentation regarding eventual"
    " consequences, notwithstanding procedural uncertainties, jurisdictional considerations, technological"
    " interdependencies and miscellaneous circumstances."
)


def test_a_text_that_is_hard_to_read_is_found_at_its_longest_sentence() -> None:
    """Everyday words pass, officialese does not; what is too short or Japanese is left out and said so."""
    assert (lix(PLAIN) or 99) < 30
    assert (lix(HARD_TEXT) or 0) > HARD
    assert found(PLAIN) == []
    findings = check(f"Hi Maya.\n{HARD_TEXT}", ADVICE).findings
    assert [(one.what, one.line, one.column) for one in findings] == [("reading", 2, 1)]
    assert count(HARD_TEXT, "word") >= FEWEST
    assert check("Short.", ADVICE).left_out == ("Reading level: the draft is too short to tell.",)
    assert check("短い。", replace(ADVICE, language="ja")).left_out == (
        "Reading level: not known for the language ja.",
    )


def test_what_only_a_person_can_judge_is_named() -> None:
    """Advice with a number, a quoted phrase or a word about emoji is checked; the rest is handed on."""
    checked = check(
        "Hi.",
        replace(ADVICE, do=("Own the fault", "At most two lines"), avoid=("“asap”", "jokes", "emoji")),
    )
    assert checked.unjudged == ("Own the fault", "Avoid jokes")


def test_other_languages_are_checked_for_the_advices_own_words() -> None:
    """No list is used that is not theirs, and that is said."""
    checked = check("Wij garanderen, asap.", replace(ADVICE, language="nl", avoid=("“asap”",)))
    assert [one.text for one in checked.findings] == ["asap"]
    assert len(checked.left_out) == 2


def test_a_long_draft_is_read_once() -> None:
    """Ten pages of days or of blanks: minutes, if each place looked through all of it again."""
    for text, what in (("I will call on 12 December. " * 4000, "late"), ("a" + " " * 100_000 + "b", "")):
        checked = check(text, replace(ADVICE, do=("At most 99999 sentences",))).findings
        assert {one.what for one in checked} == ({what} if what else set())


@given(
    st.text(
        st.sampled_from(list("aW1.,!? \n\r-“”\u2019%/年月日必ず明日ます👍🏽\u200d\ufe0f")) | st.characters(),
        max_size=200,
    ),
    st.sampled_from([*LANGUAGES, "nl"]),
)
def test_whatever_is_written_each_finding_stands_where_it_says(draft: str, language: str) -> None:
    """No draft brings the check down, and the text at a finding's place is the text it names."""
    advice = replace(ADVICE, language=language, do=("At most one line",), avoid=("“a”, “必ず”",))
    lines = draft.replace("\r\n", "\n").split("\n")
    for one in check(draft, advice).findings:
        there = " ".join("\n".join([lines[one.line - 1][one.column - 1 :], *lines[one.line :]]).split())
        assert there.startswith(one.text)


def test_the_command_tells_what_to_look_at_again(tmp_path: Path) -> None:
    """10 with findings, 0 without, 1 for a ticket that is not stored, 2 for a draft that cannot be read."""
    (tmp_path / "shop.yaml").write_text(POLICY)
    here = {"DESKCUE_DATA": str(tmp_path), "DESKCUE_POLICY": '["shop.yaml"]'}
    with stocked(tmp_path) as stock:
        company = stock.add("organizations", id="3", name="Northwind", fields={"plan": "enterprise"})
        stock.add("customers", id="7", name="Maya Chen", organization_id=company, locale="en-GB")
        for _ in range(2):
            stock.add("ratings", customer_id="7", score="bad")
        stock.add("tickets", id="1042", customer_id="7", subject="Export fails", channel="email")
        stock.assign(load_text(POLICY, "shop.yaml"))
    (tmp_path / "reply.txt").write_text("Hi Maya,\nunfortunately we guarantee\x1b[31m nothing.\n")
    asked = ("tone", "check", "--ticket", "#1042", "--file", "reply.txt")
    told = run(tmp_path, *asked, **here)
    assert told.returncode == 10, told.stderr
    lines = told.stdout.splitlines()
    assert lines[0] == "Ticket 1042: Calm and accountable. Read as en."
    assert lines[1:4] == [
        "reply.txt:2:1: phrase: unfortunately",
        "    Avoid “as mentioned”, “unfortunately”",
        "    Leave it out, or say it otherwise.",
    ]
    assert lines[4] == "reply.txt:2:18: promise: guarantee"
    assert "2 things to look at again." in lines
    assert "For you to judge: Own the fault in the first line" in lines
    document = json.loads(run(tmp_path, *asked, "--language", "de-AT", "--json", **here).stdout)
    assert (document["ticket"], document["language"]) == ("1042", "de")
    assert [one["what"] for one in document["findings"]] == ["phrase"]
    (tmp_path / "reply.txt").write_text("Hi Maya, this is ours to fix.\n")
    fine = run(tmp_path, *asked, **here)
    assert (fine.returncode, "Nothing found that goes against the advice." in fine.stdout) == (0, True)
    assert run(tmp_path, "tone", "check", "--ticket", "9", "--file", "reply.txt", **here).returncode == 1
    (tmp_path / "reply.txt").write_bytes(b"\xff\xfe")
    assert run(tmp_path, *asked, **here).returncode == 2
    assert run(tmp_path, *asked[:-1], "none.txt", **here).returncode == 2
    assert run(tmp_path, *asked[:4], **here).returncode == 2
