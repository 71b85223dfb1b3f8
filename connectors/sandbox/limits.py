"""How many requests the desk takes: for the whole account by plan, for some addresses by their own rules.

Every answer says what is left. Windows are fixed: each opens with its first request and ends after its span.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Hashable, Mapping
from typing import NamedTuple

import msgspec

from connectors.clock import Clock
from connectors.sandbox.refusals import RefusedError, described, listed
from connectors.sandbox.trouble import Trouble

CEILING = 100_000
"""Requests a minute that not even the desk without limits takes."""

MINUTE = 60

MOST_WINDOWS = 5_000
"""Windows of single users, tickets and views that may stand before the ended ones are forgotten."""


class Plan(NamedTuple):
    """What an account has bought: requests a minute, and whether it has the High Volume add-on."""

    account: int
    high_volume: bool = False
    ruled: bool = True
    """Whether single addresses have limits of their own."""


PLANS: Mapping[str, Plan] = {
    "team": Plan(200),
    "growth": Plan(400),
    "professional": Plan(400),
    "enterprise": Plan(700),
    "enterprise_plus": Plan(2500),
    "high_volume": Plan(2500, high_volume=True),
    "unlimited": Plan(CEILING, ruled=False),
}
"""The vendor's plans by name. ``unlimited`` is none of them: it is for demonstrations that may not wait."""


class Asked(NamedTuple):
    """What a limit may depend on: who asks, for which record, with which query and body."""

    actor_id: int | None = None
    params: Mapping[str, str] = {}
    query: Mapping[str, str] = {}
    body: bytes = b""


def _together(_: Asked) -> Hashable:
    return None


def _record(asked: Asked) -> Hashable:
    return asked.params.get("id")


def _actor(asked: Asked) -> Hashable:
    return asked.actor_id


def _actor_and_record(asked: Asked) -> Hashable:
    return asked.actor_id, asked.params.get("id")


class _Named(msgspec.Struct):
    id: int | None = None
    external_id: str | None = None
    email: str | None = None


class _Wrapped(msgspec.Struct):
    user: _Named


def _user_in_body(asked: Asked) -> Hashable:
    """Whom ``create_or_update`` is about; a body that names nobody is a matter of the route."""
    try:
        user = msgspec.json.decode(asked.body, type=_Wrapped).user
    except (msgspec.DecodeError, RecursionError):
        return None
    return user.id or user.external_id or (user.email or "").lower() or None


def _beyond(page: int) -> Callable[[Asked], bool]:
    def deep(asked: Asked) -> bool:
        text = asked.query.get("page", "")
        return text.isascii() and text.isdigit() and len(text) < 10 and int(text) > page

    return deep


def _always(_: Asked) -> bool:
    return True


class Rule(NamedTuple):
    """One limit: ``total`` requests in ``span`` seconds for each value of ``per``."""

    name: str
    """As in the header ``zendesk-ratelimit-<name>``."""
    method: str
    path: str
    """Pattern of the route's path, its ids left open."""
    total: int
    span: int = MINUTE
    per: Callable[[Asked], Hashable] = _together
    high_volume: int | None = None
    when: Callable[[Asked], bool] = _always


_TICKET = r"/api/v2/tickets/\{id\}"

RULES: tuple[Rule, ...] = (
    Rule("incremental-exports", "GET", r"/api/v2/incremental/(?!.*/sample$).+", 10, high_volume=30),
    Rule("incremental-samples", "GET", r"/api/v2/incremental/[a-z_]+/sample", 10, 1200),
    Rule("tickets-update", "PUT", rf"{_TICKET}(/tags)?|/api/v2/tickets/update_many", 100, high_volume=300),
    Rule("tickets-update-per-ticket", "PUT", rf"{_TICKET}(/tags)?", 30, 600, _actor_and_record),
    Rule("tickets-delete", "DELETE", _TICKET, 400),
    Rule("tickets-index-deep", "GET", r"/api/v2/(tickets|tags)", 50, when=_beyond(500)),
    Rule("deleted-tickets-index", "GET", r"/api/v2/deleted_tickets", 10),
    Rule("deleted-tickets-index-deep", "GET", r"/api/v2/deleted_tickets", 5, when=_beyond(100)),
    Rule("users-update-per-user", "PUT", r"/api/v2/users/\{id\}", 5, per=_record),
    Rule("users-create-or-update-per-user", "POST", r"/api/v2/users/create_or_update", 5, per=_user_in_body),
    Rule("users-update", "PUT", r"/api/v2/users/\{id\}", 1, 1),
    Rule("users-create-or-update", "POST", r"/api/v2/users/create_or_update", 1, 1),
    Rule("users-index-deep", "GET", r"/api/v2/users", 100, when=_beyond(10_000)),
    Rule("users-permanent-delete", "DELETE", r"/api/v2/deleted_users/\{id\}", 700, 600),
    Rule("organizations-update", "PUT", r"/api/v2/organizations/\{id\}", 5, per=_record),
    Rule("search-index", "GET", r"/api/v2/search", 2500),
    Rule("search-export", "GET", r"/api/v2/search/export", 100),
    Rule("views-execute", "GET", r"/api/v2/views/\{id\}/(execute|tickets|count)", 5, per=_actor_and_record),
    Rule("views-preview", "POST", r"/api/v2/views/preview", 5, per=_actor),
    Rule("views-count-many", "GET", r"/api/v2/views/count_many", 6, per=_actor),
    Rule("ticket-fields-index", "GET", r"/api/v2/ticket_fields", 300, high_volume=450),
    Rule("ticket-fields-update", "PUT", r"/api/v2/ticket_fields/\{id\}", 75),
    Rule("ticket-field-options-create", "POST", r"/api/v2/ticket_fields/\{id\}/options", 100),
)
"""Every limit of a single address. A request counts for each rule whose pattern it meets."""

_PER_TICKET = next(rule for rule in RULES if rule.name == "tickets-update-per-ticket")


class _Window:
    """What is used of one limit in its present window, by the clock's seconds."""

    def __init__(self, span: int) -> None:
        self._span = span
        self._ends = 0.0
        self.used = 0

    def turn(self, now: float) -> None:
        """Begin anew when the window is over."""
        if now >= self._ends:
            self._ends, self.used = now + self._span, 0

    def over(self, now: float) -> bool:
        return now >= self._ends

    def resets(self, now: float) -> int:
        """Whole seconds until the window is over, at least one."""
        return max(1, math.ceil(self._ends - now))


class Limits:
    """All limits of one desk. ``plan`` is one of ``PLANS``; setting it opens all windows anew."""

    def __init__(self, clock: Clock, trouble: Trouble, plan: str = "enterprise") -> None:
        self._clock = clock
        self._trouble = trouble
        self.plan = plan

    @property
    def plan(self) -> str:
        return self._name

    @plan.setter
    def plan(self, name: str) -> None:
        if name not in PLANS:
            raise ValueError(f"There is no plan {name!r}; there are: {', '.join(PLANS)}.")
        self._name, self._plan = name, PLANS[name]
        self._account = _Window(MINUTE)
        self._windows: dict[tuple[str, Hashable], _Window] = {}
        self._tidy_at = MOST_WINDOWS

    @property
    def left(self) -> int:
        """What is left of the account's minute."""
        self._account.turn(self._clock.mono())
        return max(0, self._plan.account - self._account.used)

    def spend(self, requests: int) -> None:
        """Let other integrations use up so many requests of this minute, or what is left of them."""
        left = self.left  # read first: it may open a new minute
        self._account.used += min(requests, left)

    def visit(self) -> Visit:
        """One request that begins."""
        return Visit(self)

    def take_account(self, headers: dict[str, str]) -> None:
        """Count a request for the account and say what is left; refused when nothing was."""
        now, total = self._clock.mono(), self._plan.account
        if self._trouble.strikes("neighbours"):
            self.spend(math.ceil(self.left * self._trouble.chance("neighbours").uniform(0.1, 1.2)))
        refused = self.left == 0
        self._account.used += not refused
        left, resets = str(self.left), self._account.resets(now)
        headers |= {"X-Rate-Limit": str(total), "X-Rate-Limit-Remaining": left}
        headers |= {
            "ratelimit-limit": str(total),
            "ratelimit-remaining": left,
            "ratelimit-reset": str(resets),
        }
        if refused:
            headers["Retry-After"] = str(resets)
            raise _exceeded("API requests per minute")

    def take(self, rule: Rule, asked: Asked, headers: dict[str, str]) -> None:
        """Count a request for one rule and say what is left; refused when nothing was."""
        now, total = self._clock.mono(), self._total(rule)
        window = self._window(rule, rule.per(asked), now)
        refused = window.used >= total
        window.used += not refused
        resets = window.resets(now)
        headers[f"zendesk-ratelimit-{rule.name}"] = (
            f"total={total}; remaining={total - window.used}; resets={resets}"
        )
        if refused:
            headers["Retry-After"] = str(resets)
            raise _refusal(rule)

    def take_ticket(self, actor_id: int, ticket_id: int) -> None:
        """Count an update of one ticket inside a job, as if it had been sent by itself."""
        self.take(_PER_TICKET, Asked(actor_id, {"id": str(ticket_id)}), {})

    def _total(self, rule: Rule) -> int:
        if not self._plan.ruled:
            return CEILING
        return rule.high_volume or rule.total if self._plan.high_volume else rule.total

    def _window(self, rule: Rule, who: Hashable, now: float) -> _Window:
        if len(self._windows) >= self._tidy_at:
            self._windows = {key: one for key, one in self._windows.items() if not one.over(now)}
            self._tidy_at = max(MOST_WINDOWS, 2 * len(self._windows))
        window = self._windows.setdefault((rule.name, who), _Window(rule.span))
        window.turn(now)
        return window


class Visit:
    """One request on its way through the limits, and the headers that its answer gets whatever it is."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.headers: dict[str, str] = {}

    def account(self) -> None:
        """Count it for the account."""
        self._limits.take_account(self.headers)

    def address(self, method: str, path: str, asked: Asked) -> None:
        """Count it for every rule of its route; the account's remainder says nothing about these."""
        for rule in RULES:
            if rule.method == method and re.fullmatch(rule.path, path) and rule.when(asked):
                self._limits.take(rule, asked, self.headers)

    def jobs(self, total: int, running: int) -> None:
        """Say how many more jobs may be on their way."""
        left = max(0, total - running)
        self.headers["zendesk-ratelimit-inflight-jobs"] = f"total={total}; remaining={left}; resets={MINUTE}"


def _refusal(rule: Rule) -> RefusedError:
    if rule.name == "organizations-update":
        return listed(429, "TooManyRequests", "Too many requests to update")
    if rule.name == "incremental-exports":
        return _exceeded("incremental export API requests per minute")
    return _exceeded(f"requests of the kind {rule.name}")


def _exceeded(what: str) -> RefusedError:
    return described(429, "APIRateLimitExceeded", f"Number of allowed {what} exceeded")
