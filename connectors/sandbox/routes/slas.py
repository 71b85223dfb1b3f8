"""Service level policies, for admins."""

from __future__ import annotations

from connectors.sandbox.call import Answer, Call, Row, found, ok, whole
from connectors.sandbox.records import TYPES
from connectors.sandbox.routes.ranked import ranked
from connectors.sandbox.rules import order, reading, wire_rules
from connectors.sandbox.rules.records import SlaPolicy
from connectors.sandbox.wire import Json

KEPT = ("metric_settings",)
"""Properties that are given back as they were sent."""


def listing(call: Call) -> Answer:
    policies = order.in_order(call.desk.rules.policies)
    return ranked(call, "sla_policies", policies, lambda policy: wire_rules.sla_policy(policy, call.base))


def show(call: Call) -> Answer:
    return ok(sla_policy=wire_rules.sla_policy(_policy(call), call.base))


def _policy(call: Call) -> SlaPolicy:
    policy: SlaPolicy = found(call.desk.rules.policies.get(call.id()))
    return policy


def add(call: Call) -> Answer:
    wish, shelf, now = call.wrapped("sla_policy"), call.desk.rules.policies, call.desk.clock.wall()
    policy = SlaPolicy(id=shelf.next_id(), created_at=now, updated_at=now)
    _write(policy, {"title": None, "filter": None, **wish})
    shelf.add(policy)
    order.place(shelf, policy, reading.position(wish))
    shown = wire_rules.sla_policy(policy, call.base)
    return Answer(201, {"sla_policy": shown}, location=shown["url"])


def change(call: Call) -> Answer:
    """Only what is sent changes; tickets follow at their own next update."""
    policy, wish = _policy(call), call.wrapped("sla_policy")
    position = reading.position(wish)
    _write(policy, wish)
    if position is not None:
        order.place(call.desk.rules.policies, policy, position)
    policy.updated_at = call.desk.clock.wall()
    return ok(sla_policy=wire_rules.sla_policy(policy, call.base))


def _write(policy: SlaPolicy, wish: Json) -> None:
    """Everything is read before anything is set, so that a refused policy stays as it was."""
    title = reading.name(wish, "title", "Title") if "title" in wish else policy.title
    filters = (
        reading.conditions(wish["filter"], reading.SLA_FIELDS, "filter")
        if "filter" in wish
        else policy.filter
    )
    targets = reading.targets(wish["policy_metrics"]) if "policy_metrics" in wish else policy.targets
    policy.title, policy.filter, policy.targets = title, filters, targets
    policy.description = str(wish.get("description", policy.description) or "")
    policy.more = {**policy.more, **{key: wish[key] for key in KEPT if key in wish}}


def remove(call: Call) -> Answer:
    shelf = call.desk.rules.policies
    shelf.remove(_policy(call).id)
    order.close_ranks(order.in_order(shelf))
    return Answer(204, None)


def reorder(call: Call) -> Answer:
    """The ids come in the query, parted by commas, or as a list in the body."""
    listed = call.query.get("sla_policy_ids", "").split(",") if not call.body else _in_body(call)
    ids = [whole(str(part).strip(), "sla_policy_ids") for part in listed]
    order.reorder(call.desk.rules.policies, ids, partly=True)
    return Answer(200, "")


def _in_body(call: Call) -> list[object]:
    listed = call.json().get("sla_policy_ids")
    return listed if isinstance(listed, list) else [listed]


def definitions(call: Call) -> Answer:
    """What a filter may be made of."""
    groups = [{"value": str(group.id), "title": group.name} for group in call.desk.groups]
    lists = {
        "type": [{"value": kind, "title": kind.capitalize()} for kind in TYPES],
        "group_id": groups,
    }
    rows = [_definition(field, lists.get(field)) for field in sorted(reading.SLA_FIELDS)]
    return ok(definitions={"all": rows, "any": rows})


def _definition(field: str, choices: list[Json] | None) -> Json:
    words = ("includes", "not_includes") if field == "current_tags" else ("is", "is_not")
    return {
        "value": field,
        "title": field.removesuffix("_id").replace("_", " ").capitalize(),
        "group": "ticket",
        "target": None,
        "operators": [{"value": word, "title": word.replace("_", " ").capitalize()} for word in words],
        "values": {"type": "list" if choices is not None else "text", "list": choices or []},
    }


ROWS = (
    Row("GET", "/api/v2/slas/policies", listing, admin=True),
    Row("POST", "/api/v2/slas/policies", add, admin=True),
    Row("GET", "/api/v2/slas/policies/definitions", definitions, admin=True),
    Row("PUT", "/api/v2/slas/policies/reorder", reorder, admin=True),
    Row("GET", "/api/v2/slas/policies/{id}", show, admin=True),
    Row("PUT", "/api/v2/slas/policies/{id}", change, admin=True),
    Row("DELETE", "/api/v2/slas/policies/{id}", remove, admin=True),
)
