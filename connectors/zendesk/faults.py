"""What Zendesk says when it refuses: its four kinds of error body, read into one short reason."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from connectors.answer import plain, strict_json

_MAIL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """``code`` is the vendor's name for the fault, ``text`` its sentence; both may be empty."""

    code: str = ""
    text: str = ""

    @property
    def too_recent(self) -> bool:
        """Whether an export was asked for its last minute, which it never gives."""
        return self.code == "StartTimeTooRecent" or "too recent" in self.text.lower()


def fault(body: bytes) -> Fault:
    """The reason in an error's body; empty for pages meant for people and for anything unknown."""
    try:
        said: dict[str, Any] = strict_json(body)
    except ValueError:
        return Fault()
    error = said.get("error")
    if isinstance(error, dict):
        return _fault(error.get("title"), error.get("message"))
    errors = said.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        first = errors[0]
        return _fault(first.get("code"), first.get("detail") or first.get("title"))
    detail = _first_detail(said.get("details"))
    return _fault(error, detail or said.get("description") or said.get("error_description"))


def words(body: bytes) -> str:
    """The reason in an error's body as one short text."""
    found = fault(body)
    return ": ".join(part for part in (found.code, found.text) if part)


def shown(value: object) -> str:
    """Vendor text that may go into a message: short, on one line, without mail addresses."""
    return _MAIL.sub("***", plain(value)) if isinstance(value, str) else ""


def _fault(code: object, text: object) -> Fault:
    return Fault(code=shown(code), text=shown(text))


def _first_detail(details: object) -> object:
    """The first description under ``details``, which maps a field to a list of objects."""
    if not isinstance(details, dict):
        return None
    for entries in details.values():
        if isinstance(entries, list) and entries and isinstance(entries[0], dict):
            return entries[0].get("description")
    return None
