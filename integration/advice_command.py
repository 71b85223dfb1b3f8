"""What ``advice`` does: one ticket's advice from the store, as text or JSON."""

from __future__ import annotations

from integration import show
from integration.app import opened
from integration.explain import NotKnownError
from integration.faults import OK
from integration.settings import load
from integration.sidebar import advice_data, advice_text, view
from integration.sidebar.stored import sources
from integration.words import bare


def advice(ticket: str, *, json: bool) -> int:
    """Print what the sidebar would show. Raises NotKnownError for a ticket that is not in the store."""
    settings, number = load(), ticket.strip().removeprefix("#").removeprefix("ticket:")
    with opened(settings, writer=False) as app:
        found = sources(app.store, number, None)
        if found.ticket is None:
            raise NotKnownError(
                f"There is no ticket {number} in the store. If it is on the desk, run `deskcue sync` first."
            )
        seen = view(
            found,
            app.policy,
            now=app.clock.wall(),
            zone=settings.time_zone,
            locale=settings.sidebar.locale,
        )
    if json:
        show.as_json({"ticket": number, **advice_data(seen)})
    else:
        show.line(bare(advice_text(seen)).rstrip("\n"))
    return OK
