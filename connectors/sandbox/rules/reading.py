"""What clients send for rules, checked: every fault of a body is named by the property it is in."""

from __future__ import annotations

import re
from typing import Any

from connectors.sandbox.records import PRIORITIES
from connectors.sandbox.refusals import RefusedError, record_invalid
from connectors.sandbox.rules.records import METRICS, Action, Condition, Conditions, Target
from connectors.sandbox.wire import Json

OPERATORS = frozenset(
    {
        "is", "is_not", "less_than", "greater_than", "includes", "not_includes", "present", "not_present",
        "changed", "not_changed", "value", "not_value", "value_previous", "not_value_previous",
    }
)  # fmt: skip
"""How a condition can compare."""

SLA_FIELDS = frozenset(
    {
        "type", "via_id", "current_via_id", "current_tags", "organization_id", "group_id", "assignee_id",
        "requester_id", "brand_id", "ticket_form_id", "custom_status_id",
    }
)  # fmt: skip
"""Ticket properties a service level policy may look at; custom fields come on top, priority does not."""

TRIGGER_FIELDS = frozenset(
    {
        "update_type", "status", "priority", "type", "group_id", "assignee_id", "requester_id",
        "organization_id", "current_tags", "via_id", "current_via_id", "comment_is_public",
        "subject_includes_word", "comment_includes_word", "brand_id", "ticket_form_id", "custom_status_id",
        "role", "reopens", "replies",
    }
)  # fmt: skip
"""What a trigger may look at, beside custom fields."""

ACTIONS = frozenset(
    {
        "set_tags", "current_tags", "remove_tags", "priority", "status", "type", "group_id", "assignee_id",
        "notification_webhook", "subject",
    }
)  # fmt: skip
"""What a trigger may do, beside setting custom fields."""

CUSTOM = re.compile(r"custom_fields_(\d{1,18})")


def refuse(name: str, text: str) -> RefusedError:
    """One property is wrong."""
    return record_invalid({name: text})


def name(wish: Json, key: str, title: str) -> str:
    """A text that must be there and say something."""
    value = wish.get(key)
    if not isinstance(value, str) or not value.strip():
        raise refuse(key, f"{title}: cannot be blank")
    return value


def conditions(value: object, known: frozenset[str], where: str) -> Conditions:
    """A filter with ``all`` and ``any``, each a list of conditions or nothing."""
    if not isinstance(value, dict):
        raise refuse(where, f"{where.capitalize()}: must be an object with all and any")
    return Conditions(*(_lines(value.get(part), known, where) for part in ("all", "any")))


def _lines(value: object, known: frozenset[str], where: str) -> tuple[Condition, ...]:
    entries = value if isinstance(value, list) else [] if value is None else [None]
    return tuple(_line(entry, known, where) for entry in entries)


def _line(entry: object, known: frozenset[str], where: str) -> Condition:
    if not isinstance(entry, dict):
        raise refuse(where, f"{where.capitalize()}: every condition must be an object")
    field, operator, value = entry.get("field"), entry.get("operator"), entry.get("value")
    if not isinstance(field, str) or not (field in known or CUSTOM.fullmatch(field)):
        raise refuse(where, f"{where.capitalize()}: {field!r} is not a field of a condition")
    if operator not in OPERATORS:
        raise refuse(where, f"{where.capitalize()}: {operator!r} is not an operator of {field}")
    return Condition(field, operator, _frozen(value))


def _frozen(value: object) -> Any:
    """Lists become tuples, so that a rule can be compared and kept."""
    return tuple(value) if isinstance(value, list) else value


def actions(value: object) -> tuple[Action, ...]:
    """What a trigger does, at least one thing."""
    if not isinstance(value, list) or not value:
        raise refuse("actions", "Actions: must have at least one action")
    return tuple(_action(entry) for entry in value)


def _action(entry: object) -> Action:
    field = entry.get("field") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(field, str):
        raise refuse("actions", "Actions: every action must be an object with field and value")
    if field not in ACTIONS and not CUSTOM.fullmatch(field):
        raise refuse("actions", f"Actions: {field!r} is not an action")
    return Action(field, _frozen(entry.get("value")))


def targets(value: object) -> tuple[Target, ...]:
    """The rows of a policy: one for each metric and priority, in whole minutes."""
    if not isinstance(value, list):
        raise refuse("policy_metrics", "Policy metrics: must be a list")
    rows = tuple(_target(entry) for entry in value)
    if len({(row.priority, row.metric) for row in rows}) < len(rows):
        raise refuse("policy_metrics", "Policy metrics: one target for each metric and priority")
    return rows


def _target(entry: object) -> Target:
    row = entry if isinstance(entry, dict) else {}
    priority, metric, minutes = row.get("priority"), row.get("metric"), row.get("target")
    if minutes is None and type(row.get("target_in_seconds")) is int:
        minutes = row["target_in_seconds"] // 60
    if priority not in PRIORITIES:
        raise refuse("policy_metrics", f"Policy metrics: {priority!r} is not a priority")
    if metric not in METRICS:
        raise refuse("policy_metrics", f"Policy metrics: {metric!r} is not a metric")
    if type(minutes) is not int or minutes < 1:
        raise refuse("policy_metrics", "Policy metrics: target must be a whole number of minutes above 0")
    return Target(priority, metric, minutes, row.get("business_hours") is True)


def position(wish: Json) -> int | None:
    """The place a rule is wished to have."""
    value = wish.get("position")
    if value is not None and (type(value) is not int or value < 0):
        raise refuse("position", "Position: must be a whole number")
    return value
