"""Ticket and decision to changes: pure, with a reason for everything written and everything left alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from connectors.changes import Change, Field, TicketUpdate, Value
from connectors.records import PRIORITIES, SEGMENT_KEY, UNSOLVED, Ticket
from integration.store.planning import Known
from policies.model import MOST_HIGH
from policies.treatment import Part

HOUSE = "house"
"""Who asks where nobody asks: the policy's default."""

_URGENCY: Mapping[str, int] = {priority: rank for rank, priority in enumerate(PRIORITIES)}


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What may be written on this desk: our tag prefix, the fields it can hold, and to which tickets."""

    tag_prefix: str
    fields: tuple[Field, ...] = tuple(Field)
    values: Mapping[Field, tuple[str, ...]] = {}
    """The values a field takes on this desk; a field that is not named here takes any."""
    groups: Mapping[str, str] = {}
    """The ids of the desk's groups, by what they are called."""
    most_high: float = MOST_HIGH
    """The share of open tickets above which nobody else is raised to high priority."""
    write_to: Literal["open", "all"] = "open"
    """``all`` adds tags, and nothing else, to solved and closed tickets."""
    canary: float | None = None
    """The share of customers whose tickets are written to; None is everybody."""
    holdout: float = 0.0
    """The share of customers whose tickets are never written to."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A field left alone, and why."""

    field: Field
    value: Value
    reason: str


class TicketPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What one ticket would get: its changes and what stays with a reason."""

    ticket_id: str
    stamp: str
    changes: tuple[Change, ...] = ()
    kept: tuple[Kept, ...] = ()
    at_rest: bool = False
    undoes: str = ""
    """The run that is taken back by it."""

    @property
    def update(self) -> TicketUpdate:
        """The changes as they are sent."""
        return TicketUpdate(
            ticket_id=self.ticket_id,
            stamp=self.stamp,
            changes=self.changes,
            at_rest=self.at_rest,
            undoes=self.undoes,
        )


def plan_ticket(known: Known, rules: Rules) -> TicketPlan:
    """Decide what to write to one ticket. The same values give the same plan, always."""
    ticket = known.ticket
    resting = _resting(ticket)
    found: list[Change | Kept] = []
    for field, decide in _FIELDS.items():
        if field not in rules.fields and field in _UNASKED:
            continue
        if field not in rules.fields:
            found.append(Kept(field=field, value=None, reason="this desk has no place for it"))
        elif resting and (rules.write_to == "open" or field is not Field.TAGS):
            if field not in _UNASKED or decide(known, rules):
                found.append(Kept(field=field, value=_value(ticket, field), reason=resting))
        else:
            found.extend(_allowed(one, known, rules) for one in decide(known, rules))
    changes = tuple(one for one in found if isinstance(one, Change))
    kept = tuple(one for one in found if isinstance(one, Kept))
    planned = TicketPlan(
        ticket_id=ticket.id, stamp=ticket.stamp, changes=changes, kept=kept, at_rest=bool(resting)
    )
    return _heed_refusal(planned, known.refused)


def _allowed(found: Change | Kept, known: Known, rules: Rules) -> Change | Kept:
    """What was taken back waits; what the desk has no value for is said here, not tried there."""
    run = known.held.get(found.field)
    if run and isinstance(found, Change):
        return _kept(found.field, found.before, f"taken back ({run}) until it is released")
    apart = _apart(known.ticket.customer_id or "", rules)
    if apart and isinstance(found, Change):
        return _kept(found.field, found.before, apart)
    allowed = rules.values.get(found.field)
    if isinstance(found, Kept) or allowed is None or found.after is None or found.after in allowed:
        return found
    return _kept(found.field, found.before, f"this desk does not offer {found.after}")


def _apart(customer: str, rules: Rules) -> str | None:
    """Why nothing is written for this customer, who is always on the same side of both lines."""
    if rules.holdout and _share("holdout", customer) < rules.holdout:
        return f"held out: nothing is written for {rules.holdout:.0%} of the customers"
    if rules.canary is not None and _share("canary", customer) >= rules.canary:
        return f"canary: only {rules.canary:.0%} of the customers are written for"
    return None


def _share(group: str, customer: str) -> float:
    """Where a customer stands between 0 and 1, in each group elsewhere and always the same."""
    digest = hashlib.blake2b(customer.encode(), digest_size=8, person=group.encode()).digest()
    return int.from_bytes(digest) / 2**64


def _resting(ticket: Ticket) -> str | None:
    if ticket.deleted:
        return "the ticket was deleted"
    if ticket.status not in UNSOLVED:
        return f"the ticket is {ticket.status}"
    return None


def _heed_refusal(planned: TicketPlan, refused: tuple[TicketUpdate, str] | None) -> TicketPlan:
    """What the desk refused is not asked again until the ticket itself has moved."""
    if refused is None or not planned.changes or refused[0] != planned.update:
        return planned
    held = tuple(
        Kept(field=change.field, value=change.before, reason=f"the desk refused this before: {refused[1]}")
        for change in planned.changes
    )
    return msgspec.structs.replace(planned, changes=(), kept=planned.kept + held)


def shown(ticket: Ticket, field: Field, rules: Rules) -> Value:
    """What a ticket shows of a field that may be ours: of its tags those with our prefix."""
    if field is Field.TAGS:
        return tuple(sorted(tag for tag in ticket.tags if tag.startswith(rules.tag_prefix)))
    return _value(ticket, field)


def _value(ticket: Ticket, field: Field) -> Value:
    return {
        Field.TAGS: ticket.tags,
        Field.PRIORITY: ticket.priority,
        Field.SERVICE_LEVEL: ticket.service_level,
        Field.SEGMENT: _segment_of(ticket),
        Field.GROUP: ticket.group_id,
        Field.NOTE: None,
    }[field]


def _segment_of(ticket: Ticket) -> str | None:
    kept = ticket.fields.get(SEGMENT_KEY)
    return kept if isinstance(kept, str) else None


def _tags(known: Known, rules: Rules) -> list[Change | Kept]:
    """Only tags with our prefix, one by one: what people removed stays away, what they added stays."""
    ours = {tag for tag in known.ticket.tags if tag.startswith(rules.tag_prefix)}
    wrote = set(known.owned.get(Field.TAGS) or ())
    parts = known.decision.tags if known.decision else ()
    asked = {rules.tag_prefix + part.value: part for part in parts}
    taken_off = (asked.keys() & wrote) - ours
    foreign = ours - asked.keys() - wrote
    target = (ours - (wrote - asked.keys())) | (asked.keys() - taken_off)
    found: list[Change | Kept] = [
        Kept(field=Field.TAGS, value=tag, reason="a person took this tag off") for tag in sorted(taken_off)
    ]
    found += [Kept(field=Field.TAGS, value=tag, reason="not set by Deskcue") for tag in sorted(foreign)]
    if target != ours:
        reason = _tags_reason(asked, target - ours, ours - target)
        before, after = tuple(sorted(ours)), tuple(sorted(target))
        found.append(Change(field=Field.TAGS, before=before, after=after, reason=reason))
    elif asked and not taken_off:
        found.append(Kept(field=Field.TAGS, value=tuple(sorted(asked)), reason="already so"))
    return found


def _tags_reason(asked: Mapping[str, Part], added: set[str], removed: set[str]) -> str:
    reasons = [asked[tag].won.reason for tag in sorted(added)]
    reasons += [f"Nobody asks for {tag} any more." for tag in sorted(removed)]
    return " ".join(reasons)


def _priority(known: Known, _rules: Rules) -> list[Change | Kept]:
    """Raised where nobody set one or where it is ours; a person's choice stands, high or low."""
    now, part = known.ticket.priority, known.decision.priority if known.decision else None
    ours = now is not None and known.owned.get(Field.PRIORITY) == now
    if part is None:
        return [_kept(Field.PRIORITY, now, "set by Deskcue earlier; nobody asks for one now")] if ours else []
    if now == part.value:
        return [_kept(Field.PRIORITY, now, "already so")]
    if now is None and known.owned.get(Field.PRIORITY):
        return [_kept(Field.PRIORITY, now, "a person cleared it")]
    if now is None or ours:
        return [_raised(now, part, known.full)]
    if _URGENCY[now] > _URGENCY[part.value]:
        return [_kept(Field.PRIORITY, now, f"already above {part.value}")]
    return [
        _kept(Field.PRIORITY, now, f"{now} was set on the desk, not by Deskcue; {part.value} was asked for")
    ]


def _raised(now: str | None, part: Part, full: float | None) -> Change | Kept:
    """The change, but where others come first and high priority is for so many only."""
    if full is None:
        return Change(field=Field.PRIORITY, before=now, after=part.value, reason=part.won.reason)
    reason = f"over the cap: {full:.0%} of the open tickets may have high priority, and others come first"
    return _kept(Field.PRIORITY, now, reason)


def _service_level(known: Known, _rules: Rules) -> list[Change | Kept]:
    """Only what a segment or situation asks for: the house's own promise needs no mark on the ticket."""
    now, part = known.ticket.service_level, known.decision.service_level if known.decision else None
    part = None if part is not None and part.won.by == HOUSE else part
    return _ours(known, Field.SERVICE_LEVEL, now, part, "Nobody asks for a service level any more.")


def _segment(known: Known, _rules: Rules) -> list[Change | Kept]:
    """The customer's segment, where the desk has a field for it."""
    part = known.decision.mark if known.decision else None
    now = _segment_of(known.ticket)
    return _ours(known, Field.SEGMENT, now, part, "The customer is in no segment that may be shown.")


def _group(known: Known, rules: Rules) -> list[Change | Kept]:
    """To the group that is asked for, where nobody has one or it is ours; nobody's triage is overturned."""
    now, part = known.ticket.group_id, known.decision.route if known.decision else None
    last = known.owned.get(Field.GROUP)
    if part is None:
        return []
    want = rules.groups.get(part.value)
    if want is None:
        return [_kept(Field.GROUP, now, f"this desk has no group {part.value}")]
    if now == want:
        return [_kept(Field.GROUP, now, "already so")]
    if now is None and last:
        return [_kept(Field.GROUP, now, "a person took it out of its group")]
    if now is None or now == last:
        return [Change(field=Field.GROUP, before=now, after=want, reason=part.won.reason)]
    return [
        _kept(Field.GROUP, now, f"its group was set on the desk, not by Deskcue; {part.value} was asked for")
    ]


def _note(known: Known, _rules: Rules) -> list[Change | Kept]:
    """Left once: who reads a ticket needs it once, and nobody could take a second one back."""
    part = known.decision.note if known.decision else None
    if part is None:
        return []
    if Field.NOTE in known.owned:
        return [_kept(Field.NOTE, None, "a note was left before")]
    return [Change(field=Field.NOTE, before=None, after=part.value, reason=part.won.reason)]


def _ours(known: Known, field: Field, now: str | None, part: Part | None, gone: str) -> list[Change | Kept]:
    """A field that follows the decision while nobody else touches it; ``gone`` says why it empties."""
    want, last = part.value if part else None, known.owned.get(field)
    if now == want:
        return [_kept(field, now, "already so")] if want else []
    if now != last:
        reason = "a person took it off" if now is None else f"{now} was not set by Deskcue"
        return [_kept(field, now, reason)]
    return [Change(field=field, before=now, after=want, reason=part.won.reason if part else gone)]


def _kept(field: Field, value: Value, reason: str) -> Kept:
    return Kept(field=field, value=value, reason=reason)


_FIELDS: Mapping[Field, Callable[[Known, Rules], list[Change | Kept]]] = {
    Field.TAGS: _tags,
    Field.PRIORITY: _priority,
    Field.SERVICE_LEVEL: _service_level,
    Field.SEGMENT: _segment,
    Field.GROUP: _group,
    Field.NOTE: _note,
}

_UNASKED = frozenset({Field.SEGMENT, Field.GROUP, Field.NOTE})
"""Fields that a desk may do without, and of which nothing is said where it has none."""
