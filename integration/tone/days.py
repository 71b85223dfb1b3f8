"""Days that a draft names, and whether a sentence says that we will do something by then."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache

from babel import Locale

from integration.tone.found import Spot

_TOMORROW: Mapping[str, str] = {
    "en": r"(?i:\btomorrow\b)",
    # With a capital it is the morning.
    "de": r"\bmorgen\b",
    "fr": r"(?i:\bdemain\b)",
    # After an article it is the morning.
    "es": r"(?i:(?<!\bla )\bmañana\b)",
    "pt": r"(?i:\bamanhã\b)",
    "ja": "明日",
}
_NEXT_WEEK: Mapping[str, str] = {
    "en": r"(?i:\bnext week\b)",
    "de": r"(?i:\b(?:nächste|kommende)[nr]? woche\b)",
    "fr": r"(?i:\bla semaine prochaine\b)",
    "es": r"(?i:\b(?:la próxima semana|la semana que viene)\b)",
    "pt": r"(?i:\b(?:na|a) próxima semana\b)",
    "ja": "来週",
}
_WE_WILL: Mapping[str, str] = {
    "en": r"\b(?:I|we)(?:['\u2019]ll|\s+will|\s+shall|\s+(?:am|are)\s+going\s+to)\b",
    "de": r"\b(?:ich|wir)\b(?:\W+\w+){0,2}?\W+(?:werden?|melden?)\b|\b(?:werden?|melden?)\s+(?:ich|wir)\b",
    "fr": r"\b(?:je|j['\u2019]|nous)\W*(?:\w+\W+){0,2}?\w+(?:rai|rons)\b",
    "es": r"\b\w+(?:ré|remos)\b|\b(?:voy|vamos)\s+a\b",
    "pt": r"\b\w+(?:rei|remos)\b|\b(?:vou|vamos)\b",
    "ja": "ます",
}
"""We say what we will do; a day in any other sentence is not a promise of ours."""

_ISO = r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})"
_SLASHES = r"(?P<day>\d{1,2})/(?P<month>\d{1,2})(?:/(?P<year>\d{4}))?"
_NUMBERS: Mapping[str, str] = {
    "de": r"(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.(?P<year>\d{4})?",
    "fr": _SLASHES,
    "es": _SLASHES,
    "pt": _SLASHES,
    "ja": r"(?:(?P<year>\d{4})年)?(?P<month>\d{1,2})月(?P<day>\d{1,2})日",
}
"""Numbers alone, where the language has one order for them; English has two."""


def we_will(sentence: str, language: str) -> bool:
    """Whether a sentence says what we will do."""
    return language in _WE_WILL and re.search(_WE_WILL[language], sentence, re.I) is not None


def days(text: str, language: str, today: date) -> Iterator[tuple[date, Spot]]:
    """Days as a draft of today names them; one without a year is the next of its name."""
    if language not in _TOMORROW:
        return
    for pattern in _dates(language):
        for match in pattern.finditer(text):
            found = _date(match.groupdict(), _months(language), today)
            if found:
                yield found, Spot(match.start(), match.end())
    for words, day in _relative(language, today):
        for match in re.finditer(words, text):
            yield day, Spot(match.start(), match.end())


@lru_cache(maxsize=8)
def _dates(language: str) -> tuple[re.Pattern[str], ...]:
    names = "|".join(sorted(map(re.escape, _months(language)), key=len, reverse=True))
    # Elsewhere a dot after the figure is the end of a sentence.
    ending = r"\." if language == "de" else "st|nd|rd|th|er|º"
    day = rf"(?P<day>\d{{1,2}})(?:{ending})?"
    month = rf"(?P<name>{names})\b"
    wanted = [_ISO]
    if language != "ja":
        wanted.append(rf"{day}\s+(?:of\s+|de\s+)?{month}(?:\.?,?\s+(?:de\s+)?(?P<year>\d{{4}}))?")
    if language == "en":
        wanted.append(rf"{month}\.?\s+{day}(?:,?\s+(?P<year>\d{{4}}))?")
    if language in _NUMBERS:
        wanted.append(_NUMBERS[language])
    before = "(?<!\\d)" if language == "ja" else r"(?<![\w.])"
    return tuple(re.compile(rf"{before}{one}(?!\d)", re.I) for one in wanted)


@lru_cache(maxsize=8)
def _months(language: str) -> dict[str, int]:
    """Names of months in small letters, long and short."""
    forms = Locale(language).months["format"]
    named = [*forms["wide"].items(), *forms["abbreviated"].items()]
    return {name.lower().rstrip("."): number for number, name in named}


def _date(parts: Mapping[str, str | None], months: Mapping[str, int], today: date) -> date | None:
    """None for what is no day, such as 31 June."""
    name, number, year = parts.get("name"), parts.get("month"), parts.get("year")
    month = months[name.lower()] if name else int(number or 0)
    try:
        found = date(int(year) if year else today.year, month, int(parts["day"] or 0))
        return found if year or found >= today else found.replace(year=today.year + 1)
    except ValueError:
        return None


def _relative(language: str, today: date) -> Iterator[tuple[str, date]]:
    """What is told from today on: tomorrow, next week (its Monday), a weekday."""
    yield _TOMORROW[language], today + timedelta(days=1)
    yield _NEXT_WEEK[language], today + timedelta(days=7 - today.weekday())
    edge = "" if language == "ja" else r"\b"
    for number, name in Locale(language).days["format"]["wide"].items():
        ahead = (number - today.weekday()) % 7
        yield f"(?i:{edge}{re.escape(name)}{edge})", today + timedelta(days=ahead)
