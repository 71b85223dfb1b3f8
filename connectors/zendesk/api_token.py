"""API tokens: still accepted by Zendesk, and not for long."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, date, datetime

from connectors.clock import Clock
from connectors.errors import AuthenticationError
from connectors.findings import Finding, fault
from connectors.findings import warning as notice

LAST_DAY = date(2027, 4, 29)
"""On the day after, every API token stops working for good."""

_NEXT = "Make an OAuth client in the Admin Center and set desk.sign_in to client_credentials."


class ApiToken:
    """A person's address and a token of the account, sent as they are with every request."""

    def __init__(self, *, email: str, token: str, clock: Clock) -> None:
        self._clock = clock
        self._header = "Basic " + b64encode(f"{email}/token:{token}".encode()).decode()

    def authorization(self) -> str:
        if days_left(self._clock) < 0:
            raise AuthenticationError(f"Zendesk ended API tokens on 2027-04-30. {_NEXT}")
        return self._header

    def refused(self, authorization: str) -> None:
        raise AuthenticationError(
            "The help desk does not accept the API token. Check desk.email and desk.api_token, and in the"
            f" Admin Center whether the token is active: unused ones are switched off. {_NEXT}",
            status=401,
        )

    def forget(self) -> None:
        self._header = ""

    def outlook(self) -> Finding:
        left = days_left(self._clock)
        if left < 0:
            return fault("credentials", "Zendesk ended API tokens on 2027-04-30.", _NEXT)
        what = f"API tokens stop working on 2027-04-30, in {left + 1} days."
        return notice("credentials", what, _NEXT)


def days_left(clock: Clock) -> int:
    """Days until the last one on which API tokens work; negative once it is over."""
    return (LAST_DAY - datetime.fromtimestamp(clock.wall(), UTC).date()).days


def warning(clock: Clock) -> str:
    """What somebody who still uses one should know."""
    left = max(days_left(clock), 0)
    return f"API tokens stop working on 2027-04-30, in {left + 1} days. {_NEXT}"
