"""From what a client sends about a ticket to what ``changes.py`` understands: people named by their
address become numbers, and lists of followers become the list that results.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.sandbox.changes import Wish, create, update
from connectors.sandbox.membership import links
from connectors.sandbox.people import new_customer
from connectors.sandbox.records import Audit, Ticket, User
from connectors.sandbox.refusals import record_invalid
from connectors.sandbox.state import Desk

PARTIES = (("followers", "follower_ids"), ("email_ccs", "email_cc_ids"))
"""Properties that put and take away people one by one, and the list each works on."""


def open_ticket(desk: Desk, wish: Wish, author: User, channel: str = "api") -> tuple[Ticket, Audit]:
    """A new ticket as a client describes it."""
    person = requester(desk, wish, author)
    _check_company(desk, wish, person)
    return create(desk, _plain(desk, None, wish), author, channel, person)


def change_ticket(desk: Desk, ticket: Ticket, wish: Wish, author: User, channel: str = "api") -> Audit:
    """Apply one client's wish to a ticket."""
    plain = _plain(desk, ticket, wish)
    _check_company(desk, plain, desk.users.get(plain.get("requester_id", ticket.requester_id)))
    return update(desk, ticket, plain, author, channel)


def _check_company(desk: Desk, wish: Wish, person: User | None) -> None:
    """A ticket's company must be one of its requester's."""
    key = wish.get("organization_id")
    if key is None or person is None or key == person.organization_id:
        return
    if not any(row.organization_id == key for row in links(desk, person)):
        raise record_invalid({"organization_id": "Organization: is not one of the requester's organizations"})


def requester(desk: Desk, wish: Wish, author: User) -> User:
    """Who asks: by id, by name and address (created when new), otherwise whoever calls."""
    given = wish.get("requester")
    if isinstance(given, dict):
        return _by_address(desk, given)
    if wish.get("requester_id") is None:
        return author
    person = desk.users.get(wish["requester_id"])
    if person is None or not person.active:
        raise record_invalid({"requester": "Requester: is invalid"})
    return person


def _by_address(desk: Desk, given: Wish) -> User:
    name, email = given.get("name"), given.get("email")
    if not isinstance(email, str) or "@" not in email:
        raise record_invalid({"requester": "Requester: Email is not properly formatted"})
    known = desk.user_by_email(email)
    if known is not None:
        return known
    return new_customer(desk, name if isinstance(name, str) and name else email, email)


def _plain(desk: Desk, ticket: Ticket | None, wish: Wish) -> Wish:
    plain = dict(wish)
    if ticket is not None and isinstance(wish.get("requester"), dict):
        plain["requester_id"] = _by_address(desk, wish["requester"]).id
    if "assignee_email" in wish and "assignee_id" not in wish:
        plain["assignee_id"] = _agent(desk, wish["assignee_email"])
    for name, listed in PARTIES:
        if isinstance(wish.get(name), list):
            plain[listed] = _party(desk, list(getattr(ticket, listed)) if ticket else [], wish[name])
    if isinstance(wish.get("collaborators"), list):
        plain["collaborator_ids"] = _together(desk, [], wish["collaborators"])
    if isinstance(wish.get("additional_collaborators"), list):
        held = list(ticket.collaborator_ids) if ticket else []
        plain["collaborator_ids"] = _together(desk, held, wish["additional_collaborators"])
    return plain


def _agent(desk: Desk, email: object) -> int:
    agent = desk.agent_by_email(email) if isinstance(email, str) else None
    if agent is None:
        raise record_invalid({"assignee": "Assignee: is invalid"})
    return agent.id


def _party(desk: Desk, held: list[int], steps: list[Any]) -> list[int]:
    """The list after each step; ``action`` is put unless it says delete."""
    for step in steps:
        key = _person(desk, step) if isinstance(step, dict) else None
        if key is None:
            continue
        held = [one for one in held if one != key]
        if step.get("action") != "delete":
            held.append(key)
    return held


def _person(desk: Desk, step: Wish) -> int | None:
    """By number or by address; somebody nobody knew is made."""
    if step.get("user_id") is not None:
        text = str(step["user_id"])
        user = desk.users.get(int(text)) if text.isascii() and text.isdigit() else None
        return user.id if user is not None and user.active else None
    email = step.get("user_email") or step.get("email")
    if not isinstance(email, str) or "@" not in email:
        return None
    known = desk.user_by_email(email)
    return known.id if known else new_customer(desk, _called(step, email), email).id


def _called(step: Wish, email: str) -> str:
    name = step.get("user_name") or step.get("name")
    return name if isinstance(name, str) and name else email


def _together(desk: Desk, held: list[int], given: list[Any]) -> list[int]:
    """Collaborators come as numbers, as addresses, or as objects with name and address."""
    readers: dict[type, Callable[[Any], Wish]] = {
        int: lambda entry: {"user_id": entry},
        str: lambda entry: {"user_email": entry},
        dict: lambda entry: entry,
    }
    steps = [readers[type(entry)](entry) for entry in given if type(entry) in readers]
    return _party(desk, held, steps)
