"""A run taken back: for each ticket the way back where our value still stands, and the reason where not."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from connectors.changes import Change, Field, TicketUpdate, Value
from connectors.records import SEGMENT_KEY, UNSOLVED, Ticket
from integration.plan import Kept, Rules, TicketPlan
from integration.store.effects import ALL, Effect, Effects
from integration.store.planning import Known

_THEIRS = "it was set since, not by Deskcue"


def undo_ticket(known: Known, effects: Effects, run: str, rules: Rules) -> TicketPlan:
    """The way back for one ticket. The same values give the same plan, always.

    Only where what the run wrote still stands and is still ours; nobody's later edit is touched.
    """
    ticket = known.ticket
    resting = None if ticket.status in UNSOLVED else f"the ticket is {ticket.status}"
    if ticket.deleted:
        resting = "the ticket was deleted"
    found: list[Change | Kept] = []
    for field, effect in effects.items():
        change = effect.change
        if field is Field.NOTE:
            found.append(_kept(field, None, "a note cannot be taken back"))
        elif field is Field.GROUP and change.before is None:
            found.append(_kept(field, change.after, "a ticket cannot be taken out of every group"))
        elif resting and (ticket.deleted or field is not Field.TAGS or rules.write_to == "open"):
            found.append(_kept(field, change.after, resting))
        elif field is Field.TAGS:
            found += _tags(known, change, run, rules)
        else:
            found.append(_single(known, change, run))
    return TicketPlan(
        ticket_id=ticket.id,
        stamp=ticket.stamp,
        changes=tuple(one for one in found if isinstance(one, Change)),
        kept=tuple(one for one in found if isinstance(one, Kept)),
        at_rest=bool(resting),
        undoes=run,
    )


def _tags(known: Known, change: Change, run: str, rules: Rules) -> list[Change | Kept]:
    """Tag by tag: what we put on comes off, what we took off comes back."""
    there = {tag for tag in known.ticket.tags if tag.startswith(rules.tag_prefix)}
    ours = set(known.owned.get(Field.TAGS) or ())
    found: list[Change | Kept] = []
    for tag in change.added:
        if tag not in there:
            found.append(_kept(Field.TAGS, tag, "it is off already"))
        elif tag not in ours:
            found.append(_kept(Field.TAGS, tag, _THEIRS))
    found += [_kept(Field.TAGS, tag, "it is there again") for tag in change.removed if tag in there]
    off = {tag for tag in change.added if tag in there and tag in ours}
    target = (there - off) | set(change.removed)
    if target != there:
        before, after = tuple(sorted(there)), tuple(sorted(target))
        found.append(Change(field=Field.TAGS, before=before, after=after, reason=_reason(run, change)))
    return found


def _single(known: Known, change: Change, run: str) -> Change | Kept:
    field, now = change.field, _NOW[change.field](known.ticket)
    if now == change.before:
        return _kept(field, now, "it is as it was before")
    if known.owned.get(field) != now:
        return _kept(field, now, _THEIRS)
    if now != change.after:
        return _kept(field, now, "a later run wrote it")
    return Change(field=field, before=now, after=change.before, reason=_reason(run, change))


def _reason(run: str, change: Change) -> str:
    return f"Takes back {'everything' if run == ALL else run}: {change.reason}"


def _kept(field: Field, value: Value, reason: str) -> Kept:
    return Kept(field=field, value=value, reason=reason)


def _segment(ticket: Ticket) -> str | None:
    kept = ticket.fields.get(SEGMENT_KEY)
    return kept if isinstance(kept, str) else None


_NOW: Mapping[Field, Callable[[Ticket], str | None]] = {
    Field.PRIORITY: lambda ticket: ticket.priority,
    Field.SERVICE_LEVEL: lambda ticket: ticket.service_level,
    Field.SEGMENT: _segment,
    Field.GROUP: lambda ticket: ticket.group_id,
}


def within(effects: Effects, update: TicketUpdate) -> Effects:
    """Of what a run made, the part that this update was to take back: it was chosen when it was planned."""
    return {
        change.field: part
        for change in update.changes
        if (effect := effects.get(change.field))
        and (part := narrowed(effect, set(change.removed) | set(change.added)))
    }


def narrowed(effect: Effect, entries: set[str]) -> Effect | None:
    """An effect on tags with these tags only; one on another field as it is."""
    change = effect.change
    if change.field is not Field.TAGS:
        return effect
    added, removed = entries.intersection(change.added), entries.intersection(change.removed)
    if not added and not removed:
        return None
    before, after = tuple(sorted(removed)), tuple(sorted(added))
    return Effect(msgspec.structs.replace(change, before=before, after=after), effect.at)
