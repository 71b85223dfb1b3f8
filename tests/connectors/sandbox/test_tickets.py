"""Changing one ticket: what moves, what is refused, what is remembered."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.sandbox.state import Desk
from tests.clock import NOON, FakeClock
from tests.connectors.sandbox.rig import AGENT, ANA, CATEGORY, LATE, OWNER, Client, Reply, fresh, ticket


def put(client: Client, key: int, **wish: Any) -> Reply:
    return client.ask("PUT", f"/api/v2/tickets/{key}", {"ticket": wish})


def test_only_sent_fields_change(client: Client, desk: Desk) -> None:
    """Priority and subject move, the rest stays; the answer has the ticket and its audit."""
    reply = put(client, 102, priority="high", subject="New")
    assert reply.status == 200
    after = reply.json["ticket"]
    assert (after["priority"], after["subject"], after["status"]) == ("high", "New", "open")
    assert after["tags"] == ["first", "billing"]
    changes = {event["field_name"]: event["value"] for event in reply.json["audit"]["events"]}
    assert changes == {"priority": "high", "subject": "New"}
    assert ticket(desk, 102).updated_at == NOON


def test_tags_sent_with_a_ticket_replace_all_of_them(client: Client) -> None:
    """Lower case, parted at spaces, each once."""
    assert put(client, 102, tags=["Very Important", "vip", "vip"]).json["ticket"]["tags"] == [
        "very", "important", "vip",
    ]  # fmt: skip


def test_a_misspelt_field_is_a_successful_nothing(client: Client, desk: Desk) -> None:
    """Unknown properties are ignored, nothing changes and no stamp moves."""
    before = ticket(desk, 102).updated_at
    reply = put(client, 102, prority="high", additional_tags=["x"])
    assert (reply.status, reply.json["audit"]["events"]) == (200, [])
    assert ticket(desk, 102).updated_at == before
    assert desk.audits.get(102) is None


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"status": "done"}, "status"),
        ({"status": None}, "status"),
        ({"priority": "top"}, "priority"),
        ({"assignee_id": ANA}, "assignee_id"),
        ({"group_id": 99}, "group_id"),
        ({"subject": 7}, "subject"),
        ({"custom_fields": [{"id": CATEGORY, "value": "nonsense"}]}, str(CATEGORY)),
        ({"comment": {"body": "  "}}, "comment"),
    ],
)
def test_an_invalid_value_changes_nothing(
    client: Client, desk: Desk, wish: dict[str, Any], field: str
) -> None:
    """The details name the field, and the valid part of the same call is not applied either."""
    reply = put(client, 102, **{"type": "task", **wish})
    assert (reply.status, reply.json["error"]) == (422, "RecordInvalid")
    assert list(reply.json["details"]) == [field]
    assert ticket(desk, 102).type is None


def test_a_closed_ticket_is_closed(client: Client) -> None:
    """Any change is refused with the details that the vendor gives."""
    reply = put(client, 108, priority="low")
    assert reply.status == 422
    assert reply.json["details"]["status"][0]["description"] == "Status: closed prevents ticket update"


@pytest.mark.parametrize("flag", [True, False, "true"])
def test_safe_update_with_an_old_stamp_conflicts(client: Client, desk: Desk, flag: object) -> None:
    """The key asks for the check whatever its value; the right stamp passes."""
    reply = put(client, 102, priority="high", safe_update=flag, updated_stamp="2020-01-01T00:00:00Z")
    assert (reply.status, reply.json["error"]) == (409, "UpdateConflict")
    assert ticket(desk, 102).priority is None
    passed = put(client, 102, priority="high", safe_update=flag, updated_stamp=fresh(desk, 102))
    assert passed.status == 200


def test_without_safe_update_the_last_write_wins(client: Client) -> None:
    """A stamp alone asks for nothing."""
    assert put(client, 102, priority="low", updated_stamp="2020-01-01T00:00:00Z").status == 200


def test_a_dropdown_and_its_tag_follow_one_another(client: Client) -> None:
    """Setting the field swaps its tag; adding another option's tag sets the field; removal empties it."""
    after = put(client, 102, custom_fields=[{"id": CATEGORY, "value": "hardware"}]).json["ticket"]
    assert after["tags"] == ["first", "hardware"]
    after = put(client, 102, tags=["first", "hardware", "billing"]).json["ticket"]
    assert after["tags"] == ["first", "billing"]
    assert {"id": CATEGORY, "value": "billing"} in after["custom_fields"]
    after = put(client, 102, tags=["first"]).json["ticket"]
    assert {"id": CATEGORY, "value": None} in after["custom_fields"]


def test_custom_fields_change_by_id(client: Client) -> None:
    """Only the listed ones; unknown ids are ignored."""
    wish = [{"id": LATE, "value": True}, {"id": 5, "value": "x"}, {"id": 999, "value": 1}]
    after = put(client, 102, custom_fields=wish).json["ticket"]
    values = {field["id"]: field["value"] for field in after["custom_fields"]}
    assert (values[LATE], values[CATEGORY]) == (True, "billing")
    assert after["group_id"] is None


def test_a_comment_is_public_unless_it_says_otherwise(client: Client) -> None:
    """Both kinds are appended in order, with their author."""
    put(client, 102, comment={"body": "Hello"})
    put(client, 102, comment={"body": "Only us", "public": False})
    comments = client.get("/api/v2/tickets/102/comments")["comments"]
    assert [(entry["body"], entry["public"]) for entry in comments] == [("Hello", True), ("Only us", False)]
    assert comments[0]["author_id"] == OWNER


def test_audits_keep_author_way_and_metadata(client: Client) -> None:
    """Who, through what, from which value to which, and what the client wanted remembered."""
    put(client, 102, priority="urgent", metadata={"policy": "v1"}, comment={"body": "Now"})
    audit = client.get("/api/v2/tickets/102/audits")["audits"][-1]
    assert (audit["author_id"], audit["via"]["channel"]) == (OWNER, "api")
    assert audit["metadata"]["custom"] == {"policy": "v1"}
    comment, change = audit["events"]
    assert (change["type"], change["previous_value"], change["value"]) == ("Change", None, "urgent")
    assert (comment["type"], comment["body"]) == ("Comment", "Now")


def test_effects_are_in_the_ledger(client: Client, desk: Desk) -> None:
    """Each field that really moved, with both values."""
    put(client, 102, priority="urgent", status="open")
    effect = desk.ledger.effects[-1]
    assert (effect.id, effect.field, effect.before, effect.after) == (102, "priority", None, "urgent")
    assert len(desk.ledger.effects) == 1


def test_metrics_follow_the_work(client: Client, clock: FakeClock) -> None:
    """Assignment, first reply, solving and reopening are counted with their instants."""
    put(client, 101, assignee_id=AGENT, status="open")
    clock.advance(600)
    put(client, 101, comment={"body": "On it"})
    put(client, 101, status="solved")
    metrics = client.get("/api/v2/tickets/101/metrics")["ticket_metric"]
    assert (metrics["replies"], metrics["assignee_stations"], metrics["reopens"]) == (1, 1, 0)
    assert metrics["reply_time_in_minutes"]["calendar"] == (10_000 + 600) // 60
    assert metrics["solved_at"] is not None
    put(client, 101, status="open")
    metrics = client.get("/api/v2/tickets/101/metrics")["ticket_metric"]
    assert (metrics["reopens"], metrics["solved_at"]) == (1, None)


def test_a_robot_that_tags_does_not_count_as_an_answer(client: Client, desk: Desk) -> None:
    """The instant of the assignee's last update stays when somebody else changes a tag."""
    put(client, 101, assignee_id=AGENT)
    put(client, 101, tags=["first", "billing", "seg_vip"])
    assert ticket(desk, 101).metrics.assignee_updated_at is None


def test_a_new_ticket_takes_over_tags_once(client: Client, desk: Desk) -> None:
    """201; tags of requester and organization are copied, and later ones are not."""
    wish = {"subject": "Help", "comment": {"body": "Broken"}, "requester_id": ANA, "tags": ["mine"]}
    reply = client.ask("POST", "/api/v2/tickets", {"ticket": wish})
    assert reply.status == 201
    made = reply.json["ticket"]
    assert (made["status"], made["description"], made["requester_id"]) == ("new", "Broken", ANA)
    assert made["tags"] == ["mine", "beta", "team"]
    assert reply.headers["location"] == made["url"]
    client.ask("PUT", f"/api/v2/users/{ANA}/tags", {"tags": ["later"]})
    assert "later" not in ticket(desk, made["id"]).tags


def test_the_first_audit_tells_what_a_ticket_began_with(client: Client) -> None:
    """Its comment and one event of type Create a field that was set, each with a number of its own."""
    wish = {"subject": "Help", "comment": {"body": "Broken"}, "requester_id": ANA, "priority": "high"}
    made = client.ask("POST", "/api/v2/tickets", {"ticket": wish}).json
    events = made["audit"]["events"]
    assert client.get(f"/api/v2/tickets/{made['ticket']['id']}/audits")["audits"] == [made["audit"]]
    assert (events[0]["type"], events[0]["body"]) == ("Comment", "Broken")
    assert {event["type"] for event in events[1:]} == {"Create"}
    values = {event["field_name"]: event["value"] for event in events[1:]}
    assert (values["priority"], values["status"], values["tags"]) == ("high", "new", ["beta", "team"])
    assert "assignee_id" not in values
    later = put(client, made["ticket"]["id"], status="open").json["audit"]
    numbers = [event["id"] for event in [*events, *later["events"]]] + [made["audit"]["id"], later["id"]]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("name", ["comments", "audits"])
def test_a_long_conversation_comes_in_pages(client: Client, name: str) -> None:
    """By cursor, as sync tools ask for it, and by offset: nothing missing, nothing twice."""
    for number in range(5):
        put(client, 102, comment={"body": f"Line {number}"})
    whole = client.get(f"/api/v2/tickets/102/{name}")
    assert (whole["count"], whole["next_page"]) == (5, None)
    first = client.get(f"/api/v2/tickets/102/{name}?page%5Bsize%5D=3")
    rest = client.get(first["links"]["next"].removeprefix(client.sandbox.address))
    assert (first["meta"]["has_more"], rest["meta"]["has_more"]) == (True, False)
    assert first[name] + rest[name] == whole[name]
    assert client.get(f"/api/v2/tickets/102/{name}?page=2&per_page=3")[name] == rest[name]


def test_a_comment_is_text_and_safe_html(client: Client) -> None:
    """``html_body`` says the same as ``body`` with markup taken as text."""
    put(client, 102, comment={"body": "a < b\nnext"})
    comment = client.get("/api/v2/tickets/102/comments")["comments"][0]
    assert comment["plain_body"] == comment["body"] == "a < b\nnext"
    assert "a &lt; b<br>next" in comment["html_body"]


def test_a_requester_by_address_is_found_or_made(client: Client, desk: Desk) -> None:
    """A known address keeps its person, a new one becomes a customer, a bad one is refused."""
    wish: dict[str, Any] = {
        "comment": {"body": "Hi"},
        "requester": {"name": "A", "email": "ANA@acme.example"},
    }
    known = client.ask("POST", "/api/v2/tickets", {"ticket": wish}).json["ticket"]
    assert known["requester_id"] == ANA
    wish["requester"] = {"name": "Zoe", "email": "zoe@new.example"}
    made = client.ask("POST", "/api/v2/tickets", {"ticket": wish}).json["ticket"]
    person = desk.users.get(made["requester_id"])
    assert person is not None
    assert (person.name, person.role) == ("Zoe", "end-user")
    wish["requester"] = {"name": "Zoe", "email": "nonsense"}
    assert client.ask("POST", "/api/v2/tickets", {"ticket": wish}).status == 422


@pytest.mark.parametrize("raw", [b"{", b"[]", b"", b"null", b'{"ticket": {"priority": NaN}}', b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused(client: Client, raw: bytes) -> None:
    """Malformed, cut, deep or of another kind: 422 in the vendor's words."""
    reply = client.ask("PUT", "/api/v2/tickets/102", raw=raw)
    assert (reply.status, reply.json["message"]) == (422, "Server could not parse JSON")


def test_a_body_without_a_ticket_is_refused(client: Client) -> None:
    """The object has to be wrapped by its name."""
    reply = client.ask("PUT", "/api/v2/tickets/102", {"priority": "high"})
    assert (reply.status, reply.json["error"]["title"]) == (400, "Invalid attribute")


def test_strange_kinds_of_values_are_refused_or_ignored(client: Client) -> None:
    """Lists and objects where an id or a text belongs never break the desk."""
    odd: tuple[Any, ...] = ([1], {"a": 1}, True, 1.5, "x")
    for value in odd:
        for name in ("assignee_id", "status", "custom_fields", "comment", "metadata", "tags", "requester_id"):
            assert put(client, 103, **{name: value}).status in (200, 422), (name, value)
        entry = [{"id": value, "value": value}]
        assert put(client, 103, custom_fields=entry).status == 200
        author = {"body": "Odd", "author_id": value}
        assert put(client, 103, comment=author).status == 200


def test_a_body_beyond_all_measure_is_refused(client: Client) -> None:
    """413, before it is decoded."""
    assert client.ask("PUT", "/api/v2/tickets/102", raw=b" " * (8 * 1024 * 1024 + 1)).status == 413
