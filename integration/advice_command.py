"""What ``advice`` does: the advice about one ticket, customer or organization, as text or JSON."""

from __future__ import annotations

from dataclasses import dataclass

import typer

from integration import show
from integration.app import App, opened
from integration.explain import NotKnownError
from integration.faults import OK
from integration.settings import load
from integration.sidebar import Company, View, advice_data, advice_text, company, view
from integration.sidebar.stored import company_sources, customer_sources, sources
from integration.words import bare


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked about: ``ticket``, ``customer`` or ``organization``, and its number."""

    kind: str
    number: str


def subject(ticket: str | None, customer: str | None, organization: str | None) -> Subject:
    """The one that is named. Raises BadParameter."""
    given = {"ticket": ticket, "customer": customer, "organization": organization}
    named = [(kind, text) for kind, text in given.items() if text is not None]
    if len(named) != 1:
        raise typer.BadParameter("Name a ticket, or one of --customer and --organization.")
    kind, text = named[0]
    return Subject(kind, text.strip().removeprefix("#").removeprefix(f"{kind}:"))


def advice(asked: Subject, *, json: bool) -> int:
    """Print what the sidebar would show. Raises NotKnownError for what is not in the store."""
    with opened(load(), writer=False) as app:
        seen = _seen(app, asked)
    if seen is None:
        raise NotKnownError(
            f"There is no {asked.kind} {asked.number} in the store."
            " If it is on the desk, run `deskcue sync` first."
        )
    if json:
        name = "ticket" if asked.kind == "ticket" else f"{asked.kind}_id"
        show.as_json({name: asked.number, **advice_data(seen)})
    else:
        show.line(bare(advice_text(seen)).rstrip("\n"))
    return OK


def _seen(app: App, asked: Subject) -> View | Company | None:
    now, zone, locale = app.clock.wall(), app.settings.time_zone, app.settings.sidebar.locale
    if asked.kind == "organization":
        firm = company_sources(app.store, asked.number, None)
        return company(firm, app.policy, now=now, zone=zone, locale=locale) if firm.organization else None
    read = sources if asked.kind == "ticket" else customer_sources
    found = read(app.store, asked.number, None)
    known = found.ticket if asked.kind == "ticket" else found.customer
    return view(found, app.policy, now=now, zone=zone, locale=locale) if known else None
