"""The events of one update of a ticket: one for each field that is really another in the end."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.sandbox import events
from connectors.sandbox.audits import current
from connectors.sandbox.events import Told
from connectors.sandbox.records import FieldValue, Ticket
from connectors.sandbox.rules.commitments import Shift
from connectors.sandbox.rules.conditions import Happening
from connectors.sandbox.rules.courses import courses
from connectors.sandbox.rules.history import history
from connectors.sandbox.rules.levels import next_breach
from connectors.sandbox.state import Desk
from connectors.sandbox.wire import iso

NAMES = {
    "status": "status_changed",
    "priority": "priority_changed",
    "type": "type_changed",
    "subject": "subject_changed",
    "external_id": "external_id_changed",
    "group_id": "group_assignment_changed",
    "assignee_id": "agent_assignment_changed",
    "organization_id": "organization_changed",
    "requester_id": "requester_changed",
    "custom_status_id": "custom_status_changed",
    "brand_id": "brand_changed",
    "ticket_form_id": "form_changed",
    "problem_id": "problem_link_changed",
}
"""What a changed field is called among events; tags, people and custom fields have bodies of their own."""

LISTS = {"follower_ids": "followers_changed", "email_cc_ids": "email_ccs_changed"}


def tell(desk: Desk, ticket: Ticket, happening: Happening, shift: Shift) -> None:
    """Tell the webhooks of an update, rules included."""
    if not desk.hooks.webhooks:
        return
    told = [*_began(desk, happening), *_fields(desk, ticket, happening.before), *_level(desk, ticket, shift)]
    events.of_ticket(desk, ticket, happening.author.id, told)


def _began(desk: Desk, happening: Happening) -> Iterator[Told]:
    if happening.kind == "Create":
        yield "created", {}
    elif happening.comment is not None:
        yield "comment_added", events.comment(desk, happening.comment)


def _fields(desk: Desk, ticket: Ticket, before: dict[str, FieldValue]) -> Iterator[Told]:
    for name, old in before.items():
        new = current(ticket, name)
        if new != old:
            yield from _field(desk, name, old, new)


def _field(desk: Desk, name: str, old: FieldValue, new: FieldValue) -> Iterator[Told]:
    if name == "tags" and isinstance(old, list) and isinstance(new, list):
        yield "tags_changed", events.tags(map(str, old), map(str, new))
    elif name in LISTS and isinstance(old, list) and isinstance(new, list):
        yield LISTS[name], events.people(map(int, old), map(int, new))
    elif name in NAMES:
        yield NAMES[name], events.changed(events.value(name, new), events.value(name, old))
    elif name.isdigit() and (field := desk.ticket_fields.get(int(name))) is not None:
        yield "custom_field_changed", events.custom_field(field, new, old)


def _level(desk: Desk, ticket: Ticket, shift: Shift) -> Iterator[Told]:
    """The service level: another policy, and another instant at which a promise will break."""
    if shift.before is None and shift.after is None:
        return
    before, after = (one.promise if one else None for one in shift)
    if (before and before.id) != (after and after.id):
        yield "sla_policy_changed", events.changed(after and str(after.id), before and str(before.id))
    moments = history(desk, ticket, desk.audits.get(ticket.id, ()))
    was = next_breach(desk, courses(moments[:-1]), shift.before)
    will = next_breach(desk, courses(moments), shift.after)
    if was != will:
        yield "next_sla_breach_changed", events.changed(iso(will), iso(was))
