"""What a request carries, taken whole and within bounds: every door reads it in this one way."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request


async def whole_body(request: Request, most: int, patience: float) -> bytes:
    """A body of at most so many bytes that arrives within so many seconds; refused with 413 or 408."""
    parts, size = [], 0
    try:
        async with asyncio.timeout(patience):
            async for part in request.stream():
                parts.append(part)
                size += len(part)
                if size > most:
                    raise HTTPException(413, headers={"Connection": "close"})
    except (TimeoutError, ClientDisconnect):
        raise HTTPException(408, headers={"Connection": "close"}) from None
    return b"".join(parts)


def is_plain_json(request: Request) -> bool:
    """Whether a request says that its body is JSON, and unpacked."""
    packed = request.headers.get("content-encoding", "identity") != "identity"
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return not packed and kind == "application/json"
