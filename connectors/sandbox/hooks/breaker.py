"""The circuit breaker: an address that fails and fails is left alone for a moment."""

from __future__ import annotations

from collections import deque

WINDOW = 300.0
"""Seconds that are looked at."""
SHARE = 0.7
LEAST = 20
"""Tries below which a share means nothing; the vendor does not say how many it asks for."""
ERRORS = 1000
PAUSE = 5.0
"""Seconds of rest; the vendor only says that it is brief."""


class Breaker:
    """The last tries of one webhook. Times are monotonic."""

    def __init__(self) -> None:
        self._tries: deque[tuple[float, bool]] = deque()
        self._errors = 0
        self._closed_from = 0.0

    def open(self, now: float) -> bool:
        """Whether nothing may be sent now."""
        return now < self._closed_from

    def saw(self, now: float, *, good: bool) -> None:
        """Count a try; too many bad ones open the circuit, and counting begins anew after the pause."""
        self._tries.append((now, good))
        self._errors += not good
        while self._tries[0][0] <= now - WINDOW:
            self._errors -= not self._tries.popleft()[1]
        total = len(self._tries)
        if self._errors > ERRORS or (total >= LEAST and self._errors >= SHARE * total):
            self._closed_from = now + PAUSE
            self._tries.clear()
            self._errors = 0
