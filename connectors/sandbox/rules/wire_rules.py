"""How rules look in an answer."""

from __future__ import annotations

from connectors.sandbox.rules.days import date_text
from connectors.sandbox.rules.records import (
    Category,
    Condition,
    Conditions,
    Holiday,
    MetricEvent,
    Promise,
    Schedule,
    SlaPolicy,
    Target,
    Trigger,
)
from connectors.sandbox.wire import Json, stamp


def sla_policy(record: SlaPolicy, base: str) -> Json:
    """A service level policy."""
    return {
        **record.more,
        "url": f"{base}/api/v2/slas/policies/{record.id}.json",
        "id": record.id,
        "title": record.title,
        "description": record.description,
        "position": record.position,
        "filter": _conditions(record.filter),
        "policy_metrics": [_target(row) for row in record.targets],
        "created_at": stamp(record.created_at),
        "updated_at": stamp(record.updated_at),
    }


def _target(row: Target) -> Json:
    return {**row._asdict(), "target_in_seconds": row.target * 60}


def _conditions(record: Conditions) -> Json:
    return {"all": list(map(_condition, record.all)), "any": list(map(_condition, record.any))}


def _condition(record: Condition) -> Json:
    return {"field": record.field, "operator": record.operator, "value": record.value}


def trigger(record: Trigger, base: str) -> Json:
    """A trigger; without categories it has none."""
    return {
        "url": f"{base}/api/v2/triggers/{record.id}.json",
        "id": record.id,
        "title": record.title,
        "raw_title": record.title,
        "description": record.description,
        "active": record.active,
        "default": False,
        "position": record.position,
        "category_id": None if record.category_id is None else str(record.category_id),
        "conditions": _conditions(record.conditions),
        "actions": [action._asdict() for action in record.actions],
        "created_at": stamp(record.created_at),
        "updated_at": stamp(record.updated_at),
    }


def category(record: Category) -> Json:
    """A trigger category."""
    return {
        "id": str(record.id),
        "name": record.name,
        "position": record.position,
        "created_at": stamp(record.created_at),
        "updated_at": stamp(record.updated_at),
    }


def schedule(record: Schedule) -> Json:
    """Business hours, in minutes of the week."""
    return {
        "id": record.id,
        "name": record.name,
        "time_zone": record.time_zone,
        "intervals": [{"start_time": start, "end_time": end} for start, end in record.intervals],
        "created_at": stamp(record.created_at),
        "updated_at": stamp(record.updated_at),
    }


def holiday(record: Holiday) -> Json:
    """Days without business."""
    return {
        "id": record.id,
        "name": record.name,
        "start_date": date_text(record.first),
        "end_date": date_text(record.last),
    }


def metric_event(record: MetricEvent) -> Json:
    """An entry in the diary of a ticket's clocks; what it holds beside depends on its type."""
    shown = {
        "id": record.id,
        "ticket_id": record.ticket_id,
        "metric": record.clock,
        "instance_id": record.number,
        "type": record.type,
        "time": stamp(record.at),
    }
    if record.type == "breach":
        return {**shown, "deleted": record.deleted}
    if record.type == "update_status":
        return {**shown, "status": dict(zip(("calendar", "business"), record.more, strict=True))}
    return {**shown, "sla": _sla(*record.more)} if record.type == "apply_sla" else shown


def _sla(row: Target, promise: Promise) -> Json:
    policy = {"id": promise.id, "title": promise.title, "description": promise.description}
    return {
        "target": row.target,
        "target_in_seconds": row.target * 60,
        "business_hours": row.business_hours,
        "policy": policy,
    }
