"""A run read back, and the proof of one ticket, in words and tables."""

from __future__ import annotations

from connectors.changes import Edit
from integration import show
from integration.prove import Proven
from integration.store.journal import Linked
from integration.tell import tell_then, tell_value
from integration.tell_undo import tell_proof
from integration.verify import Verified, who
from policies.model import Policy

SHOWN = 50
"""Differences that are printed; JSON has all of them."""


def tell_verified(found: Verified) -> None:
    """What stands, what does not and by whose hand, and whether service levels run."""
    show.line(f"{found.read:,} of {show.many(found.tickets, 'ticket')} of {found.run} read back.")
    if found.stands:
        show.table(show.counts(_words(found)), title="Stands as it was written, by field")
    if found.later:
        show.line(f"{show.many(found.later, 'value')} replaced by a later run of ours.")
    if found.unseen:
        show.line(f"{show.many(found.unseen, 'note')}: a ticket does not show them.")
    for one in found.differences[:SHOWN]:
        hand = f" by {show.plain(one.by)}" if one.by else ""
        when = f", {show.instant(one.at)}" if one.at is not None else ""
        name = one.field.value.replace("_", " ")
        show.line(
            f"#{show.plain(one.ticket_id)}  {name}: {tell_value(one.wrote)} is now {tell_value(one.shows)}"
        )
        show.line(f"    {one.reason}{hand}{when}")
    if len(found.differences) > SHOWN:
        show.line(f"… and {len(found.differences) - SHOWN:,} more; --json lists all.")
    show.line(_verdict(found))
    if found.promised:
        show.line(
            f"Of {show.many(found.promised, 'open ticket')} with a service level of ours,"
            f" the desk shows targets on {found.running:,}."
        )
    if found.promised and not found.running:
        show.line("Its service level policies may be missing: deskcue setup shows what they should be.")


def _words(found: Verified) -> dict[str, int]:
    return {name.replace("_", " "): count for name, count in found.stands.items()}


def _verdict(found: Verified) -> str:
    if not found.differences:
        return "Nothing differs from what was written."
    many = show.many(len(found.differences), "value")
    return f"{many} not as written. What people changed stays theirs: deskcue why TICKET says so."


def tell_proven(found: Proven, policy: Policy) -> None:
    """The proof, from the facts to the latest edit."""
    tell_then(found.then, policy, written=False)
    show.line("\nIn the journal while this held" if found.rows else "\nNothing was sent while this held.")
    for row in found.rows:
        show.line(f"  {_row(row)}")
    tell_proof(found.journal)
    if found.edits is None:
        show.line(f"\nWho changed the ticket since is not known: {show.plain(found.silence)}")
        return
    show.line("\nOn the desk since then" if found.edits else "\nOn the desk nothing of it was changed since.")
    for edit in found.edits:
        show.line(f"  {_edit(edit)}")


def _row(row: Linked) -> str:
    entry = row.entry
    call = f", call {show.plain(row.job)}" if row.job else ""
    change = f"{tell_value(entry.before)} → {tell_value(entry.after)}"
    return (
        f"{row.number}  {show.instant(entry.at)}  {entry.event:<9}{entry.field.replace('_', ' ')}:"
        f" {change}  ({entry.run}{call}, link {row.chain[:12]})\n"
        f"      {show.plain(entry.reason)}"
    )


def _edit(edit: Edit) -> str:
    name = edit.field.value.replace("_", " ")
    change = f"{name}: {tell_value(edit.before)} → {tell_value(edit.after)}"
    return f"{show.instant(edit.at)}  {change}  by {show.plain(who(edit))}"
