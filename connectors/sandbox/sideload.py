"""What ``include`` lays beside records: other records as lists of their own, or more about each one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from connectors.sandbox import wire, wire_people
from connectors.sandbox.call import Call
from connectors.sandbox.records import Ticket, User
from connectors.sandbox.rules.levels import levels
from connectors.sandbox.shelves import Shelf
from connectors.sandbox.wire import Json

PERSONS = ("requester_id", "submitter_id", "assignee_id")
LISTS = ("collaborator_ids", "follower_ids", "email_cc_ids")


def ticket(call: Call, record: Ticket) -> Json:
    """A ticket with what was asked for about it."""
    included = call.includes()
    shown = wire.ticket(call.desk, record, call.base, metrics="metric_sets" in included)
    if "comment_count" in included:
        shown["comment_count"] = len(call.desk.comments.get(record.id, ()))
    if "last_audits" in included:
        shown["last_audits"] = [wire.audit(audit) for audit in call.desk.audits.get(record.id, [])[-1:]]
    if "dates" in included:
        shown["dates"] = _dates(record)
    if "slas" in included:
        shown["slas"] = levels(call.desk, record)
    return shown


def _dates(record: Ticket) -> Json:
    metrics = record.metrics
    return {
        "assignee_updated_at": wire.iso(metrics.assignee_updated_at),
        "requester_updated_at": wire.iso(metrics.requester_updated_at),
        "status_updated_at": wire.iso(metrics.status_updated_at),
        "initially_assigned_at": wire.iso(metrics.initially_assigned_at),
        "assigned_at": wire.iso(metrics.assigned_at),
        "solved_at": wire.iso(metrics.solved_at),
        "latest_comment_added_at": wire.iso(metrics.latest_comment_added_at),
    }


def beside_tickets(call: Call, tickets: list[Ticket]) -> Json:
    """The lists beside these tickets that the caller asked for."""
    persons = [getattr(one, name) for one in tickets for name in PERSONS]
    persons += [key for one in tickets for name in LISTS for key in getattr(one, name)]
    return {
        **_users(call, persons),
        **_groups(call, (one.group_id for one in tickets)),
        **_organizations(call, (one.organization_id for one in tickets)),
    }


def beside_users(call: Call, users: list[User]) -> Json:
    """The lists beside these people that the caller asked for."""
    answer = _organizations(call, (one.organization_id for one in users))
    if "groups" in call.includes():
        teams: dict[int, list[int]] = defaultdict(list)
        for row in call.desk.group_memberships:
            teams[row.user_id].append(row.group_id)
        answer |= _groups(call, (key for one in users for key in teams.get(one.id, ())))
    if "identities" in call.includes():
        ways = [way for one in users for way in call.desk.addresses.get(one.id, ())]
        answer["identities"] = [wire_people.identity(way, call.base) for way in ways]
    return answer


def beside_links(call: Call, rows: Iterable[Any]) -> Json:
    """The lists beside memberships: their people and what they are members of."""
    kept = list(rows)
    return {
        **_users(call, (row.user_id for row in kept)),
        **_groups(call, (getattr(row, "group_id", None) for row in kept)),
        **_organizations(call, (getattr(row, "organization_id", None) for row in kept)),
    }


def _users(call: Call, keys: Iterable[int | None]) -> Json:
    return _beside(call, "users", call.desk.users, keys, lambda one: wire_people.user(one, call.base))


def _groups(call: Call, keys: Iterable[int | None]) -> Json:
    return _beside(call, "groups", call.desk.groups, keys, lambda one: wire_people.group(one, call.base))


def _organizations(call: Call, keys: Iterable[int | None]) -> Json:
    shelf = call.desk.organizations
    return _beside(call, "organizations", shelf, keys, lambda one: wire_people.organization(one, call.base))


def _beside(
    call: Call, name: str, shelf: Shelf[Any], keys: Iterable[int | None], show: Callable[[Any], Json]
) -> Json:
    """Each record once, in the order in which it is first needed; nothing where it was not asked for."""
    if name not in call.includes():
        return {}
    records = (shelf.get(key) for key in dict.fromkeys(keys))
    return {name: [show(record) for record in records if record is not None]}
