"""Instants as Zendesk writes them, in UTC seconds. A page holds thousands, so their parts are looked up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_USUAL = len("2026-01-15T09:30:00Z")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_DAYS = 40_000
_DAYS: dict[str, int] = {}
_MINUTES = {f"T{minute // 60:02}:{minute % 60:02}:": minute * 60 for minute in range(24 * 60)}
_SECONDS = {f"{second:02}Z": second for second in range(60)}


def seconds(text: str, name: str) -> int:
    """The instant in ``text`` in UTC seconds; ValueError naming the property but not its content."""
    try:
        if len(text) == _USUAL:
            return _DAYS[text[:10]] + _MINUTES[text[10:17]] + _SECONDS[text[17:]]
    except KeyError:
        pass  # a day not met before, or another spelling
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{name} is not a time") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if len(text) == _USUAL and len(_DAYS) < _MOST_DAYS:
        _DAYS[text[:10]] = _midnight(text[:10])
    return (moment - _EPOCH) // timedelta(seconds=1)


def _midnight(day: str) -> int:
    return (datetime.fromisoformat(day).replace(tzinfo=UTC) - _EPOCH) // timedelta(seconds=1)
