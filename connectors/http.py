"""The one door to a help desk: one request with a deadline, size caps, retries and redaction.

Which paths exist and what bodies mean is the vendors' affair; the bytes below are ``sockets.py``'s.
"""

from __future__ import annotations

import logging
import re
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TypeVar

import httpx
import tenacity

from connectors.address import origin
from connectors.answer import Answer, TooLargeError, plain, redacted, retry_after, unpack
from connectors.budget import Governor, Limits, Pass
from connectors.clock import Clock
from connectors.errors import AuthenticationError, ConnectorError, RejectedError, RetryableError
from connectors.refusal import lost, refused
from connectors.sockets import (
    BROKEN,
    LATE,
    LOOPBACK,
    NEVER_LEFT,
    DeadlineTransport,
    PrivateAddressError,
    finished_within,
)
from connectors.window import ParkedError

T = TypeVar("T")

ERROR_CAP = 64 * 1024
"""Bytes of an error's body that are looked at; a longer one is a page for people."""

# httpx writes every URL with its query into the log at INFO.
logging.getLogger("httpx").setLevel(logging.WARNING)

_PATH = re.compile(r"(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+", re.ASCII)
_HEADER = re.compile(r"[\x20-\x7e]+")
_BACK_OFF = tenacity.wait_random_exponential(multiplier=1, max=30)
_JITTER = tenacity.wait_random(0, 0.5)


@dataclass(frozen=True, slots=True, repr=False)
class _Ask:
    method: str
    path: str
    kind: str
    query: Sequence[tuple[str, str]]
    body: bytes | None
    authorization: str | None
    retry: bool
    accept: Collection[int]
    secrets: Collection[str]


class Door:
    """Requests to one desk, for any number of threads.

    A request takes at most ``deadline`` seconds from the first look-up to the last byte. Reads are tried
    ``attempts`` times within ``total`` seconds, not counting waits that the desk itself asks for; a wait
    longer than ``longest_wait`` is handed to the caller. ``cap`` bounds an answer's bytes, packed and
    unpacked. Connections older than ``max_age`` are not used again, so that a desk that moved is found.
    ``budget`` lets each attempt pass by the ``limits`` of the vendor and what the desk says of them.
    ``words`` takes the vendor's short reason out of an error's body. ``transport`` replaces the sockets:
    for tests that have the desk in their own process.
    """

    def __init__(
        self,
        base_url: str,
        *,
        clock: Clock,
        user_agent: str,
        suffixes: tuple[str, ...],
        words: Callable[[bytes], str],
        limits: Limits | None = None,
        loopback: bool = False,
        deadline: float = 30.0,
        attempts: int = 5,
        total: float = 300.0,
        longest_wait: float = 900.0,
        cap: int = 32 * 1024 * 1024,
        max_age: float = 240.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._origin = origin(base_url, suffixes=suffixes, loopback=loopback)
        self._clock = clock
        self._words = words
        self._deadline = deadline
        self._attempts = attempts
        self._total = total
        self._cap = cap
        self.budget = Governor(clock, limits, longest=longest_wait)
        self._client = _client(self._origin, clock, user_agent, deadline, max_age, transport)
        self._lock = threading.Lock()
        self.requests: Counter[str] = Counter()

    def __repr__(self) -> str:
        return f"Door({self._origin!r})"

    @property
    def origin(self) -> str:
        """Scheme, host and port of the desk."""
        return self._origin

    def request(
        self,
        method: str,
        path: str,
        *,
        kind: str,
        decode: Callable[[Answer], T],
        query: Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
        authorization: str | None = None,
        retry: bool = True,
        accept: Collection[int] = (),
        secrets: Collection[str] = (),
    ) -> T:
        """What ``decode`` makes of the answer; every attempt counts under ``kind``.

        ``decode`` gets successes in JSON and the statuses in ``accept``; its ValueError means that the
        answer is not whole. With ``retry`` False the request is a write: it is only sent again when it
        certainly was not taken, and ends in UnknownOutcomeError when nobody can know. ``secrets`` and the
        credentials in ``authorization`` never appear in an error, even when the desk repeats them.
        """
        if _PATH.fullmatch(path) is None:
            raise RejectedError("This request names a record in a way that no path may hold.")
        if authorization is not None and _HEADER.fullmatch(authorization) is None:
            raise AuthenticationError("The access token holds characters that no token has; enter it again.")
        sent = (*secrets, (authorization or "").rpartition(" ")[2])
        ask = _Ask(method, path, kind, query, body, authorization, retry, accept, sent)
        patience = _Patience(self._clock, self._attempts, self._total)
        retrying = tenacity.Retrying(
            sleep=self._clock.sleep,
            retry=tenacity.retry_if_exception(_worth_another),
            wait=patience.wait,
            stop=patience.stop,
            reraise=True,
        )
        outcome: T = retrying(self._attempt, ask, decode)
        return outcome

    def close(self) -> None:
        """Give back all connections."""
        self._client.close()

    def _attempt(self, ask: _Ask, decode: Callable[[Answer], T]) -> T:
        leave = self.budget.admit(ask.method, ask.path)
        with self._lock:
            self.requests[ask.kind] += 1
        answer = self._exchange(ask)
        self.budget.heard(leave, answer.headers)
        if answer.status not in ask.accept:
            self._judge(answer, ask, leave)
        try:
            return decode(answer)
        except ValueError as error:
            raise self._unusable(str(error), answer.status, ask) from None

    def _exchange(self, ask: _Ask) -> Answer:
        request = self._client.build_request(
            ask.method,
            self._origin + ask.path,
            params=list(ask.query),
            content=ask.body,
            headers=_headers(ask),
        )
        try:
            with finished_within(self._clock, self._deadline):
                response = self._client.send(request, stream=True)
                with closing(response):
                    body = self._body(response, ask)
        except BROKEN as error:
            raise self._broken(error, ask) from error
        return Answer(status=response.status_code, headers=dict(response.headers), body=body)

    def _body(self, response: httpx.Response, ask: _Ask) -> bytes:
        encoding = response.headers.get("content-encoding", "").lower()
        try:
            return unpack(response.iter_raw(), encoding, self._cap if response.is_success else ERROR_CAP)
        except (ValueError, *BROKEN) as error:
            if not response.is_success:
                # The status alone says what to do; the reason would only have been nice to have.
                return b""
            if isinstance(error, TooLargeError) and ask.retry:
                raise RejectedError(f"The help desk's answer is too large: {error}.") from None
            if isinstance(error, ValueError):
                raise self._unusable(str(error), response.status_code, ask) from None
            raise

    def _judge(self, answer: Answer, ask: _Ask, leave: Pass) -> None:
        """Pass a success in JSON; raise for everything else."""
        if 300 <= answer.status < 400:
            raise ConnectorError(
                f"The help desk sends us on to {_target(answer)}, which is not followed. "
                "Enter the address at which the desk answers itself.",
                status=answer.status,
            )
        if not 200 <= answer.status < 300:
            raise self._refusal(answer, ask, leave)
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise self._unusable("it is not JSON", answer.status, ask)

    def _refusal(self, answer: Answer, ask: _Ask, leave: Pass) -> ConnectorError:
        wait = retry_after(answer.headers.get("retry-after"), self._clock.wall())
        words = plain(redacted(self._words(answer.body), ask.secrets))
        error = refused(answer.status, words, wait=wait, write=not ask.retry)
        if wait is None or not isinstance(error, RetryableError):
            return error
        return self.budget.refused(leave, answer.headers, error, wait)

    def _broken(self, error: Exception, ask: _Ask) -> ConnectorError:
        host = httpx.URL(self._origin).host
        # The pool cuts the chain of causes; what is left of the original is the argument.
        first = error.args[0] if error.args else None
        if isinstance(first, ssl.SSLCertVerificationError):
            reason = plain(first.verify_message)
            return ConnectorError(
                f"{host} could not prove that it is {host} ({reason}). Nothing was sent to it."
            )
        if isinstance(error, PrivateAddressError):
            return ConnectorError(
                f"{host} leads to an address inside a private network. Nothing was sent to it. "
                "Check the address, and how names are looked up on this machine."
            )
        if isinstance(error, NEVER_LEFT):
            return RetryableError(f"{host} cannot be reached. Check the address and the network.")
        if isinstance(error, LATE):
            what = f"{host} did not finish its answer within {self._deadline:g} seconds"
        else:
            what = f"The connection to {host} broke off"
        return lost(what, write=not ask.retry, late=isinstance(error, LATE))

    def _unusable(self, why: str, status: int, ask: _Ask) -> ConnectorError:
        return lost(
            f"The help desk's answer cannot be used: {plain(why)}", status=status, write=not ask.retry
        )


class _Patience:
    """When to try again and when to stop; one for each call, as it counts the waits the desk asked for."""

    def __init__(self, clock: Clock, attempts: int, total: float) -> None:
        self._clock = clock
        self._attempts = attempts
        self._until = clock.mono() + total

    def wait(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if not isinstance(error, RetryableError) or error.wait is None:
            return _BACK_OFF(state)
        asked = error.wait + _JITTER(state)
        self._until += asked
        return asked

    def stop(self, state: tenacity.RetryCallState) -> bool:
        late = self._clock.mono() + state.upcoming_sleep > self._until
        return late or state.attempt_number >= self._attempts


def _client(
    base: str,
    clock: Clock,
    user_agent: str,
    deadline: float,
    max_age: float,
    transport: httpx.BaseTransport | None,
) -> httpx.Client:
    local = httpx.URL(base).host == LOOPBACK  # ``origin`` takes it only where it was asked for
    tls = httpx.create_ssl_context(trust_env=False) if base.startswith("https:") else None
    return httpx.Client(
        transport=transport or DeadlineTransport(clock, tls=tls, max_age=max_age, loopback=local),
        headers={"accept": "application/json", "accept-encoding": "gzip", "user-agent": user_agent},
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        timeout=deadline,
        follow_redirects=False,
        trust_env=False,
    )


def _headers(ask: _Ask) -> dict[str, str]:
    headers = {} if ask.body is None else {"content-type": "application/json"}
    return headers if ask.authorization is None else {**headers, "authorization": ask.authorization}


def _worth_another(error: BaseException) -> bool:
    return isinstance(error, RetryableError) and not isinstance(error, ParkedError)


def _target(answer: Answer) -> str:
    """The host of a redirect and nothing more: paths and queries may carry secrets."""
    try:
        return plain(httpx.URL(answer.headers.get("location", "")).host) or "another page"
    except httpx.InvalidURL:
        return "an unreadable address"
