"""A draft compared with the advice for its ticket. Pure: the same draft and advice give the same findings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache, partial
from typing import Literal
from zoneinfo import ZoneInfo

import emoji

from integration import render
from integration.tone.days import days, we_will
from integration.tone.found import Spot, place, sentence_at, sentences
from integration.tone.phrases import LANGUAGES, phrases, promises, quoted
from integration.tone.reading import HARD, KNOWN, count, lix, longest
from integration.words import Words, speaking

What = Literal["phrase", "promise", "late", "emoji", "length", "reading"]

HOUSE_EMOJI = 1
"""Emoji in a reply that nobody minds, where the advice says nothing of them."""

_NUMBERS: Mapping[str, int] = {
    word: number
    for number, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), start=1
    )
}
_LIMIT = re.compile(
    rf"\bat most (?P<most>\d{{1,4}}|{'|'.join(_NUMBERS)}) (?P<unit>word|sentence|line|paragraph)s?\b", re.I
)
_EMOJI = re.compile(r"\bemojis?\b", re.I)


@dataclass(frozen=True, slots=True)
class Advice:
    """What a draft is compared with."""

    do: tuple[str, ...]
    avoid: tuple[str, ...]
    language: str
    """Of the draft, as ``en``; in others than the shipped ones only the advice's own words are looked for."""
    now: int
    zone: str
    """Where the days of the draft are: the customer's time zone, or the desk's."""
    reply_by: int | None = None
    """UTC seconds."""
    deadline: str = ""
    """The same as the sidebar shows it."""
    words: Words = field(default_factory=speaking)
    """Of whoever reads the findings."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at again; line and column count from 1."""

    what: What
    line: int
    column: int
    text: str
    """What stands there; empty where the whole draft is meant."""
    against: str
    """The advice it goes against, or the rule of the house."""
    remedy: str


@dataclass(frozen=True, slots=True)
class Checked:
    """All findings in the order of the draft, and what was not looked at."""

    findings: tuple[Finding, ...]
    unjudged: tuple[str, ...]
    """Advice that only a person can judge."""
    left_out: tuple[str, ...]
    """Checks that were not made, each with its reason."""


def check(draft: str, advice: Advice) -> Checked:
    """Look through a draft."""
    text = draft.replace("\r\n", "\n")
    found = [
        *_phrases(text, advice),
        *_promises(text, advice),
        *_late(text, advice),
        *_emoji(text, advice),
        *_length(text, advice),
        *_reading(text, advice),
    ]
    found.sort(key=lambda one: (one.line, one.column, one.what))
    return Checked(tuple(found), tuple(_unjudged(advice)), tuple(_left_out(text, advice)))


def _finding(text: str, spot: Spot, what: What, against: str, remedy: str) -> Finding:
    line, column = place(text, spot.start)
    return Finding(what, line, column, " ".join(text[spot.start : spot.end].split()), against, remedy)


def _avoid(line: str, advice: Advice) -> str:
    return advice.words.gettext("Avoid %(what)s", what=line)


def _phrases(text: str, advice: Advice) -> Iterator[Finding]:
    _ = advice.words.gettext
    for line in advice.avoid:
        for spot in phrases(text, quoted(line)):
            remedy = _("Leave it out, or say it otherwise.")
            yield _finding(text, spot, "phrase", _avoid(line, advice), remedy)


def _promises(text: str, advice: Advice) -> Iterator[Finding]:
    _ = advice.words.gettext
    for spot in promises(text, advice.language):
        remedy = _("Say what you will do next, and by when, instead of how it will end.")
        yield _finding(text, spot, "promise", _("House rule: no promise that nobody can keep"), remedy)


def _late(text: str, advice: Advice) -> Iterator[Finding]:
    if advice.reply_by is None:
        return
    _ = advice.words.gettext
    today, due = _day(advice.now, advice.zone), _day(advice.reply_by, advice.zone)
    if advice.reply_by < advice.now:
        remedy = _("Name a time today, or say what happens until then.")
    else:
        remedy = _("Name a time before that, or say what happens until then.")
    said = list(sentences(text))
    ours = cache(lambda one: we_will(text[one.start : one.end], advice.language))
    for day, spot in days(text, advice.language, today):
        there = sentence_at(said, spot.start)
        # Where the deadline has passed, today is the best that can be offered.
        if day > max(due, today) and there and ours(there):
            yield _finding(text, spot, "late", _("Reply by %(when)s", when=advice.deadline), remedy)


def _day(at: int, zone: str) -> date:
    return datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(zone)).date()


def _emoji(text: str, advice: Advice) -> Iterator[Finding]:
    if any(_EMOJI.search(line) for line in advice.do):
        return
    _ = advice.words.gettext
    against = next((_avoid(line, advice) for line in advice.avoid if _EMOJI.search(line)), None)
    most = render.number(HOUSE_EMOJI, advice.words.locale)
    said = against or _("House rule: at most %(most)s emoji", most=most)
    for one in emoji.emoji_list(text)[0 if against else HOUSE_EMOJI :]:
        yield _finding(text, Spot(one["match_start"], one["match_end"]), "emoji", said, _("Leave it out."))


def _length(text: str, advice: Advice) -> Iterator[Finding]:
    _, figure = advice.words.gettext, partial(render.number, locale=advice.words.locale)
    for line in advice.do:
        limit = _LIMIT.search(line)
        if limit is None:
            continue
        unit = limit["unit"].lower()
        most, has = _NUMBERS.get(limit["most"].lower()) or int(limit["most"]), count(text, unit)
        if has > most:
            remedy = _("It has %(has)s, %(by)s too many.", has=figure(has), by=figure(has - most))
            yield Finding("length", 1, 1, "", line, remedy)


def _reading(text: str, advice: Advice) -> Iterator[Finding]:
    _, figure = advice.words.gettext, partial(render.number, locale=advice.words.locale)
    level = lix(text) if advice.language in KNOWN else None
    if level is not None and level >= HARD:
        against = _(
            "House rule: a reading level (LIX) below %(hard)s; this has %(level)s",
            hard=figure(HARD),
            level=figure(round(level)),
        )
        remedy = _("Split this sentence, the longest, and use shorter words.")
        yield _finding(text, longest(text), "reading", against, remedy)


def _unjudged(advice: Advice) -> Iterator[str]:
    yield from (line for line in advice.do if not _LIMIT.search(line) and not _EMOJI.search(line))
    for line in advice.avoid:
        if not any(quoted(line)) and not _EMOJI.search(line):
            yield _avoid(line, advice)


def _left_out(text: str, advice: Advice) -> Iterator[str]:
    if advice.language not in LANGUAGES:
        yield f"Promises and days: their words are not known for the language {advice.language}."
    elif advice.reply_by is None:
        yield "Days: there is no deadline to compare them with."
    if advice.language not in KNOWN:
        yield f"Reading level: not known for the language {advice.language}."
    elif lix(text) is None:
        yield "Reading level: the draft is too short to tell."
