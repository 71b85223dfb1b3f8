"""A clock for tests: time moves only when told to, and nobody waits."""

from __future__ import annotations

import threading

NOON = 1_792_324_800
"""2026-10-18 12:00:00 UTC, where a fake clock starts unless told otherwise."""


class FakeClock:
    """Keeps ``connectors.clock.Clock``; ``sleep`` returns at once, moves both clocks and is written down."""

    def __init__(self, start: int = NOON) -> None:
        self._lock = threading.Lock()
        self._wall = float(start)
        self._mono = 1_000.0
        self.sleeps: list[float] = []

    def wall(self) -> int:
        with self._lock:
            return int(self._wall)

    def mono(self) -> float:
        with self._lock:
            return self._mono

    def sleep(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("a sleep cannot be negative")
        with self._lock:
            self.sleeps.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Let time pass without anybody sleeping."""
        with self._lock:
            self._wall += seconds
            self._mono += seconds

    def jump(self, seconds: float) -> None:
        """Set the wall clock as an admin or a time server would; measured spans do not notice."""
        with self._lock:
            self._wall += seconds
