"""A page server in a process of its own: one export of tickets, built beforehand and packed.

It sends no limit headers, so that a measurement is not about waiting.
"""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGE = 1000
START = 1_700_000_000
TEXT = """invoice parcel printer login order again please december broken thanks waiting refund address colour
cannot find help account number since yesterday update window screen Zürich café 東京 tomorrow"""
WORDS = tuple(TEXT.split())
FIELDS = tuple(range(300_001, 300_009))
EMPTY = {
    "users": {"users": [], "after_cursor": "u", "end_of_stream": True},
    "organizations": {"organizations": [], "count": 0, "end_time": START, "end_of_stream": True},
}


def ticket(number: int, chance: random.Random) -> dict[str, Any]:
    """A ticket of about 2.5 KB as JSON, in the vendor's words and with all of the vendor's properties."""
    at, customer = START + number * 7, 20_000_000 + chance.randrange(50_000)
    made, moved = _stamp(at), _stamp(at + chance.randrange(300_000))
    answers: list[object] = [None, "billing", "hardware", True, 12, None]
    fields = [{"id": key, "value": chance.choice(answers)} for key in FIELDS]
    span = {"calendar": chance.randrange(900), "business": None}
    return {
        "url": f"https://example.zendesk.com/api/v2/tickets/{number}.json", "id": number, "external_id": None,
        "via": {"channel": "email", "source": {"from": {"address": f"p{customer}@example.com", "name": "Ana"},
                "to": {"name": "Support", "address": "support@example.com"}, "rel": None}},
        "created_at": made, "updated_at": moved, "generated_timestamp": at, "type": "question",
        "subject": " ".join(chance.choices(WORDS, k=5)), "raw_subject": " ".join(chance.choices(WORDS, k=5)),
        "description": " ".join(chance.choices(WORDS, k=30)),
        "priority": chance.choice(("high", None, "low")), "status": "closed", "recipient": None,
        "requester_id": customer, "submitter_id": customer,
        "assignee_id": 10_001, "organization_id": 500_000 + customer % 999, "group_id": 98_738,
        "collaborator_ids": [], "follower_ids": [], "email_cc_ids": [], "forum_topic_id": None,
        "problem_id": None, "has_incidents": False, "is_public": True, "due_at": None,
        "tags": sorted(chance.sample(WORDS, 4)), "custom_fields": fields, "satisfaction_rating": None,
        "sharing_agreement_ids": [], "custom_status_id": 6_005, "fields": fields, "followup_ids": [],
        "ticket_form_id": 47, "brand_id": 123, "allow_channelback": False, "allow_attachments": True,
        "from_messaging_channel": False, "support_type": "agent",
        "metric_set": {
            "id": number, "ticket_id": number, "created_at": made, "updated_at": moved, "group_stations": 1,
            "assignee_stations": 2, "reopens": 0, "replies": 3, "assignee_updated_at": moved,
            "requester_updated_at": made, "status_updated_at": moved, "initially_assigned_at": made,
            "assigned_at": made, "solved_at": moved, "latest_comment_added_at": moved,
            "reply_time_in_minutes": span, "first_resolution_time_in_minutes": span,
            "full_resolution_time_in_minutes": span,
        },
        "slas": {"policy_metrics": [{"metric": "first_reply_time", "stage": "achieved", "breach_at": None}]},
    }  # fmt: skip


def _stamp(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def packed(pages: int) -> Iterator[bytes]:
    """Every page as it goes out."""
    chance = random.Random(7)
    for page in range(pages):
        tickets = [ticket(page * PAGE + number + 1, chance) for number in range(PAGE)]
        body = {"tickets": tickets, "after_cursor": str(page + 1), "end_of_stream": page + 1 == pages}
        text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
        yield gzip.compress(text.encode(), 5, mtime=0)


class Server(ThreadingHTTPServer):
    """Holds the pages."""

    pages: tuple[bytes, ...] = ()


class Answering(BaseHTTPRequestHandler):
    """The page that the cursor names; an unknown address has nothing."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        name = parts.path.removeprefix("/api/v2/incremental/").partition("/")[0]
        if name == "tickets":
            self._send(self.server.pages[int(parse_qs(parts.query).get("cursor", ["0"])[0])])
        elif name in EMPTY:
            self._send(gzip.compress(json.dumps(EMPTY[name]).encode()))
        elif parts.path == "/api/v2/ticket_fields":
            rows = [{"id": key, "title": f"Field {key}", "type": "text"} for key in FIELDS]
            self._send(gzip.compress(json.dumps({"ticket_fields": rows}).encode()))
        else:
            self._send(gzip.compress(b'{"error":"InvalidEndpoint","description":"Not found"}'), 404)

    def _send(self, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        for name, value in (("Content-Type", "application/json"), ("Content-Encoding", "gzip")):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it overrides
        """Say nothing."""


@contextmanager
def served(pages: int) -> Iterator[str]:
    """The address of a server with so many pages, in a process of its own."""
    command = [sys.executable, "-m", "bench.pages", str(pages)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ourselves
        assert process.stdout is not None  # noqa: S101 - it was asked for above
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def main() -> None:
    """Build the pages, say where they are, and serve them until told to stop."""
    with Server(("127.0.0.1", 0), Answering) as server:
        server.pages = tuple(packed(int(sys.argv[1])))
        print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
