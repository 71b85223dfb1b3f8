"""Where a pair of tokens lives between two processes: what is kept, and what a keeper promises."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

import msgspec

from connectors.errors import ConnectorError


class VaultError(ConnectorError):
    """The pair cannot be read or kept; the message names the place and the reason."""


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """An access token and the refresh token that gets the next pair; times are wall seconds.

    It is only ever shown to ``desk``, and by ``client_id``. No ``until`` means no end.
    """

    desk: str
    client_id: str
    scope: str
    access: str
    refresh: str
    made_at: int
    until: int | None = None
    refresh_until: int | None = None
    asked_at: int | None = None
    """When a refresh was sent whose answer has not been stored."""
    dead: str = ""
    """Why nothing can be got for this pair any more; empty while it may live."""

    def __repr__(self) -> str:
        return f"Pair({self.desk!r}, made at {self.made_at})"


class Vault(Protocol):
    """Keeps one pair for all processes of an installation. Methods raise VaultError and nothing else."""

    def locked(self) -> AbstractContextManager[None]:
        """Nobody else, in this process or another, is inside such a block at the same time."""
        ...

    def load(self) -> Pair | None:
        """The pair saved last, whole; None where there is none."""
        ...

    def save(self, pair: Pair) -> None:
        """Keep this pair instead; once this returns it survives a power cut."""
        ...
