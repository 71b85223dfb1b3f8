"""What an agent says of the advice: read from the request, compared with what is advised now, and kept.

There is no cookie that a foreign page could ride on: the pass stands in a header which only our own page
sets, and JSON is a kind that a browser does not send elsewhere without asking first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Annotated

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request

from connectors.clock import Clock
from integration import render
from integration.sidebar import Sources, shown
from integration.store.engine import StoreError
from integration.store.feedback import Feedback, Part, Verdict
from integration.web.body import is_plain_json, whole_body
from policies.model import Policy

LARGEST = 4096
"""Bytes of a request; 280 signs take a third of it."""

PATIENCE = 5.0
"""Seconds in which it must have arrived."""

_log = logging.getLogger("deskcue.web")


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the page sends."""

    shown: Annotated[str, msgspec.Meta(max_length=64)]
    """The mark of the advice that was read."""
    verdict: Verdict
    part: Part = ""
    line: Annotated[str, msgspec.Meta(max_length=280)] = ""


async def answer_in(request: Request) -> Answer:
    """The answer in a request; refused with 408, 413, 415 or 422."""
    if not is_plain_json(request):
        raise HTTPException(415)
    try:
        answer = msgspec.json.decode(await whole_body(request, LARGEST, PATIENCE), type=Answer)
    except ValueError:  # its text would quote what the agent wrote
        raise HTTPException(422) from None
    if (answer.verdict == "wrong") != bool(answer.part) or (answer.line and not answer.part):
        raise HTTPException(422)
    return answer


def judge(
    sources: Callable[[str], Sources],
    policy: Callable[[], Policy],
    clock: Clock,
    keep: Callable[[Feedback], None],
) -> Callable[[str, str, Answer], None]:
    """Keeps an agent's answer about a ticket; refused with 409 when other advice is given by now."""

    def kept(ticket: str, agent: str, answer: Answer) -> None:
        now = clock.wall()
        try:
            advised = shown(sources(ticket), policy(), now)
            if advised is None or advised.mark != answer.shown:
                raise HTTPException(409)
            keep(
                Feedback(
                    ticket_id=ticket,
                    agent_id=agent,
                    policy=advised.policy,
                    customer_id=advised.customer_id,
                    segment=advised.segment,
                    tone=advised.tone,
                    channel=advised.channel,
                    verdict=answer.verdict,
                    part=answer.part,
                    line=render.visible(answer.line, 280),
                    at=now,
                )
            )
        except StoreError as fault:
            _log.warning("an answer about advice could not be kept: %s", fault)
            raise HTTPException(503, headers={"Retry-After": "30"}) from None

    return kept
