"""The promise every connector keeps; the code above talks to this and never to a vendor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol

import msgspec

from connectors.budget import Forecast, Governor
from connectors.changes import Edit, Field, NextCall, Outcome, TicketUpdate
from connectors.errors import UnavailableError
from connectors.findings import Finding
from connectors.records import Page, Record, Stream, Ticket
from connectors.setup import Installer
from connectors.vault import Pair


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a desk can do at all, asked before anything is sent."""

    vendor: str
    streams: tuple[Stream, ...]
    fields: tuple[Field, ...]
    batch: int
    """Tickets one update call may hold."""
    jobs: int
    """Update calls that may be in flight together; may change while they run."""


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the desk takes us for."""

    id: str
    name: str
    role: str


class Invitation(Protocol):
    """A sign-in that a person has still to agree to."""

    @property
    def address(self) -> str:
        """The page on which they do."""
        ...

    def answers(self, said: str) -> bool:
        """Whether this redirected address belongs to this invitation, whatever it says."""
        ...

    def redeem(self, said: str) -> Pair:
        """The tokens for what came back: the redirected address, or the code alone.

        Raises RejectedError when it answers another invitation, or when the person declined.
        """
        ...

    def close(self) -> None:
        """Give back connections and forget secrets."""
        ...


class Connector(Installer, Protocol):
    """One signed-in desk. Methods raise the errors of ``connectors.errors`` and nothing else."""

    @property
    def capabilities(self) -> Capabilities: ...

    @property
    def requests(self) -> Counter[str]:
        """Requests sent so far, by kind: ``read``, ``update``, ``job`` and ``setup``."""
        ...

    def identity(self) -> Identity:
        """Who is signed in; AuthenticationError when the desk takes us for nobody."""
        ...

    def examine(self) -> Iterator[Finding]:
        """Everything about this account that may stand in our way, one finding a check, faults and all.

        Only reads. A check that cannot be made is a finding; nothing is raised.
        """
        ...

    def app_key(self, app: str) -> str:
        """The public key with which the account signs what opens the sidebar in this app, as PEM.

        Raises UnavailableError where we may not ask for it, RejectedError where there is none. A desk that
        signs nothing needs neither this nor the next.
        """
        raise UnavailableError("This help desk has no key that could be fetched.")

    def examine_app(self, app: str, installation: str) -> Iterator[Finding]:
        """Whether that app is installed so, and its key to be had; ``installation`` may be empty.

        Only reads, and raises as little as ``examine``.
        """
        return iter(())

    @property
    def budget(self) -> Governor:
        """Who lets every request of this desk pass; also tells beforehand what calls will cost."""
        ...

    def pages(self, stream: Stream, cursor: str | None) -> Iterator[Page]:
        """The pages of a stream after ``cursor``, oldest change first, until one says ``last``.

        Delivery is at least once: a record may come again, never be skipped. Each page's cursor starts
        the next call, also after the last page and after a crash. A cursor that cannot be read raises
        UnreadableCursorError before anything is asked.
        """
        ...

    def since(self, stream: Stream, stamp: int) -> str:
        """A cursor that gives again what changed after the version ``stamp``, and some of what was before."""
        ...

    def tickets(self, ids: Sequence[str]) -> Mapping[str, Ticket]:
        """The tickets as they are now, by id; what is gone is absent. At most ``capabilities.batch`` ids."""
        ...

    def records(self, stream: Stream, ids: Sequence[str]) -> Sequence[Record]:
        """Customers, organizations or tickets as they are now; what is gone or unreadable is absent.

        At most ``capabilities.batch`` ids.
        """
        ...

    def options(self) -> Mapping[Field, Mapping[str, str] | None]:
        """The fields that can be written on this desk today, as the desk itself tells.

        Each with the values it takes and what people call them, or None where any value will do. A field
        that this desk has no place for is absent.
        """
        ...

    def next_call(self, updates: Sequence[TicketUpdate]) -> NextCall:
        """Sort wishes before sending: what the next call carries, and what no call could carry.

        A desk that takes one change for many tickets gets those that want the same; a value that it does
        not have is refused here and never sent. May ask the desk, changes nothing there.
        """
        ...

    def send(self, updates: Sequence[TicketUpdate]) -> str:
        """Ask for the tickets of one ``next_call`` to be changed; gives the job's id.

        Each ticket is changed only if its stamp still holds. Raises UnknownOutcomeError when the
        request left and no answer came.
        """
        ...

    def outcomes(self, jobs: Sequence[str]) -> Mapping[str, Sequence[Outcome]]:
        """The finished ones among these jobs with a result per ticket; running jobs are absent.

        A job the desk no longer knows has an empty list: only reading its tickets tells.
        """
        ...

    def marks(self, ticket_id: str) -> Collection[str]:
        """The marks (``mark`` and ``note_mark``) of our updates in the newest part of a ticket's history.

        One call for one ticket: only for what reading the ticket leaves open.
        """
        ...

    def history(self, ticket_id: str) -> Sequence[Edit]:
        """Who changed what we may write, oldest first, in the newest part of a ticket's history.

        One call for one ticket. Raises RejectedError for a ticket that is gone, UnavailableError where the
        history is not shown to us.
        """
        ...

    def forecast(self, tickets: int) -> Forecast:
        """The requests and seconds that changing so many tickets takes, at the desk's present budget."""
        ...

    def close(self) -> None:
        """Give back connections and forget secrets."""
        ...
