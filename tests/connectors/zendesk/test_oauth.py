"""Access tokens: asked for once, renewed in time, and never shown."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count

import pytest

import connectors
from connectors.base import Connector
from connectors.errors import AuthenticationError, RetryableError
from connectors.zendesk.api import Zendesk
from connectors.zendesk.oauth import ClientCredentials
from tests.clock import FakeClock
from tests.connectors.fault_server import FaultServer, Request, as_json, routed
from tests.connectors.zendesk.scripted import PREFIX, a_ticket, door_to

SECRET = "s3cret-CANARY-0c4e"


class TokenDesk:
    """A desk that hands out numbered tokens and takes only those in ``valid``, or any if that is None."""

    def __init__(self, *, expires_in: object = 1800) -> None:
        self.expires_in = expires_in
        self.valid: set[str] | None = None
        self.refusal: bytes | None = None
        self.tokens: list[dict[str, object]] = []
        self.used: list[str] = []
        self._numbers = count(1)
        self._lock = threading.Lock()

    def respond(self, request: Request) -> bytes:
        with self._lock:
            return self._token(request) if request.target == "/oauth/tokens" else self._tickets(request)

    def _token(self, request: Request) -> bytes:
        self.tokens.append(request.json)
        if self.refusal is not None:
            return self.refusal
        token = {"access_token": f"tok-{next(self._numbers)}", "token_type": "bearer", "scope": "read"}
        return as_json({**token, "expires_in": self.expires_in}, 201)

    def _tickets(self, request: Request) -> bytes:
        self.used.append(request.headers["authorization"].removeprefix("Bearer "))
        if self.valid is not None and self.used[-1] not in self.valid:
            return as_json(
                {"error": "invalid_token", "error_description": "The access token is expired"}, 401
            )
        if request.target.startswith("/api/v2/ticket_fields"):
            return as_json({"ticket_fields": []})
        return as_json({"tickets": [a_ticket(1)]})


@contextmanager
def signed_in(desk: TokenDesk, clock: FakeClock) -> Iterator[Zendesk]:
    with FaultServer(routed(desk.respond)) as server:
        door = door_to(server.address, clock)
        credentials = ClientCredentials(door, client_id="deskcue", client_secret=SECRET, clock=clock)
        account = Zendesk(door, credentials, clock=clock, tag_prefix=PREFIX)
        try:
            yield account
        finally:
            account.close()


def test_a_token_is_asked_for_once_and_used_until_it_is_old() -> None:
    """The first request asks for a token with just enough scope; further ones use it."""
    desk = TokenDesk()
    with signed_in(desk, FakeClock()) as account:
        account.tickets(["1"])
        account.tickets(["1"])
    assert desk.tokens == [
        {
            "grant_type": "client_credentials",
            "client_id": "deskcue",
            "client_secret": SECRET,
            "scope": "read tickets:write",
        }
    ]
    assert set(desk.used) == {"tok-1"}


def test_f_auth_01_a_token_is_renewed_at_four_fifths_of_its_life() -> None:
    """At 80 % of ``expires_in`` a new token is asked for before the old one fails."""
    desk, clock = TokenDesk(expires_in=1000), FakeClock()
    with signed_in(desk, clock) as account:
        account.tickets(["1"])
        clock.advance(799)
        account.tickets(["1"])
        assert len(desk.tokens) == 1
        clock.advance(2)
        account.tickets(["1"])
    assert desk.used == ["tok-1", "tok-1", "tok-1", "tok-2"]


def test_a_token_without_an_end_is_never_renewed() -> None:
    """``expires_in: null`` means a token that lives until it is revoked."""
    desk, clock = TokenDesk(expires_in=None), FakeClock()
    with signed_in(desk, clock) as account:
        account.tickets(["1"])
        clock.advance(10**8)
        account.tickets(["1"])
    assert len(desk.tokens) == 1


@pytest.mark.parametrize("expires_in", [0, -5, 1])
def test_a_life_too_short_to_be_meant_is_a_minute(expires_in: int) -> None:
    """A desk with a confused clock is not asked for a token before every request."""
    desk, clock = TokenDesk(expires_in=expires_in), FakeClock()
    with signed_in(desk, clock) as account:
        account.tickets(["1"])
        account.tickets(["1"])
        assert len(desk.tokens) == 1
        clock.advance(61)
        account.tickets(["1"])
    assert len(desk.tokens) == 2


def test_f_http_05_a_refused_token_is_renewed_once() -> None:
    """A 401 in mid-work leads to one new token and one repeat, and the work goes on."""
    desk = TokenDesk()
    with signed_in(desk, FakeClock()) as account:
        account.tickets(["1"])
        desk.valid = {"tok-2"}
        assert list(account.tickets(["1"])) == ["1"]
    assert desk.used[-2:] == ["tok-1", "tok-2"]
    assert len(desk.tokens) == 2


def test_f_http_05_a_desk_that_refuses_every_token_is_not_hammered() -> None:
    """After one renewal the refusal is final: two tokens, two requests, and a message on what to check."""
    desk = TokenDesk()
    desk.valid = set()
    with (
        signed_in(desk, FakeClock()) as account,
        pytest.raises(AuthenticationError, match="Check the client"),
    ):
        account.tickets(["1"])
    assert len(desk.tokens) == 2
    assert len(desk.used) == 2


@pytest.mark.parametrize(
    ("status", "error"), [(401, "invalid_client"), (400, "invalid_scope"), (403, "Forbidden"), (404, "x")]
)
def test_a_client_that_is_refused_is_told_what_to_check(status: int, error: str) -> None:
    """A refused client raises AuthenticationError at once, without the secret that the desk repeats."""
    desk = TokenDesk()
    desk.refusal = as_json({"error": error, "error_description": f"bad secret {SECRET}"}, status)
    with signed_in(desk, FakeClock()) as account:
        with pytest.raises(AuthenticationError, match="client secret") as caught:
            account.tickets(["1"])
        assert SECRET not in f"{caught.value!r} {account!r}"
    assert len(desk.tokens) == 1
    assert desk.used == []


def test_a_busy_token_desk_is_temporary_and_its_echo_is_cut() -> None:
    """A failing token endpoint is tried again like a read, and its words never show the secret."""
    desk = TokenDesk()
    desk.refusal = as_json({"error": "Unavailable", "description": f"while reading {SECRET}"}, 503)
    with signed_in(desk, FakeClock()) as account:
        with pytest.raises(RetryableError, match=r"while reading \*\*\*"):
            account.tickets(["1"])
        assert account.requests == {"read": 5}


def test_f_auth_02_many_threads_ask_for_one_token() -> None:
    """Eight threads that start together share one token, and one renewal after it was refused."""
    desk = TokenDesk()
    with signed_in(desk, FakeClock()) as account, ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: account.tickets(["1"]), range(16)))
        assert len(desk.tokens) == 1
        desk.valid = {"tok-2"}
        list(threads.map(lambda _: account.tickets(["1"]), range(16)))
    assert len(desk.tokens) == 2


def connected(vendor: str, address: str) -> Connector:
    return connectors.connect(
        vendor,
        address=address,
        client_id="deskcue",
        client_secret=SECRET,
        clock=FakeClock(),
        tag_prefix=PREFIX,
        loopback=False,
    )


def test_every_request_says_who_sends_it() -> None:
    """The user agent that was handed over goes out with the request for a token and with each other one."""
    desk = TokenDesk()
    with FaultServer(routed(desk.respond)) as server:
        account = connectors.connect(
            "zendesk", address=server.address, client_id="deskcue", client_secret=SECRET, clock=FakeClock(),
            tag_prefix=PREFIX, loopback=True, user_agent="deskcue/1.2.3 (+https://deskcue.acme.example)",
        )  # fmt: skip
        account.tickets(["1"])
        account.close()
        agents = [request.headers["user-agent"] for request in server.requests]
    assert len(agents) >= 2
    assert set(agents) == {"deskcue/1.2.3 (+https://deskcue.acme.example)"}


def test_vendors_by_name() -> None:
    """A desk is connected by its vendor's name; an unknown one is answered with those there are."""
    account = connected("zendesk", "https://acme.zendesk.com")
    assert account.capabilities.vendor == "zendesk"
    assert account.requests == {}
    account.close()
    with pytest.raises(ValueError, match="no connector for 'deskzen'; there are: zendesk"):
        connected("deskzen", "https://acme.zendesk.com")
    with pytest.raises(ValueError, match=r"https://NAME\.zendesk\.com"):
        connected("zendesk", "https://acme.example")
