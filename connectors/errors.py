"""Errors named by what the caller should do next; the HTTP status is evidence, never a class."""

from __future__ import annotations


class ConnectorError(Exception):
    """A help desk could not do what was asked.

    ``message`` is written for the person who reads it and holds no secret and no customer data;
    ``status`` is the HTTP status when there was one.
    """

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


class RetryableError(ConnectorError):
    """Worth asking again later; ``wait`` is the desk's own wish in seconds, if it stated one."""

    def __init__(self, message: str, *, status: int | None = None, wait: float | None = None) -> None:
        super().__init__(message, status=status)
        self.wait = wait


class SlowError(RetryableError):
    """The desk did not finish in time: ask for less at once, or again later."""


class AuthenticationError(ConnectorError):
    """The account refuses us: stop everything for this desk until an admin acts.

    ``reauth`` says that only a person who signs in again can help.
    """

    def __init__(self, message: str, *, status: int | None = None, reauth: bool = False) -> None:
        super().__init__(message, status=status)
        self.reauth = reauth


class UnavailableError(ConnectorError):
    """This stream is not offered to us (plan, role or scope): go on with the others."""


class RejectedError(ConnectorError):
    """The desk refuses this one request for good: skip it and keep the reason."""


class ConflictError(ConnectorError):
    """The record moved under us: read it again, decide again, once."""


class CursorError(ConnectorError):
    """The saved place is no longer accepted, or does not move: start from an overlapping time."""


class UnreadableCursorError(CursorError):
    """The saved place is no place of this connector: start from the newest version that was saved."""


class UnknownOutcomeError(ConnectorError):
    """A write was sent and no answer came: only reading tells whether it happened."""
