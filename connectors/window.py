"""The time for which a desk has asked for no requests, kept for all threads that talk to it."""

from __future__ import annotations

import threading

from connectors.clock import Clock
from connectors.errors import RetryableError


class ParkedError(RetryableError):
    """Worth asking again, but later than one call may last: ``wait`` tells when."""


class Window:
    """Closed from a ``Retry-After`` until its time is over; never longer than ``longest`` seconds at once.

    A desk that asks for more is asked again after ``longest``: headers with absurd waits have been seen,
    and must not silence a desk for good.
    """

    def __init__(self, clock: Clock, longest: float) -> None:
        self._clock = clock
        self._longest = longest
        self._lock = threading.Lock()
        self._open_at = clock.mono()
        self._parked = False

    def close_for(self, error: RetryableError, wait: float) -> RetryableError:
        """Close for ``wait`` seconds; gives the error to raise, a ParkedError where the wait is too long."""
        with self._lock:
            self._open_at = self._clock.mono() + min(wait, self._longest)
            self._parked = wait > self._longest
        if wait <= self._longest:
            return error
        message = f"{error.message} It asks for {wait:.0f} seconds of peace."
        return ParkedError(message, status=error.status, wait=wait)

    def pass_through(self) -> None:
        """Return when requests are welcome: after a short wait, or at once with a ParkedError."""
        with self._lock:
            left, parked = self._open_at - self._clock.mono(), self._parked
        if left > 0 and parked:
            raise ParkedError(
                f"The help desk asked for no requests for another {left:.0f} seconds.", wait=left
            )
        if left > 0:
            self._clock.sleep(left)
