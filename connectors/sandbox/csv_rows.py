"""From rows to records: people, companies and teams appear as the table first names them."""

from __future__ import annotations

import sys

from connectors.sandbox import csv_columns as columns
from connectors.sandbox.audits import creation, next_audit
from connectors.sandbox.csv_cells import Cells
from connectors.sandbox.definitions import add_group, add_system_fields, add_ticket_field
from connectors.sandbox.people import open_desk
from connectors.sandbox.records import Comment, Metrics, Organization, Rating, Ticket, User
from connectors.sandbox.state import Desk
from connectors.sandbox.tags import split

FIRST_GIVEN = 1_000_000_000
"""First number for customers whom the table knows only by name or address."""
TRUTHS = {"true": True, "false": False}


class Loading:
    """Adds rows to a desk, one at a time; ``extra`` are the columns that become ticket fields."""

    def __init__(self, desk: Desk, extra: list[str]) -> None:
        self._desk = desk
        self._extra = extra
        self._boolean = set(extra)
        self._filled: set[str] = set()
        self._texts: dict[int, dict[str, str]] = {}
        self._people: dict[int | str, User] = {}
        self._given: set[int] = set()
        self._companies: dict[str, Organization] = {}
        self._teams: dict[str, int] = {}

    def add(self, cells: Cells) -> None:
        """One ticket with whom and what it names for the first time."""
        key = cells.need("ticket_id", columns.identity)
        if key in self._desk.tickets:
            raise cells.fault("ticket_id", "is there twice: keep one row for each ticket")
        created = cells.need("created_at", columns.instant)
        company = self._company(cells, created)
        requester = self._person(cells, created, company)
        solved, closed = cells.get("solved_at", columns.instant), cells.get("closed_at", columns.instant)
        latest = max(created, solved or 0, closed or 0)
        subject, description = cells.get("subject", str), cells.get("description", str)
        ticket = Ticket(
            id=key,
            subject=subject,
            description=description,
            status=cells.need("status", columns.status),
            priority=cells.get("priority", columns.priority),
            channel=cells.get("channel", columns.channel) or "web",
            requester_id=requester,
            submitter_id=requester,
            organization_id=company,
            group_id=self._team(cells, created),
            tags=split(cells.get("tags", str)),
            metrics=_metrics(cells, created, solved, closed),
            created_at=created,
            updated_at=latest,
        )
        self._desk.tickets.add(ticket)
        self._keep_extra(key, cells)
        self._add_words(cells, ticket)

    def finish(self, now: int) -> None:
        """Give the desk its staff and its fields, once the whole table has been seen."""
        desk = self._desk
        for person in self._people.values():
            desk.users.add(person)
        for company in self._companies.values():
            desk.organizations.add(company)
        oldest = min((ticket.created_at for ticket in desk.tickets), default=now)
        add_system_fields(desk, oldest)
        open_desk(desk, desk.users.next_id(), oldest)
        self._boolean &= self._filled
        fields = {name: self._field(name, oldest) for name in self._extra}
        for ticket in desk.tickets:
            texts = self._texts.get(ticket.id, {})
            ticket.custom_fields = {
                fields[name]: TRUTHS[text] if name in self._boolean else text for name, text in texts.items()
            }
        self._texts.clear()

    def _field(self, name: str, at: int) -> int:
        return add_ticket_field(self._desk, name, "checkbox" if name in self._boolean else "text", {}, at)

    def _keep_extra(self, key: int, cells: Cells) -> None:
        """What a column holds decides its type, so its texts wait until the end."""
        texts = {name: sys.intern(text) for name in self._extra if (text := cells.texts[name])}
        self._filled.update(texts)
        self._boolean.difference_update(name for name, text in texts.items() if text not in TRUTHS)
        self._texts[key] = texts

    def _person(self, cells: Cells, created: int, company: int | None) -> int | None:
        """Who asks, by number, address or name; what a later row adds to what is known is kept."""
        number = cells.get("requester_id", columns.identity)
        name, email = cells.get("requester_name", str), cells.get("requester_email", columns.address)
        known_as: int | str | None = number or (email or name or "").lower() or None
        if known_as is None:
            return None
        person = self._people.get(known_as)
        if person is None:
            if number in self._given:
                raise cells.fault("requester_id", "was given to a customer without a number: number them all")
            key = number or self._free_id()
            person = User(id=key, name=f"Caller {key}", created_at=created, updated_at=created)
            self._people[known_as] = person
        if name or email:
            person.name = name or person.email or email or person.name
        person.email = person.email or email
        person.organization_id = person.organization_id or company
        person.created_at = person.updated_at = min(person.created_at, created)
        return person.id

    def _free_id(self) -> int:
        """A number for a customer who has none."""
        key = FIRST_GIVEN + len(self._given)
        while key in self._people:
            key += 1
        self._given.add(key)
        return key

    def _company(self, cells: Cells, created: int) -> int | None:
        name = cells.get("organization", str)
        if name is None:
            return None
        known = self._companies.get(name.lower())
        if known is None:
            key = len(self._companies) + 1
            known = Organization(id=key, name=name, created_at=created, updated_at=created)
            self._companies[name.lower()] = known
        known.created_at = known.updated_at = min(known.created_at, created)
        return known.id

    def _team(self, cells: Cells, created: int) -> int | None:
        name = cells.get("group", str)
        if name is None:
            return None
        if name not in self._teams:
            title = f"Group {name}" if name.isdigit() else name
            self._teams[name] = add_group(self._desk, title, created)
        return self._teams[name]

    def _add_words(self, cells: Cells, ticket: Ticket) -> None:
        """The first message and the verdict, where the table has them."""
        score = cells.get("score", columns.score)
        if ticket.description:
            comment = Comment(
                id=self._desk.serial(),
                audit_id=next_audit(self._desk),
                author_id=ticket.requester_id,
                body=ticket.description,
                channel=ticket.channel,
                created_at=ticket.created_at,
            )
            self._desk.comments[ticket.id] = [comment]
            self._desk.audits[ticket.id] = [creation(ticket, comment)]
        if score is None:
            return
        rating = Rating(
            id=len(self._desk.ratings) + 1,
            ticket_id=ticket.id,
            requester_id=ticket.requester_id,
            group_id=ticket.group_id,
            score=score,
            created_at=ticket.updated_at,
            updated_at=ticket.updated_at,
        )
        self._desk.ratings.add(rating)
        ticket.rating_id = rating.id


def _metrics(cells: Cells, created: int, solved: int | None, closed: int | None) -> Metrics:
    """Only what the table tells; a time of solving before that of opening gives no span."""
    minutes = (solved - created) // 60 if solved is not None and solved >= created else None
    moves = cells.get("reassignments", columns.count)
    return Metrics(
        reopens=cells.get("reopens", columns.count) or 0,
        assignee_stations=1 if moves is None else moves + 1,
        group_stations=1 if cells.texts.get("group") else 0,
        first_resolution_minutes=minutes,
        full_resolution_minutes=minutes,
        solved_at=solved,
        status_updated_at=max(created, solved or 0, closed or 0),
        requester_updated_at=created,
        latest_comment_added_at=created if cells.texts.get("description") else None,
    )
