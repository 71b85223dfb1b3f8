"""The kinds of value that stand in a policy file: names, spans of time, days, tags, lines of text."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, StringConstraints, WithJsonSchema

_TAG = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}")
_SPAN = re.compile(r"^([1-9][0-9]{0,5}) (minute|hour|day|week)s?$")
_SPAN_SCHEMA = WithJsonSchema(
    {"type": "string", "pattern": _SPAN.pattern, "examples": ["30 minutes", "30 days"]}
)
_TAG_SCHEMA = WithJsonSchema({"type": "string", "pattern": f"^(?!sla_){_TAG.pattern}$"})
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,4})?")
_SHARE = re.compile(r"(0(?:\.[0-9]{1,4})?|1(?:\.0{1,4})?)|([0-9]{1,3}) ?%")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86400, "week": 604800}


def _span(value: object) -> int:
    found = _SPAN.match(value) if isinstance(value, str) else None
    if not found:
        raise ValueError("write a span as a number and a unit: 30 minutes, 1 hour, 30 days, 2 weeks")
    return int(found[1]) * _SECONDS[found[2]]


def _share(value: object) -> float:
    written = str(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
    found = _SHARE.fullmatch(written)
    share = float(found[1]) if found and found[1] else float(found[2]) / 100 if found else -1.0
    if not 0 <= share <= 1:
        raise ValueError("write a share from 0 to 1, or as a percentage: 0.2 or 20 %")
    return share


def is_name(value: str) -> bool:
    """Whether a text is what a policy calls its own things, and no sentence."""
    return bool(_NAME.fullmatch(value))


def _amount(value: object) -> float:
    written = str(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
    if not _AMOUNT.fullmatch(written):
        raise ValueError("write an amount as digits: 45 or 4.50")
    return float(written)


def _tag(value: str) -> str:
    if not _TAG.fullmatch(value) or value.startswith("sla_"):
        raise ValueError("a tag has a-z, 0-9, _ and - only, at most 61 of them, and does not begin with sla_")
    return value


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else value


def _day(value: object) -> date:
    if not isinstance(value, str):
        raise ValueError("write a day as year-month-day: 2027-05-31")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("write a day as year-month-day: 2027-05-31") from None


Line = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""Text of one line that people will read."""
Label = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
Name = Annotated[str, StringConstraints(max_length=60, pattern=r"^[a-z][a-z0-9_]*$")]
"""What a policy calls its own things; small enough to be a word of the condition language."""
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
TagName = Annotated[str, AfterValidator(_tag), _TAG_SCHEMA]
"""A tag without the desk's prefix; ``sla_…`` is kept for service levels."""
Amount = Annotated[float, BeforeValidator(_amount)]
"""A sum of money, written as ``45`` or ``4.50``."""
Share = Annotated[float, BeforeValidator(_share)]
"""Of a whole, written as ``20 %`` or ``0.2``."""
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Span = Annotated[int, BeforeValidator(_span), _SPAN_SCHEMA]
"""Seconds, written as ``30 days``."""
Cell = Annotated[str, BeforeValidator(_cell), StringConstraints(max_length=300)]
"""An entry of a lookup table, as text: ``winter``, ``12`` or ``true``."""
Day = Annotated[date, BeforeValidator(_day)]
ConditionText = Annotated[str, StringConstraints(min_length=1)]
