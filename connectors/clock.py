"""The one clock: wall time for stamps, monotonic time for durations, and the only sleep."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """What the time is and how to wait; tests bring one that needs no waiting."""

    def wall(self) -> int:
        """Whole seconds since 1970 in UTC."""
        ...

    def mono(self) -> float:
        """Seconds that never jump, for measuring spans."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let this thread wait."""
        ...


class SystemClock:
    """The machine's own clock."""

    def wall(self) -> int:
        return int(time.time())

    def mono(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
