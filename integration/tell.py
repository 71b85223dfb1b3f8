"""What happened, in words and tables; nothing is computed here but sums."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from connectors.changes import Change, Field, Value
from connectors.findings import Finding
from integration import show
from integration.apply import Applied
from integration.check import Checked
from integration.chunk import Assigned
from integration.explain import Why
from integration.jobs import Cycle, Planned
from integration.plan_file import Foot, Line
from integration.store.ground import Waits
from integration.store.journal import Entry
from integration.store.origins import Source
from integration.sync import Read, Synced
from integration.tell_source import tell_source
from integration.then import Then
from policies.model import Policy
from policies.segments import facts_line
from policies.stages import Reached
from policies.standing import Verdict
from policies.treatment import Decision, Part

_TRUTH = {True: "yes", False: "no", None: "unknown"}


def tell_sync(synced: Synced) -> None:
    """A row for each stream."""
    rows = [(name, read.seen, read.changed, read.dead, _state(read)) for name, read in synced.streams.items()]
    show.table(rows, heads=("stream", "read", "changed", "not understood", "state"))


def tell_finding(finding: Finding) -> None:
    """One check on a line of its own, and what to do about it below."""
    what = finding.what.replace("\n", "\n" + " " * 26)
    show.line(f"{finding.level:<8}  {finding.check:<15} {what}")
    if finding.remedy:
        show.line(f"{'':<26}→ {finding.remedy}")


def tell_health(findings: Sequence[Finding]) -> None:
    """All checks in one sentence."""
    levels = Counter(finding.level for finding in findings)
    show.line(
        f"\n{show.many(len(findings), 'check')}: {show.many(levels['fault'], 'fault')},"
        f" {show.many(levels['warning'], 'warning')}."
    )


def _state(read: Read) -> str:
    if read.fault is None and read.unavailable is not None:
        return f"not offered: {read.unavailable}"
    return read.fault or "read to the end"


def tell_checked(checked: Checked, repaired: Assigned | None) -> None:
    """Each customer who is stored otherwise than they are, by id alone."""
    rows = [(one.customer_id, ", ".join(one.parts)) for one in checked.differences]
    if rows:
        show.table(rows, heads=("customer", "differs in"))
    found = show.many(len(rows), "difference") if rows else "no difference"
    show.line(f"{show.many(checked.customers, 'customer')} compared, {found}.")
    if checked.waiting:
        show.line(f"{show.many(checked.waiting, 'customer')} left out: they wait to be assigned anyway.")
    if repaired is not None:
        show.line(f"{show.many(repaired.customers, 'customer')} assigned again.")
    elif rows:
        show.line("Nothing was changed. Repair it with: deskcue assign --everyone")


def tell_plan(planned: Planned, lines: Iterable[Line], most: int) -> None:
    """What a plan amounts to, its first tickets, and what was left alone."""
    foot = planned.foot
    changed = (line for line in lines if line.plan.changes)
    for line in islice(changed, most):
        tell_changes(line)
    if 0 < most < foot.tickets:
        show.line(f"… and {show.many(foot.tickets - most, 'more ticket')} in the file.")
    if foot.tickets and most:
        show.line("")
    tell_totals(foot)
    show.line(f"\nPlan: {planned.path}\nSend it with: deskcue apply {shlex.quote(str(planned.path))}")


def tell_totals(foot: Foot) -> None:
    """What a plan amounts to: changes, cost, by field and segment, and what was left alone."""
    show.line(
        f"{show.many(foot.changes, 'change')} to {foot.tickets:,} of {show.many(foot.looked_at, 'ticket')},"
        f" in {show.many(foot.calls, 'update call')}."
    )
    if foot.tickets:
        basis = "the limits the desk states" if foot.measured else "the vendor's documented limits"
        cost = f"{show.many(foot.requests, 'request')} and {_span(foot.seconds)}"
        show.line(f"Sending it takes {cost} at least, by {basis}.")
    if foot.fields:
        show.table(
            show.counts({_words(name): count for name, count in foot.fields.items()}),
            title="Changes by field",
        )
    if foot.segments:
        show.table(show.counts(foot.segments), title="Tickets with changes, by segment")
    if foot.kept:
        show.table(
            show.counts({_kept(text): count for text, count in foot.kept.items()}),
            title="Left alone, with the reason",
        )


def _span(seconds: float) -> str:
    """Rounded up to minutes: a forecast knows no seconds."""
    return show.many(-(-int(seconds) // 60), "minute") if seconds >= 60 else "less than a minute"


def tell_changes(line: Line) -> None:
    """What one ticket would get, and why."""
    for change in line.plan.changes:
        show.line(f"#{show.plain(line.plan.ticket_id)}  {_change(change)}\n    {show.plain(change.reason)}")


def _change(change: Change) -> str:
    if change.field is Field.TAGS:
        return show.plain(
            " ".join([f"+{tag}" for tag in change.added] + [f"-{tag}" for tag in change.removed])
        )
    return f"{_words(change.field)} {tell_value(change.before)} → {tell_value(change.after)}"


def tell_value(value: Value) -> str:
    """A value in one line; nothing there is ``none``."""
    if value is None:
        return "none"
    return show.plain(value if isinstance(value, str) else ", ".join(value)) or "none"


def _kept(text: str) -> str:
    field, _, reason = text.partition(": ")
    return f"{_words(field)}: {reason}"


def _words(name: str) -> str:
    return name.replace("_", " ")


def tell_applied(applied: Applied) -> None:
    """What became of a run."""
    if applied.repeated:
        show.line(f"{applied.run} was sent before; nothing of it was left to do.")
        return
    written = f"{show.many(applied.changes, 'change')} written to {show.many(applied.written, 'ticket')}"
    show.line(f"{applied.run}: {written}.")
    for count, became in (
        (applied.already, "needed nothing any more"),
        (applied.outdated, "decided otherwise since; the next plan has them"),
        (applied.replanned, "had moved, planned again"),
        (applied.later, "wait for their own limit at the desk; the next run sends them"),
        (applied.refused, "could not be written; `deskcue why TICKET` tells the reason"),
    ):
        if count:
            show.line(f"{show.many(count, 'ticket')} {became}.")


def tell_waiting(waits: Waits | None) -> None:
    """The plan that waits for approval, why, and how to go on."""
    if waits is None:
        show.line("Nothing waits for approval.")
        return
    show.line(f"A plan waits since {show.instant(waits.since)}; nothing is written meanwhile.")
    for reason in waits.reasons:
        show.line(f"  {reason}")
    show.line(f"\nPlan: {waits.plan}\nSend it, and go on from there, with: deskcue approve --yes")


def tell_cycle(cycle: Cycle, policy: Policy) -> None:
    """The whole round as one table."""
    written = cycle.applied.changes if cycle.applied else 0
    rows: list[tuple[object, ...]] = [("customers", cycle.customers), ("tickets", cycle.tickets)]
    rows += [(f"segment: {policy.segments[name].label}", count) for name, count in cycle.segments.items()]
    rows += [("changes planned", cycle.planned.foot.changes), ("changes written", written)]
    rows += [(f"{kind} requests", count) for kind, count in cycle.requests.items()]
    show.table(rows, heads=("", "count"))
    for name, read in cycle.synced.streams.items():
        if read.fault:
            show.line(f"{name} stopped: {read.fault}")
    for reason in cycle.waits:
        show.line(f"Not written: {reason}")
    show.line(f"{cycle.seconds:.1f} seconds")


def tell_why(found: Why, policy: Policy, now: int) -> None:
    """The proof of one ticket, top down: who, why, what was decided, what was written."""
    customer = show.plain(found.customer or "an unknown customer")
    show.line(f"Ticket {show.plain(found.ticket_id)} ({found.status}) of {customer}")
    if found.assigned_at is None:
        show.line("Nothing has been decided for this customer yet. Run `deskcue assign`.")
    else:
        show.line(f"Policy {found.policy}, customer last looked at {show.instant(found.assigned_at)}")
    _tell_verdicts(found, policy, now)
    if found.compared:
        show.line("\nCompared")
        for trait, words in found.compared.items():
            show.line(f"  {trait} {show.plain(words)}")
    if found.decision:
        _tell_decision(found.decision)
    _tell_writing(found)


def tell_then(found: Then, policy: Policy, *, written: bool = True) -> None:
    """What held for one ticket at an instant that has passed, and with ``written`` what had been sent."""
    show.line(f"Ticket {show.plain(found.ticket_id)} ({found.status}) at {show.instant(found.at)}")
    until = f"until {show.instant(found.until)}" if found.until else "to this day"
    show.line(f"Policy {found.policy}, decided {show.instant(found.decided_at)}, which held {until}")
    _tell_verdicts(found, policy, found.at)
    _tell_decision(found.decision)
    if written:
        _tell_journal(found)


def _tell_verdicts(found: Why | Then, policy: Policy, now: int) -> None:
    sources = found.sources if isinstance(found, Why) else {}
    stages = found.stages if isinstance(found, Why) else ()
    parts = (("Segments", found.segments), ("Situations", found.situations), ("Stages", stages))
    for title, verdicts in parts:
        if verdicts:
            show.line(f"\n{title}")
            for verdict in verdicts:
                tell_verdict(verdict, found.memberships, policy, sources, now)
    if isinstance(found, Why):
        tell_stage(found.stage, policy)


def tell_stage(reached: Reached | None, policy: Policy) -> None:
    """The stage of life somebody is in; nothing where the policy has none."""
    if reached and reached.stage in policy.stages:
        show.line(f"  In {policy.stages[reached.stage].label} since {show.instant(reached.since)}")
    elif policy.stages:
        show.line("  In none of them")


def tell_verdict(
    verdict: Verdict,
    members: Mapping[str, bool],
    policy: Policy,
    sources: Mapping[str, Source],
    now: int,
) -> None:
    """One segment or situation: its lines with the values seen, the records behind them, and their age."""
    state = _TRUTH[verdict.truth]
    if members.get(verdict.segment):
        state = "unknown today, kept from before"
    # What the policy makes of its own accord has a hyphen in its name, which nobody can look for in the file.
    name = "" if "-" in verdict.segment else f" [{verdict.segment}]"
    show.line(f"  {verdict.label}{name}: {state}")
    for line in verdict.lines:
        seen = "; ".join(
            _seen(policy, name, value, now) + tell_source(sources.get(name), now)
            for name, value in line.seen.items()
        )
        show.line(f"    {_TRUTH[line.truth]:<8}{line.group:<5}{line.text}   ({seen})")


def _seen(policy: Policy, name: str, value: object, now: int) -> str:
    if value is None:
        return f"{name} is not known"
    words = facts_line(policy, name, value, now)  # type: ignore[arg-type]
    return show.plain(words or f"{name} = {value}")


def _tell_decision(decision: Decision) -> None:
    show.line("\nDecision")
    parts: list[tuple[str, Part | None]] = [("tag", part) for part in decision.tags]
    rest = ("priority", "service_level", "route", "tone", "channel", "next_step", "note")
    parts += [(name, getattr(decision, name)) for name in rest]
    for name, part in parts:
        if part is None:
            continue
        show.line(f"  {_words(name)}: {part.value}\n    {part.won.reason}")
        for claim in part.lost:
            show.line(f"    not {claim.value}: {claim.reason}")
    if decision.stage:
        show.line(f"  stage: {decision.stage}")
    for claim in decision.held:
        show.line(f"  not now: {claim.value}\n    {claim.reason}")


def _tell_journal(found: Why | Then) -> None:
    if found.journal:
        show.line("\nJournal")
        for entry in found.journal:
            tell_entry(entry, "  ")


def tell_entry(entry: Entry, lead: str) -> None:
    """One row of the journal: when, what, in which run, and why."""
    show.line(
        f"{lead}{show.instant(entry.at)}  {entry.event:<9}{_words(entry.field)}: {tell_value(entry.before)} →"
        f" {tell_value(entry.after)}  ({entry.run})\n    {show.plain(entry.reason)}"
    )


def _tell_writing(found: Why) -> None:
    _tell_journal(found)
    show.line("\nNot written" if found.plan.kept else "\nNothing was left alone.")
    for kept in found.plan.kept:
        show.line(f"  {_words(kept.field)}: {tell_value(kept.value)}   {show.plain(kept.reason)}")
    if found.plan.changes:
        show.line("\nTo be written by the next plan")
        for change in found.plan.changes:
            show.line(f"  {_change(change)}\n    {show.plain(change.reason)}")
