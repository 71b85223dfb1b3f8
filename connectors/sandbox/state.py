"""The desk's memory: shelves of records in two orders, conversations, fields and a ledger.

Nothing here decides whether a change is allowed; that is ``changes.py`` and its neighbours.
Everything runs on one event loop, so nothing is locked.
"""

from __future__ import annotations

from collections import deque
from typing import Any, NamedTuple

from connectors.clock import Clock, SystemClock
from connectors.sandbox.apps import InstalledApp
from connectors.sandbox.hooks.records import Hooks
from connectors.sandbox.ledger import LEDGER_SIZE, Ledger
from connectors.sandbox.limits import Limits
from connectors.sandbox.records import (
    Audit,
    Comment,
    FieldDefinition,
    Group,
    GroupMembership,
    Identity,
    OrganizationMembership,
    Rating,
    Ticket,
    User,
)
from connectors.sandbox.rules.records import Category, MetricEvent, Promise, Schedule, SlaPolicy, Trigger
from connectors.sandbox.shelves import Companies, ExportShelf, People, Shelf
from connectors.sandbox.trouble import Trouble


class Commitment(NamedTuple):
    """What a ticket is promised since ``at``, for the priority it had; no promise means that none fits."""

    at: int
    promise: Promise | None
    priority: str | None


class Untold(NamedTuple):
    """One update of a ticket: how many audits and commitments there were after it, and before it."""

    ticket_id: int
    at: int
    audits: int
    promised: tuple[int, int]


class Rules:
    """What the account has laid down about its tickets. The first schedule holds for all of them."""

    def __init__(self) -> None:
        self.policies: Shelf[SlaPolicy] = Shelf()
        self.triggers: Shelf[Trigger] = Shelf()
        self.categories: Shelf[Category] = Shelf()
        self.schedules: Shelf[Schedule] = Shelf()


class Desk:
    """One help desk. ``owner_id`` is the admin whom OAuth acts as, ``agent_id`` who sits at the browser.

    ``plan`` is one of ``limits.PLANS`` and says how many requests it takes.
    """

    def __init__(
        self, *, name: str = "Sandbox", clock: Clock | None = None, plan: str = "enterprise"
    ) -> None:
        self.name = name
        self.clock: Clock = clock or SystemClock()
        self.users = People()
        self.organizations = Companies()
        self.tickets: ExportShelf[Ticket] = ExportShelf()
        self.ratings: Shelf[Rating] = Shelf()
        self.groups: Shelf[Group] = Shelf()
        self.memberships: Shelf[OrganizationMembership] = Shelf()
        self.group_memberships: Shelf[GroupMembership] = Shelf()
        self.identities: Shelf[Identity] = Shelf()
        self.links: dict[int, list[OrganizationMembership]] = {}
        """The memberships of each person."""
        self.addresses: dict[int, list[Identity]] = {}
        """The identities of each person."""
        self.ticket_fields: Shelf[FieldDefinition] = Shelf()
        self.user_fields: Shelf[FieldDefinition] = Shelf()
        self.organization_fields: Shelf[FieldDefinition] = Shelf()
        self.repeatable: dict[str, tuple[int, str, Any]] = {}
        """Creations by their key: when, a digest of what was sent, and the answer."""
        self.erasures: dict[int, tuple[int, int]] = {}
        """When and by whom people were deleted for good."""
        self.comments: dict[int, list[Comment]] = {}
        self.audits: dict[int, list[Audit]] = {}
        self.rules = Rules()
        self.commitments: dict[int, list[Commitment]] = {}
        """The service levels of tickets that ever had one, oldest first."""
        self.metric_events: ExportShelf[MetricEvent] = ExportShelf()
        """What clocks did in the updates that this desk has seen."""
        self.untold: deque[Untold] = deque(maxlen=10 * LEDGER_SIZE)
        """Updates whose metric events nobody has asked for yet."""
        self.breaches: dict[tuple[int, str, int, int], MetricEvent] = {}
        """Breaches that are foretold, by ticket, clock, number and time."""
        self.app: InstalledApp | None = None
        """The app that ticket pages frame."""
        self.hooks = Hooks()
        self.happenings: ExportShelf[Any] = ExportShelf()
        """The audits in the order of time, as far as somebody has asked for them."""
        self.ledger = Ledger()
        self.trouble = Trouble()
        self.limits = Limits(self.clock, self.trouble, plan)
        self.opened_at = 0
        self.owner_id = 0
        self.agent_id = 0
        self._serial = 0

    def serial(self) -> int:
        """A number never given before, for comments, audits and events."""
        self._serial += 1
        return 5_000_000 + self._serial

    def agent_by_email(self, email: str) -> User | None:
        """The active staff member of that address."""
        user = self.user_by_email(email)
        return user if user is not None and user.staff else None

    def user_by_email(self, email: str) -> User | None:
        """The active person of that address."""
        user = self.users.get(self.users.emails.bearer(email))
        return user if user is not None and user.active else None

    def present(self, key: int) -> Ticket | None:
        """The ticket, unless it is unknown or deleted."""
        ticket = self.tickets.get(key)
        return None if ticket is None or ticket.status == "deleted" else ticket
