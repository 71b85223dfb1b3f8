"""What ``policy backtest`` does: understand the days, look back, print what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import typer

from integration import show
from integration.app import opened
from integration.backtest import BackTest, Example, Load, back_test
from integration.faults import OK
from integration.policy_commands import chosen
from integration.settings import load
from integration.then import instant
from policies.load import load as load_policy

Between = tuple[int, int]
"""From the first instant, and before the second; UTC seconds."""

GROUPS = 15
"""Groups that are printed."""

_EVER = 1 << 40


def between(since: str | None, until: str | None) -> Between:
    """The instants that are meant. Raises BadParameter."""
    first = _instant(since, 0, "--from")
    last = _instant(until, _EVER, "--to")
    if first >= last:
        raise typer.BadParameter("--from has to be before --to.")
    return first, last


def _instant(text: str | None, otherwise: int, option: str) -> int:
    found = otherwise if text is None else instant(text)
    if found is None:
        raise typer.BadParameter(f"{text} is no day or instant such as 2026-10-01.", param_hint=option)
    return found


def backtest(
    files: Sequence[Path] | None, asked: Between, *, sample: int, minutes: int | None, json: bool
) -> int:
    """Look back and show what was found."""
    settings = load()
    policy = load_policy(chosen(files, settings))
    with opened(settings, writer=False) as app, show.progress() as progress:
        found = back_test(
            app.store,
            policy,
            *asked,
            app.clock.wall(),
            sample,
            progress,
            groups=app.known_groups,
            minutes=minutes,
        )
    show.as_json(found) if json else _tell(found)
    return OK


def _tell(found: BackTest) -> None:
    looked = f"{show.many(found.tickets, 'ticket')} of {show.many(found.customers, 'customer')}"
    show.line(f"Policy {found.policy}: {looked}, each as it came in.")
    for line in found.assumed:
        show.line(f"  {line}")
    if not found.tickets:
        return
    for title, counted in (
        ("Tickets by segment of the customer", found.segments),
        ("Tickets that would have been given", found.fields),
        ("Priority it had, and would have been raised to", found.priorities),
    ):
        if counted:
            show.line("")
            show.table(show.counts(dict(counted.most_common())), title=title)
    if found.busiest:
        show.line(f"\nHigh or urgent within one hour: at most {show.many(found.busiest, 'ticket')}.")
    _tell_groups(found.groups)
    rows = [
        (level, metric.replace("_", " "), kept.met, kept.missed, kept.unknown)
        for level, metrics in found.promises.items()
        for metric, kept in metrics.items()
    ]
    if rows:
        show.line("")
        heads = ("service level", "metric", "met", "missed", "not known")
        show.table(rows, heads=heads, title="With the times that were, its promises would have been")
    for example in found.sample:
        _tell_example(example)


def _tell_groups(groups: Mapping[str, Load]) -> None:
    """What each group would have been sent, the most first, and its busiest hour."""
    rows: list[tuple[object, ...]] = []
    for name, sent in sorted(groups.items(), key=lambda item: (-item[1].tickets, item[0])):
        minutes = () if sent.minutes is None else (sent.minutes,)
        rows.append((name, sent.tickets, *minutes, sent.busiest, show.instant(sent.busiest_at)))
    if rows:
        timed = ("agent minutes",) if len(rows[0]) == 5 else ()
        show.line("")
        heads = ("group", "tickets", *timed, "most in an hour", "from")
        show.table(rows[:GROUPS], heads=heads, title="Tickets by group")
    if len(rows) > GROUPS:
        show.line(f"… and {show.many(len(rows) - GROUPS, 'more group')}; --json lists all.")


def _tell_example(one: Example) -> None:
    show.line(f"\n#{show.plain(one.ticket_id)}, came in {show.instant(one.at)}")
    show.line(f"  in {', '.join(one.segments) or 'no segment'}; priority {one.had or 'none'}")
    for reason in one.reasons:
        show.line(f"  {show.plain(reason)}")
    for metric, at in one.due.items():
        show.line(f"  {metric.replace('_', ' ')} due {show.instant(at)}")
