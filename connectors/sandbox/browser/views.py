"""What the agent's pages show, as ready-to-print values; nothing here knows HTML or HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from connectors.sandbox.apps import APP, INSTALLATION
from connectors.sandbox.records import UNSOLVED, Comment, Ticket, User
from connectors.sandbox.state import Desk
from connectors.sandbox.wire import Json, custom_ids, stamp
from connectors.sandbox.wire_people import readable

ROWS_A_PAGE = 30
CHANNELS = {"voice": "Phone", "email": "Email", "web": "Web form", "chat": "Chat", "api": "API"}


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, for people and for machines."""

    text: str
    iso: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the ticket list."""

    id: int
    subject: str
    requester: str
    organization: str
    status: str
    priority: str
    updated: Moment


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the ticket list."""

    show: str
    lines: tuple[Line, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One comment of a conversation."""

    author: str
    initials: str
    kind: str
    """``customer``, ``agent`` or ``note``."""
    through: str
    """The customer's channel, or that an agent wrote it."""
    at: Moment
    body: str


@dataclass(frozen=True, slots=True)
class TicketPage:
    """Everything about one ticket that the page prints."""

    id: int
    subject: str
    status: str
    priority: str
    tags: str
    closed: bool
    channel: str
    created: Moment
    requester: str
    address: str
    organization: str
    assignee: str
    group: str
    fields: tuple[tuple[str, str], ...]
    entries: tuple[Entry, ...]


def listing(desk: Desk, show: str, page: int) -> Listing:
    """Tickets by their last change, newest first; ``show`` is ``unsolved`` or ``all``."""
    wanted = UNSOLVED if show == "unsolved" else (*UNSOLVED, "solved", "closed")
    places = reversed(desk.tickets.order)
    found = [t for place in places if (t := desk.tickets.get(place.id)) and t.status in wanted]
    pages = max(-(-len(found) // ROWS_A_PAGE), 1)
    page = min(max(page, 1), pages)
    shown = islice(found, (page - 1) * ROWS_A_PAGE, page * ROWS_A_PAGE)
    return Listing(show, tuple(_line(desk, ticket) for ticket in shown), len(found), page, pages)


def ticket_page(desk: Desk, ticket: Ticket) -> TicketPage:
    """One ticket with its conversation; a ticket without one shows its description as the first entry."""
    requester = desk.users.get(ticket.requester_id)
    group = desk.groups.get(ticket.group_id)
    assignee = desk.users.get(ticket.assignee_id)
    return TicketPage(
        id=ticket.id,
        subject=_subject(ticket),
        status=ticket.status,
        priority=ticket.priority or "",
        tags=" ".join(ticket.tags),
        closed=ticket.status == "closed",
        channel=CHANNELS.get(ticket.channel, ticket.channel),
        created=_moment(ticket.created_at),
        requester=_name(requester),
        address=(requester.email or "No e-mail address") if requester else "",
        organization=_organization(desk, ticket),
        assignee=assignee.name if assignee else "Nobody yet",
        group=group.name if group else "No group",
        fields=_fields(desk, ticket),
        entries=_entries(desk, ticket),
    )


def told(desk: Desk, ticket: Ticket, agent: User, *, guid: str, account: str, locale: str) -> Json:
    """What the page says to the app, in the framework's words; without ``locale`` the agent's own counts."""
    requester = desk.users.get(ticket.requester_id)
    organization = desk.organizations.get(ticket.organization_id)
    person = _person(agent) | {"role": agent.role, "locale": locale or agent.locale or "en-US"}
    return {
        "metadata": {"appId": APP, "installationId": INSTALLATION, "settings": {}},
        "context": {
            "instanceGuid": guid,
            "product": "support",
            "account": {"subdomain": account},
            "location": "ticket_sidebar",
            "ticketId": ticket.id,
        },
        "ticket": {
            "id": ticket.id,
            "subject": _subject(ticket),
            "status": ticket.status,
            "priority": ticket.priority,
            "tags": ticket.tags,
            "requester": _person(requester) if requester else None,
            "organization": {"id": organization.id, "name": organization.name} if organization else None,
        },
        "currentUser": person,
    }


def _person(user: User) -> Json:
    return {"id": user.id, "name": user.name, "email": user.email, "externalId": user.external_id}


def _line(desk: Desk, ticket: Ticket) -> Line:
    return Line(
        id=ticket.id,
        subject=_subject(ticket),
        requester=_name(desk.users.get(ticket.requester_id)),
        organization=_organization(desk, ticket),
        status=ticket.status,
        priority=ticket.priority or "",
        updated=_moment(ticket.updated_at),
    )


def _fields(desk: Desk, ticket: Ticket) -> tuple[tuple[str, str], ...]:
    rows = []
    for key in custom_ids(desk):
        field = desk.ticket_fields.get(key)
        if field is None:
            continue
        value = readable(ticket.custom_fields.get(key))
        names = {option.value: option.name for option in field.options}
        rows.append((field.title, names.get(value, value)))
    return tuple(rows)


def _entries(desk: Desk, ticket: Ticket) -> tuple[Entry, ...]:
    comments = desk.comments.get(ticket.id)
    if comments:
        return tuple(_entry(desk, comment) for comment in comments)
    if not ticket.description:
        return ()
    name = _name(desk.users.get(ticket.requester_id))
    at = _moment(ticket.created_at)
    return (Entry(name, _initials(name), "customer", _channel(ticket.channel), at, ticket.description),)


def _entry(desk: Desk, comment: Comment) -> Entry:
    author = desk.users.get(comment.author_id)
    staff = author is not None and author.staff
    kind = "customer" if not staff else "agent" if comment.public else "note"
    name = _name(author)
    at = _moment(comment.created_at)
    through = "Agent" if staff else _channel(comment.channel)
    return Entry(name, _initials(name), kind, through, at, comment.body)


def _channel(channel: str) -> str:
    return CHANNELS.get(channel, channel)


def _subject(ticket: Ticket) -> str:
    return ticket.subject or f"Ticket {ticket.id}"


def _name(user: User | None) -> str:
    return user.name if user else "Unknown requester"


def _organization(desk: Desk, ticket: Ticket) -> str:
    organization = desk.organizations.get(ticket.organization_id)
    return organization.name if organization else ""


def _initials(name: str) -> str:
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words[:1])).upper()


def _moment(seconds: int) -> Moment:
    at = datetime.fromtimestamp(seconds, UTC)
    return Moment(f"{at.day} {at:%b %Y, %H:%M} UTC", stamp(seconds))
