"""The answers that say no, in the four envelopes real clients have to understand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class RefusedError(Exception):
    """A request that ends with an error status; ``body`` is the JSON that goes out."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body


def titled(status: int, title: str, message: str) -> RefusedError:
    """``error`` as an object with title and message."""
    return RefusedError(status, {"error": {"title": title, "message": message}})


def described(status: int, error: str, description: str, **more: Any) -> RefusedError:
    """``error`` as a word beside a description."""
    return RefusedError(status, {"error": error, "description": description, **more})


def listed(status: int, code: str, title: str, detail: str = "") -> RefusedError:
    """``errors`` as a list of coded entries."""
    entry = {"code": code, "status": str(status), "title": title}
    return RefusedError(status, {"errors": [{**entry, "detail": detail} if detail else entry]})


def invalid_attribute(name: str, demand: str) -> RefusedError:
    """A parameter that cannot be understood."""
    return titled(400, "Invalid attribute", f"You passed an invalid value for the {name} attribute. {demand}")


def record_invalid(details: Mapping[str, str], codes: Mapping[str, str] | None = None) -> RefusedError:
    """A record that may not be saved like this: field (or ``base``) to what is wrong with it.

    ``codes`` gives some fields the vendor's word for the fault beside the sentence.
    """
    known = codes or {}
    listing = {
        name: [{"description": text, **({"error": known[name]} if name in known else {})}]
        for name, text in details.items()
    }
    return described(422, "RecordInvalid", "Record validation errors", details=listing)


def duplicate(name: str, text: str) -> RefusedError:
    """A value that may be there once and already is."""
    details = {name: [{"description": text, "error": "DuplicateValue"}]}
    return described(422, "RecordInvalid", "Record validation errors", details=details)


def not_found() -> RefusedError:
    return described(404, "RecordNotFound", "Not found")


def unknown_endpoint() -> RefusedError:
    return described(404, "InvalidEndpoint", "Not found")


def unreadable() -> RefusedError:
    body = {"error": "Unprocessable Entity", "message": "Server could not parse JSON"}
    return RefusedError(422, body)


def unauthenticated() -> RefusedError:
    return RefusedError(401, {"error": "Couldn't authenticate you"})


def invalid_token() -> RefusedError:
    text = "The access token provided is expired, revoked, malformed or invalid for other reasons."
    return RefusedError(401, {"error": "invalid_token", "error_description": text})


def missing_scope(scope: str) -> RefusedError:
    return described(403, "Forbidden", f"Missing the following required scopes: {scope}")


def forbidden() -> RefusedError:
    text = (
        "You do not have access to this page. "
        "Please contact the account owner of this help desk for further help."
    )
    return titled(403, "Forbidden", text)


def outdated() -> RefusedError:
    text = (
        "Safe Update prevented the update due to outdated ticket data. "
        "Please fetch the latest ticket data and try again."
    )
    return described(409, "UpdateConflict", text)


def too_many_jobs(ids: list[str]) -> RefusedError:
    text = "Too many bulk update jobs are currently queued or running. Try again later."
    return described(429, "TooManyJobs", text, current_job_ids=ids)
