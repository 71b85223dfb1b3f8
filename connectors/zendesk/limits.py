"""Zendesk's request limits: what is documented, and what the headers of an answer say of them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from connectors.budget import Endpoint, Limits
from connectors.window import Limit, Reading

ACCOUNT = "account"
JOBS = "inflight-jobs"

MOST_JOBS = 30
"""Jobs queued or running at once, all integrations of the account together."""

SMALLEST_PLAN = 200
"""Requests a minute of the smallest plan of today; the first answer tells the account's own."""

_FAMILY = "zendesk-ratelimit-"
_PART = re.compile(r"\s*([a-z]+)\s*=\s*([0-9]{1,9})\s*", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)

_TICKET = r"/api/v2/tickets/[0-9]+"

ENDPOINTS: tuple[Endpoint, ...] = (
    # Agents do not export: what is left over belongs to other programs, which get a tenth.
    Endpoint(
        limit=Limit(name="incremental-exports", amount=10, agents=False),
        method="GET",
        path=r"/api/v2/incremental/.+",
    ),
    Endpoint(
        limit=Limit(name="tickets-update", amount=100),
        method="PUT",
        path=rf"{_TICKET}(/tags)?|/api/v2/tickets/update_many",
    ),
    Endpoint(
        limit=Limit(name="tickets-update-per-ticket", amount=30, seconds=600.0, agents=False),
        method="PUT",
        path=_TICKET,
        each=True,
    ),
    Endpoint(
        limit=Limit(name="ticket-fields-index", amount=300),
        method="GET",
        path=r"/api/v2/ticket_fields",
    ),
    Endpoint(
        limit=Limit(name="ticket-fields-update", amount=75),
        method="PUT",
        path=r"/api/v2/ticket_fields/[0-9]+",
    ),
    Endpoint(
        limit=Limit(name="ticket-field-options-create", amount=100),
        method="POST",
        path=r"/api/v2/ticket_fields/[0-9]+/options",
    ),
    Endpoint(
        limit=Limit(name="users-update", amount=1, seconds=1.0, agents=False),
        method="PUT",
        path=r"/api/v2/users/[0-9]+",
    ),
    Endpoint(
        limit=Limit(name="users-update-per-user", amount=5, agents=False),
        method="PUT",
        path=r"/api/v2/users/[0-9]+",
        each=True,
    ),
    Endpoint(
        limit=Limit(name="organizations-update", amount=5, agents=False),
        method="PUT",
        path=r"/api/v2/organizations/[0-9]+",
        each=True,
    ),
    Endpoint(
        limit=Limit(name="search-export", amount=100),
        method="GET",
        path=r"/api/v2/search/export",
    ),
)
"""The limits of endpoints that this connector may call. Others are learned from the headers."""


def readings(headers: Mapping[str, str]) -> list[Reading]:
    """What the headers of an answer say of limits; what cannot be understood is left out."""
    found = [_account(headers)]
    for name, value in headers.items():
        if name.startswith(_FAMILY):
            found.append(_endpoint(name.removeprefix(_FAMILY), value))
    return [reading for reading in found if reading is not None]


LIMITS = Limits(
    account=Limit(name=ACCOUNT, amount=SMALLEST_PLAN),
    endpoints=ENDPOINTS,
    read=readings,
    jobs=(JOBS, MOST_JOBS),
)


def _account(headers: Mapping[str, str]) -> Reading | None:
    """The account's limit, in the standard family of headers or the older one, which lacks the reset."""
    total = _number(headers.get("ratelimit-limit") or headers.get("x-rate-limit"))
    left = _number(headers.get("ratelimit-remaining") or headers.get("x-rate-limit-remaining"))
    if not total or left is None:
        return None
    return Reading(name=ACCOUNT, total=total, remaining=left, resets=_number(headers.get("ratelimit-reset")))


def _endpoint(name: str, value: str) -> Reading | None:
    """``total=10; remaining=9; resets=2``, in any order and with parts unknown to us."""
    parts = {
        part[1]: int(part[2]) for text in value.split(";") if (part := _PART.fullmatch(text)) is not None
    }
    if not name or not parts.get("total") or "remaining" not in parts:
        return None
    return Reading(name=name, total=parts["total"], remaining=parts["remaining"], resets=parts.get("resets"))


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and _NUMBER.fullmatch(text.strip()) else None
