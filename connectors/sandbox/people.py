"""People and companies: joining the desk, and who works at it."""

from __future__ import annotations

from connectors.sandbox.records import Organization, User
from connectors.sandbox.state import Desk, Effect

OWNER = ("Dana Whitlock", "dana.whitlock@desk.example")
AGENT = ("Robin Vale", "robin.vale@desk.example")


def new_customer(desk: Desk, name: str, email: str | None) -> User:
    """A customer whom nobody knew before."""
    now = desk.clock.wall()
    user = User(id=desk.users.next_id(), name=name, email=email, created_at=now, updated_at=now)
    desk.users.add(user)
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


def retag_user(desk: Desk, user: User, tags: list[str], author: User) -> None:
    """Give a person other tags; the same tags change nothing."""
    if tags == user.tags:
        return
    now = desk.clock.wall()
    desk.ledger.effects.append(Effect(now, "user", user.id, "tags", user.tags, tags, author.id, "api"))
    user.tags = tags
    desk.users.touch(user, now)


def retag_organization(desk: Desk, organization: Organization, tags: list[str], author: User) -> None:
    """Give a company other tags; the same tags change nothing."""
    if tags == organization.tags:
        return
    now = desk.clock.wall()
    effect = Effect(now, "organization", organization.id, "tags", organization.tags, tags, author.id, "api")
    desk.ledger.effects.append(effect)
    organization.tags = tags
    desk.organizations.touch(organization, now)
