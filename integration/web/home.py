"""The home page for managers and admins: how many, in which segments, how fresh, and what is on its way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from integration import render
from integration.words import speaking
from policies.model import Kind, Look


@dataclass(frozen=True, slots=True)
class SegmentCount:
    """One segment of the policy and how many customers are in it."""

    label: str
    kind: Kind
    look: Look
    members: int


@dataclass(frozen=True, slots=True)
class LastRun:
    """The last run: what it meant to change and what the desk accepted."""

    id: str
    at: int
    planned: int
    written: int


@dataclass(frozen=True, slots=True)
class Overview:
    """The state of the whole house in counts; no customer is named."""

    desk: str
    """The help desk's address or name, as configured."""
    policy: str
    version: str
    goal: str
    owner: str
    review_by: date
    segments: tuple[SegmentCount, ...]
    """In the policy's order."""
    customers: int
    tickets: int
    synced_at: int | None
    fault: str | None
    next_sync: int | None
    last_run: LastRun | None
    outbox: Mapping[str, int]
    """Tickets by state of their outbox row."""
    dead_letters: int
    waits: tuple[str, ...] = ()
    """Why writing waits for approval."""


def render_home(overview: Overview, *, now: int, zone: str, nonce: str, locale: str = "en") -> str:
    """The page, with every figure in words for that locale and time zone."""
    return render.page(
        "home.html",
        overview=overview,
        rows=_rows(overview, locale),
        freshness=_freshness(overview, now, locale),
        facts=_facts(overview, now, zone, locale),
        review=_review(overview, now, zone, locale),
        nonce=nonce,
        words=speaking(),
        scheme="",
    )


def _rows(overview: Overview, locale: str) -> list[dict[str, str]]:
    """Largest first, each with the width of its bar in percent of all customers."""
    ordered = sorted(overview.segments, key=lambda segment: (-segment.members, segment.label))
    return [
        {
            "label": segment.label,
            "kind": segment.kind.capitalize(),
            "look": segment.look,
            "members": render.number(segment.members, locale),
            "share": render.percent(_share(segment.members, overview.customers), locale),
            "width": f"{100 * _share(segment.members, overview.customers):.1f}",
        }
        for segment in ordered
    ]


def _share(members: int, customers: int) -> float:
    return min(members / customers, 1.0) if customers else 0.0


def _freshness(overview: Overview, now: int, locale: str) -> dict[str, str]:
    """The line under the title, amber when the records are old or the last sync failed."""
    if overview.synced_at is None:
        cause = render.visible(overview.fault) if overview.fault else "The first sync has not finished."
        return {"lead": "Not everything has been read yet.", "text": cause, "look": "amber"}
    ago = render.relative(min(overview.synced_at - now, -1), locale)
    if overview.fault:
        return {"lead": f"Last updated {ago}.", "text": render.visible(overview.fault), "look": "amber"}
    old = now - overview.synced_at > 24 * 3600
    return {
        "lead": f"Last updated {ago}.",
        "text": "No sync has finished since." if old else "",
        "look": "amber" if old else "",
    }


def _facts(overview: Overview, now: int, zone: str, locale: str) -> list[tuple[str, str, str]]:
    """Label, figure and a word beside it."""

    def at(instant: int) -> str:
        return render.moment(instant, now=now, zone=zone, locale=locale)

    run = overview.last_run
    waiting = sum(overview.outbox.values())
    states = ", ".join(
        f"{render.number(count, locale)} {state}" for state, count in sorted(overview.outbox.items())
    )
    return [
        ("Customers", render.number(overview.customers, locale), ""),
        ("Tickets", render.number(overview.tickets, locale), ""),
        (
            "Last sync",
            at(overview.synced_at) if overview.synced_at else "Never",
            _next(overview, now, zone, locale),
        ),
        (
            "Last run",
            f"{render.number(run.written, locale)} written" if run else "None yet",
            f"of {render.number(run.planned, locale)} planned, {at(run.at)}" if run else "",
        ),
        ("Outbox", render.number(waiting, locale) if waiting else "Empty", states),
        (
            "Unreadable",
            render.number(overview.dead_letters, locale) if overview.dead_letters else "None",
            "records kept aside, with the reason" if overview.dead_letters else "",
        ),
    ]


def _next(overview: Overview, now: int, zone: str, locale: str) -> str:
    if overview.next_sync is None or overview.next_sync < now:
        return ""
    return f"next at {render.moment(overview.next_sync, now=now, zone=zone, locale=locale)}"


def _review(overview: Overview, now: int, zone: str, locale: str) -> str:
    due = render.day(overview.review_by, zone=zone, locale=locale)
    overdue = overview.review_by < render.today(now, zone)
    return f"was due for review on {due}" if overdue else f"review by {due}"
