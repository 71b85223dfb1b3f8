"""How tickets look in an answer: whole-second ISO times, repeated custom fields, full addresses.

People, companies and field definitions are in ``wire_people.py``; what clients send is read elsewhere.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from html import escape
from typing import Any

from connectors.sandbox.records import (
    STATUSES,
    Audit,
    Comment,
    Metrics,
    Rating,
    Ticket,
)
from connectors.sandbox.state import Desk

Json = dict[str, Any]

FIRST_STATUS = 6_001
"""The number of the first custom status; the others follow in the order of ``STATUSES``."""


@lru_cache(maxsize=65_536)
def stamp(seconds: int) -> str:
    """UTC seconds as the desk writes them."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso(seconds: int | None) -> str | None:
    """The same where there may be no instant."""
    return None if seconds is None else stamp(seconds)


def ticket(desk: Desk, record: Ticket, base: str, *, metrics: bool = False) -> Json:
    """A ticket; ``metrics`` lays its metric set beside the other properties."""
    fields = [{"id": key, "value": record.custom_fields.get(key)} for key in custom_ids(desk)]
    answer: Json = {
        "url": f"{base}/api/v2/tickets/{record.id}.json",
        "id": record.id,
        "external_id": record.external_id,
        "via": via(record.channel),
        "created_at": stamp(record.created_at),
        "updated_at": stamp(record.updated_at),
        "generated_timestamp": record.generated_timestamp,
        "type": record.type,
        "subject": record.subject,
        "raw_subject": record.subject,
        "description": record.description,
        "priority": record.priority,
        "status": record.status,
        "custom_status_id": _status_id(record.status),
        "recipient": None,
        "requester_id": record.requester_id,
        "submitter_id": record.submitter_id,
        "assignee_id": record.assignee_id,
        "organization_id": record.organization_id,
        "group_id": record.group_id,
        "brand_id": 1,
        "ticket_form_id": None,
        "collaborator_ids": record.collaborator_ids,
        "follower_ids": record.follower_ids,
        "email_cc_ids": record.email_cc_ids,
        "forum_topic_id": None,
        "problem_id": record.problem_id,
        "has_incidents": False,
        "is_public": True,
        "due_at": record.due_at,
        "tags": record.tags,
        "custom_fields": fields,
        "fields": fields,
        "satisfaction_rating": _verdict(desk, record),
        "sharing_agreement_ids": [],
        "followup_ids": [],
        "allow_channelback": False,
        "allow_attachments": True,
        "from_messaging_channel": False,
        "support_type": record.support_type,
    }
    if metrics:
        answer["metric_set"] = metric_set(record, base)
    return answer


def _status_id(status: str) -> int | None:
    """The finer status of a ticket: each category has one, and closed ones keep that of the solved."""
    known = "solved" if status == "closed" else status
    return FIRST_STATUS + STATUSES.index(known) if known in STATUSES else None


def custom_ids(desk: Desk) -> list[int]:
    """Ids of the ticket fields that an account can take away again, in their order."""
    return [field.id for field in desk.ticket_fields if field.removable]


def via(channel: str) -> Json:
    """Where something came from."""
    return {"channel": channel, "source": {"from": {}, "to": {}, "rel": None}}


def _verdict(desk: Desk, record: Ticket) -> Json:
    rating = desk.ratings.get(record.rating_id)
    if rating is None:
        return {"score": "unoffered"}
    return {"score": rating.score, "id": rating.id, "comment": rating.comment or ""}


def metric_set(record: Ticket, base: str) -> Json:
    """The counters and instants of a ticket. Its id is the ticket's own."""
    metrics = record.metrics
    return {
        "url": f"{base}/api/v2/ticket_metrics/{record.id}.json",
        "id": record.id,
        "ticket_id": record.id,
        "created_at": stamp(record.created_at),
        "updated_at": stamp(record.updated_at),
        "group_stations": metrics.group_stations,
        "assignee_stations": metrics.assignee_stations,
        "reopens": metrics.reopens,
        "replies": metrics.replies,
        **_instants(metrics),
        "reply_time_in_minutes": _span(metrics.reply_minutes),
        "first_resolution_time_in_minutes": _span(metrics.first_resolution_minutes),
        "full_resolution_time_in_minutes": _span(metrics.full_resolution_minutes),
        "agent_wait_time_in_minutes": _span(None),
        "requester_wait_time_in_minutes": _span(None),
        "on_hold_time_in_minutes": _span(None),
    }


def _instants(metrics: Metrics) -> Json:
    return {
        "assigned_at": iso(metrics.assigned_at),
        "initially_assigned_at": iso(metrics.initially_assigned_at),
        "solved_at": iso(metrics.solved_at),
        "status_updated_at": iso(metrics.status_updated_at),
        "latest_comment_added_at": iso(metrics.latest_comment_added_at),
        "requester_updated_at": iso(metrics.requester_updated_at),
        "assignee_updated_at": iso(metrics.assignee_updated_at),
        "custom_status_updated_at": None,
    }


def _span(minutes: int | None) -> Json:
    return {"calendar": minutes, "business": minutes}


def comment(record: Comment) -> Json:
    """One entry of a conversation."""
    return {
        "id": record.id,
        "type": "Comment",
        "author_id": record.author_id,
        "body": record.body,
        "html_body": f'<div class="zd-comment" dir="auto">{_html(record.body)}</div>',
        "plain_body": record.body,
        "public": record.public,
        "attachments": [],
        "audit_id": record.audit_id,
        "via": via(record.channel),
        "created_at": stamp(record.created_at),
        "metadata": {"system": {}, "custom": {}},
    }


def _html(text: str) -> str:
    return escape(text, quote=False).replace("\n", "<br>")


def audit(record: Audit) -> Json:
    """One update, with what the client wanted remembered under ``metadata.custom``."""
    return {
        "id": record.id,
        "ticket_id": record.ticket_id,
        "created_at": stamp(record.created_at),
        "author_id": record.author_id,
        "metadata": {"system": {}, "custom": record.custom},
        "events": [*record.events[:1], *_made(record), *record.events[1:]],
        "via": via(record.channel),
    }


def _made(record: Audit) -> list[Json]:
    return [
        {"id": number, "type": "Create", "field_name": name, "value": value}
        for number, (name, value) in enumerate(record.made.items(), record.id + 1)
    ]


def rating(record: Rating, base: str) -> Json:
    """A verdict."""
    return {
        "url": f"{base}/api/v2/satisfaction_ratings/{record.id}.json",
        "id": record.id,
        "ticket_id": record.ticket_id,
        "requester_id": record.requester_id,
        "assignee_id": record.assignee_id,
        "group_id": record.group_id,
        "score": record.score,
        "comment": record.comment,
        "reason": None,
        "reason_id": None,
        "created_at": stamp(record.created_at),
        "updated_at": stamp(record.updated_at),
    }
