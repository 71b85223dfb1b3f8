"""A draft beside the advice for its ticket: what of the advice it is compared with."""

from __future__ import annotations

from integration import render
from integration.sidebar.model import Sources, View
from integration.sidebar.writing import base, speaks
from integration.tone import Advice


def advice_for(seen: View, found: Sources, *, zone: str, language: str = "") -> Advice:
    """What a draft for this ticket is compared with; read in the customer's language where none is named.

    ``zone`` is the desk's, for customers of whom no time zone is known.
    """
    customer, due = found.customer, seen.reply_by
    spoken = language or speaks(customer, found.ticket) or "en"
    there = customer.time_zone if customer else None
    return Advice(
        do=seen.writing.do if seen.writing else (),
        avoid=seen.writing.avoid if seen.writing else (),
        language=base(spoken),
        now=seen.now,
        zone=there if there and render.place(there) else zone,
        reply_by=due.at if due else None,
        deadline=f"{due.value}, {due.left}" if due else "",
        words=seen.words,
    )
