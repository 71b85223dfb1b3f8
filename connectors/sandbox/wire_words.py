"""How brands, custom statuses and answered surveys look in an answer."""

from __future__ import annotations

from connectors.sandbox.records import Rating
from connectors.sandbox.state import Desk
from connectors.sandbox.wire import Json, stamp

BRAND = 1
"""The one brand of the desk, to which every ticket belongs."""

SURVEY = "01SANDBOXSURVEY0000000000"
SCALE = {"good": 5, "neutral": 3, "bad": 1}
LASTS = 28 * 86_400
"""Seconds for which an answer may still be changed."""


def brand(desk: Desk, base: str) -> Json:
    """The brand under which the desk writes."""
    return {
        "id": BRAND,
        "url": f"{base}/api/v2/brands/{BRAND}.json",
        "name": desk.name,
        "subdomain": "sandbox",
        "brand_url": base,
        "host_mapping": None,
        "active": True,
        "default": True,
        "is_deleted": False,
        "has_help_center": False,
        "help_center_state": "disabled",
        "logo": None,
        "signature_template": "{{agent.signature}}",
        "ticket_form_ids": [],
        "created_at": stamp(desk.opened_at),
        "updated_at": stamp(desk.opened_at),
    }


def custom_status(number: int, category: str, at: int, base: str) -> Json:
    """The status that stands for a whole category, as every account has one for each."""
    label = category.capitalize()
    return {
        "id": number,
        "url": f"{base}/api/v2/custom_statuses/{number}.json",
        "status_category": category,
        "agent_label": label,
        "end_user_label": label,
        "raw_agent_label": label,
        "raw_end_user_label": label,
        "description": "",
        "end_user_description": "",
        "raw_description": "",
        "raw_end_user_description": "",
        "active": True,
        "default": True,
        "created_at": stamp(at),
        "updated_at": stamp(at),
    }


def survey(record: Rating) -> Json:
    """A verdict as an answered survey, with its words as a second answer."""
    made, changed = stamp(record.created_at), stamp(record.updated_at)
    times = {"created_at": made, "updated_at": changed}
    verdict: Json = {
        "type": "rating_scale",
        "question": {"id": "rating", "type": "rating_scale"},
        "rating": SCALE[record.score],
        "rating_category": record.score,
        **times,
    }
    answers = [verdict]
    if record.comment:
        answers.append(
            {
                "type": "open_ended",
                "question": {"id": "why", "type": "open_ended"},
                "value": record.comment,
                **times,
            }
        )
    return {
        "id": f"01SURVEY{record.id:018}",
        "survey": {"id": SURVEY, "version": 1},
        "responder_id": record.requester_id,
        "subjects": [
            {"id": str(record.ticket_id), "type": "ticket", "zrn": f"zen:ticket:{record.ticket_id}"}
        ],
        "answers": answers,
        "expires_at": stamp(record.created_at + LASTS),
    }
