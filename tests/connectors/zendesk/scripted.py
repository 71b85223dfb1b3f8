"""A Zendesk whose answers are written down beforehand, and records in its words to fill them with."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import parse_qsl, urlsplit

from connectors.budget import Limits
from connectors.clock import Clock
from connectors.errors import AuthenticationError
from connectors.findings import Finding, ok
from connectors.http import Door
from connectors.zendesk.api import Zendesk
from connectors.zendesk.faults import words
from connectors.zendesk.oauth import Credentials
from tests.clock import FakeClock
from tests.connectors.fault_server import FaultServer, Request, as_json, routed

PREFIX = "cue_"
TOKEN = "tok-5b1d-scripted"
FIELDS = as_json(
    {
        "ticket_fields": [
            {"id": 11, "title": "Subject", "type": "subject"},
            {"id": 12, "title": "Priority", "type": "priority"},
            {"id": 30, "title": "Product area", "type": "text"},
            {"id": 31, "title": "SLA met?", "type": "checkbox"},
            {"id": 32, "title": "product-AREA", "type": "tagger"},
            {"id": 33, "title": "製品", "type": "text"},
        ]
    }
)


NOT_OFFERED = as_json({"error": "InvalidEndpoint", "description": "Not found"}, 404)
ASIDE = {"ticket_fields": [FIELDS], "guide_survey_responses": [NOT_OFFERED]}
"""Answers that most tests do not care for; asking for them is not written down in ``asked``."""


class StaticToken:
    """A token that needs no renewal."""

    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}"

    def authorization(self) -> str:
        return self._header

    def refused(self, authorization: str) -> None:
        raise AuthenticationError("The help desk does not accept the access token.", status=401)

    def forget(self) -> None:
        self._header = ""

    def outlook(self) -> Finding:
        return ok("credentials", "A token that lives as long as the test.")


class Script:
    """Answers by path, in order; the last one of a path again for all further requests."""

    def __init__(self, **answers: list[bytes]) -> None:
        self._answers = {**ASIDE, **answers}
        self._aside = ASIDE.keys() - answers.keys()
        self._lock = threading.Lock()
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.requests: list[Request] = []

    def respond(self, request: Request) -> bytes:
        parts = urlsplit(request.target)
        name = re.sub(r"[^a-z]+", "_", parts.path.removeprefix("/api/v2/")).strip("_")
        with self._lock:
            self.requests.append(request)
            if name not in self._aside:
                self.asked.append((name, dict(parse_qsl(parts.query))))
            answers = self._answers[name]
            return answers.pop(0) if len(answers) > 1 else answers[0]


@contextmanager
def desk(
    script: Script,
    *,
    clock: Clock | None = None,
    credentials: Credentials | None = None,
    page_size: int = 1000,
    limits: Limits | None = None,
) -> Iterator[Zendesk]:
    """A connector that talks to the script with a token that needs no renewal."""
    time = clock or FakeClock()
    with FaultServer(routed(script.respond)) as server:
        door = door_to(server.address, time, limits)
        account = Zendesk(
            door, credentials or StaticToken(TOKEN), clock=time, tag_prefix=PREFIX, page_size=page_size
        )
        try:
            yield account
        finally:
            account.close()


def door_to(address: str, clock: Clock, limits: Limits | None = None) -> Door:
    return Door(
        address,
        clock=clock,
        user_agent="tests",
        suffixes=("zendesk.com",),
        words=words,
        loopback=True,
        limits=limits,
    )


def a_ticket(number: int, **changes: object) -> dict[str, object]:
    """A ticket in the vendor's words, solved and unremarkable unless told otherwise."""
    return {
        "id": number,
        "created_at": "2026-10-01T08:00:00Z",
        "updated_at": "2026-10-02T09:30:00Z",
        "generated_timestamp": 1_790_933_400 + number,
        "subject": "Where is my parcel?",
        "status": "solved",
        "priority": None,
        "requester_id": 900 + number,
        "organization_id": None,
        "tags": [],
        "custom_fields": [],
        "via": {"channel": "email", "source": {"from": {}, "to": {}, "rel": None}},
        "an_unknown_property": {"is": ["left", "alone"]},
        **changes,
    }


def a_user(number: int, **changes: object) -> dict[str, object]:
    """A customer in the vendor's words."""
    return {
        "id": number,
        "name": f"Person {number}",
        "email": f"p{number}@example.com",
        "role": "end-user",
        "active": True,
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-10-02T09:30:00Z",
        **changes,
    }


def an_organization(number: int, **changes: object) -> dict[str, object]:
    """A company in the vendor's words."""
    return {
        "id": number,
        "name": f"Company {number}",
        "updated_at": "2026-10-02T09:30:00Z",
        "organization_fields": {"plan": "team"},
        **changes,
    }


def a_rating(number: int, **changes: object) -> dict[str, object]:
    """A good rating without words, in the vendor's words."""
    return {
        "id": number,
        "ticket_id": 1,
        "requester_id": 901,
        "score": "good",
        "comment": None,
        "created_at": "2026-10-02T09:30:00Z",
        "updated_at": "2026-10-02T09:30:00Z",
        **changes,
    }


def exported(name: str, records: Sequence[object], cursor: str | None, *, end: bool) -> bytes:
    """One page of a cursor export, with the address that must not be followed."""
    away = "https://evil.example/api/v2/incremental"
    return as_json({name: records, "after_cursor": cursor, "after_url": away, "end_of_stream": end})
