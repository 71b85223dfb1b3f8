"""The envelopes of events: which ones an update causes, and how each is written."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from connectors.sandbox.companies import delete_organization, retag_organization, update_organization
from connectors.sandbox.deletion import delete_ticket, erase_ticket, merge_ticket, restore_ticket
from connectors.sandbox.hooks.kinds import TYPES
from connectors.sandbox.people import delete_user, new_customer, retag_user, update_user
from connectors.sandbox.records import Organization
from connectors.sandbox.rules.records import Target
from connectors.sandbox.state import Desk
from tests.clock import NOON, FakeClock
from tests.connectors.sandbox.rig import ACME, AGENT, ANA, CATEGORY, OWNER, small_desk, ticket
from tests.connectors.sandbox.rulebook import create, person, policy, trigger, update, webhook

OPEN = 102
TICKET = "zen:event-type:ticket."


def told(desk: Desk) -> list[Any]:
    """The envelopes that wait, in the order in which they were written."""
    waiting = sorted(desk.hooks.waiting, key=lambda entry: entry[1])
    return [json.loads(delivery.invocation.body) for _, _, delivery in waiting]


def bodies(desk: Desk) -> dict[str, Any]:
    """What each waiting event says, by its type, without its place in the sequence."""
    found = {}
    for envelope in told(desk):
        body = dict(envelope["event"])
        del body["meta"]
        found[envelope["type"].rpartition(":")[2]] = body
    return found


@pytest.fixture(autouse=True)
def _listener(desk: Desk) -> None:
    """Somebody who wants to hear of everything."""
    webhook(desk, *sorted(TYPES))


def test_the_envelope_of_a_ticket_event(desk: Desk) -> None:
    """Text for ids, capitals for status, priority and type, nanoseconds, the channel's other name."""
    made = create(desk, priority="high", type="incident", subject="Fire", group_id=1)
    (envelope,) = told(desk)
    assert envelope["type"] == f"{TICKET}created"
    assert envelope["account_id"] == 22129848
    assert re.fullmatch(
        r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", envelope["id"]
    )
    assert re.fullmatch(r"2026-10-18T12:00:00\.\d{9}Z", envelope["time"])
    assert envelope["zendesk_event_version"] == "2022-11-06"
    assert envelope["subject"] == f"zen:ticket:{made.id}"
    assert envelope["event"]["meta"]["sequence"]["position"] == 1
    detail = envelope["detail"]
    assert (detail["status"], detail["priority"], detail["type"]) == ("NEW", "HIGH", "INCIDENT")
    assert (detail["id"], detail["requester_id"], detail["group_id"]) == (str(made.id), str(ANA), "1")
    assert (detail["assignee_id"], detail["actor_id"]) == (None, str(ANA))
    assert (detail["tags"], detail["via"]) == (["beta", "team"], {"channel": "web_service"})
    assert not [name for name, value in detail.items() if isinstance(value, int) and name != "is_public"]


def test_one_event_for_each_field_that_changed(desk: Desk) -> None:
    """One action, one sequence, an event a field with the body of its kind; old and new in each."""
    update(
        desk,
        OPEN,
        priority="high",
        status="pending",
        type="task",
        subject="New",
        group_id=1,
        assignee_id=AGENT,
        tags=["first", "hardware"],
        organization_id=ACME,
        external_id="x1",
        comment={"body": "a < b", "public": False},
    )
    sequences = [envelope["event"]["meta"]["sequence"] for envelope in told(desk)]
    assert len({one["id"] for one in sequences}) == 1
    assert [one["position"] for one in sequences] == list(range(1, len(sequences) + 1))
    found = bodies(desk)
    comment = found.pop("ticket.comment_added")["comment"]
    author = {"id": str(AGENT), "is_staff": True, "name": person(desk, AGENT).name}
    assert (comment["author"], comment["is_public"], comment["body"]) == (author, False, "a < b")
    assert comment["html_body"] == "<p>a &lt; b</p>"
    assert found == {
        "ticket.priority_changed": {"current": "HIGH", "previous": None},
        "ticket.status_changed": {"current": "PENDING", "previous": "OPEN"},
        "ticket.type_changed": {"current": "TASK", "previous": None},
        "ticket.subject_changed": {"current": "New", "previous": "Subject 102"},
        "ticket.group_assignment_changed": {"current": "1", "previous": None},
        "ticket.agent_assignment_changed": {"current": str(AGENT), "previous": None},
        "ticket.organization_changed": {"current": str(ACME), "previous": None},
        "ticket.external_id_changed": {"current": "x1", "previous": None},
        "ticket.tags_changed": {"tags_added": ["hardware"], "tags_removed": ["billing"]},
        "ticket.custom_field_changed": {
            "custom_field": {"id": str(CATEGORY), "title": "Category", "type": "tagger"},
            "current": {"value": "hardware"},
            "previous": {"value": "billing"},
        },
    }


def test_times_of_events_rise(desk: Desk) -> None:
    """Events of one second can be put in order by their time, and no two share their id."""
    update(desk, OPEN, priority="high", status="pending", subject="New")
    update(desk, OPEN, priority="low")
    times = [envelope["time"] for envelope in told(desk)]
    assert times == sorted(set(times))
    assert len({envelope["id"] for envelope in told(desk)}) == 4


def test_what_rules_do_is_told_as_the_net_of_the_update(desk: Desk) -> None:
    """A trigger's change is an event of the same action; what a trigger takes back is none."""
    trigger(desk, "Undo", {"subject": "Subject 102"}, ("subject_includes_word", "includes", "New"))
    trigger(desk, "Raise", {"priority": "urgent"}, ("status", "is", "pending"))
    update(desk, OPEN, status="pending", subject="New")
    assert set(bodies(desk)) == {"ticket.status_changed", "ticket.priority_changed"}


def test_nothing_happens_nothing_is_told(desk: Desk) -> None:
    """A wish that changes nothing sends nothing."""
    update(desk, OPEN, status="open")
    retag_user(desk, person(desk, ANA), ["beta"], person(desk, OWNER))
    assert told(desk) == []


def test_service_levels_have_events_of_their_own(desk: Desk, clock: FakeClock) -> None:
    """Another policy and another next breach are told, with what was before."""
    policy(desk, "All", [Target("high", "first_reply_time", 60, business_hours=False)])
    made = create(desk)
    desk.hooks.waiting.clear()
    clock.advance(60)
    update(desk, made.id, priority="high")
    assert bodies(desk)["ticket.next_sla_breach_changed"] == {
        "current": "2026-10-18T13:00:00Z",
        "previous": None,
    }
    desk.hooks.waiting.clear()
    desk.rules.policies.remove(1)
    update(desk, made.id, subject="New")
    assert bodies(desk)["ticket.sla_policy_changed"] == {"current": None, "previous": "1"}
    assert bodies(desk)["ticket.next_sla_breach_changed"]["current"] is None


def test_people_and_companies_have_events_in_their_own_version(desk: Desk) -> None:
    """Changed tags and new customers; a person's envelope holds neither name nor fields."""
    company = desk.organizations.get(ACME)
    assert isinstance(company, Organization)
    retag_user(desk, person(desk, ANA), ["vip"], person(desk, OWNER))
    retag_organization(desk, company, ["team", "gold"], person(desk, OWNER))
    new_customer(desk, "Cy", "cy@acme.example")
    user, organization, fresh = (envelope for envelope in told(desk) if "identity" not in envelope["type"])
    assert (user["type"], user["subject"]) == ("zen:event-type:user.tags_changed", f"zen:user:{ANA}")
    assert user["event"]["tags_added"] == ["vip"]
    assert set(user["detail"]) == {
        "id", "email", "external_id", "role", "organization_id", "default_group_id", "created_at",
        "updated_at",
    }  # fmt: skip
    assert organization["subject"] == f"zen:organization:{ACME}"
    assert (organization["event"]["tags_added"], organization["detail"]["id"]) == (["gold"], str(ACME))
    assert fresh["type"] == "zen:event-type:user.created"
    assert {one["zendesk_event_version"] for one in (user, organization, fresh)} == {"2022-06-20"}


def test_only_those_who_asked_are_told(desk: Desk) -> None:
    """A webhook gets the types it subscribed to, and none while it is off."""
    desk.hooks.webhooks.clear()
    one = webhook(desk, f"{TICKET}priority_changed")
    webhook(desk, f"{TICKET}priority_changed").status = "inactive"
    webhook(desk, "conditional_ticket_events")
    update(desk, OPEN, priority="high", status="pending")
    assert [entry[2].invocation.webhook_id for entry in desk.hooks.waiting] == [one.id]


def test_the_same_run_gives_the_same_ids() -> None:
    """Ids are counted, not drawn, so that a seeded run can be repeated; they sort by time."""
    first, second = small_desk(FakeClock()).hooks, small_desk(FakeClock()).hooks
    ids = [first.ulid(NOON), first.uuid(), first.ulid(NOON + 1)]
    assert ids == [second.ulid(NOON), second.uuid(), second.ulid(NOON + 1)]
    assert ids[0] < ids[2]


def test_what_clients_change_about_people_and_companies_is_told(desk: Desk) -> None:
    """Renaming, fields, deletion: an event each, with old and new where the kind has them."""
    owner, ana, company = person(desk, OWNER), person(desk, ANA), desk.organizations.get(ACME)
    assert isinstance(company, Organization)
    update_user(desk, ana, {"name": "Anna", "user_fields": {"device": "phone"}, "external_id": "x"}, owner)
    found = bodies(desk)
    assert found["user.name_changed"] == {"current": "Anna", "previous": "Ana"}
    assert found["user.external_id_changed"] == {"current": "x", "previous": None}
    assert found["user.custom_field_changed"]["current"] == {"value": "phone"}
    update_organization(desk, company, {"name": "Acme Inc", "organization_fields": {"plan": "free"}}, owner)
    found = bodies(desk)
    assert found["organization.name_changed"] == {"current": "Acme Inc", "previous": "Acme"}
    assert found["organization.custom_field_changed"]["previous"] == {"value": "team"}
    delete_user(desk, ana, owner)
    delete_organization(desk, company, owner)
    found = bodies(desk)
    assert found["user.active_changed"] == {"current": False, "previous": True}
    assert {"user.deleted", "organization.deleted"} <= set(found)


def test_going_and_coming_back_of_tickets_is_told(desk: Desk) -> None:
    """Deleted, restored, deleted for good, merged; the status of a deleted ticket reads so."""
    owner, record = person(desk, OWNER), ticket(desk, OPEN)
    delete_ticket(desk, record, owner)
    assert told(desk)[-1]["detail"]["status"] == "DELETED"
    restore_ticket(desk, record, owner)
    merge_ticket(desk, record, ticket(desk, 106), {}, owner)
    erase_ticket(desk, ticket(desk, 109))
    found = bodies(desk)
    assert found["ticket.merged"] == {"target_ticket_id": "106"}
    assert {"ticket.soft_deleted", "ticket.undeleted", "ticket.permanently_deleted"} <= set(found)
