"""Triggers: what they look at, what they do, and that they come to rest."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.sandbox import wire
from connectors.sandbox.state import Desk
from tests.connectors.sandbox.rig import AGENT, ANA, BEN, CATEGORY, LATE, NOTE, SCORE, ticket
from tests.connectors.sandbox.rulebook import create, person, trigger, update, webhook

OPEN = 102


def test_triggers_act_within_the_update_that_woke_them(desk: Desk) -> None:
    """What a rule did stands in the same audit, marked ``via`` rule with the trigger's id."""
    rule = trigger(
        desk, "Rush", {"priority": "urgent", "current_tags": "rush"}, ("status", "value", "pending")
    )
    audit = wire.audit(update(desk, OPEN, status="pending"))
    mine, *theirs = audit["events"]
    assert (mine["field_name"], "via" in mine) == ("status", False)
    assert [(event["field_name"], event["value"]) for event in theirs] == [
        ("priority", "urgent"),
        ("tags", ["first", "billing", "rush"]),
    ]
    assert {event["via"]["channel"] for event in theirs} == {"rule"}
    assert theirs[0]["via"]["source"]["from"]["id"] == rule.id
    assert len(desk.audits[OPEN]) == 1
    assert desk.ledger.effects[-1].channel == "rule"


def test_one_trigger_wakes_another_whatever_their_order(desk: Desk) -> None:
    """After a trigger has fired the list is gone through again from the top."""
    trigger(desk, "Second", {"current_tags": "second"}, ("current_tags", "includes", "one"))
    trigger(desk, "First", {"current_tags": "one"}, ("status", "is", "pending"))
    update(desk, OPEN, status="pending")
    assert ticket(desk, OPEN).tags[-2:] == ["one", "second"]


def test_the_first_in_position_fires_first(desk: Desk) -> None:
    """Of two triggers that would both fire, the one above decides what the other sees."""
    trigger(desk, "Above", {"priority": "low"}, ("priority", "is", None))
    trigger(desk, "Below", {"priority": "high"}, ("priority", "is", None))
    update(desk, OPEN, status="pending")
    assert ticket(desk, OPEN).priority == "low"


def test_rules_that_undo_each_other_come_to_rest(desk: Desk) -> None:
    """A trigger fires once in an update, so a pair that would run for ever ends after two."""
    trigger(desk, "On", {"current_tags": "flip"}, ("current_tags", "not_includes", "flip"))
    trigger(desk, "Off", {"remove_tags": "flip"}, ("current_tags", "includes", "flip"))
    audit = update(desk, OPEN, priority="high")
    assert len(audit.events) == 3
    assert "flip" not in ticket(desk, OPEN).tags


def test_a_trigger_that_is_off_does_nothing(desk: Desk) -> None:
    """Only active triggers run."""
    trigger(desk, "Off", {"priority": "urgent"}).active = False
    update(desk, OPEN, status="pending")
    assert ticket(desk, OPEN).priority is None


def test_an_update_that_changes_nothing_wakes_nobody(desk: Desk) -> None:
    """A wish that leaves everything as it is is no update."""
    trigger(desk, "Always", {"priority": "urgent"})
    update(desk, OPEN, status="open")
    assert ticket(desk, OPEN).priority is None


def test_the_audit_of_a_creation_tells_what_the_ticket_began_with(desk: Desk) -> None:
    """Create events hold what the client sent; what a trigger then changed follows as a change."""
    trigger(desk, "Raise", {"priority": "urgent"}, ("update_type", "is", "Create"))
    made = create(desk, priority="low", subject="Fire")
    events = wire.audit(desk.audits[made.id][0])["events"]
    assert [event["type"] for event in events].count("Create") >= 4
    assert {"priority": "low"}.items() <= {
        event["field_name"]: event["value"] for event in events if event["type"] == "Create"
    }.items()
    assert (events[0]["type"], events[-1]["type"]) == ("Comment", "Change")
    assert (events[-1]["previous_value"], events[-1]["value"]) == ("low", "urgent")
    assert len({event["id"] for event in events}) == len(events)


CONDITIONS: list[tuple[str, str, Any, bool]] = [
    ("update_type", "is", "Change", True),
    ("update_type", "is", "Create", False),
    ("status", "changed", None, True),
    ("status", "not_changed", None, False),
    ("status", "value", "pending", True),
    ("status", "value_previous", "open", True),
    ("status", "value_previous", "new", False),
    ("status", "less_than", "solved", True),
    ("status", "greater_than", "solved", False),
    ("priority", "is", "high", True),
    ("priority", "is_not", "high", False),
    ("priority", "greater_than", "normal", True),
    ("priority", "less_than", "normal", False),
    ("priority", "changed", None, False),
    ("type", "is", "", True),
    ("group_id", "is", "1", True),
    ("group_id", "is", 1, True),
    ("assignee_id", "present", None, False),
    ("assignee_id", "not_present", None, True),
    ("requester_id", "is", str(ANA), True),
    ("organization_id", "is", "", True),
    ("current_tags", "includes", "vip first", True),
    ("current_tags", "includes", "vip", False),
    ("current_tags", "not_includes", "vip gold", True),
    ("current_tags", "not_includes", "first", False),
    ("via_id", "is", "0", True),
    ("via_id", "is", "web", True),
    ("current_via_id", "is", 5, True),
    ("current_via_id", "is_not", "5", False),
    (f"custom_fields_{CATEGORY}", "is", "billing", True),
    (f"custom_fields_{CATEGORY}", "includes", ["hardware", "billing"], True),
    (f"custom_fields_{LATE}", "is", "true", True),
    (f"custom_fields_{SCORE}", "greater_than", "6", True),
    (f"custom_fields_{SCORE}", "less_than", "6", False),
    (f"custom_fields_{NOTE}", "present", None, False),
    ("comment_is_public", "is", "true", True),
    ("comment_is_public", "is", "false", False),
    ("comment_is_public", "is", "not_relevant", True),
    ("comment_includes_word", "includes", "refund please", True),
    ("comment_includes_word", "includes", "please", False),
    ("subject_includes_word", "is", "Subject 102", True),
    ("role", "is", "agent", True),
    ("role", "is", "end_user", False),
    ("brand_id", "is", "1", True),
    ("replies", "is", "1", True),
]


@pytest.mark.parametrize(("field", "operator", "value", "fires"), CONDITIONS)
def test_conditions(desk: Desk, field: str, operator: str, value: Any, fires: bool) -> None:
    """Each field and operator, on a public answer that turns an open ticket to pending."""
    record = ticket(desk, OPEN)
    record.priority, record.group_id = "high", 1
    record.custom_fields |= {LATE: True, SCORE: 7}
    frozen = tuple(value) if isinstance(value, list) else value
    trigger(desk, "Seen", {"subject": "seen"}, (field, operator, frozen))
    update(desk, OPEN, status="pending", comment={"body": "Your refund is on its way"})
    assert (record.subject == "seen") is fires


def test_all_and_any_are_both_asked(desk: Desk) -> None:
    """Every line of all, and one of any where there is one."""
    some = (("priority", "is", "urgent"), ("status", "is", "pending"))
    trigger(desk, "Yes", {"current_tags": "yes"}, ("update_type", "is", "Change"), some=some)
    trigger(desk, "No", {"current_tags": "no"}, ("update_type", "is", "Create"), some=some)
    trigger(desk, "Nor", {"current_tags": "nor"}, some=some[:1])
    update(desk, OPEN, status="pending")
    assert ticket(desk, OPEN).tags == ["first", "billing", "yes"]


ACTIONS: list[tuple[str, Any, str, Any]] = [
    ("set_tags", "a b", "tags", ["a", "b"]),
    ("current_tags", "a first", "tags", ["first", "billing", "a"]),
    ("remove_tags", "first", "tags", ["billing"]),
    ("priority", "high", "priority", "high"),
    ("status", "hold", "status", "hold"),
    ("type", "task", "type", "task"),
    ("group_id", "1", "group_id", 1),
    ("assignee_id", str(AGENT), "assignee_id", AGENT),
    ("assignee_id", "current_user", "assignee_id", AGENT),
    ("assignee_id", str(BEN), "assignee_id", None),
    ("priority", "top", "priority", None),
]


@pytest.mark.parametrize(("field", "value", "name", "result"), ACTIONS)
def test_actions(desk: Desk, field: str, value: Any, name: str, result: Any) -> None:
    """Each action; one that the ticket cannot take is passed over."""
    trigger(desk, "Act", {field: value})
    update(desk, OPEN, subject="Changed")
    assert getattr(ticket(desk, OPEN), name) == result


def test_a_dropdown_set_by_a_rule_brings_its_tag(desk: Desk) -> None:
    """Fields and tags stay coupled under rules."""
    trigger(desk, "Sort", {f"custom_fields_{CATEGORY}": "hardware"})
    update(desk, OPEN, subject="Changed")
    assert ticket(desk, OPEN).tags == ["first", "hardware"]
    assert ticket(desk, OPEN).custom_fields[CATEGORY] == "hardware"


def test_a_trigger_calls_its_webhook_with_its_own_words(desk: Desk) -> None:
    """Placeholders are filled, quoted where asked, empty where unknown; the audit has the notification."""
    hook = webhook(desk, "conditional_ticket_events")
    text = (
        '{"id": {{ticket.id}}, "tags": "{{ticket.tags}}", "s": "{{ ticket.status }}", "x": "{{ticket.zzz}}", '
    )
    text += '"title": {{ticket.title | json}}, "who": "{{ticket.requester.email}}", '
    text += '"by": "{{current_user.name}}", '
    text += f'"field": "{{{{ticket.ticket_field_{CATEGORY}}}}}"}}'
    trigger(desk, "Call", {"notification_webhook": (hook.id, text)})
    audit = update(desk, OPEN, subject='He said "no"')
    sent = (
        '{"id": 102, "tags": "first billing", "s": "Open", "x": "", "title": "He said \\"no\\"", '
        f'"who": "ana@acme.example", "by": "{person(desk, AGENT).name}", "field": "billing"}}'
    )
    assert [one.invocation.body.decode() for _, _, one in desk.hooks.waiting] == [sent]
    assert (audit.events[-1]["type"], audit.events[-1]["body"]) == ("Notification", sent)


def test_a_webhook_that_cannot_be_called_is_passed_over(desk: Desk) -> None:
    """Gone, switched off or subscribed to events: nothing is sent, the update stands."""
    off = webhook(desk, "conditional_ticket_events")
    off.status = "inactive"
    events = webhook(desk, "zen:event-type:ticket.created")
    for key in (off.id, events.id, "01NOBODY"):
        trigger(desk, "Call", {"notification_webhook": (key, "{}")})
    update(desk, OPEN, subject="Changed")
    assert not desk.hooks.waiting
    assert ticket(desk, OPEN).subject == "Changed"
