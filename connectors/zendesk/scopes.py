"""What Deskcue asks to be allowed at Zendesk, and why: no scope without a reason."""

from __future__ import annotations

from typing import NamedTuple


class Scope(NamedTuple):
    """``setup`` scopes are asked for only while an account is being set up."""

    name: str
    reason: str
    setup: bool = False


SCOPES = (
    Scope("read", "to read customers, tickets, ratings and definitions"),
    Scope("tickets:write", "to write tags, priority and fields of tickets"),
    Scope("webhooks:write", "to make the webhook that tells of changes", setup=True),
    Scope("triggers:write", "to make the trigger that calls the webhook", setup=True),
    Scope("write", "to make ticket fields and service level policies", setup=True),
)


def asked(*, setup: bool) -> str:
    """The scopes to ask for, as the vendor writes them."""
    return " ".join(scope.name for scope in SCOPES if setup or not scope.setup)


def lacking(granted: frozenset[str]) -> list[Scope]:
    """The everyday scopes that these do not cover."""
    return [scope for scope in SCOPES if not scope.setup and not _covers(granted, scope.name)]


def _covers(granted: frozenset[str], name: str) -> bool:
    return name in granted or name.rpartition(":")[2] in granted
