"""What the sidebar may see and what it shows: frozen values, and text that is ready to print.

Whether a text is safe inside HTML is the templates' affair: they escape everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from connectors.records import Customer, Organization, Rating, Ticket
from integration.store.solved import Solved
from integration.store.steps import Step
from integration.words import Words
from policies.model import Look
from policies.stages import Reached
from policies.standing import Standing
from policies.treatment import Decision

About = Literal["ticket", "customer"]
"""What advice is asked about: a ticket, or a customer apart from any ticket."""


@dataclass(frozen=True, slots=True)
class Sources:
    """All that is stored about one ticket, or one customer; what is not stored is None."""

    ticket_id: str
    """Empty where a customer is asked about."""
    ticket: Ticket | None = None
    customer: Customer | None = None
    organization: Organization | None = None
    standing: Standing | None = None
    assigned_by: str | None = None
    """Version of the policy that made the standing."""
    members: Mapping[str, bool] | None = None
    """Segment → whether it is kept although unknown today."""
    since: Mapping[str, int] | None = None
    """When each membership began; for a customer only."""
    stage: Reached | None = None
    """The stage of life they are in; for a customer only."""
    decision: Decision | None = None
    """Of the ticket."""
    ratings: tuple[Rating, ...] = ()
    """Newest last, at most 50."""
    open: tuple[Ticket, ...] = ()
    """The customer's other tickets that are not at rest, newest first, at most a few."""
    group: str | None = None
    """The only group that the desk has, where it has no other; for a customer only."""
    solved: tuple[Solved, ...] = ()
    """Solved tickets about the same."""
    steps: tuple[Step, ...] = ()
    """The ticket's course, as far as it is known."""
    synced_at: int | None = None
    """When the desk was last read to the end."""
    fault: str | None = None
    """Why the last sync failed; None when it worked."""
    next_sync: int | None = None
    about: About = "ticket"


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and when the reader is, and in which language: UTC seconds and an IANA time zone."""

    now: int
    zone: str
    words: Words

    @property
    def locale(self) -> str:
        """For figures, dates and money."""
        return self.words.locale


State = Literal["ready", "unknown", "rest"]
"""``unknown``: no segment can be shown yet; ``rest``: the ticket is solved or closed."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Two or three sentences in a tinted box, the first of them in bold where there is a lead."""

    lead: str
    text: str


@dataclass(frozen=True, slots=True)
class Membership:
    """One segment the customer is in and the facts that speak for it."""

    label: str
    facts: tuple[str, ...]
    note: str = ""
    """What is missing today, for a membership that is kept."""


@dataclass(frozen=True, slots=True)
class Why:
    """The two strongest facts, and every fact of every membership behind them."""

    summary: str
    memberships: tuple[Membership, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One piece of advice: what to do, and one fact that says why."""

    value: str
    icon: str
    reason: str = ""
    avoid: str = ""


@dataclass(frozen=True, slots=True)
class ReplyBy:
    """Until when to answer. ``at`` is the instant in UTC seconds, None where there is no deadline to keep."""

    value: str
    reason: str
    left: str = ""
    """``in 38 minutes``; the page keeps it current."""
    at: int | None = None
    urgent: bool = False
    """Less than an hour is left, or none."""


@dataclass(frozen=True, slots=True)
class Sample:
    """An opening line, in the customer's language."""

    text: str
    language: str
    direction: str = "ltr"


@dataclass(frozen=True, slots=True)
class Writing:
    """How to put it."""

    do: tuple[str, ...]
    avoid: tuple[str, ...]
    sample: Sample | None


@dataclass(frozen=True, slots=True)
class Trend:
    """Ratings as a line: the points of the chart, where it ends, and where it goes in one word."""

    points: str
    end: tuple[str, str]
    word: Literal["rising", "falling", "steady"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One row about the customer."""

    label: str
    value: str
    note: str = ""
    trend: Trend | None = None


@dataclass(frozen=True, slots=True)
class Other:
    """Another ticket: its number, what it is about, and how it stands or went."""

    ticket_id: str
    subject: str
    note: str


@dataclass(frozen=True, slots=True)
class View:
    """The sidebar of one ticket or customer. Absent parts are None or empty and take no room."""

    words: Words
    """The language all of it is in, but for the sample line and the policy's own words."""
    state: State
    title: str
    look: Look
    name: str
    company: str
    sure: bool
    """False where the segment shown is kept although it cannot be known today."""
    announcement: str
    now: int
    updated_at: int | None
    updated: str
    """How old the stored records are: ``4 minutes ago``."""
    old: Notice | None = None
    note: Notice | None = None
    why: Why | None = None
    tone: Row | None = None
    channel: Row | None = None
    reply_by: ReplyBy | None = None
    alert: Notice | None = None
    writing: Writing | None = None
    facts: tuple[Fact, ...] = ()
    open: tuple[Other, ...] = ()
    """Other tickets of the customer that are not at rest."""
    solved: tuple[Other, ...] = ()
    """Tickets solved like this one."""
    about: About = "ticket"

    @property
    def lists(self) -> tuple[tuple[str, tuple[Other, ...]], ...]:
        """The lists of tickets, each with its title."""
        _ = self.words.gettext
        beside = _("Other open tickets") if self.about == "ticket" else _("Open tickets")
        return (beside, self.open), (_("Solved like this"), self.solved)
