"""The account's rules as clients keep them: service levels, triggers, categories, business hours."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.sandbox.state import Desk
from tests.connectors.sandbox.rig import Client, basic

SLAS, TRIGGERS, CATEGORIES = "/api/v2/slas/policies", "/api/v2/triggers", "/api/v2/trigger_categories"
SCHEDULES = "/api/v2/business_hours/schedules"
VIP = {"all": [{"field": "current_tags", "operator": "includes", "value": "seg_vip"}], "any": []}
ROW = {"priority": "high", "metric": "first_reply_time", "target": 60, "business_hours": False}
POLICY = {"title": "VIP", "filter": VIP, "policy_metrics": [ROW]}
ACTION = {"field": "set_tags", "value": "seen"}


def policy(client: Client, title: str, **more: Any) -> int:
    """A new policy's id."""
    reply = client.ask("POST", SLAS, {"sla_policy": {**POLICY, "title": title, **more}})
    assert reply.status == 201, reply.text
    key: int = reply.json["sla_policy"]["id"]
    return key


def titles(client: Client) -> list[str]:
    """The policies in their order."""
    return [one["title"] for one in client.get(SLAS)["sla_policies"]]


def test_a_policy_is_made_read_changed_and_removed(client: Client) -> None:
    """A policy comes back as it was sent, with its target in seconds too; what a PUT leaves out stays."""
    settings = {"first_reply_time": {"activate_on_ticket_created_for_end_user": True}}
    key = policy(client, "VIP", metric_settings=settings)
    made = client.get(f"{SLAS}/{key}")["sla_policy"]
    assert made["policy_metrics"] == [{**ROW, "target_in_seconds": 3600}]
    assert (made["filter"], made["position"], made["metric_settings"]) == (VIP, 1, settings)
    changed = client.ask("PUT", f"{SLAS}/{key}", {"sla_policy": {"title": "Very"}}).json["sla_policy"]
    assert (changed["title"], changed["filter"], changed["metric_settings"]) == ("Very", VIP, settings)
    gone = client.ask("DELETE", f"{SLAS}/{key}")
    assert (gone.status, gone.text) == (204, "")
    assert client.ask("GET", f"{SLAS}/{key}").status == 404


def test_policies_keep_their_order(client: Client) -> None:
    """A policy joins at the end or where it says, and the order can be set as a whole."""
    first, second = policy(client, "A"), policy(client, "B")
    policy(client, "C", position=1)
    assert titles(client) == ["C", "A", "B"]
    reply = client.ask("PUT", f"{SLAS}/reorder?sla_policy_ids={second},{first}")
    assert (reply.status, reply.json) == (200, "")
    assert titles(client) == ["B", "A", "C"]
    client.ask("PUT", f"{SLAS}/reorder", {"sla_policy_ids": [first]})
    client.ask("DELETE", f"{SLAS}/{second}")
    assert [one["position"] for one in client.get(SLAS)["sla_policies"]] == [1, 2]
    assert titles(client) == ["A", "C"]


@pytest.mark.parametrize(
    ("wish", "where"),
    [
        ({"title": " "}, "title"),
        ({"filter": None}, "filter"),
        ({"filter": {"all": [{"field": "priority", "operator": "is", "value": "high"}]}}, "filter"),
        ({"filter": {"all": [{"field": "type", "operator": "almost", "value": "task"}]}}, "filter"),
        ({"policy_metrics": [ROW, ROW]}, "policy_metrics"),
        ({"policy_metrics": [{**ROW, "target": 0}]}, "policy_metrics"),
        ({"policy_metrics": [{**ROW, "priority": "top"}]}, "policy_metrics"),
        ({"policy_metrics": [{**ROW, "metric": "speed"}]}, "policy_metrics"),
    ],
)
def test_a_wrong_policy_is_refused_and_leaves_no_trace(
    client: Client, wish: dict[str, Any], where: str
) -> None:
    """The answer names the property at fault; an edited policy stays as it was."""
    key = policy(client, "Good")
    before = client.get(f"{SLAS}/{key}")
    for method, path in (("POST", SLAS), ("PUT", f"{SLAS}/{key}")):
        reply = client.ask(method, path, {"sla_policy": {**POLICY, **wish}})
        assert (reply.status, list(reply.json["details"])) == (422, [where])
    assert client.get(f"{SLAS}/{key}") == before
    assert titles(client) == ["Good"]


def test_service_levels_are_for_admins(client: Client) -> None:
    """An agent may read neither policies nor webhooks, but triggers."""
    agent = basic("robin.vale@desk.example/token", client.sandbox.token)
    answers = [client.ask("GET", path, authorization=agent) for path in (SLAS, "/api/v2/webhooks", TRIGGERS)]
    assert [answer.status for answer in answers] == [403, 403, 200]


def test_triggers_need_a_category_once_there_is_one(client: Client) -> None:
    """Without categories none is asked for; with them a trigger must name one, or make one in place."""
    wish = {"title": "Sync", "actions": [ACTION]}
    assert client.ask("POST", TRIGGERS, {"trigger": wish}).json["trigger"]["category_id"] is None
    made = client.ask("POST", CATEGORIES, {"trigger_category": {"name": "Deskcue"}})
    assert made.status == 200
    key = made.json["trigger_category"]["id"]
    refused = client.ask("POST", TRIGGERS, {"trigger": wish})
    assert (refused.status, list(refused.json["details"])) == (422, ["category_id"])
    filed = client.ask("POST", TRIGGERS, {"trigger": {**wish, "category_id": key}})
    assert filed.json["trigger"]["category_id"] == key == "10001"
    fresh = client.ask("POST", TRIGGERS, {"trigger": {**wish, "category": {"name": "More"}}})
    assert fresh.json["trigger"]["category_id"] == "10002"
    listed = client.get(f"{CATEGORIES}?include=rule_counts")["trigger_categories"]
    assert [(one["name"], one["active_count"]) for one in listed] == [("Deskcue", 1), ("More", 1)]
    assert client.ask("DELETE", f"{CATEGORIES}/{key}").status == 400


def test_a_category_has_a_name_of_its_own(client: Client) -> None:
    """A blank or taken name and an unknown id are answered as the vendor's reference shows."""
    client.ask("POST", CATEGORIES, {"trigger_category": {"name": "Deskcue"}})
    for name in ("", "Deskcue"):
        reply = client.ask("POST", CATEGORIES, {"trigger_category": {"name": name}})
        assert (reply.status, reply.json["errors"][0]["code"]) == (400, "InvalidTriggerCategory")
    missing = client.ask("PATCH", f"{CATEGORIES}/77", {"trigger_category": {"name": "X"}})
    assert (missing.status, missing.json["errors"][0]["code"]) == (404, "TriggerCategoryNotFound")


def test_conditions_and_actions_are_replaced_together(client: Client) -> None:
    """A PUT with one of the two lists must bring both; other properties change alone."""
    line = {"field": "status", "operator": "changed", "value": None}
    wish = {"title": "T", "actions": [ACTION], "conditions": {"all": [line]}}
    key = client.ask("POST", TRIGGERS, {"trigger": wish}).json["trigger"]["id"]
    off = client.ask("PUT", f"{TRIGGERS}/{key}", {"trigger": {"active": False}}).json["trigger"]
    assert (off["active"], off["actions"], off["conditions"]["all"]) == (False, [ACTION], [line])
    assert client.get(f"{TRIGGERS}/active")["triggers"] == []
    assert client.ask("PUT", f"{TRIGGERS}/{key}", {"trigger": {"conditions": {}}}).status == 422
    bare = client.ask("PUT", f"{TRIGGERS}/{key}", {"trigger": {"actions": [ACTION]}}).json["trigger"]
    assert bare["conditions"] == {"all": [], "any": []}


def test_business_hours_are_checked(client: Client, desk: Desk) -> None:
    """A schedule has a known zone and spans of the week that do not overlap; holidays are its own."""
    good = {
        "name": "Office",
        "time_zone": "Europe/Berlin",
        "intervals": [{"start_time": 1980, "end_time": 2460}],
    }
    made = client.ask("POST", SCHEDULES, {"schedule": good})
    assert (made.status, made.json["schedule"]["intervals"]) == (201, good["intervals"])
    key = made.json["schedule"]["id"]
    for wrong in (
        {"time_zone": "Mars/Olympus"},
        {"intervals": [{"start_time": 5, "end_time": 5}]},
        {"intervals": [{"start_time": 0, "end_time": 60}, {"start_time": 30, "end_time": 90}]},
        {"intervals": [{"start_time": 0, "end_time": 10_081}]},
        {"name": ""},
    ):
        assert client.ask("PUT", f"{SCHEDULES}/{key}", {"schedule": wrong}).status == 422, wrong
    days = {"name": "Yule", "start_date": "2026-12-25", "end_date": "2026-12-26"}
    holiday = client.ask("POST", f"{SCHEDULES}/{key}/holidays", {"holiday": days}).json["holiday"]
    assert client.get(f"{SCHEDULES}/{key}/holidays")["holidays"] == [holiday]
    assert client.ask("DELETE", f"{SCHEDULES}/{key}/holidays/{holiday['id']}").status == 204
    assert client.get(f"{SCHEDULES}/{key}")["schedule"]["time_zone"] == "Europe/Berlin"
    assert client.ask("DELETE", f"{SCHEDULES}/{key}").status == 204
    assert len(desk.rules.schedules) == 0
