"""Who belongs where: people in companies, agents in teams, and the addresses of people.

Records that come from a seed or a table say it by their properties alone; ``enter`` writes that out.
"""

from __future__ import annotations

from connectors.sandbox import profile_events
from connectors.sandbox.records import GroupMembership, Identity, OrganizationMembership, User
from connectors.sandbox.state import Desk


def enter(desk: Desk) -> None:
    """Write out what the properties of the people say; what is already written stays."""
    linked = {row.user_id for row in desk.memberships}
    reached = {row.user_id for row in desk.identities}
    teamed = {row.user_id for row in desk.group_memberships}
    for group in desk.groups:
        group.default = not any(other.default for other in desk.groups)
        break
    for user in desk.users:
        if user.active and user.organization_id is not None and user.id not in linked:
            link(desk, user, user.organization_id, user.created_at)
        if user.active and user.id not in reached:
            _reach(desk, user)
        if user.active and user.staff and user.id not in teamed:
            _team_up(desk, user)


def _reach(desk: Desk, user: User) -> None:
    if user.email is not None:
        add_identity(desk, user, "email", user.email, user.created_at)
    if user.phone is not None:
        user.shared_phone = desk.users.phones.bearer(user.phone) != user.id
        if not user.shared_phone:
            add_identity(desk, user, "phone_number", user.phone, user.created_at)


def _team_up(desk: Desk, user: User) -> None:
    """Somebody without a team of their own is in every team."""
    own = user.default_group_id
    for key in [own] if own is not None else [group.id for group in desk.groups if not group.deleted]:
        add_to_team(desk, user, key, user.created_at)


def link(desk: Desk, user: User, company: int, now: int, *, default: bool = False) -> OrganizationMembership:
    """Put a person into a company; the first, or one asked to be it, is their default."""
    others = links(desk, user)
    row = OrganizationMembership(
        id=desk.memberships.next_id(),
        user_id=user.id,
        organization_id=company,
        created_at=now,
        updated_at=now,
    )
    desk.memberships.add(row)
    desk.links.setdefault(user.id, []).append(row)
    if default or not others:
        make_default(desk, user, row)
    profile_events.membership(desk, user, row, made=True)
    return row


def links(desk: Desk, user: User) -> list[OrganizationMembership]:
    """The companies a person is in, oldest first."""
    return desk.links.get(user.id, [])


def make_default(desk: Desk, user: User, row: OrganizationMembership) -> None:
    """From now on the person's new tickets belong to this company."""
    for other in links(desk, user):
        other.default = other is row
    user.organization_id = row.organization_id


def unlink(desk: Desk, user: User, row: OrganizationMembership) -> None:
    """Take a person out of a company; the oldest left becomes the default if that was it."""
    desk.memberships.remove(row.id)
    rest = [other for other in links(desk, user) if other is not row]
    desk.links[user.id] = rest
    if not rest:
        user.organization_id = None
    elif row.default:
        make_default(desk, user, rest[0])
    profile_events.membership(desk, user, row, made=False)


def move(desk: Desk, user: User, company: int | None, now: int) -> None:
    """The person is in this company and in no other."""
    for row in list(links(desk, user)):
        if row.organization_id != company:
            unlink(desk, user, row)
    if company is not None and not links(desk, user):
        link(desk, user, company, now)


def add_to_team(desk: Desk, user: User, group: int, now: int) -> GroupMembership:
    """Put an agent into a team; the first is their default."""
    first = not any(row.user_id == user.id for row in desk.group_memberships)
    row = GroupMembership(
        id=desk.group_memberships.next_id(),
        user_id=user.id,
        group_id=group,
        default=first,
        created_at=now,
        updated_at=now,
    )
    desk.group_memberships.add(row)
    if first:
        user.default_group_id = group
    return row


def prefer_team(desk: Desk, user: User, row: GroupMembership) -> None:
    """From now on this is the agent's default team."""
    for other in desk.group_memberships:
        if other.user_id == user.id:
            other.default = other is row
    user.default_group_id = row.group_id


def leave_team(desk: Desk, row: GroupMembership) -> None:
    """Take an agent out of a team."""
    desk.group_memberships.remove(row.id)
    user = desk.users.get(row.user_id)
    rest = [other for other in desk.group_memberships if other.user_id == row.user_id]
    if user is not None and row.default:
        user.default_group_id = None
        if rest:
            prefer_team(desk, user, rest[0])


def add_identity(
    desk: Desk, user: User, kind: str, value: str, now: int, *, verified: bool = True
) -> Identity:
    """Another way to reach a person; the first address is the primary one."""
    first = not any(row.type == kind for row in identities(desk, user))
    row = Identity(
        id=desk.identities.next_id(),
        user_id=user.id,
        type=kind,
        value=value,
        verified=verified,
        primary=first,
        created_at=now,
        updated_at=now,
    )
    desk.identities.add(row)
    desk.addresses.setdefault(user.id, []).append(row)
    (desk.users.emails if kind == "email" else desk.users.phones).claim(value, user.id)
    if first and kind == "email":
        user.email = value
    profile_events.identity(desk, user, row, made=True)
    return row


def identities(desk: Desk, user: User) -> list[Identity]:
    """How a person can be reached, oldest first."""
    return desk.addresses.get(user.id, [])


def prefer_identity(desk: Desk, user: User, row: Identity) -> None:
    """From now on this is the address the person is shown with."""
    for other in identities(desk, user):
        if other.type == row.type:
            other.primary = other is row
    if row.type == "email":
        user.email = row.value


def drop_identity(desk: Desk, user: User, row: Identity) -> None:
    """Take an address away; somebody else may have it then."""
    desk.identities.remove(row.id)
    desk.addresses[user.id] = [other for other in identities(desk, user) if other is not row]
    (desk.users.emails if row.type == "email" else desk.users.phones).release(row.value, user.id)
    if row.type == "email" and row.primary:
        left = [other for other in identities(desk, user) if other.type == "email"]
        user.email = None
        if left:
            prefer_identity(desk, user, left[0])
    profile_events.identity(desk, user, row, made=False)
