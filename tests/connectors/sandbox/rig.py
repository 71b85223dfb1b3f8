"""A small desk with known records, and a plain HTTP client for it."""

from __future__ import annotations

import http.client
import json
from base64 import b64encode
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from connectors.sandbox.definitions import (
    add_group,
    add_keyed_field,
    add_system_fields,
    add_ticket_field,
)
from connectors.sandbox.people import open_desk
from connectors.sandbox.records import Organization, Rating, Ticket, User
from connectors.sandbox.server import RunningSandbox
from connectors.sandbox.state import Desk
from connectors.sandbox.wire import stamp
from tests.clock import NOON, FakeClock

BEFORE = NOON - 10_000
OWNER, AGENT, ANA, BEN, GONE = 1, 2, 11, 12, 13
ACME = 21
CLOSED, DELETED = 108, 109
CATEGORY, NOTE, LATE, SCORE = 300_001, 300_002, 300_003, 300_004
STATUSES = ("new", "open", "pending", "hold", "solved", "open", "open", "closed", "deleted")


def small_desk(clock: FakeClock) -> Desk:
    """Two staff, three customers, a company, nine tickets (101 to 109), two ratings; no limits."""
    desk = Desk(name="Small", clock=clock, plan="unlimited")
    add_system_fields(desk, BEFORE)
    open_desk(desk, OWNER, BEFORE)
    add_group(desk, "Support", BEFORE)
    add_ticket_field(desk, "Category", "tagger", {"billing": "Billing", "hardware": "Hardware"}, BEFORE)
    add_ticket_field(desk, "Note", "text", {}, BEFORE)
    add_ticket_field(desk, "Late", "checkbox", {}, BEFORE)
    add_ticket_field(desk, "Score", "integer", {}, BEFORE)
    add_keyed_field(desk.user_fields, "device", "text", (), BEFORE)
    add_keyed_field(desk.organization_fields, "plan", "dropdown", ("free", "team"), BEFORE)
    acme = Organization(
        id=ACME, name="Acme", tags=["team"], organization_fields={"plan": "team"},
        created_at=BEFORE, updated_at=BEFORE,
    )  # fmt: skip
    desk.organizations.add(acme)
    _add_customers(desk)
    for place, status in enumerate(STATUSES):
        _add_ticket(desk, 101 + place, status, BEFORE + place)
    for key, score, comment in ((31, "good", "Quick"), (32, "bad", None)):
        rating = Rating(
            id=key, ticket_id=105, requester_id=ANA, score=score, comment=comment,
            created_at=BEFORE + key, updated_at=BEFORE + key,
        )  # fmt: skip
        desk.ratings.add(rating)
    return desk


def _add_customers(desk: Desk) -> None:
    for key, name, active in ((ANA, "Ana", True), (BEN, "Ben", True), (GONE, "Gone", False)):
        person = User(
            id=key, name=name, email=f"{name.lower()}@acme.example", organization_id=ACME, tags=["beta"],
            active=active, created_at=BEFORE, updated_at=BEFORE + key,
        )  # fmt: skip
        desk.users.add(person)


def _add_ticket(desk: Desk, key: int, status: str, at: int) -> None:
    ticket = Ticket(
        id=key, subject=f"Subject {key}", description=f"Text {key}", status=status, requester_id=ANA,
        tags=["first", "billing"], custom_fields={CATEGORY: "billing"}, created_at=at, updated_at=at,
    )  # fmt: skip
    desk.tickets.add(ticket)


def ticket(desk: Desk, key: int) -> Ticket:
    """The ticket, which must be there."""
    found = desk.tickets.get(key)
    assert found is not None
    return found


def fresh(desk: Desk, key: int) -> str:
    """The stamp that holds for the ticket now."""
    return stamp(ticket(desk, key).updated_at)


@dataclass(frozen=True)
class Reply:
    """One answer."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Client:
    """Asks one sandbox, as its OAuth owner unless told otherwise."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self.sandbox = sandbox
        self._host = urlsplit(sandbox.address).netloc

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        authorization: str | None = "owner",
        headers: dict[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Reply:
        """Send one request; ``body`` goes out as JSON, ``raw`` as it is."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        if authorization == "owner":
            sent["Authorization"] = f"Bearer {self.sandbox.token}"
        elif authorization is not None:
            sent["Authorization"] = authorization
        data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
        line = http.client.HTTPConnection(self._host, timeout=5)
        try:
            line.request(method, path, data, sent)
            answer = line.getresponse()
            got = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, got, answer.read().decode())
        finally:
            line.close()

    def get(self, path: str) -> Any:
        """The JSON of a read that must work."""
        reply = self.ask("GET", path)
        assert reply.status == 200, reply.text
        return reply.json


def basic(name: str, secret: str) -> str:
    """An Authorization header of the old kind."""
    return "Basic " + b64encode(f"{name}:{secret}".encode()).decode()
