"""What ``deskcue feedback`` does: list what agents say of the advice."""

from __future__ import annotations

import typer

from integration import faults, show
from integration.app import opened
from integration.settings import load
from integration.store import feedback
from integration.store.feedback import Count, Feedback, Wanted
from integration.then import instant

PARTS = {
    "": "right",
    "segment": "wrong segment",
    "tone": "wrong tone",
    "channel": "wrong channel",
    "old": "out of date",
    "other": "wrong otherwise",
}
"""What an answer says, in words."""


def wanted(since: str | None, segment: str | None) -> Wanted:
    """Which answers are asked for. Raises BadParameter."""
    at = instant(since) if since is not None else None
    if since is not None and at is None:
        raise typer.BadParameter(f"{since} is no day or instant such as 2026-10-01.", param_hint="--since")
    return Wanted(at, segment)


def list_feedback(asked: Wanted, most: int, *, json: bool) -> int:
    """Counts by segment and part, then the newest answers."""
    with opened(load(), writer=False) as app, app.store.read() as connection:
        counts = feedback.counts(connection, asked)
        newest = feedback.latest(connection, asked, most)
    show.as_json({"counts": counts, "newest": newest}) if json else _tell(counts, newest)
    return faults.OK


def _tell(counts: list[Count], newest: list[Feedback]) -> None:
    if not counts:
        show.line("Nobody has said anything about the advice yet.")
        return
    rows = [(one.segment or "no segment", PARTS[one.part], one.count) for one in counts]
    show.table(rows, heads=("segment", "answer", "tickets"))
    show.line("")
    for one in newest:
        _tell_one(one)


def _tell_one(one: Feedback) -> None:
    at = show.instant(one.at)
    by = f"agent {one.agent_id}" if one.agent_id else "somebody who did not sign in"
    shown = f"{one.segment or 'no segment'}, {one.tone}, {one.channel}"
    show.line(f"{at}  #{one.ticket_id}  {PARTS[one.part]}: {shown} (policy {one.policy}, {by})")
    if one.line:
        show.line(f"    {show.plain(one.line)}")
