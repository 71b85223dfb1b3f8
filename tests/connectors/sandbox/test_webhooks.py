"""Webhooks as clients keep them: their settings, their two kinds, their secret."""

from __future__ import annotations

from typing import Any

import pytest

from tests.connectors.sandbox.rig import Client

HOOKS = "/api/v2/webhooks"
CREATED = "zen:event-type:ticket.created"
HOOK: dict[str, Any] = {
    "name": "segment-sync", "status": "active", "endpoint": "https://app.example.com/hooks",
    "http_method": "POST", "request_format": "json", "subscriptions": [CREATED],
    "custom_headers": {"X-App": "seg"},
    "authentication": {"type": "bearer_token", "add_position": "header", "data": {"token": "hush"}},
}  # fmt: skip


def made(client: Client, **more: Any) -> str:
    """A new webhook's id."""
    reply = client.ask("POST", HOOKS, {"webhook": {**HOOK, **more}})
    assert reply.status == 201, reply.text
    key: str = reply.json["webhook"]["id"]
    return key


def test_a_webhook_is_made_read_changed_and_removed(client: Client) -> None:
    """Ids are ULIDs, changes answer 204 without a body, and what it signs in with is not given back."""
    key = made(client)
    assert len(key) == 26
    shown = client.get(f"{HOOKS}/{key}")["webhook"]
    assert (shown["subscriptions"], shown["custom_headers"]) == ([CREATED], {"X-App": "seg"})
    assert "hush" not in str(shown)
    patched = client.ask("PATCH", f"{HOOKS}/{key}", {"webhook": {"status": "inactive"}})
    assert (patched.status, patched.text) == (204, "")
    shown = client.get(f"{HOOKS}/{key}")["webhook"]
    assert (shown["status"], shown["authentication"]["type"]) == ("inactive", "bearer_token")
    bare = {name: HOOK[name] for name in HOOK if name not in ("custom_headers", "authentication")}
    assert client.ask("PUT", f"{HOOKS}/{key}", {"webhook": bare}).status == 204
    shown = client.get(f"{HOOKS}/{key}")["webhook"]
    assert (shown["custom_headers"], shown["authentication"]) == ({}, None)
    assert client.ask("DELETE", f"{HOOKS}/{key}").status == 204
    assert client.ask("GET", f"{HOOKS}/{key}").status == 404


def test_webhooks_are_found_by_a_part_of_their_name(client: Client) -> None:
    """The filter ignores case; the list always comes with a cursor."""
    key = made(client)
    made(client, name="other")
    found = client.get(f"{HOOKS}?filter%5Bname_contains%5D=SEGMENT")
    assert [one["id"] for one in found["webhooks"]] == [key]
    assert found["meta"]["has_more"] is False
    assert len(client.get(f"{HOOKS}?page%5Bsize%5D=1")["webhooks"]) == 1


def test_a_webhook_stays_what_it_is(client: Client) -> None:
    """Events or triggers, for good; the two cannot be mixed, and events come by POST as JSON only."""
    events, rules = made(client), made(client, name="rules", subscriptions=["conditional_ticket_events"])
    for key, kinds in ((events, ["conditional_ticket_events"]), (rules, [CREATED])):
        for method in ("PUT", "PATCH"):
            wish = {**HOOK, "subscriptions": kinds}
            assert client.ask(method, f"{HOOKS}/{key}", {"webhook": wish}).status == 400
    assert client.ask("PATCH", f"{HOOKS}/{rules}", {"webhook": {"http_method": "PUT"}}).status == 204
    assert client.ask("PATCH", f"{HOOKS}/{events}", {"webhook": {"http_method": "PUT"}}).status == 400
    mixed = {**HOOK, "subscriptions": [CREATED, "conditional_ticket_events"]}
    assert client.ask("POST", HOOKS, {"webhook": mixed}).status == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"endpoint": "http://app.example.com/hooks"},
        {"endpoint": "ftp://127.0.0.1/"},
        {"endpoint": "https://[half/"},
        {"status": "paused"},
        {"subscriptions": []},
        {"subscriptions": ["zen:event-type:ticket.sneezed"]},
        {"authentication": {"type": "magic", "data": {}}},
        {"custom_headers": {"X-App": "a\r\nX-Evil: b"}},
    ],
)
def test_a_wrong_webhook_is_refused(client: Client, wrong: dict[str, Any]) -> None:
    """Addresses outside this machine must be https, and every word must be one of those known."""
    reply = client.ask("POST", HOOKS, {"webhook": {**HOOK, **wrong}})
    assert (reply.status, reply.json["errors"][0]["code"]) == (400, "InvalidWebhook")
    assert client.get(HOOKS)["webhooks"] == []


def test_the_secret_can_be_seen_and_reset(client: Client) -> None:
    """The signing secret is stable until it is reset; no other answer shows it."""
    key = made(client, endpoint="http://127.0.0.1:9/hook")
    first = client.get(f"{HOOKS}/{key}/signing_secret")["signing_secret"]
    assert first["algorithm"] == "SHA256"
    assert client.get(f"{HOOKS}/{key}/signing_secret")["signing_secret"] == first
    reset = client.ask("POST", f"{HOOKS}/{key}/signing_secret").json["signing_secret"]
    assert reset["secret"] != first["secret"]
    assert reset["secret"] not in client.ask("GET", f"{HOOKS}/{key}").text


def test_a_webhook_in_use_cannot_be_removed(client: Client) -> None:
    """While a trigger calls a webhook, deleting it is refused."""
    key = made(client, subscriptions=["conditional_ticket_events"])
    action = {"field": "notification_webhook", "value": [key, "{}"]}
    wish = {"trigger": {"title": "Call", "actions": [action]}}
    trigger = client.ask("POST", "/api/v2/triggers", wish).json["trigger"]["id"]
    assert client.ask("DELETE", f"{HOOKS}/{key}").status == 400
    client.ask("DELETE", f"/api/v2/triggers/{trigger}")
    assert client.ask("DELETE", f"{HOOKS}/{key}").status == 204
