"""Who gets in, with what, for how long."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.sandbox.state import Desk
from tests.clock import FakeClock
from tests.connectors.sandbox.rig import AGENT, OWNER, Client, basic


def sign_in(client: Client, **more: Any) -> Any:
    form = {
        "grant_type": "client_credentials",
        "client_id": "deskcue",
        "client_secret": client.sandbox.token,
        "scope": "read write",
    }
    return client.ask("POST", "/oauth/tokens", {**form, **more}, authorization=None)


def test_client_credentials_give_a_token_without_a_refresh_token(client: Client) -> None:
    """The answer is 201, lives 1800 s unless asked otherwise, and the token works as bearer."""
    reply = sign_in(client)
    assert reply.status == 201
    assert set(reply.json) == {"access_token", "token_type", "scope", "expires_in"}
    assert reply.json["expires_in"] == 1800
    bearer = f"Bearer {reply.json['access_token']}"
    me = client.ask("GET", "/api/v2/users/me.json", authorization=bearer)
    assert me.json["user"]["id"] == OWNER


def test_the_token_request_may_be_a_form(client: Client) -> None:
    """OAuth libraries send forms; they are read like JSON."""
    form = f"grant_type=client_credentials&client_id=deskcue&client_secret={client.sandbox.token}"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    reply = client.ask("POST", "/oauth/tokens", authorization=None, headers=kind, raw=form.encode())
    assert reply.status == 201


def test_a_dead_token_does_not_stand_in_the_way_of_a_new_one(client: Client) -> None:
    """The token address looks at the client's credentials only, whatever else the request carries."""
    form = {"grant_type": "client_credentials", "client_id": "deskcue", "client_secret": client.sandbox.token}
    assert client.ask("POST", "/oauth/tokens", form, authorization="Bearer dead").status == 201


def test_audits_need_the_plain_scope(client: Client) -> None:
    """The scope of tickets opens a ticket but not its audits."""
    bearer = f"Bearer {sign_in(client, scope='tickets:read').json['access_token']}"
    assert client.ask("GET", "/api/v2/tickets/102/comments", authorization=bearer).status == 200
    reply = client.ask("GET", "/api/v2/tickets/102/audits", authorization=bearer)
    assert (reply.status, reply.json["description"]) == (403, "Missing the following required scopes: read")


def test_an_expired_token_is_refused_as_invalid(client: Client, clock: FakeClock) -> None:
    """One second before its end a token works, at its end the answer is the invalid_token envelope."""
    bearer = f"Bearer {sign_in(client, expires_in=300).json['access_token']}"
    clock.advance(299)
    assert client.ask("GET", "/api/v2/tickets/count", authorization=bearer).status == 200
    clock.advance(1)
    reply = client.ask("GET", "/api/v2/tickets/count", authorization=bearer)
    assert (reply.status, reply.json["error"]) == (401, "invalid_token")
    assert "expired" in reply.json["error_description"]


@pytest.mark.parametrize(
    ("wish", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "other"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"expires_in": 299}, 400, "invalid_request"),
        ({"expires_in": 172_801}, 400, "invalid_request"),
    ],
)
def test_a_wrong_token_request_says_what_is_wrong(
    client: Client, wish: dict[str, Any], status: int, error: str
) -> None:
    """Each fault has its OAuth error word."""
    reply = sign_in(client, **wish)
    assert (reply.status, reply.json["error"]) == (status, error)


def test_scopes_bind(client: Client) -> None:
    """A token for reading cannot write, and a misspelt scope yields a token that may do nothing."""
    reading = f"Bearer {sign_in(client, scope='read tickets:write').json['access_token']}"
    assert client.ask("GET", "/api/v2/users", authorization=reading).status == 200
    wish = {"tags": ["x"]}
    assert client.ask("PUT", "/api/v2/tickets/101/tags", wish, authorization=reading).status == 200
    reply = client.ask("PUT", "/api/v2/users/11/tags", wish, authorization=reading)
    assert (reply.status, reply.json["description"]) == (403, "Missing the following required scopes: write")
    useless = f"Bearer {sign_in(client, scope='raed').json['access_token']}"
    for path in ("/api/v2/users", "/api/v2/users/me"):
        assert client.ask("GET", path, authorization=useless).status == 403


def test_the_token_works_as_bearer_and_for_any_agent(client: Client) -> None:
    """Any Zendesk client can be pointed at the desk: bearer, or API token of an agent's address."""
    token = client.sandbox.token
    assert client.get("/api/v2/users/me")["user"]["id"] == OWNER
    agent = basic("Robin.Vale@desk.example/token", token)
    assert client.ask("GET", "/api/v2/users/me", authorization=agent).json["user"]["id"] == AGENT


@pytest.mark.parametrize("name", ["ana@acme.example/token", "nobody@desk.example/token"])
def test_an_api_token_speaks_for_agents_only(client: Client, name: str) -> None:
    """A customer's or an unknown address is refused, also at the door that is open to anonymous callers."""
    reply = client.ask("GET", "/api/v2/users/me", authorization=basic(name, client.sandbox.token))
    assert (reply.status, reply.json) == (401, {"error": "Couldn't authenticate you"})


def test_who_am_i_is_no_credential_check(client: Client) -> None:
    """Anonymous callers and bare passwords get 200 with a null id there, and 401 everywhere else."""
    for authorization in (None, basic("robin.vale@desk.example", "secret")):
        me = client.ask("GET", "/api/v2/users/me", authorization=authorization)
        assert (me.status, me.json["user"]["id"]) == (200, None)
        assert client.ask("GET", "/api/v2/tickets/101", authorization=authorization).status == 401


def test_agents_may_not_export(client: Client) -> None:
    """The exports and the list of ratings are for admins: 403 in the envelope with a title."""
    agent = basic("robin.vale@desk.example/token", client.sandbox.token)
    for path in ("/api/v2/incremental/tickets/cursor?start_time=0", "/api/v2/satisfaction_ratings"):
        reply = client.ask("GET", path, authorization=agent)
        assert (reply.status, reply.json["error"]["title"]) == (403, "Forbidden")


def test_the_ledger_knows_every_request_without_its_secrets(client: Client, desk: Desk) -> None:
    """Method, template, status and actor are kept; ids, queries and tokens are not."""
    client.ask("GET", "/api/v2/tickets/101.json?include=metric_sets")
    client.ask("GET", "/api/v2/nothing")
    entry, unknown = list(desk.ledger.requests)[-2:]
    assert (entry.method, entry.template, entry.status) == ("GET", "/api/v2/tickets/{id}", 200)
    assert entry.actor_id == OWNER
    assert (unknown.template, unknown.status) == ("unknown", 404)
