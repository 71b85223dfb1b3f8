"""A Zendesk account from its settings: the address checked, the way to sign in chosen, nothing sent yet."""

from __future__ import annotations

import logging
from collections.abc import Callable

from connectors.clock import Clock
from connectors.http import Door
from connectors.messages import MessageReader
from connectors.vault import Vault
from connectors.zendesk.api import SUFFIXES, Zendesk
from connectors.zendesk.api_token import ApiToken, warning
from connectors.zendesk.authorize import Invitation
from connectors.zendesk.faults import words
from connectors.zendesk.limits import LIMITS
from connectors.zendesk.oauth import ClientCredentials, Credentials, TokenDesk
from connectors.zendesk.pair import RotatingPair
from connectors.zendesk.scopes import asked

_LOG = logging.getLogger(__name__)


def connect(
    *,
    address: str,
    client_id: str,
    client_secret: str,
    clock: Clock,
    tag_prefix: str,
    loopback: bool,
    page_size: int,
    user_agent: str,
    sign_in: str,
    email: str,
    api_token: str,
    vault: Vault | None,
    setup: bool,
    reader: MessageReader | None,
) -> Zendesk:
    """A connector for the account at ``address``; ValueError when that is no Zendesk address."""
    door = _door(address, clock, user_agent, loopback=loopback)

    def by_client() -> Credentials:
        return ClientCredentials(
            door, client_id=client_id, client_secret=client_secret, clock=clock, setup=setup
        )

    def by_person() -> Credentials:
        if vault is None:
            raise ValueError("Signing in as a person needs a place to keep the tokens.")
        tokens = TokenDesk(door, client_id=client_id, client_secret=client_secret)
        return RotatingPair(tokens, vault, desk=door.origin, clock=clock)

    def by_token() -> Credentials:
        _LOG.warning("%s", warning(clock))
        return ApiToken(email=email, token=api_token, clock=clock)

    ways: dict[str, Callable[[], Credentials]] = {
        "client_credentials": by_client,
        "authorization_code": by_person,
        "api_token": by_token,
    }
    if sign_in not in ways:
        raise ValueError(
            f"There is no way to sign in called {sign_in!r}; there are: {', '.join(sorted(ways))}."
        )
    credentials = ways[sign_in]()
    return Zendesk(door, credentials, clock=clock, tag_prefix=tag_prefix, page_size=page_size, reader=reader)


def invite(
    *,
    address: str,
    client_id: str,
    client_secret: str,
    clock: Clock,
    loopback: bool,
    user_agent: str,
    redirect: str,
    setup: bool,
) -> Invitation:
    """A sign-in for a person to agree to; ValueError when ``address`` is no Zendesk address."""
    door = _door(address, clock, user_agent, loopback=loopback)
    return Invitation(
        door,
        TokenDesk(door, client_id=client_id, client_secret=client_secret),
        redirect=redirect,
        scope=asked(setup=setup),
        clock=clock,
    )


def _door(address: str, clock: Clock, user_agent: str, *, loopback: bool) -> Door:
    return Door(
        address,
        clock=clock,
        user_agent=user_agent,
        suffixes=SUFFIXES,
        words=words,
        limits=LIMITS,
        loopback=loopback,
    )
