"""Other tickets beside this one: what the customer has open, and what was solved like it."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.records import Ticket
from integration import render
from integration.sidebar.model import Other, Setting, Sources
from integration.store.solved import Solved
from integration.words import later

MOST = 3
"""Tickets that each list shows."""

SAME_SEGMENT = 0.35
WELL_RATED, BADLY_RATED = 0.15, -0.3
"""What counts beside the likeness of the subject (1 for the most alike): who it was for, and how it went."""

ALIKE = 0.35
"""Less alike than this, a ticket is about something else, whoever it was for."""

_STANDS = {
    "new": later("New"),
    "open": later("Open"),
    "pending": later("Waits for the customer"),
    "hold": later("On hold"),
}
_RATED = {"good": later("rated good"), "bad": later("rated bad")}


def open_tickets(sources: Sources, setting: Setting) -> tuple[Other, ...]:
    """The customer's other tickets that are not at rest, newest first.

    What one of another group is about is not said: not everybody who reads this one may read it.
    """
    if sources.about == "customer":
        return beside_no_ticket(sources.open, sources.group, setting)
    mine, untold = sources.ticket.group_id if sources.ticket else None, later("In another group")
    return tuple(_open(one, mine, untold, setting) for one in sources.open[:MOST])


def beside_no_ticket(tickets: Sequence[Ticket], only: str | None, setting: Setting) -> tuple[Other, ...]:
    """Open tickets where no ticket tells by its group what its reader may read.

    ``only`` is the desk's one group. Where it has several, no subject of a ticket in one of them is said.
    """
    return tuple(_open(one, only, later("Subject not shown"), setting) for one in tickets[:MOST])


def _open(ticket: Ticket, mine: str | None, untold: str, setting: Setting) -> Other:
    told, _ = ticket.group_id in (None, mine), setting.words.gettext
    subject = render.visible(ticket.subject or "", 80) if told else _(untold)
    ago = render.relative(min(ticket.created_at - setting.now, -1), setting.locale)
    stands = _(_STANDS.get(ticket.status, _STANDS["open"]))
    note = _("%(stands)s, came in %(ago)s", stands=stands, ago=ago)
    return Other(ticket.id, subject or _("No subject"), note)


def solved_like(sources: Sources, setting: Setting) -> tuple[Other, ...]:
    """The solved tickets that help most: about the same, for the same segment, and well rated."""
    segment = sources.decision.segment if sources.decision else None
    return tuple(_solved(one, setting) for one in ranked(sources.solved, segment)[:MOST])


def ranked(found: Sequence[Solved], segment: str | None) -> list[Solved]:
    """Those that are alike enough, the most helpful first; among equals the newest."""
    alike = [one for one in found if one.score >= ALIKE]
    return sorted(alike, key=lambda one: (-_worth(one, segment), -one.solved_at, one.ticket_id))


def _worth(one: Solved, segment: str | None) -> float:
    rating = {"good": WELL_RATED, "bad": BADLY_RATED}.get(one.rated or "", 0.0)
    return one.score + rating + (SAME_SEGMENT if segment is not None and segment in one.segments else 0.0)


def _solved(one: Solved, setting: Setting) -> Other:
    words = setting.words
    took = render.span(max(one.solved_at - one.created_at, 60), setting.locale)
    parts = [words.gettext("Solved in %(span)s", span=took)]
    if one.replies is not None:
        parts.append(words.ngettext("%(count)s reply", "%(count)s replies", one.replies))
    if one.rated in _RATED:
        parts.append(words.gettext(_RATED[one.rated]))
    return Other(one.ticket_id, render.visible(one.subject, 80), words.joined(parts))
