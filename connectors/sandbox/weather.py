"""The weather over the desk: at most one fault strikes a request, storms last, and what was delayed arrives.

What a single fault does to a request is in ``spoilt.py``, exports that mislead in ``misled.py``, faults of
jobs in ``jobs.py``, agents who edit meanwhile in ``agents.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from email.utils import formatdate
from typing import NamedTuple

from starlette.requests import Request as WebRequest
from starlette.responses import Response

from connectors.sandbox import agents, misled
from connectors.sandbox.spoilt import EFFECTS, JSON, Asked, Handle
from connectors.sandbox.state import Desk

STORM = (5, 30)
LATE = (1, 40)
"""Seconds that a storm lasts, and that a delayed request takes."""

ABSURD = 999_999
"""Seconds that have really been seen in a Retry-After."""

STORMS: Mapping[str, Callable[[int, int], str | None]] = {
    "storm": lambda now, left: str(left),
    "storm-date": lambda now, left: formatdate(now + left, usegmt=True),
    "storm-garbage": lambda now, left: "soon",
    "storm-huge": lambda now, left: str(ABSURD),
    "storm-silent": lambda now, left: None,
}
"""What each kind of storm says in Retry-After, from the time and the whole seconds it will last."""


class _Late(NamedTuple):
    due: float
    asked: Asked


class Weather:
    """The sky over one desk. ``over`` puts a route under it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._storm = ""
        self._until = 0.0
        self._late: list[_Late] = []

    def over(self, method: str, template: str, handle: Handle) -> Handle:
        """The route as it behaves in today's weather."""

        async def answer(request: WebRequest) -> Response:
            await self._arrive()
            asked = Asked(self._desk, method, template, request, handle)
            if not self._desk.trouble.rates:
                return await asked.handled(None)
            agents.meddle(self._desk)
            struck = await self._strike(asked)
            agents.meddle(self._desk)
            return struck

        return answer

    async def _strike(self, asked: Asked) -> Response:
        trouble = self._desk.trouble
        if (storm := self._brewing()) is not None:
            return self._refuse(asked, storm)
        if trouble.strikes("delayed"):
            return await self._delay(asked)
        effects = EFFECTS | misled.EFFECTS if misled.concerns(asked.template) else EFFECTS
        for name, effect in effects.items():
            if trouble.strikes(name):
                return await effect(asked, name, trouble.chance(name))
        return await asked.handled(None)

    def _brewing(self) -> str | None:
        """The storm that rages, or the one that breaks now."""
        now, trouble = self._desk.clock.mono(), self._desk.trouble
        if now < self._until:
            return self._storm
        for name in STORMS:
            if trouble.strikes(name):
                lasts = 0.0 if name == "storm-huge" else trouble.chance(name).uniform(*STORM)
                self._storm, self._until = name, now + lasts
                return name
        return None

    def _refuse(self, asked: Asked, storm: str) -> Response:
        left = int(self._until - self._desk.clock.mono()) + 1
        said = STORMS[storm](self._desk.clock.wall(), left)
        body = b'{"error":"TooManyRequests","description":"Too many requests. Try again later."}'
        headers = {} if said is None else {"Retry-After": said}
        return asked.unhandled(Response(body, 429, headers, JSON), storm)

    async def _delay(self, asked: Asked) -> Response:
        """Break the connection now, and let the request arrive later."""
        due = self._desk.clock.mono() + self._desk.trouble.chance("delayed").uniform(*LATE)
        self._late.append(_Late(due, asked.again(await asked.request.body())))
        return asked.unanswered("delayed")

    async def _arrive(self) -> None:
        """Let what was under way reach the desk.

        Nothing can look at the desk but through a request, so this is early enough.
        """
        now = self._desk.clock.mono()
        due = sorted((late for late in self._late if late.due <= now), key=lambda late: late.due)
        self._late = [late for late in self._late if late.due > now]
        for late in due:
            await late.asked.handled("delayed")
