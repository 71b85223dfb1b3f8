"""How one cell of a ticket table is read; every refusal is a sentence with its remedy."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from connectors.sandbox.records import PRIORITIES, STATUSES

PRIORITY_NUMBERS = {"1": "urgent", "2": "high", "3": "normal", "4": "low"}
CHANNELS = {
    "phone": "voice",
    "ivr": "voice",
    "self_service": "web",
    "direct_opening": "api",
}
"""Names that other desks give to the channels of this one; any other name is kept."""
SCORES = ("good", "bad")
LARGEST_ID = 2**63 - 1
MOST = 1_000_000


def identity(text: str) -> int:
    """An id of this desk."""
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:20]) <= LARGEST_ID:
        raise ValueError("is not a whole number above 0: give every ticket and requester a number")
    return int(text)


def instant(text: str) -> int:
    """UTC seconds from ISO 8601; a time without a zone is taken as UTC."""
    try:
        at = datetime.fromisoformat(text)
        seconds = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise ValueError("is not a time: write it like 2026-01-15T09:30:00Z") from None
    if seconds < 0:
        raise ValueError("lies before 1970: correct the year")
    return int(seconds)


def status(text: str) -> str:
    """A status of this desk."""
    word = text.lower()
    if word not in STATUSES:
        raise ValueError(f"is not a status: use one of {', '.join(STATUSES)}")
    return sys.intern(word)


def priority(text: str) -> str:
    """A priority by its name or by its number, 1 being the most urgent."""
    word = PRIORITY_NUMBERS.get(text, text.lower())
    if word not in PRIORITIES:
        raise ValueError(f"is not a priority: use one of {', '.join(PRIORITIES)}, or 1 (urgent) to 4 (low)")
    return word


def channel(text: str) -> str:
    """A channel in this desk's words."""
    return CHANNELS.get(text.lower()) or sys.intern(text.lower())


def count(text: str) -> int:
    """How often something happened."""
    if not (text.isascii() and text.isdigit()) or int(text[:9]) > MOST:
        raise ValueError(f"is not a whole number from 0 to {MOST}: correct it or leave it empty")
    return int(text)


def score(text: str) -> str:
    """A verdict."""
    word = text.lower()
    if word not in SCORES:
        raise ValueError("is not a score: use good or bad, or leave it empty")
    return word


def address(text: str) -> str:
    """An e-mail address, at least by its look."""
    name, at, host = text.partition("@")
    if not name or not at or not host or " " in text:
        raise ValueError("is not an e-mail address: correct it or leave it empty")
    return text
