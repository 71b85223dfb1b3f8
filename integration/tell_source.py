"""Where a value comes from and how old it is, in the words of a proof."""

from __future__ import annotations

from integration import show
from integration.store.origins import Source


def tell_source(source: Source | None, now: int) -> str:
    """The record in brackets, with its age; nothing where there is no source."""
    if source is None:
        return ""
    if source.at is None:
        return f" [{show.plain(source.record)}]"
    days = max(0, now - source.at) // 86400
    age = f"{days:,} days old" if days > 1 else "of the last two days"
    return f" [{show.plain(source.record)}, {age}{_holds(source, now)}]"


def _holds(source: Source, now: int) -> str:
    """Until when an imported value holds."""
    if source.until is None:
        return ""
    return f", {'holds until' if source.until > now else 'expired'} {show.instant(source.until)}"
