"""Instants as Zendesk writes them, in UTC seconds. A page holds thousands, so their parts are looked up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_REST = {f":{second // 60:02}:{second % 60:02}Z": second for second in range(3600)}


def seconds(text: str, name: str) -> int:
    """The instant in ``text`` in UTC seconds; ValueError naming the property but not its content."""
    try:
        return _HOURS[text[:13]] + _REST[text[13:]]
    except (KeyError, ValueError):
        pass  # another spelling
    try:
        return _since_epoch(text)
    except ValueError:
        raise ValueError(f"{name} is not a time") from None


class _Hours(dict[str, int]):
    """When an hour began, by its text up to the hour; looked up sooner than a cache with an order of use."""

    def __missing__(self, text: str) -> int:
        if len(self) >= MOST_HOURS:
            self.clear()
        self[text] = began = _since_epoch(f"{text}:00:00Z")
        return began


MOST_HOURS = 8192
_HOURS = _Hours()


def _since_epoch(text: str) -> int:
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(seconds=1)
