"""Requests with our credentials: renewed once when refused, and quiet once the refusal is final."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from connectors.clock import Clock
from connectors.errors import AuthenticationError
from connectors.findings import Finding
from connectors.zendesk.oauth import Credentials

T = TypeVar("T")

PEACE = 300.0
"""Seconds for which an account that refused us for good is not asked again."""


class Session:
    """One signed-in account, for any number of threads."""

    def __init__(self, credentials: Credentials, clock: Clock) -> None:
        self._credentials = credentials
        self._clock = clock
        self._lock = threading.Lock()
        self._refusal: AuthenticationError | None = None
        self._quiet_until = clock.mono()

    def ask(self, request: Callable[[str], T]) -> T:
        """What ``request`` gives for an ``Authorization`` header; a refused one is replaced once.

        Raises AuthenticationError without asking while a refusal of the last minutes stands. One that only
        a person's new sign-in can end costs no request to repeat, and so is not held against them.
        """
        self._demand_peace()
        try:
            return self._twice(request)
        except AuthenticationError as error:
            if not error.reauth:
                with self._lock:
                    self._refusal, self._quiet_until = error, self._clock.mono() + PEACE
            raise

    def outlook(self) -> Finding:
        """How long this way of signing in will last."""
        return self._credentials.outlook()

    def close(self) -> None:
        """Keep no secret any longer."""
        self._credentials.forget()

    def _twice(self, request: Callable[[str], T]) -> T:
        authorization = self._credentials.authorization()
        try:
            return request(authorization)
        except AuthenticationError:
            self._credentials.refused(authorization)
        return request(self._credentials.authorization())

    def _demand_peace(self) -> None:
        with self._lock:
            if self._refusal is not None and self._clock.mono() < self._quiet_until:
                raise AuthenticationError(self._refusal.message, status=self._refusal.status)
