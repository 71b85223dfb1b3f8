"""People: joining the desk, who works at it, changing, merging, leaving.

What was sent is checked as a whole, then done; HTTP does not enter.
"""

from __future__ import annotations

from typing import Any

from connectors.sandbox import events, profile, profile_events
from connectors.sandbox.companies import company_named
from connectors.sandbox.ledger import Effect
from connectors.sandbox.membership import (
    add_identity,
    add_to_team,
    drop_identity,
    identities,
    link,
    links,
    move,
    unlink,
)
from connectors.sandbox.records import FieldValue, User
from connectors.sandbox.refusals import forbidden, record_invalid
from connectors.sandbox.state import Desk

Wish = dict[str, Any]
"""The ``user`` object a client sent, as decoded JSON."""

TAKEN = "DuplicateValue"
ERASED = "Permanently Deleted User"

OWNER = ("Dana Whitlock", "dana.whitlock@desk.example")
AGENT = ("Robin Vale", "robin.vale@desk.example")


def new_customer(desk: Desk, name: str, email: str | None) -> User:
    """A customer whom nobody knew before."""
    now = desk.clock.wall()
    user = User(id=desk.users.next_id(), name=name, created_at=now, updated_at=now)
    desk.users.add(user)
    if email is not None:
        add_identity(desk, user, "email", email.lower(), now)
    events.of_user(desk, user, [("created", {})])
    return user


def add_staff(desk: Desk, key: int, name: str, email: str, at: int, *, role: str = "agent") -> User:
    """Somebody who works at the desk, since ``at``."""
    user = User(
        id=key, name=name, email=email, role=role, locale="en-GB", time_zone="London",
        iana_time_zone="Europe/London", created_at=at, updated_at=at,
    )  # fmt: skip
    desk.users.add(user)
    return user


def open_desk(desk: Desk, first_id: int, at: int) -> None:
    """Give the desk its owner (whom OAuth acts as) and the agent who sits at the browser."""
    desk.opened_at = at
    desk.owner_id = add_staff(desk, first_id, *OWNER, at, role="admin").id
    desk.agent_id = add_staff(desk, first_id + 1, *AGENT, at).id


def create_user(desk: Desk, wish: Wish, author: User) -> User:
    """A person as a client describes them."""
    edits, email = _checked(desk, None, wish, author)
    now = desk.clock.wall()
    user = User(id=desk.users.next_id(), name=edits["name"], created_at=now, updated_at=now)
    desk.users.add(user)
    if email is not None:
        add_identity(desk, user, "email", email, now, verified=_verified(wish))
    _write(desk, user, edits, author)
    for row in _listed(wish.get("identities")):
        _add_listed(desk, user, row)
    companies = wish.get("organization_ids")
    for key in companies if isinstance(companies, list) else ():
        if desk.organizations.alive(key) is not None and key != user.organization_id:
            link(desk, user, key, now)
    if user.staff:
        group = user.default_group_id or next((group.id for group in desk.groups if group.default), None)
        if group is not None:
            add_to_team(desk, user, group, now)
    events.of_user(desk, user, [("created", {})])
    return user


def update_user(desk: Desk, user: User, wish: Wish, author: User) -> None:
    """Apply one client's wish to a person, all of it or nothing; another address joins those they have."""
    edits, email = _checked(desk, user, wish, author)
    if email is not None and desk.users.emails.bearer(email) is None:
        add_identity(desk, user, "email", email, desk.clock.wall(), verified=_verified(wish))
        desk.users.touch(user, desk.clock.wall())
    profile_events.user_changed(desk, user, _write(desk, user, edits, author))


def retag_user(desk: Desk, user: User, tags: list[str], author: User) -> None:
    """Give a person other tags; the same tags change nothing."""
    profile_events.user_changed(desk, user, _write(desk, user, {"tags": tags}, author))


def delete_user(desk: Desk, user: User, author: User) -> None:
    """The person is gone from lists and search; the record stays, marked inactive."""
    if user.id in (desk.owner_id, author.id):
        raise record_invalid({"base": "The account's owner and oneself cannot be deleted"})
    _record(desk, user, "active", before=True, after=False, author=author)
    _depart(desk, user)
    desk.users.touch(user, desk.clock.wall())
    profile_events.user_changed(desk, user, {"active": True})
    events.of_user(desk, user, [("deleted", {})])


def erase_user(desk: Desk, user: User) -> None:
    """Deleted for good: what was personal is overwritten, the number remains."""
    user.name, user.email, user.phone, user.external_id = ERASED, None, None, None
    user.alias = user.details = user.notes = user.signature = None
    user.tags, user.user_fields, user.erased = [], {}, True
    desk.users.touch(user, desk.clock.wall())


def merge_users(desk: Desk, loser: User, winner: User, author: User) -> None:
    """One customer instead of two: tickets and addresses move to the winner."""
    if loser is winner or loser.staff or winner.staff or not winner.active:
        raise record_invalid({"base": "Only two different end users can be merged"})
    now = desk.clock.wall()
    moved = [(row.type, row.value) for row in identities(desk, loser)]
    company = loser.organization_id
    _record(desk, loser, "active", before=True, after=False, author=author)
    _depart(desk, loser)
    for kind, value in moved:
        add_identity(desk, winner, kind, value, now)
    if winner.organization_id is None and company is not None:
        link(desk, winner, company, now)
    for ticket in desk.tickets:
        if ticket.requester_id == loser.id:
            ticket.requester_id = winner.id
            desk.tickets.touch(ticket, now)
    loser.merged_into = winner.id
    desk.users.touch(loser, now)
    desk.users.touch(winner, now)
    events.of_user(desk, loser, [("merged", {"target_user_id": str(winner.id)})])


def _depart(desk: Desk, user: User) -> None:
    """Give back everything others may have now."""
    shown = user.email
    for row in list(identities(desk, user)):
        drop_identity(desk, user, row)
    for membership in list(links(desk, user)):
        unlink(desk, user, membership)
    desk.users.external_ids.release(user.external_id, user.id)
    user.email, user.active = shown, False


def _checked(desk: Desk, user: User | None, wish: Wish, author: User) -> tuple[Wish, str | None]:
    """What a wish sets and the address it names; every invalid property is named at once."""
    if user is None:
        wish = {"name": None, **wish}
    edits, faults = profile.read(desk, wish, profile.USER)
    codes: dict[str, str] = {}
    key = user.id if user else None
    email = _email(desk, key, wish, faults, codes)
    held = desk.users.external_ids.bearer(edits.get("external_id") or "")
    if held is not None and held != key:
        faults["external_id"] = f"External: {edits['external_id']} is already being used by another user"
        codes["external_id"] = TAKEN
    if "user_fields" in wish:
        fields = user.user_fields if user else {}
        edits["user_fields"] = profile.own_fields(desk.user_fields, fields, wish["user_fields"], faults)
    if faults:
        raise record_invalid(faults, codes)
    _admit_role(edits.get("role"), user, author)
    company = wish.get("organization")
    if isinstance(company, dict) and isinstance(company.get("name"), str) and company["name"].strip():
        edits["organization_id"] = company_named(desk, company["name"], author).id
    return edits, email


def _email(
    desk: Desk, key: int | None, wish: Wish, faults: dict[str, str], codes: dict[str, str]
) -> str | None:
    try:
        email = profile.address(desk, wish.get("email"))
    except ValueError as fault:
        faults["email"] = str(fault)
        return None
    bearer = desk.users.emails.bearer(email or "")
    if bearer is not None and bearer != key:
        faults["email"] = f"Email: {email} is already being used by another user"
        codes["email"] = TAKEN
    return email


def _admit_role(role: str | None, user: User | None, author: User) -> None:
    """Only admins make, or change, those who work at the desk."""
    touches_staff = role not in (None, "end-user") or (user is not None and user.staff and user is not author)
    if touches_staff and author.role != "admin":
        raise forbidden()


def _write(desk: Desk, user: User, edits: Wish, author: User) -> dict[str, Any]:
    """Do what was decided; only real differences are written and noted. Gives their old values."""
    fresh = {name: value for name, value in edits.items() if value != getattr(user, name)}
    before = {name: getattr(user, name) for name in fresh}
    for name, value in fresh.items():
        _record(desk, user, name, before=getattr(user, name), after=value, author=author)
        WRITERS.get(name, _plain)(desk, user, name, value)
    if fresh:
        desk.users.touch(user, desk.clock.wall())
    return before


def _plain(_: Desk, user: User, name: str, value: FieldValue) -> None:
    setattr(user, name, value)


def _rename_outside(desk: Desk, user: User, name: str, value: Any) -> None:
    desk.users.external_ids.release(user.external_id, user.id)
    desk.users.external_ids.claim(value, user.id)
    user.external_id = value


def _join(desk: Desk, user: User, name: str, value: Any) -> None:
    move(desk, user, value, desk.clock.wall())


def _call_at(desk: Desk, user: User, name: str, value: Any) -> None:
    """A number of one's own becomes an identity; one that somebody else has is shared."""
    user.phone = value
    bearer = desk.users.phones.bearer(value) if value else None
    user.shared_phone = None if not value else bearer not in (None, user.id)
    if value and bearer is None:
        add_identity(desk, user, "phone_number", value, desk.clock.wall())


WRITERS = {"external_id": _rename_outside, "organization_id": _join, "phone": _call_at}
"""Properties that others have to follow."""


def _record(desk: Desk, user: User, name: str, *, before: Any, after: Any, author: User) -> None:
    effect = Effect(desk.clock.wall(), "user", user.id, name, before, after, author.id, "api")
    desk.ledger.effects.append(effect)


def _verified(wish: Wish) -> bool:
    return wish.get("verified") is True or wish.get("skip_verify_email") is True


def _listed(value: object) -> list[Wish]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _add_listed(desk: Desk, user: User, row: Wish) -> None:
    """An identity that comes with a new person; one that is taken is left out."""
    kind = {"email": "email", "phone_number": "phone_number"}.get(str(row.get("type")))
    value = row.get("value")
    if kind is None or not isinstance(value, str):
        return
    names = desk.users.emails if kind == "email" else desk.users.phones
    if names.bearer(value) is None:
        add_identity(desk, user, kind, value.lower(), desk.clock.wall())
