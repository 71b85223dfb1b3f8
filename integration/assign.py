"""Store to store: who is in which segment, and what that decides for each of their tickets."""

from __future__ import annotations

import logging

from connectors.clock import Clock
from integration.census import renewed
from integration.chunk import CHUNK, Assigned, Terms, assign_chunk
from integration.marks import mark, mark_everyone
from integration.progress import Progress
from integration.screening import run as screening
from integration.store import assignments, population
from integration.store.assignments import Mark
from integration.store.engine import Store
from policies.model import Policy

log = logging.getLogger("deskcue.assign")

MANY = 20_000
"""From so many customers on, a moved census is followed by a screening instead of a look at everyone."""


def assign(
    store: Store,
    policy: Policy,
    clock: Clock,
    progress: Progress,
    *,
    at_rest: bool,
    everyone: bool = False,
    screen: bool = False,
) -> Assigned:
    """Assign every customer that changed, whose instant has come or whom an edit of the policy concerns.

    ``at_rest`` decides for solved and closed tickets too. ``screen`` reads everyone, and assigns whoever
    reads otherwise than last time; it raises ScreeningError where that cannot be done.
    """
    now = clock.wall()
    _remember(store, policy, now)
    all_marked = mark(store, policy, now, at_rest=at_rest, everyone=everyone)
    before, found = renewed(store, policy, now, anew=everyone)
    terms, result = Terms(policy, now, found.cuts, at_rest), Assigned()
    moved = found.cuts != before.cuts and not all_marked
    quick = moved and screening.available() and population.count(store) >= MANY
    if moved and not quick:
        mark_everyone(store)
    _marked(store, terms, progress, result)
    if screen:
        screening.screen(store, terms, progress, result)
    elif quick:
        _screened(store, terms, progress, result)
    return result


def _marked(store: Store, terms: Terms, progress: Progress, result: Assigned) -> None:
    with store.read() as connection:
        waiting = result.customers + assignments.count_dirty(connection)
    while marks := _next(store):
        assign_chunk(store, terms, marks, result)
        progress("Assigning customers", result.customers, max(waiting, result.customers))


def _screened(store: Store, terms: Terms, progress: Progress, result: Assigned) -> None:
    """Follow moved cuts by a screening; where that fails, everyone is looked at."""
    try:
        screening.screen(store, terms, progress, result)
    except screening.ScreeningError as fault:
        log.warning("%s Every customer is looked at instead.", fault)
        mark_everyone(store)
        _marked(store, terms, progress, result)


def _remember(store: Store, policy: Policy, now: int) -> None:
    with store.write() as connection:
        assignments.save_policy(connection, policy.version, policy.name, policy.text, now)


def _next(store: Store) -> list[Mark]:
    with store.read() as connection:
        return assignments.dirty(connection, CHUNK)
