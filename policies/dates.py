"""The text of a day or an instant → UTC seconds, in the shapes that a custom field may have, too."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_SHAPE = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(?:\d{3}|\d{6}))?)?(?:Z|([+-])(\d\d):(\d\d))?)?",
    re.ASCII,
)
EARLIEST, LATEST = -62_135_596_800, 253_402_300_799
"""The first and the last second of the years 1 to 9999 in UTC: calendars end there."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(text: str) -> int | None:
    """Seconds since 1970; None for a day or a time of day that does not exist.

    Without a zone it is UTC, without a time it is the day's beginning, and parts of a second are left out.
    """
    found = _SHAPE.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, ahead, ahead_minutes = (
        int(found[group] or 0) for group in (1, 2, 3, 4, 5, 6, 8, 9)
    )
    try:
        local = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    if ahead > 14 or ahead_minutes > 59:
        return None
    offset = timedelta(hours=ahead, minutes=ahead_minutes)
    seconds = (local - _EPOCH - (offset if found[7] != "-" else -offset)) // timedelta(seconds=1)
    return seconds if EARLIEST <= seconds <= LATEST else None
