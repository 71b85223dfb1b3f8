"""The desk's own addresses: trouble by name and rate, and the ledger as JSON."""

from __future__ import annotations

import http.client
import json

import pytest

from connectors.sandbox.control import MOST
from connectors.sandbox.ledger import Request
from connectors.sandbox.state import Desk
from connectors.sandbox.trouble import FAULTS
from tests.clock import NOON
from tests.connectors.sandbox.rig import Client

TROUBLE, LEDGER = "/sandbox/trouble", "/sandbox/ledger"


def test_trouble_is_shown_set_and_cleared(client: Client, desk: Desk) -> None:
    """PUT switches exactly the named faults on, a seed begins anew, DELETE ends all; each shows the state."""
    assert client.get(TROUBLE)["faults"] == FAULTS
    said = client.ask("PUT", TROUBLE, {"seed": 9, "rates": {"storm": 0.5, "slow-body": 0.25}}).json
    assert (said["seed"], said["rates"]) == (9, {"storm": 0.5, "slow-body": 0.25})
    assert client.ask("PUT", TROUBLE, {"rates": {"error-500": 1}}).json["rates"] == {"error-500": 1}
    assert client.ask("GET", "/api/v2/tickets").status == 500
    assert client.get(TROUBLE)["struck"] == {"error-500": 1}
    assert client.ask("DELETE", TROUBLE).json["rates"] == {}
    assert client.ask("GET", "/api/v2/tickets").status == 200
    assert desk.trouble.seed == 9


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"rates": {"frogs": 1}}, "frogs"), ({"rates": {"storm": 2}}, "storm"), ({"rate": {}}, "rate"),
        ({"rates": {"storm": "often"}}, "float"), ([], "object"),
    ],
)  # fmt: skip
def test_a_wrong_wish_is_named_and_changes_nothing(
    client: Client, desk: Desk, body: object, word: str
) -> None:
    """422 with a sentence; what was switched on stays on."""
    desk.trouble.set({"error-500": 0.5})
    reply = client.ask("PUT", TROUBLE, body)
    assert reply.status == 422
    assert word in reply.json["error"]
    assert dict(desk.trouble.rates) == {"error-500": 0.5}


def test_trouble_never_strikes_its_own_addresses(client: Client, desk: Desk) -> None:
    """With everything switched on the control endpoint, the ledger and the health check still answer."""
    desk.trouble.set(dict.fromkeys(FAULTS, 1.0))
    for path in (TROUBLE, LEDGER, "/healthz"):
        assert client.ask("GET", path).status == 200


@pytest.mark.parametrize("path", [TROUBLE, LEDGER])
def test_a_foreign_name_needs_the_token(client: Client, path: str) -> None:
    """A page whose name was pointed at this machine is refused; with the token everyone may."""
    host = client.sandbox.address.removeprefix("http://")
    for token, status in ((None, 403), ("wrong", 403), (client.sandbox.token, 200)):
        headers = {"Host": "evil.example"} | ({"Authorization": f"Bearer {token}"} if token else {})
        line = http.client.HTTPConnection(host, timeout=5)
        line.request("GET", path, headers=headers)
        assert line.getresponse().status == status
        line.close()


def test_the_ledger_is_read_in_order_and_in_parts(client: Client) -> None:
    """Requests and effects stand in one order; `after` leaves out what is known already."""
    client.ask("PUT", "/api/v2/tickets/101/tags", {"tags": ["seen"]})
    first = client.get(LEDGER)
    assert [entry["entry"] for entry in first["entries"]] == ["effect", "request"]
    assert first["entries"][0]["after"] == ["first", "billing", "seen"]
    assert first["entries"][1]["template"] == "/api/v2/tickets/{id}/tags"
    client.get("/api/v2/tickets")
    rest = client.get(f"{LEDGER}?after={first['last']}")
    assert [entry["template"] for entry in rest["entries"]] == ["/api/v2/tickets"]
    assert client.get(f"{LEDGER}?after={rest['last']}") == {"entries": [], "last": rest["last"]}
    assert client.ask("GET", f"{LEDGER}?after=yesterday").status == 422


def test_the_ledger_is_bounded(client: Client, desk: Desk) -> None:
    """One answer holds at most a thousand entries; the next one goes on."""
    for _ in range(MOST + 5):
        desk.ledger.requests.append(Request(NOON, "GET", "/api/v2/tickets", 200, None))
    first = client.get(LEDGER)
    assert (len(first["entries"]), first["last"]) == (MOST, MOST)
    assert len(client.get(f"{LEDGER}?after={first['last']}")["entries"]) == 5


def test_the_ledger_keeps_no_secret_and_no_query(client: Client) -> None:
    """Neither tokens nor query strings nor bodies of requests are in it."""
    client.ask("GET", "/api/v2/tickets?external_id=canary-query")
    client.ask(
        "POST", "/oauth/tokens", {"client_secret": "canary-secret", "grant_type": "client_credentials"}
    )
    text = json.dumps(client.get(LEDGER))
    assert "canary" not in text
    assert client.sandbox.token not in text
