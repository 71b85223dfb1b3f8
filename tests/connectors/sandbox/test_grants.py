"""Signing in by a person's consent: the page, the code, and the pair of tokens that rotates."""

from __future__ import annotations

import http.client
import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec
import pytest

from connectors.sandbox.state import Desk
from tests.clock import FakeClock
from tests.connectors.sandbox.rig import AGENT, OWNER, Client, Reply

BACK = "http://127.0.0.1:9999/signed-in"
VERIFIER = "v" * 64
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
PAGE = "/oauth/authorizations/new"


def wish(**more: str) -> dict[str, str]:
    asked = {
        "response_type": "code", "client_id": "deskcue", "redirect_uri": BACK, "scope": "read tickets:write",
        "state": "st4te", "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    }  # fmt: skip
    return asked | more


def decide(client: Client, decision: str = "allow", *, user: int = OWNER, **more: str) -> Reply:
    """Ask with a good wish, changed as stated, and press a button."""
    return decide_at(client, f"{PAGE}?{urlencode(wish(**more))}", decision, user=user)


def decide_at(client: Client, path: str, decision: str = "allow", *, user: int = OWNER) -> Reply:
    """Read the page as a browser would and press a button; the answer is where the browser is sent."""
    page = client.ask("GET", path, authorization=None)
    assert page.status == 200, page.text
    found = re.search(r'action="([^"]+)"', page.text)
    assert found is not None
    form = urlencode({"user": user, "decision": decision}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": client.sandbox.address}
    action = found[1].replace("&amp;", "&")
    return client.ask("POST", action, authorization=None, headers=headers, raw=form)


def answer(reply: Reply) -> dict[str, str]:
    """What the program reads from its own address."""
    assert reply.status == 302
    target = reply.headers["location"]
    assert target.startswith(BACK + "?")
    return {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}


def exchange(client: Client, code: str, **more: object) -> Reply:
    form = {
        "grant_type": "authorization_code", "client_id": "deskcue", "client_secret": client.sandbox.token,
        "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER, "scope": "read tickets:write",
    }  # fmt: skip
    return client.ask("POST", "/oauth/tokens", {**form, **more}, authorization=None)


def refresh(client: Client, token: str, **more: object) -> Reply:
    form = {"grant_type": "refresh_token", "client_id": "deskcue", "refresh_token": token}
    secret = {"client_secret": client.sandbox.token}
    return client.ask("POST", "/oauth/tokens", {**form, **secret, **more}, authorization=None)


def signed_in(client: Client, **more: object) -> dict[str, Any]:
    reply = exchange(client, answer(decide(client))["code"], **more)
    assert reply.status == 201
    found: dict[str, Any] = reply.json
    return found


def status(client: Client, access: str) -> int:
    return client.ask("GET", "/api/v2/tickets/count", authorization=f"Bearer {access}").status


def test_consent_gives_a_code_and_the_code_a_pair(client: Client) -> None:
    """The state comes back unchanged; the pair is answered with 201 and says how long both halves live."""
    said = answer(decide(client))
    assert said["state"] == "st4te"
    reply = exchange(client, said["code"])
    assert reply.status == 201
    pair = reply.json
    assert (pair["token_type"], pair["scope"], pair["expires_in"]) == ("bearer", "read tickets:write", 1800)
    assert pair["refresh_token_expires_in"] == 2_592_000
    assert status(client, pair["access_token"]) == 200


def test_acceptance_08_the_anonymous_user_an_expired_token_and_a_refresh_that_rotates(
    client: Client, clock: FakeClock
) -> None:
    """Nobody is 200 with a null id; an expired bearer is invalid_token; a refresh token works once."""
    me = client.ask("GET", "/api/v2/users/me", authorization=None)
    assert (me.status, me.json["user"]["id"]) == (200, None)
    first = signed_in(client)
    clock.advance(1800)
    dead = client.ask("GET", "/api/v2/users/me", authorization=f"Bearer {first['access_token']}")
    assert (dead.status, dead.json["error"]) == (401, "invalid_token")
    second = refresh(client, first["refresh_token"]).json
    assert second["access_token"] != first["access_token"]
    assert second["refresh_token"] != first["refresh_token"]
    again = refresh(client, first["refresh_token"])
    assert (again.status, again.json["error"]) == (400, "invalid_grant")
    assert status(client, second["access_token"]) == 200


def test_a_refresh_ends_the_access_token_before_its_time(client: Client) -> None:
    """The old access token had half an hour left, and is refused at once."""
    first = signed_in(client)
    assert status(client, first["access_token"]) == 200
    assert refresh(client, first["refresh_token"]).status == 201
    assert status(client, first["access_token"]) == 401


def test_a_code_lives_two_minutes_and_works_once(client: Client, clock: FakeClock) -> None:
    """One second late, or a second time, it is invalid_grant."""
    code = answer(decide(client))["code"]
    assert exchange(client, code).status == 201
    assert exchange(client, code).json["error"] == "invalid_grant"
    late = answer(decide(client))["code"]
    clock.advance(120)
    assert exchange(client, late).json["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "wrong", [{"code_verifier": "x" * 64}, {"code_verifier": None}, {"redirect_uri": "http://127.0.0.1:1/"}]
)
def test_a_stolen_code_is_worth_nothing(client: Client, wrong: dict[str, object]) -> None:
    """Without the verifier, or for another address, there is no token."""
    reply = exchange(client, answer(decide(client))["code"], **wrong)
    assert (reply.status, reply.json["error"]) == (400, "invalid_grant")


def test_a_public_client_needs_no_secret_and_a_wrong_one_is_refused(client: Client) -> None:
    """The code and its verifier are proof enough; a secret that is sent has to be right."""
    assert exchange(client, answer(decide(client))["code"], client_secret=None).status == 201
    reply = exchange(client, answer(decide(client))["code"], client_secret="wrong")
    assert (reply.status, reply.json["error"]) == (401, "invalid_client")


def test_a_person_may_say_no(client: Client) -> None:
    """The program reads access_denied and its state."""
    said = answer(decide(client, "deny"))
    assert (said["error"], said["state"]) == ("access_denied", "st4te")


def test_the_token_acts_as_the_person_who_agreed(client: Client) -> None:
    """An agent's consent opens no export, which is for admins."""
    code = answer(decide(client, user=AGENT))["code"]
    bearer = f"Bearer {exchange(client, code).json['access_token']}"
    assert client.ask("GET", "/api/v2/users/me", authorization=bearer).json["user"]["id"] == AGENT
    export = "/api/v2/incremental/tickets/cursor?start_time=0"
    assert client.ask("GET", export, authorization=bearer).status == 403


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"redirect_uri": "http://evil.example/"}, "redirect_uri"),
        ({"redirect_uri": "javascript:alert(1)"}, "redirect_uri"),
        ({"client_id": "other"}, "client_id"),
    ],
)
def test_nobody_is_sent_to_an_address_that_cannot_be_trusted(
    client: Client, more: dict[str, str], said: str
) -> None:
    """An unknown client and an address out in the open get a page, never a redirect."""
    reply = client.ask("GET", f"{PAGE}?{urlencode(wish(**more))}", authorization=None)
    assert reply.status == 400
    assert said in reply.text
    assert "location" not in reply.headers


def test_a_form_from_another_site_decides_nothing(client: Client) -> None:
    """Consent is given on the desk's own page or not at all."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "https://evil.example"}
    reply = client.ask(
        "POST", f"{PAGE}?{urlencode(wish())}", authorization=None, headers=headers, raw=b"decision=allow"
    )
    assert reply.status == 403


def test_the_page_says_who_asks_for_what(client: Client) -> None:
    """Client, scopes and where the answer goes; the browser may follow the form's answer there."""
    page = client.ask("GET", f"{PAGE}?{urlencode(wish())}", authorization=None)
    for text in ("deskcue", "tickets:write", "http://127.0.0.1:9999"):
        assert text in page.text
    assert "form-action 'self' http://127.0.0.1:9999;" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"refresh_token_expires_in": 604_799}, 400),
        ({"refresh_token_expires_in": 604_800}, 201),
        ({"refresh_token_expires_in": 7_776_000}, 201),
        ({"refresh_token_expires_in": 7_776_001}, 400),
        ({"expires_in": 300}, 201),
        ({"expires_in": 172_801}, 400),
    ],
)
def test_lives_have_limits(client: Client, more: dict[str, object], code: int) -> None:
    """Access tokens live 5 minutes to 2 days, refresh tokens 7 to 90 days."""
    assert exchange(client, answer(decide(client))["code"], **more).status == code


def test_a_refresh_token_has_an_end(client: Client, clock: FakeClock) -> None:
    """After its own time it is invalid_grant."""
    pair = signed_in(client, refresh_token_expires_in=604_800)
    clock.advance(604_800)
    assert refresh(client, pair["refresh_token"]).json["error"] == "invalid_grant"


def test_a_refresh_can_narrow_the_scopes_and_not_widen_them(client: Client) -> None:
    """What the person did not agree to does not come by refreshing."""
    pair = signed_in(client)
    wider = refresh(client, pair["refresh_token"], scope="read write tickets:write").json
    assert wider["scope"] == "read tickets:write"
    assert refresh(client, wider["refresh_token"], scope="read").json["scope"] == "read"


def test_the_token_at_hand_can_be_looked_at_and_ended(client: Client, desk: Desk) -> None:
    """Scopes, end and user are shown, of the token itself ten characters; DELETE ends both halves."""
    pair = signed_in(client)
    bearer = f"Bearer {pair['access_token']}"
    shown = client.ask("GET", "/api/v2/oauth/tokens/current.json", authorization=bearer).json["token"]
    assert (shown["scopes"], shown["user_id"]) == (["read", "tickets:write"], OWNER)
    assert shown["expires_at"] == "2026-10-18T12:30:00Z"
    assert shown["token"] == pair["access_token"][:10]
    assert pair["refresh_token"] not in str(shown)
    ended = client.ask("DELETE", "/api/v2/oauth/tokens/current", authorization=bearer)
    assert (ended.status, ended.text) == (204, "")
    assert status(client, pair["access_token"]) == 401
    assert refresh(client, pair["refresh_token"]).status == 400


def test_no_token_stands_behind_an_api_token(client: Client) -> None:
    """The desk's own token and API tokens are not OAuth tokens."""
    assert client.ask("GET", "/api/v2/oauth/tokens/current").status == 404


def test_a_suspended_and_a_deleted_person_are_refused(client: Client, desk: Desk) -> None:
    """Whatever they hold: 401, in the two envelopes."""
    bearer = f"Bearer {signed_in(client)['access_token']}"
    owner = desk.users.get(OWNER)
    assert owner is not None
    owner.suspended = True
    reply = client.ask("GET", "/api/v2/users/me", authorization=bearer)
    assert (reply.status, reply.json) == (401, {"error": "Couldn't authenticate you"})
    owner.suspended, owner.active = False, False
    reply = client.ask("GET", "/api/v2/users/me", authorization=bearer)
    assert (reply.status, reply.json["error"]) == (401, "invalid_token")


def test_light_agents_read_and_do_not_write(client: Client, desk: Desk) -> None:
    """Their role type is 1; a ticket opens for them and stays as it is."""
    agent = desk.users.get(AGENT)
    assert agent is not None
    agent.role_type = 1
    bearer = f"Bearer {exchange(client, answer(decide(client, user=AGENT))['code']).json['access_token']}"
    assert client.ask("GET", "/api/v2/users/me", authorization=bearer).json["user"]["role_type"] == 1
    assert client.ask("GET", "/api/v2/tickets/101", authorization=bearer).status == 200
    reply = client.ask("PUT", "/api/v2/tickets/101/tags", {"tags": ["x"]}, authorization=bearer)
    assert (reply.status, reply.json["error"]["title"]) == (403, "Forbidden")


@pytest.mark.parametrize(
    ("fault", "path", "code", "error"),
    [
        ("plan without ratings", "/api/v2/satisfaction_ratings", 403, "Forbidden"),
        ("suspended user", "/api/v2/users/me", 401, "Couldn't authenticate you"),
        ("anonymous login", "/api/v2/tickets/101", 401, "Couldn't authenticate you"),
        ("agent role", "/api/v2/satisfaction_ratings", 403, "Forbidden"),
    ],
)
def test_faults_of_plan_and_sign_in_answer_as_the_vendor_does(
    client: Client, desk: Desk, fault: str, path: str, code: int, error: str
) -> None:
    """Switched on they refuse, switched off the same request works."""
    assert client.ask("GET", path).status == 200
    desk.trouble.set({fault: 1})
    reply = client.ask("GET", path)
    said = reply.json["error"]
    assert (reply.status, said["title"] if isinstance(said, dict) else said) == (code, error)
    desk.trouble.clear()
    assert client.ask("GET", path).status == 200


def test_an_access_token_can_die_early_while_its_refresh_token_lives(client: Client, desk: Desk) -> None:
    """`expired tokens` ends the token that is shown, for good; refreshing gets the next one."""
    pair = signed_in(client)
    desk.trouble.set({"expired tokens": 1})
    assert status(client, pair["access_token"]) == 401
    desk.trouble.clear()
    assert status(client, pair["access_token"]) == 401
    assert status(client, refresh(client, pair["refresh_token"]).json["access_token"]) == 200


def test_a_refresh_can_be_done_and_not_be_told(client: Client, desk: Desk) -> None:
    """`lost refreshes`: the answer is 500 and both old tokens are dead all the same."""
    pair = signed_in(client)
    desk.trouble.set({"lost refreshes": 1})
    assert refresh(client, pair["refresh_token"]).status == 500
    desk.trouble.clear()
    assert status(client, pair["access_token"]) == 401
    assert refresh(client, pair["refresh_token"]).status == 400


def test_the_desk_says_what_time_it_is(client: Client, desk: Desk) -> None:
    """The Date header is the desk's own clock, once; `clock skew` puts it a quarter of an hour ahead."""
    line = http.client.HTTPConnection(urlsplit(client.sandbox.address).netloc, timeout=5)
    line.request("GET", "/api/v2/users/me")
    answer_ = line.getresponse()
    answer_.read()
    line.close()
    assert answer_.headers.get_all("date") == ["Sun, 18 Oct 2026 12:00:00 GMT"]
    desk.trouble.set({"clock skew": 1})
    late = client.ask("GET", "/api/v2/users/me")
    assert late.headers["date"] == "Sun, 18 Oct 2026 12:15:00 GMT"


def test_the_account_tells_its_settings_and_its_priorities(client: Client, desk: Desk) -> None:
    """Tagging of users and the priorities in use, in trouble without them."""
    settings = client.get("/api/v2/account/settings")["settings"]
    assert settings["user"]["tagging"] is True
    desk.trouble.set({"user tagging off": 1, "low priorities hidden": 1})
    settings = client.get("/api/v2/account/settings.json")["settings"]
    assert (settings["user"]["tagging"], settings["active_features"]["user_tagging"]) == (False, False)
    fields = client.get("/api/v2/ticket_fields")["ticket_fields"]
    priority = next(field for field in fields if field["type"] == "priority")
    assert priority["sub_type_id"] == 1
    assert {one["value"] for one in priority["system_field_options"]} == {"normal", "high"}


def test_users_keep_their_suspension_in_their_record(client: Client, desk: Desk) -> None:
    """A suspended customer is listed as such."""
    desk.users.add(msgspec.structs.replace(next(iter(desk.users)), id=77, suspended=True))
    assert client.get("/api/v2/users/77")["user"]["suspended"] is True
