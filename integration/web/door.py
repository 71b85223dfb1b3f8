"""The signed door of the sidebar: the desk posts who is asking, and the page gets a pass to ask with."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.requests import Request

from connectors.frames import UnsignedError, Visit
from integration.web.body import whole_body
from integration.web.session import Passes

LARGEST = 16_384
"""Bytes of the form that the desk posts."""
PATIENCE = 5.0

_log = logging.getLogger("deskcue.web")


@dataclass(frozen=True, slots=True)
class Door:
    """One account's way in."""

    path: str
    """``/zendesk/sidebar``."""
    origin: str
    """Of the account's pages: the only ones that may frame what the door opens."""
    read: Callable[[str], Visit]
    """Raises UnsignedError."""
    passes: Passes

    async def open(self, request: Request) -> str:
        """A pass for the agent whom the posted token proves; anything else is refused with 401 or 413."""
        token = await _token(request)
        try:
            visit = self.read(token)
        except UnsignedError as fault:
            _log.warning("a request for the sidebar was refused: %s", fault)
            raise HTTPException(401) from None
        if not self.passes.first_use(token):
            _log.warning("a request for the sidebar was refused: it came a second time")
            raise HTTPException(401)
        return self.passes.mint(visit.agent)

    def admits(self, request: Request) -> bool:
        """Whether a question carries a pass that holds."""
        return self.agent(request) is not None

    def agent(self, request: Request) -> str | None:
        """Who asks, as the desk numbers them; None without a pass that holds."""
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        return self.passes.holder(text) if kind == "Bearer" else None


async def _token(request: Request) -> str:
    """The one field of the form, and nothing else that a form may hold."""
    body = await whole_body(request, LARGEST, PATIENCE)
    try:
        fields = parse_qs(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=4)
    except (ValueError, UnicodeDecodeError):
        raise HTTPException(401) from None
    tokens = fields.get("token", [])
    if len(tokens) != 1:
        raise HTTPException(401)
    return tokens[0]
