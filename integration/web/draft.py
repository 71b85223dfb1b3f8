"""A reply that an agent is writing, looked through on request: read, compared, answered, and not kept."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request

from connectors.clock import Clock
from integration import render
from integration.sidebar import Sources, advice_for, view
from integration.tone import LANGUAGES, check
from integration.tone.rich import text_of
from integration.web.body import is_plain_json, whole_body
from integration.words import Words
from policies.model import Policy

LARGEST = 65_536
"""Bytes of a request; a reply of ten pages takes half of it."""

PATIENCE = 5.0
"""Seconds in which it must have arrived."""


class Draft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the page sends."""

    text: str
    rich: bool = False
    """Whether the editor writes HTML."""


async def draft_in(request: Request) -> Draft:
    """The draft in a request; refused with 408, 413, 415 or 422."""
    if not is_plain_json(request):
        raise HTTPException(415)
    try:
        return msgspec.json.decode(await whole_body(request, LARGEST, PATIENCE), type=Draft)
    except ValueError:  # its text would quote what the agent wrote
        raise HTTPException(422) from None


def reading(
    sources: Callable[[str], Sources], policy: Callable[[], Policy], clock: Clock, zone: str
) -> Callable[[str, Words, Draft], str]:
    """Looks through a draft for a ticket: findings as HTML, in the words of whoever reads them."""

    def read(ticket: str, words: Words, draft: Draft) -> str:
        found = sources(ticket)
        seen = view(found, policy(), now=clock.wall(), zone=zone, locale=words)
        advice = advice_for(seen, found, zone=zone)
        text = text_of(draft.text) if draft.rich else draft.text
        checked = check(text, advice)
        many = words.ngettext(
            "%(count)s thing to look at again", "%(count)s things to look at again", len(checked.findings)
        )
        foreign = advice.language not in LANGUAGES
        return render.page(
            "panels/draft.html",
            words=words,
            empty=not text.strip(),
            checked=checked,
            many=many,
            foreign=foreign,
        )

    return read
