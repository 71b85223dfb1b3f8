"""The three ways to sign in, against a desk that means it, and the peace after a refusal for good."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors import connect, invite
from connectors.base import Connector, Invitation
from connectors.errors import AuthenticationError, RejectedError
from connectors.sandbox.server import RunningSandbox
from connectors.zendesk.scopes import SCOPES, asked
from tests.clock import FakeClock
from tests.connectors.sandbox.rig import OWNER, Client, small_desk
from tests.connectors.sandbox.test_grants import decide_at
from tests.connectors.zendesk.rotating import MemoryVault
from tests.connectors.zendesk.scripted import PREFIX

BACK = "http://127.0.0.1:9999/signed-in"
BEFORE_THE_END = datetime(2027, 4, 29, 23, 59, tzinfo=UTC)


@pytest.fixture
def sandbox(clock: FakeClock) -> Iterator[RunningSandbox]:
    with RunningSandbox(small_desk(clock)) as running:
        yield running


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while _OPENED:
        _OPENED.pop().close()


_OPENED: list[Connector | Invitation] = []
"""Everything a test has opened, to be closed after it."""


def connected(sandbox: RunningSandbox, clock: FakeClock, **more: object) -> Connector:
    stated: dict[str, Any] = {
        "address": sandbox.address, "client_id": "deskcue", "client_secret": sandbox.token, "clock": clock,
        "tag_prefix": PREFIX, "loopback": True,
    }  # fmt: skip
    account = connect("zendesk", **{**stated, **more})
    _OPENED.append(account)
    return account


def invited(
    sandbox: RunningSandbox, clock: FakeClock, *, setup: bool = False, secret: str = ""
) -> Invitation:
    invitation = invite(
        "zendesk", address=sandbox.address, client_id="deskcue", client_secret=secret, clock=clock,
        loopback=True, redirect=BACK, setup=setup,
    )  # fmt: skip
    _OPENED.append(invitation)
    return invitation


def agreed(sandbox: RunningSandbox, invitation: Invitation, decision: str = "allow") -> str:
    """The address the browser is sent to once the person has decided."""
    path = invitation.address.removeprefix(sandbox.address)
    return decide_at(Client(sandbox), path, decision).headers["location"]


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("public", [True, False])
def test_a_person_signs_in_and_the_pair_works_for_weeks(
    sandbox: RunningSandbox, clock: FakeClock, *, whole: bool, public: bool
) -> None:
    """The whole address or the code alone, with a secret or as a public client; then through refreshes."""
    secret = "" if public else sandbox.token
    invitation = invited(sandbox, clock, secret=secret)
    said = agreed(sandbox, invitation)
    code = said.partition("code=")[2].partition("&")[0]
    vault = MemoryVault(invitation.redeem(said if whole else f" {code}\n"))
    account = connected(sandbox, clock, client_secret=secret, sign_in="authorization_code", vault=vault)
    for _ in range(20):
        assert account.identity().id == str(OWNER)
        clock.advance(86_400)
    assert vault.saved[-1].scope == "read tickets:write"


def test_an_answer_to_another_invitation_is_refused(sandbox: RunningSandbox, clock: FakeClock) -> None:
    """The state is compared, so nobody can sign us in as themselves."""
    first, second = invited(sandbox, clock), invited(sandbox, clock)
    with pytest.raises(RejectedError, match="another sign-in"):
        second.redeem(agreed(sandbox, first))
    with pytest.raises(RejectedError, match="another sign-in"):
        second.redeem(f"{BACK}?code=x")


def test_a_person_who_declines_is_understood(sandbox: RunningSandbox, clock: FakeClock) -> None:
    """The desk's word for it is shown."""
    invitation = invited(sandbox, clock)
    with pytest.raises(RejectedError, match="access_denied"):
        invitation.redeem(agreed(sandbox, invitation, "deny"))


def test_a_code_from_another_invitation_is_worth_nothing(sandbox: RunningSandbox, clock: FakeClock) -> None:
    """Without the verifier of that invitation the desk gives no token (PKCE), and the code is not shown."""
    first, second = invited(sandbox, clock), invited(sandbox, clock)
    code = agreed(sandbox, first).partition("code=")[2].partition("&")[0]
    with pytest.raises(RejectedError, match="invalid_grant") as caught:
        second.redeem(code)
    assert code not in str(caught.value)


def test_the_scopes_are_the_least_and_each_has_a_reason(sandbox: RunningSandbox, clock: FakeClock) -> None:
    """Everyday work asks to read and to write tickets; setting up asks for more, and only then."""
    assert asked(setup=False) == "read tickets:write"
    assert asked(setup=True) == "read tickets:write webhooks:write triggers:write write"
    assert all(scope.reason for scope in SCOPES)
    assert "scope=read+tickets%3Awrite&" in invited(sandbox, clock).address
    assert "webhooks%3Awrite" in invited(sandbox, clock, setup=True).address


def test_f_auth_05_an_api_token_works_until_its_last_day_and_warns(
    sandbox: RunningSandbox, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """The warning names the date and the days; on 2027-04-30 nothing is sent any more."""
    clock.jump(int(BEFORE_THE_END.timestamp()) - clock.wall())
    with caplog.at_level(logging.WARNING):
        account = connected(
            sandbox, clock, sign_in="api_token", email="robin.vale@desk.example", api_token=sandbox.token
        )
    assert "2027-04-30, in 1 days" in caplog.text
    assert account.identity().role == "agent"
    sent = len(sandbox.desk.ledger.requests)
    clock.advance(60)
    with pytest.raises(AuthenticationError, match="ended API tokens on 2027-04-30"):
        account.identity()
    assert len(sandbox.desk.ledger.requests) == sent
    assert sandbox.token not in caplog.text


def test_a_wrong_api_token_says_what_to_check(sandbox: RunningSandbox, clock: FakeClock) -> None:
    """One request, and the two settings to look at."""
    account = connected(
        sandbox, clock, sign_in="api_token", email="robin.vale@desk.example", api_token="wr0ng-CANARY"
    )
    with pytest.raises(AuthenticationError, match=r"desk\.email and desk\.api_token") as caught:
        account.identity()
    assert "CANARY" not in str(caught.value)


def test_f_http_05_a_refusal_for_good_is_probed_once_in_five_minutes(
    sandbox: RunningSandbox, clock: FakeClock
) -> None:
    """A suspended user is asked about at most once every 300 s, by all of a process's work together."""
    sandbox.desk.trouble.set({"suspended user": 1})
    account = connected(sandbox, clock)
    for _ in range(60):
        with pytest.raises(AuthenticationError):
            account.identity()
        clock.advance(60)
    tried = [one for one in sandbox.desk.ledger.requests if one.template == "/api/v2/users/me"]
    assert len(tried) == 2 * 12  # a request and its one repeat with a new token, 12 times in an hour
    sandbox.desk.trouble.clear()
    clock.advance(300)
    assert account.identity().id == str(OWNER)


def test_f_http_05_a_client_that_is_refused_is_left_alone_too(
    sandbox: RunningSandbox, clock: FakeClock
) -> None:
    """A wrong secret asks for a token once in five minutes."""
    account = connected(sandbox, clock, client_secret="wrong")
    for _ in range(30):
        with pytest.raises(AuthenticationError, match="client secret"):
            account.identity()
        clock.advance(10)
    assert len(sandbox.desk.ledger.requests) == 1


def test_acceptance_08_the_anonymous_user_is_no_login(sandbox: RunningSandbox, clock: FakeClock) -> None:
    """The desk says 200 and a null id: that is nobody, and an error."""
    sandbox.desk.trouble.set({"anonymous login": 1})
    account = connected(sandbox, clock)
    with pytest.raises(AuthenticationError, match="takes us for nobody"):
        account.identity()


def test_a_token_that_dies_early_is_replaced_in_mid_work(sandbox: RunningSandbox, clock: FakeClock) -> None:
    """`expired tokens` at one in four: the work goes on, as a new token is asked for each time."""
    sandbox.desk.trouble.set({"expired tokens": 0.25})
    account = connected(sandbox, clock)
    failed = 0
    for _ in range(40):
        try:
            account.tickets(["101"])
        except AuthenticationError:  # the new one died at once as well
            failed += 1
            clock.advance(300)
    assert sandbox.desk.trouble.struck["expired tokens"] > 5
    assert failed < 8


def test_an_unknown_way_to_sign_in_is_answered_with_those_there_are(
    sandbox: RunningSandbox, clock: FakeClock
) -> None:
    """A ValueError that names all three."""
    with pytest.raises(ValueError, match="api_token, authorization_code, client_credentials"):
        connected(sandbox, clock, sign_in="password")
