"""Field definitions: made, changed and removed, and what becomes of the values on tickets and people."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.sandbox.records import Ticket
from connectors.sandbox.state import Desk
from tests.clock import FakeClock
from tests.connectors.sandbox.rig import (
    ACME,
    ANA,
    CATEGORY,
    LATE,
    NOTE,
    Client,
    basic,
    fresh,
    ticket,
)

TIER = {"type": "tagger", "title": "Tier", "custom_field_options": [{"name": "Gold", "value": "tier_gold"}]}


def made(client: Client, **more: object) -> Any:
    reply = client.ask("POST", "/api/v2/ticket_fields", {"ticket_field": {**TIER, **more}})
    assert reply.status == 201, reply.text
    return reply.json["ticket_field"]


def field(client: Client, key: int) -> Any:
    return client.get(f"/api/v2/ticket_fields/{key}")["ticket_field"]


def put(client: Client, key: int, **wish: object) -> Any:
    return client.ask("PUT", f"/api/v2/ticket_fields/{key}", {"ticket_field": wish})


def options(client: Client, key: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = field(client, key)["custom_field_options"]
    return found


def holders(desk: Desk, key: int, value: str) -> list[Ticket]:
    return [one for one in desk.tickets if one.custom_fields.get(key) == value]


def test_a_field_is_made_as_asked_and_shown_again(client: Client) -> None:
    """A created dropdown comes back with ids for itself and its options, and with its texts and switches."""
    new = made(client, agent_description="Set by an app", required=True)
    assert new["custom_field_options"][0]["value"] == "tier_gold"
    assert (new["active"], new["required"], new["agent_description"]) == (True, True, "Set by an app")
    assert field(client, new["id"]) == new
    listed = client.get("/api/v2/ticket_fields")["ticket_fields"]
    assert [one for one in listed if one["id"] == new["id"]] == [new]
    assert {"id": new["id"], "value": None} in client.get("/api/v2/tickets/101")["ticket"]["custom_fields"]


@pytest.mark.parametrize(
    ("wish", "fault"),
    [
        ({**TIER, "title": " "}, "title"),
        ({**TIER, "type": "dropdown"}, "type"),
        ({"type": "tagger", "title": "Tier"}, "custom_field_options"),
        ({**TIER, "custom_field_options": [{"name": "", "value": "a"}]}, "custom_field_options"),
        ({**TIER, "custom_field_options": [{"name": "A", "value": "a b"}]}, "custom_field_options"),
        ({**TIER, "custom_field_options": [{"name": "A", "value": "a"}] * 2}, "custom_field_options"),
        ({**TIER, "custom_field_options": [{"name": "B", "value": "billing"}]}, "custom_field_options"),
        (
            {**TIER, "custom_field_options": [{"name": f"{n}", "value": f"v{n}"} for n in range(2001)]},
            "custom_field_options",
        ),
        ({"type": "checkbox", "title": "Box", "tag": "billing"}, "tag"),
    ],
)
def test_a_field_that_cannot_be_is_refused_whole(client: Client, wish: object, fault: str) -> None:
    """No title, an unknown type, no options, a bad or doubled value, one of another field, too many: 422."""
    before = client.get("/api/v2/ticket_fields")
    reply = client.ask("POST", "/api/v2/ticket_fields", {"ticket_field": wish})
    assert (reply.status, list(reply.json["details"])) == (422, [fault])
    assert client.get("/api/v2/ticket_fields") == before


def test_a_value_of_another_field_says_that_it_is_a_duplicate(client: Client) -> None:
    """The refusal carries the vendor's word for it."""
    wish = {**TIER, "custom_field_options": [{"name": "B", "value": "billing"}]}
    reply = client.ask("POST", "/api/v2/ticket_fields", {"ticket_field": wish})
    assert reply.json["details"]["custom_field_options"][0]["error"] == "DuplicateValue"


def test_only_admins_write_fields(client: Client, desk: Desk) -> None:
    """An agent may read fields and is refused every change."""
    agent = desk.users.get(desk.agent_id)
    assert agent is not None
    signed = basic(f"{agent.email}/token", client.sandbox.token)
    assert client.ask("GET", "/api/v2/ticket_fields", authorization=signed).status == 200
    reply = client.ask("POST", "/api/v2/ticket_fields", {"ticket_field": TIER}, authorization=signed)
    assert reply.status == 403


def test_acceptance_12_an_option_that_is_left_out_takes_its_values_along(client: Client, desk: Desk) -> None:
    """A list without one option clears that value and its tag from every ticket, and no other."""
    holding = holders(desk, CATEGORY, "billing")
    assert len(holding) == 9
    other = ticket(desk, 101)
    put_tag = client.ask(
        "PUT", "/api/v2/tickets/101", {"ticket": {"custom_fields": [{"id": CATEGORY, "value": "hardware"}]}}
    )
    assert put_tag.status == 200
    kept = [one for one in options(client, CATEGORY) if one["value"] == "hardware"]
    assert put(client, CATEGORY, custom_field_options=kept).status == 200
    assert [one["value"] for one in options(client, CATEGORY)] == ["hardware"]
    assert holders(desk, CATEGORY, "billing") == []
    assert [one.id for one in desk.tickets if "billing" in one.tags] == []
    assert (other.custom_fields[CATEGORY], "hardware" in other.tags) == ("hardware", True)
    assert all("first" in one.tags for one in desk.tickets)


def test_acceptance_12_a_cleared_value_moves_only_the_exports_own_stamp(
    client: Client, desk: Desk, clock: FakeClock
) -> None:
    """No ticket event is produced: ``updated_at`` stays, the export shows the ticket again."""
    stamp = fresh(desk, 102)
    clock.advance(3600)
    put(client, CATEGORY, custom_field_options=[{"name": "Other", "value": "other"}])
    clock.advance(120)
    assert fresh(desk, 102) == stamp
    page = client.get(f"/api/v2/incremental/tickets/cursor?start_time={clock.wall() - 600}")
    assert 102 in {one["id"] for one in page["tickets"]}
    assert client.get("/api/v2/tickets/102/audits")["audits"] == []


def test_an_option_named_by_its_id_keeps_it_and_others_are_new(client: Client, desk: Desk) -> None:
    """A list with ids changes in place; without ids every option is new, and equal values stay chosen."""
    first = options(client, CATEGORY)
    renamed = [{**first[0], "name": "Money"}, {**first[1], "id": str(first[1]["id"])}]
    put(client, CATEGORY, custom_field_options=renamed)
    assert [(one["id"], one["name"]) for one in options(client, CATEGORY)] == [
        (first[0]["id"], "Money"),
        (first[1]["id"], "Hardware"),
    ]
    bare = [{"name": one["name"], "value": one["value"]} for one in first]
    put(client, CATEGORY, custom_field_options=bare)
    assert not {one["id"] for one in options(client, CATEGORY)} & {one["id"] for one in first}
    assert len(holders(desk, CATEGORY, "billing")) == 9


def test_options_are_put_one_by_one(client: Client) -> None:
    """Without an id 201 and one more at the end; with one 200 and changed in place; a foreign value 422."""
    path = f"/api/v2/ticket_fields/{CATEGORY}/options"
    before = options(client, CATEGORY)
    new = client.ask("POST", path, {"custom_field_option": {"name": "Other", "value": "Other"}})
    assert (new.status, new.json["custom_field_option"]["value"]) == (201, "other")
    assert new.headers["location"].endswith(path)
    key = new.json["custom_field_option"]["id"]
    changed = client.ask("POST", path, {"custom_field_option": {"id": key, "name": "Rest"}})
    assert (changed.status, changed.json["custom_field_option"]["name"]) == (200, "Rest")
    assert options(client, CATEGORY) == [*before, changed.json["custom_field_option"]]
    assert client.get(path)["count"] == 3
    assert client.get(f"{path}/{key}") == changed.json
    taken = made(client)["custom_field_options"][0]["value"]
    assert client.ask("POST", path, {"custom_field_option": {"name": "T", "value": taken}}).status == 422


def test_the_two_thousand_and_first_option_is_refused(client: Client) -> None:
    """A field holds 2,000 options."""
    many = [{"name": f"Option {n}", "value": f"many_{n}"} for n in range(2000)]
    key = made(client, custom_field_options=many)["id"]
    path = f"/api/v2/ticket_fields/{key}/options"
    reply = client.ask("POST", path, {"custom_field_option": {"name": "One more", "value": "many_more"}})
    assert reply.status == 422
    assert len(options(client, key)) == 2000


def test_acceptance_12_an_option_that_is_deleted_takes_its_values_along(client: Client, desk: Desk) -> None:
    """Deleting one option by its id does what leaving it out does; its value is free again."""
    path = f"/api/v2/ticket_fields/{CATEGORY}/options"
    key = next(one["id"] for one in options(client, CATEGORY) if one["value"] == "billing")
    reply = client.ask("DELETE", f"{path}/{key}")
    assert (reply.status, reply.text) == (204, "")
    assert client.ask("GET", f"{path}/{key}").status == 404
    assert not [one for one in desk.tickets if "billing" in one.tags or CATEGORY in one.custom_fields]
    assert made(client, custom_field_options=[{"name": "Billing", "value": "billing"}])


def test_a_removed_field_takes_its_values_and_leaves_its_tags(client: Client, desk: Desk) -> None:
    """204, then 404 and no value on any ticket; the tags that it had set stay; its id is not given again."""
    assert client.ask("DELETE", f"/api/v2/ticket_fields/{CATEGORY}").status == 204
    assert client.ask("GET", f"/api/v2/ticket_fields/{CATEGORY}").status == 404
    shown = client.get("/api/v2/tickets/101")["ticket"]
    assert CATEGORY not in {one["id"] for one in shown["custom_fields"]}
    assert "billing" in shown["tags"]
    last = made(client)["id"]
    assert client.ask("DELETE", f"/api/v2/ticket_fields/{last}").status == 204
    assert made(client)["id"] > last


def test_a_system_field_stays(client: Client) -> None:
    """It can be moved and switched off, not removed, renamed or given options."""
    assert client.ask("DELETE", "/api/v2/ticket_fields/1").status == 422
    put(client, 4, title="Kind", custom_field_options=[{"name": "A", "value": "a"}], position=9)
    kind = field(client, 4)
    assert (kind["title"], kind["position"]) == ("Type", 9)
    assert [one["value"] for one in kind["system_field_options"]] == [
        "problem", "incident", "question", "task",
    ]  # fmt: skip


def test_a_priority_field_of_sub_type_one_hides_two_priorities(client: Client, desk: Desk) -> None:
    """Low and urgent leave the options, and a ticket cannot get them."""
    assert put(client, 5, sub_type_id=1).status == 200
    shown = field(client, 5)
    assert [one["value"] for one in shown["system_field_options"]] == ["normal", "high"]
    assert shown["sub_type_id"] == 1
    for priority, status in (("urgent", 422), ("high", 200)):
        reply = client.ask("PUT", "/api/v2/tickets/101", {"ticket": {"priority": priority}})
        assert reply.status == status
    assert ticket(desk, 101).priority == "high"


def test_an_inactive_field_takes_no_value(client: Client, desk: Desk) -> None:
    """What is sent for it is passed over, its tags are tags like any other, and the rest is done."""
    assert put(client, CATEGORY, active=False).json["ticket_field"]["active"] is False
    wish = {"custom_fields": [{"id": CATEGORY, "value": "hardware"}], "tags": ["hardware"], "subject": "New"}
    client.ask("PUT", "/api/v2/tickets/101", {"ticket": wish})
    now = ticket(desk, 101)
    assert (now.custom_fields[CATEGORY], now.tags, now.subject) == ("billing", ["hardware"], "New")


def test_checkboxes_and_multiple_choices_are_tags_too(client: Client, desk: Desk) -> None:
    """Setting the field brings its tags, setting the tags sets the field, taking them off empties it."""
    several = made(
        client, type="multiselect",
        custom_field_options=[{"name": "A", "value": "pick_a"}, {"name": "B", "value": "pick_b"}],
    )["id"]  # fmt: skip
    assert put(client, LATE, tag="is_late").status == 200
    wish = {"custom_fields": [{"id": several, "value": ["pick_b", "pick_a"]}, {"id": LATE, "value": True}]}
    client.ask("PUT", "/api/v2/tickets/101", {"ticket": wish})
    now = ticket(desk, 101)
    assert {"pick_a", "pick_b", "is_late"} <= set(now.tags)
    client.ask("DELETE", "/api/v2/tickets/101/tags", {"tags": ["pick_a", "is_late"]})
    assert (now.custom_fields[several], now.custom_fields[LATE]) == (["pick_b"], False)
    client.ask("PUT", "/api/v2/tickets/101/tags", {"tags": ["pick_a", "is_late"]})
    assert (now.custom_fields[several], now.custom_fields[LATE]) == (["pick_a", "pick_b"], True)
    put(client, several, custom_field_options=[{"name": "B", "value": "pick_b"}])
    assert (now.custom_fields[several], "pick_a" in now.tags) == (["pick_b"], False)


@pytest.mark.parametrize(
    ("form", "value", "status"),
    [
        ("date", "2026-10-18", 200),
        ("date", 7, 422),
        ("regexp", "A-1", 200),
        ("integer", True, 422),
        ("multiselect", ["other"], 422),
        ("multiselect", "a", 422),
    ],
)
def test_each_type_of_field_takes_its_kind_of_value(
    client: Client, form: str, value: object, status: int
) -> None:
    """A value of the wrong kind is refused with the field named."""
    choices = {"custom_field_options": [{"name": "A", "value": "only_a"}]} if form == "multiselect" else {}
    wish = {"ticket_field": {"type": form, "title": "X", **choices}}
    key = client.ask("POST", "/api/v2/ticket_fields", wish).json["ticket_field"]["id"]
    reply = client.ask(
        "PUT", "/api/v2/tickets/101", {"ticket": {"custom_fields": [{"id": key, "value": value}]}}
    )
    assert reply.status == status


def test_fields_are_counted_ordered_and_shown_by_id(client: Client) -> None:
    """The whole list follows the places, a list by cursor the ids; unknown ids are left out."""
    total = client.get("/api/v2/ticket_fields/count")["count"]["value"]
    assert client.ask(
        "PUT", "/api/v2/ticket_fields/reorder", {"ticket_field_ids": [NOTE, CATEGORY]}
    ).status == 200  # fmt: skip
    ordered = [one["id"] for one in client.get("/api/v2/ticket_fields")["ticket_fields"]]
    assert (ordered[:3], len(ordered)) == ([NOTE, CATEGORY, 1], total)
    paged = client.get("/api/v2/ticket_fields?page%5Bsize%5D=100")["ticket_fields"]
    assert [one["id"] for one in paged] == sorted(ordered)
    several = client.get(f"/api/v2/ticket_fields/show_many?ids={NOTE},999999,{CATEGORY}")
    assert [one["id"] for one in several["ticket_fields"]] == [NOTE, CATEGORY]


def test_fields_of_people_and_companies_have_keys(client: Client, desk: Desk) -> None:
    """They are made with a key of their own and found by it; a removed option leaves its holders empty."""
    tier = {
        "key": "tier", "type": "dropdown", "title": "Tier",
        "custom_field_options": [{"name": "Gold", "value": "gold"}, {"name": "Tin", "value": "tin"}],
    }  # fmt: skip
    new = client.ask("POST", "/api/v2/user_fields", {"user_field": tier})
    assert (new.status, new.json["user_field"]["key"]) == (201, "tier")
    again = client.ask("POST", "/api/v2/user_fields", {"user_field": tier})
    assert again.json["details"]["key"][0]["error"] == "DuplicateValue"
    bad = client.ask("POST", "/api/v2/user_fields", {"user_field": {**tier, "key": "123"}})
    assert (bad.status, list(bad.json["details"])) == (422, ["key"])
    ana = desk.users.get(ANA)
    assert ana is not None
    ana.user_fields = {"tier": "gold", "device": "phone"}
    gold = new.json["user_field"]["custom_field_options"][0]["id"]
    assert client.ask("DELETE", f"/api/v2/user_fields/tier/options/{gold}").status == 204
    assert ana.user_fields == {"tier": None, "device": "phone"}
    assert client.get("/api/v2/user_fields/show_many?keys=tier,none")["user_fields"][0]["key"] == "tier"
    assert client.ask("DELETE", "/api/v2/user_fields/tier").status == 204
    assert "tier" not in ana.user_fields
    assert client.ask("GET", "/api/v2/organization_fields/plan").status == 200
    plan = [{"name": "Free", "value": "free"}]
    changed = client.ask(
        "PUT", "/api/v2/organization_fields/plan", {"organization_field": {"custom_field_options": plan}}
    )
    assert changed.status == 200
    acme = desk.organizations.get(ACME)
    assert acme is not None
    assert acme.organization_fields == {"plan": None}


def test_a_field_that_changes_says_when(client: Client, clock: FakeClock) -> None:
    """``updated_at`` moves with a change and ``created_at`` does not."""
    clock.advance(60)
    put(client, NOTE, title="Remark")
    shown = field(client, NOTE)
    assert shown["title"] == "Remark"
    assert shown["created_at"] < shown["updated_at"]
