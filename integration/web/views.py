"""What is shown of each number of the desk: made from what is stored, and served again for a moment."""

from __future__ import annotations

from collections.abc import Callable

from cachetools import TTLCache, cached

from connectors.clock import Clock
from integration.sidebar import Company, CompanySources, Sources, View, company, shown, view
from integration.words import Words
from policies.model import Policy

FRESH = 3
"""Seconds for which a fragment serves again: a burst of openings reads the store once."""

Seen = tuple[View | Company, str]
"""What is shown, and its mark where agents are asked about it; empty where they are not."""

ViewOf = Callable[[str, Words], Seen]
"""What is shown of a number of the desk, in a language."""


def views(
    sources: Callable[[str], Sources],
    customers: Callable[[str], Sources] | None,
    companies: Callable[[str], CompanySources] | None,
    policy: Callable[[], Policy],
    clock: Clock,
    zone: str,
    *,
    ask: bool,
    written: Callable[[], int],
) -> dict[str, ViewOf]:
    """Whatever is advised about, by its word in addresses. Agents are asked about tickets only.

    They are for one thread. ``written`` is another number once the records are others.
    """

    def ticket(number: str, words: Words) -> Seen:
        found, by, now = sources(number), policy(), clock.wall()
        advised = shown(found, by, now) if ask else None
        return view(found, by, now=now, zone=zone, locale=words), advised.mark if advised else ""

    made: dict[str, ViewOf] = {"tickets": ticket}
    if customers:
        made["customers"] = lambda number, words: (
            view(customers(number), policy(), now=clock.wall(), zone=zone, locale=words),
            "",
        )
    if companies:
        made["organizations"] = lambda number, words: (
            company(companies(number), policy(), now=clock.wall(), zone=zone, locale=words),
            "",
        )
    return {kind: _shared(view_of, clock, written) for kind, view_of in made.items()}


def _shared(make: ViewOf, clock: Clock, written: Callable[[], int]) -> ViewOf:
    """A burst of equal requests is answered by one reading of the store, until it is written to."""

    @cached(TTLCache(maxsize=256, ttl=FRESH, timer=clock.mono))
    def view_of(number: str, words: Words, _: int) -> Seen:
        return make(number, words)

    return lambda number, words: view_of(number, words, written())
