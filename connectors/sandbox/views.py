"""The views a new account has, and which tickets each shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from connectors.sandbox.records import STATUSES, Ticket, User
from connectors.sandbox.state import Desk

HOUR = 3_600


class Condition(NamedTuple):
    """One condition in the vendor's words; times are whole hours back from now."""

    field: str
    operator: str
    value: str


class View(NamedTuple):
    """A saved list of tickets: those for which all conditions hold, sorted by one column."""

    id: int
    title: str
    conditions: tuple[Condition, ...]
    sort_by: str = "created_at"
    sort_order: str = "desc"
    active: bool = True


UNSOLVED = Condition("status", "less_than", "solved")
NEW = Condition("status", "is", "new")
DEFAULTS = (
    View(360_001, "Your unsolved tickets", (UNSOLVED, Condition("assignee_id", "is", "current_user"))),
    View(360_002, "Unassigned tickets", (UNSOLVED, Condition("assignee_id", "is", ""))),
    View(360_003, "All unsolved tickets", (UNSOLVED,)),
    View(360_004, "Recently updated tickets", (Condition("updated_at", "less_than", "48"),), "updated_at"),
    View(360_005, "New tickets in your groups", (NEW, Condition("group_id", "is", "current_groups"))),
    View(360_006, "Pending tickets", (Condition("status", "is", "pending"),)),
    View(360_007, "Recently solved tickets", (Condition("status", "is", "solved"),), "updated_at"),
    View(360_008, "Current tasks", (UNSOLVED, Condition("type", "is", "task")), active=False),
)  # fmt: skip


def shown(desk: Desk, view: View, actor: User) -> list[Ticket]:
    """The tickets a view shows to somebody, in its order."""
    rows = [
        one
        for one in desk.tickets
        if one.status not in ("closed", "deleted")
        and all(_holds(desk, actor, one, condition) for condition in view.conditions)
    ]
    rows.sort(key=lambda one: getattr(one, view.sort_by), reverse=view.sort_order == "desc")
    return rows


def _holds(desk: Desk, actor: User, ticket: Ticket, condition: Condition) -> bool:
    return TESTS[condition.field](desk, actor, ticket, condition)


def _status(_: Desk, __: User, ticket: Ticket, condition: Condition) -> bool:
    held, wanted = STATUSES.index(ticket.status), STATUSES.index(condition.value)
    return {"is": held == wanted, "less_than": held < wanted, "greater_than": held > wanted}[
        condition.operator
    ]


def _assignee(_: Desk, actor: User, ticket: Ticket, condition: Condition) -> bool:
    return ticket.assignee_id == (actor.id if condition.value == "current_user" else None)


def _group(desk: Desk, actor: User, ticket: Ticket, _: Condition) -> bool:
    return any(row.user_id == actor.id and row.group_id == ticket.group_id for row in desk.group_memberships)


def _updated(desk: Desk, _: User, ticket: Ticket, condition: Condition) -> bool:
    return desk.clock.wall() - ticket.updated_at < int(condition.value) * HOUR


def _type(_: Desk, __: User, ticket: Ticket, condition: Condition) -> bool:
    return ticket.type == condition.value


TESTS: dict[str, Callable[[Desk, User, Ticket, Condition], bool]] = {
    "status": _status,
    "assignee_id": _assignee,
    "group_id": _group,
    "updated_at": _updated,
    "type": _type,
}
"""What each field of a condition means."""
