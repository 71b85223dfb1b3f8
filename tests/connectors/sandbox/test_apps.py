"""The installed app: who may ask for its key, and what the key signs when a ticket page opens."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from connectors.frames import Account, UnknownKeyError, Visit
from connectors.sandbox.apps import APP, INSTALLATION
from connectors.sandbox.server import RunningSandbox
from connectors.sandbox.state import Desk
from connectors.zendesk.signed import demand_key, verify
from tests.clock import FakeClock
from tests.connectors.sandbox.rig import AGENT, ANA, Client, Reply, basic
from tests.connectors.sandbox.test_browser import Tags, see

KEY = f"/api/v2/apps/{APP}/public_key.pem"
INSTALLATIONS = "/api/v2/apps/installations.json"


def account(client: Client, *keys: str) -> Account:
    found = keys or (client.ask("GET", KEY).text,)
    return Account(urlsplit(client.sandbox.address).netloc, str(INSTALLATION), found)


def token(page: Reply) -> str:
    return str(next(one["value"] for one in Tags(page.text).named("input") if one.get("name") == "token"))


def claims(text: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(text, options={"verify_signature": False})
    return found


def told(page: Reply) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Tags(page.text).named("iframe")[0]["data-page"] or "")
    return found


def test_the_installation_is_listed(client: Client) -> None:
    """Its number, the app's, and whether it is switched on; the request is counted and in the ledger."""
    reply = client.ask("GET", INSTALLATIONS)
    (one,) = reply.json["installations"]
    assert (one["id"], one["app_id"], one["enabled"]) == (INSTALLATION, APP, True)
    assert "x-rate-limit-remaining" in reply.headers
    entry = client.sandbox.desk.ledger.requests[-1]
    assert (entry.template, entry.status) == ("/api/v2/apps/installations", 200)


def test_the_key_is_a_public_one_in_pem(client: Client) -> None:
    """Not JSON, the same with every request, and counted as every other answer."""
    reply = client.ask("GET", KEY)
    demand_key(reply.text)
    assert reply.headers["content-type"] == "application/x-pem-file"
    assert "x-rate-limit-remaining" in reply.headers
    assert client.ask("GET", KEY).text == reply.text


def test_an_app_that_is_not_installed_has_no_key(client: Client) -> None:
    """404 in the API's words; a number that is none is a bad request."""
    reply = client.ask("GET", "/api/v2/apps/7/public_key.pem")
    assert (reply.status, reply.json["error"]) == (404, "RecordNotFound")
    assert client.ask("GET", "/api/v2/apps/x/public_key.pem").status == 400


@pytest.mark.parametrize("path", [KEY, INSTALLATIONS])
def test_only_admins_with_the_scope_are_answered(client: Client, path: str) -> None:
    """Nobody 401, an agent 403, a token of another scope 403; `read` and `apps:read` are enough."""

    def as_client(scope: str) -> int:
        grant = {
            "grant_type": "client_credentials", "client_id": "deskcue",
            "client_secret": client.sandbox.token, "scope": scope,
        }  # fmt: skip
        issued = client.ask("POST", "/oauth/tokens", grant, authorization=None).json["access_token"]
        return client.ask("GET", path, authorization=f"Bearer {issued}").status

    robin = basic("robin.vale@desk.example/token", client.sandbox.token)
    assert client.ask("GET", path, authorization=None).status == 401
    assert client.ask("GET", path, authorization=robin).status == 403
    assert [as_client(scope) for scope in ("tickets:read", "read", "apps:read")] == [403, 200, 200]


def test_a_desk_without_an_app_lists_none(desk: Desk) -> None:
    """And has no key."""
    with RunningSandbox(desk) as sandbox:
        client = Client(sandbox)
        assert client.get(INSTALLATIONS)["installations"] == []
        assert client.ask("GET", KEY).status == 404


def test_a_ticket_page_opens_the_app_signed_for_its_agent(client: Client, clock: FakeClock) -> None:
    """The form goes to the app with origin and guid; its token proves the agent and lives 5 minutes."""
    page = see(client, "/agent/tickets/101")
    form = next(one for one in Tags(page.text).named("form") if one.get("id") == "open")
    assert (form["method"], form["target"]) == ("post", "app")
    address = urlsplit(form["action"] or "")
    assert (address.netloc, address.path) == ("127.0.0.1:9", "/sidebar")
    asked = parse_qs(address.query)
    assert asked == {"origin": [client.sandbox.address], "app_guid": [told(page)["context"]["instanceGuid"]]}
    said, home = claims(token(page)), f"https://{account(client).host}/api/v2"
    assert set(said) == {"iss", "aud", "sub", "iat", "nbf", "exp", "jti", "qsh", "context"}
    assert said["iss"] == account(client).host
    assert said["aud"] == f"{home}/apps/installations/{INSTALLATION}.json"
    assert said["sub"] == f"{home}/users/{AGENT}.json"
    assert said["context"] == {"product": "support", "location": "ticket_sidebar"}
    assert said["iat"] == said["nbf"] == clock.wall()
    assert said["exp"] - said["iat"] == 300
    assert verify(token(page), account(client), clock.wall()) == Visit(str(AGENT), "ticket_sidebar")


def test_every_opening_has_its_own_guid_and_token(client: Client) -> None:
    """Two pages in the same second are two openings."""
    one, two = (see(client, "/agent/tickets/101") for _ in range(2))
    assert token(one) != token(two)
    assert told(one)["context"]["instanceGuid"] != told(two)["context"]["instanceGuid"]


def test_a_jwt_16_after_a_rotation_the_former_key_signs_nothing(client: Client, clock: FakeClock) -> None:
    """The route shows the new key, and each key believes its own tokens only."""
    before, old = account(client), token(see(client, "/agent/tickets/101"))
    app = client.sandbox.desk.app
    assert app is not None
    app.rotate()
    after, new = account(client), token(see(client, "/agent/tickets/101"))
    assert before.keys != after.keys
    verify(new, after, clock.wall())
    for text, keys in ((new, before), (old, after)):
        with pytest.raises(UnknownKeyError):
            verify(text, keys, clock.wall())


def test_the_page_tells_the_app_what_it_shows(client: Client) -> None:
    """Numbers of app and ticket, requester, organization, tags, and the agent with a language."""
    page = told(see(client, "/agent/tickets/101"))
    assert page["metadata"] == {"appId": APP, "installationId": INSTALLATION, "settings": {}}
    assert page["context"]["ticketId"] == page["ticket"]["id"] == 101
    assert (page["ticket"]["requester"]["id"], page["ticket"]["organization"]) == (ANA, None)
    assert page["ticket"]["tags"] == ["first", "billing"]
    assert (page["currentUser"]["id"], page["currentUser"]["locale"]) == (AGENT, "en-GB")


def test_the_page_may_post_to_the_app_and_nowhere_else(client: Client) -> None:
    """The content policy names the app's origin for frames and forms."""
    policy = see(client, "/agent/tickets/101").headers["content-security-policy"]
    assert re.search(r"form-action 'self' http://127\.0\.0\.1:9;", policy)
    assert "frame-src http://127.0.0.1:9;" in policy
