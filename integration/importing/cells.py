"""One cell of text → a value of its type, or a sentence about what is wrong; nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from policies.forms import GREAT, SMALL
from policies.import_model import Key
from policies.vocabulary import Type

Cell = str | int | float | bool | list[str]

LONGEST = 300
MOST_ENTRIES = 50

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,20})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_DOMAIN = re.compile(r"[^\s@/:]+\.[^\s@/:]+")
_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_FOLDED = str.maketrans(GREAT, SMALL)
"""Letters fold from A to Z, as they do in every database."""


class CellError(Exception):
    """A cell that means nothing; neither text quotes it."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message, self.remedy = message, remedy


def value_of(type_: Type, text: str) -> Cell | None:
    """The value of a cell, None for an empty one. Raises CellError."""
    return _VALUES[type_](text) if text else None


def key_of(key: Key, text: str) -> str:
    """The key in the spelling by which customers are found. Raises CellError."""
    if not text:
        raise CellError("the key is empty", "Write whom the row is about, or take it out.")
    found = _text(text)
    if key == "external_id":
        return found
    pattern, remedy = _KEYS[key]
    folded = (found.removeprefix("@") if key == "domain" else found).translate(_FOLDED)
    if not pattern.fullmatch(folded):
        raise CellError(f"this is no {'domain' if key == 'domain' else 'e-mail address'}", remedy)
    return folded


_KEYS: dict[Key, tuple[re.Pattern[str], str]] = {
    "email": (_EMAIL, "Write it as anna@example.com."),
    "domain": (_DOMAIN, "Write it as example.com."),
}


def instant_of(text: str) -> int:
    """The UTC seconds of a day or an instant; without a zone it is UTC. Raises CellError."""
    if not (_DAY.fullmatch(text) or _INSTANT.fullmatch(text)):
        raise _no_date()
    try:
        found = datetime.fromisoformat(text)
        return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() // 1)
    except (ValueError, OverflowError):
        raise _no_date() from None


def _no_date() -> CellError:
    return CellError("this is not a date", "Write 2027-05-31, or 2027-05-31T14:00:00Z with a time.")


def _text(text: str) -> str:
    if len(text) > LONGEST:
        raise CellError(f"the text is longer than {LONGEST} characters", "Shorten it.")
    if _UNPRINTABLE.search(text):
        raise CellError("the text holds a character that cannot be printed", "Take the character out.")
    return text


def _number(text: str) -> int | float:
    if not _NUMBER.fullmatch(text):
        raise CellError("this is not a number", "Write digits and at most one point: 1234.50.")
    return round(float(text), 6) if "." in text else int(text)


def _truth(text: str) -> bool:
    if text.lower() not in _TRUTHS:
        raise CellError("this is neither true nor false", "Write true or false.")
    return _TRUTHS[text.lower()]


def _date(text: str) -> str:
    seconds = instant_of(text)
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")
    except (ValueError, OverflowError):
        raise _no_date() from None


def _set(text: str) -> list[str]:
    entries = list(dict.fromkeys(_text(entry.strip()) for entry in text.split("|") if entry.strip()))
    if len(entries) > MOST_ENTRIES:
        raise CellError(f"there are more than {MOST_ENTRIES} entries", "Keep those that the policy needs.")
    return entries


_VALUES: dict[Type, Callable[[str], Cell]] = {
    "text": _text,
    "number": _number,
    "boolean": _truth,
    "date": _date,
    "set": _set,
}
