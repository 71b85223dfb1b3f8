"""The promise every connector keeps; the code above talks to this and never to a vendor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import msgspec

from connectors.changes import Field, Outcome, TicketUpdate
from connectors.records import Page, Record, Stream, Ticket


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a desk can do at all, asked before anything is sent."""

    vendor: str
    streams: tuple[Stream, ...]
    fields: tuple[Field, ...]
    batch: int
    """Tickets one update call may hold."""
    jobs: int
    """Update calls that may be in flight together."""


class Connector(Protocol):
    """One signed-in desk. Methods raise the errors of ``connectors.errors`` and nothing else."""

    @property
    def capabilities(self) -> Capabilities: ...

    @property
    def requests(self) -> Counter[str]:
        """Requests sent so far, by kind: ``read``, ``update`` and ``job``."""
        ...

    def pages(self, stream: Stream, cursor: str | None) -> Iterator[Page]:
        """The pages of a stream after ``cursor``, oldest change first, until one says ``last``.

        Delivery is at least once: a record may come again, never be skipped. Each page's cursor starts
        the next call, also after the last page and after a crash.
        """
        ...

    def tickets(self, ids: Sequence[str]) -> Mapping[str, Ticket]:
        """The tickets as they are now, by id; what is gone is absent. At most ``capabilities.batch`` ids."""
        ...

    def records(self, stream: Stream, ids: Sequence[str]) -> Sequence[Record]:
        """Customers, organizations or tickets as they are now; what is gone or unreadable is absent.

        At most ``capabilities.batch`` ids.
        """
        ...

    def send(self, updates: Sequence[TicketUpdate]) -> str:
        """Ask for at most ``capabilities.batch`` tickets to be changed, in one call; gives the job's id.

        Each ticket is changed only if its stamp still holds. Raises UnknownOutcomeError when the
        request left and no answer came.
        """
        ...

    def outcomes(self, jobs: Sequence[str]) -> Mapping[str, Sequence[Outcome]]:
        """The finished ones among these jobs with a result per ticket; running jobs are absent.

        A job the desk no longer knows has an empty list: only reading its tickets tells.
        """
        ...

    def close(self) -> None:
        """Give back connections and forget secrets."""
        ...
