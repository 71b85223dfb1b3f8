"""Instants as Zendesk writes them, in UTC seconds. A page holds thousands, so their parts are looked up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

_HOUR = len("2026-01-15T09")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_REST = {f":{second // 60:02}:{second % 60:02}Z": second for second in range(3600)}


def seconds(text: str, name: str) -> int:
    """The instant in ``text`` in UTC seconds; ValueError naming the property but not its content."""
    try:
        return _hour(text[:_HOUR]) + _REST[text[_HOUR:]]
    except (KeyError, ValueError):
        pass  # another spelling
    try:
        return _since_epoch(text)
    except ValueError:
        raise ValueError(f"{name} is not a time") from None


@lru_cache(maxsize=8192)
def _hour(text: str) -> int:
    return _since_epoch(f"{text}:00:00Z")


def _since_epoch(text: str) -> int:
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(seconds=1)
