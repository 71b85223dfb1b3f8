"""Calendar days as numbers, and the zones a schedule may be in."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

FIRST = date(1970, 1, 1)

ZONES = {
    "Amsterdam": "Europe/Amsterdam",
    "Berlin": "Europe/Berlin",
    "Brasilia": "America/Sao_Paulo",
    "Central Time (US & Canada)": "America/Chicago",
    "Copenhagen": "Europe/Copenhagen",
    "Dublin": "Europe/Dublin",
    "Eastern Time (US & Canada)": "America/New_York",
    "Lisbon": "Europe/Lisbon",
    "London": "Europe/London",
    "Madrid": "Europe/Madrid",
    "Mountain Time (US & Canada)": "America/Denver",
    "Mumbai": "Asia/Kolkata",
    "Pacific Time (US & Canada)": "America/Los_Angeles",
    "Paris": "Europe/Paris",
    "Rome": "Europe/Rome",
    "Singapore": "Asia/Singapore",
    "Sydney": "Australia/Sydney",
    "Tokyo": "Asia/Tokyo",
    "Vienna": "Europe/Vienna",
}
"""The desk's own names of zones; names of the time zone database are understood as well."""


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """The zone of that name; ValueError when there is none."""
    try:
        return ZoneInfo(ZONES.get(name, name))
    except (KeyError, OSError, ValueError):
        raise ValueError(f"{name!r} is not a time zone") from None


def day_number(text: object) -> int:
    """Days since 1970 of a date such as ``2026-12-25``; ValueError when it is none."""
    return (date.fromisoformat(str(text)) - FIRST).days


def date_text(number: int) -> str:
    """The date of that day."""
    return (FIRST + timedelta(days=number)).isoformat()
