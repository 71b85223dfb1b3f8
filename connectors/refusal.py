"""Which error of ``connectors.errors`` an answer becomes, or the lack of one. Nothing vendor-specific."""

from __future__ import annotations

from connectors.errors import (
    AuthenticationError,
    ConflictError,
    ConnectorError,
    RejectedError,
    RetryableError,
    SlowError,
    UnavailableError,
    UnknownOutcomeError,
)

TEMPORARY = frozenset({408, 409, 429, 500, 502, 503, 504, *range(520, 525)})
"""Statuses after which a read is worth repeating; 409 because exports answer it when they are busy."""


TOO_SLOW = frozenset({504, 524})
"""Statuses of somebody in between who has waited long enough for the desk itself."""


def refused(status: int, words: str, *, wait: float | None, write: bool) -> ConnectorError:
    """The error for a status that is not a success; ``words`` are the desk's own, short and safe to show.

    ``wait`` is what the desk asked for. A write is only worth repeating when the desk says that it did
    not take it (429, or 503 with a time to come back); after any other server error nobody knows.
    """
    said = f"{status}: {words}" if words else str(status)
    if write:
        return _refused_write(status, said, wait)
    if status in TEMPORARY:
        kind = SlowError if status in TOO_SLOW else RetryableError
        return kind(_busy(said), status=status, wait=wait)
    return _refused_for_good(status, said)


def lost(what: str, *, status: int | None = None, write: bool, late: bool = False) -> ConnectorError:
    """The error for an answer that did not arrive whole: a read is repeated, a write is in doubt."""
    if not write:
        kind = SlowError if late else RetryableError
        return kind(f"{what}. Try again later.", status=status)
    return UnknownOutcomeError(
        f"{what} after a change was sent. Read the records to see what became of it.", status=status
    )


def _refused_write(status: int, said: str, wait: float | None) -> ConnectorError:
    if status == 429 or (status == 503 and wait is not None):
        return RetryableError(_busy(said), status=status, wait=wait)
    if status == 408 or status >= 500:
        return lost(f"The help desk failed ({said})", status=status, write=True)
    if status == 409:
        return ConflictError(f"The record changed in the meantime ({said}).", status=status)
    return _refused_for_good(status, said)


def _refused_for_good(status: int, said: str) -> ConnectorError:
    if status == 401:
        return AuthenticationError(
            f"The help desk does not accept our credentials ({said}). Check the client id and its secret, "
            "and that the client and the user it belongs to are active.",
            status=status,
        )
    if status == 403:
        return UnavailableError(
            f"The help desk does not offer this to us ({said}). Check the plan, the role of the user the "
            "client belongs to, and the scopes of the client.",
            status=status,
        )
    return RejectedError(f"The help desk refuses this request ({said}).", status=status)


def _busy(said: str) -> str:
    return f"The help desk cannot answer now ({said}). Try again later."
