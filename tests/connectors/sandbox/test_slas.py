"""Service levels on tickets: when they land, which one wins, and what their clocks show."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.sandbox.people import retag_user
from connectors.sandbox.rules.levels import levels
from connectors.sandbox.rules.metric_events import catch_up
from connectors.sandbox.rules.records import METRICS, Schedule, Target
from connectors.sandbox.state import Desk
from connectors.sandbox.wire import stamp
from tests.clock import NOON, FakeClock
from tests.connectors.sandbox.rig import ACME, AGENT, ANA, CATEGORY, OWNER, Client, ticket
from tests.connectors.sandbox.rulebook import create, person, policy, trigger, update

OPEN = 102
HOUR = 3600


def first_reply(minutes: int = 60, *, priority: str = "high", business: bool = False) -> list[Target]:
    return [Target(priority, "first_reply_time", minutes, business)]


def everything(minutes: int) -> list[Target]:
    return [Target("high", metric, minutes, business_hours=False) for metric in METRICS]


def shown(desk: Desk, key: int) -> dict[str, dict[str, Any]]:
    """The side-load by metric."""
    return {row["metric"]: row for row in levels(desk, ticket(desk, key))["policy_metrics"]}


def title(desk: Desk, key: int) -> str | None:
    """The policy a ticket is under."""
    past = desk.commitments.get(key)
    return past[-1].promise.title if past and past[-1].promise else None


def events(desk: Desk, key: int, clock: str) -> list[tuple[str, int, int]]:
    """Type, activation and minutes since noon of what a ticket's clock did."""
    assert catch_up(desk)
    mine = [event for event in desk.metric_events if event.ticket_id == key and event.clock == clock]
    return [
        (event.type + ("!" if event.deleted else ""), event.number, (event.at - NOON) // 60) for event in mine
    ]


def test_acceptance_10_tags_reach_new_tickets_and_levels_come_with_an_update(
    desk: Desk, clock: FakeClock
) -> None:
    """Tags of user and organization are copied onto a new ticket only, a level lands with an update only,
    and it holds targets only once the ticket has a priority.
    """
    policy(desk, "VIP", first_reply(), ("current_tags", "includes", "seg_vip"))
    made = create(desk)
    assert made.tags == ["beta", "team"]
    retag_user(desk, person(desk, ANA), ["seg_vip"], person(desk, OWNER))
    clock.advance(120)
    assert (made.tags, shown(desk, made.id)) == (["beta", "team"], {})
    later = create(desk)
    assert later.tags == ["seg_vip", "team"]
    assert (title(desk, later.id), shown(desk, later.id)) == ("VIP", {})
    update(desk, later.id, priority="high")
    assert shown(desk, later.id)["first_reply_time"]["stage"] == "active"


def test_a_new_policy_waits_for_the_next_update(desk: Desk) -> None:
    """Neither a new nor an edited policy reaches a ticket before somebody changes it."""
    made = create(desk, priority="high")
    rule = policy(desk, "All", first_reply(60))
    assert shown(desk, made.id) == {}
    update(desk, made.id, subject="Touched")
    assert shown(desk, made.id)["first_reply_time"]["breach_at"] == stamp(NOON + HOUR)
    rule.targets = tuple(first_reply(30))
    assert shown(desk, made.id)["first_reply_time"]["breach_at"] == stamp(NOON + HOUR)
    update(desk, made.id, subject="Touched again")
    assert shown(desk, made.id)["first_reply_time"]["breach_at"] == stamp(NOON + HOUR // 2)


def test_the_clock_counts_from_the_ticket_s_past(desk: Desk, clock: FakeClock) -> None:
    """Raising the priority late can break a promise at once."""
    policy(desk, "All", first_reply(60))
    made = create(desk)
    clock.advance(3 * HOUR)
    update(desk, made.id, priority="high")
    row = shown(desk, made.id)["first_reply_time"]
    assert row == {
        "metric": "first_reply_time",
        "breach_at": stamp(NOON + HOUR),
        "stage": "active",
        "hours": -2,
    }


def test_the_first_policy_that_fits_wins_after_the_triggers(desk: Desk) -> None:
    """Position decides, and what triggers have just done is seen."""
    policy(desk, "VIP", first_reply(10), ("current_tags", "includes", "vip"))
    policy(desk, "Rest", first_reply(90))
    update(desk, OPEN, priority="high")
    assert title(desk, OPEN) == "Rest"
    trigger(desk, "Mark", {"current_tags": "vip"}, ("status", "is", "pending"))
    update(desk, OPEN, status="pending")
    assert title(desk, OPEN) == "VIP"
    update(desk, OPEN, tags=[])
    assert [(one.promise.title if one.promise else None) for one in desk.commitments[OPEN]] == ["Rest", "VIP"]


FILTERS: list[tuple[str, str, Any, bool]] = [
    ("current_tags", "includes", "gold first", True),
    ("current_tags", "includes", "gold", False),
    ("current_tags", "not_includes", "gold", True),
    ("type", "is", "incident", True),
    ("type", "is_not", "incident", False),
    ("via_id", "is", "0", True),
    ("via_id", "is", "4", False),
    ("organization_id", "is", str(ACME), True),
    ("organization_id", "is_not", ACME, False),
    ("group_id", "is", ("1", "2"), True),
    ("group_id", "is", "2", False),
    ("requester_id", "is", ANA, True),
    ("brand_id", "is", "1", True),
    ("ticket_form_id", "is", "9", False),
    ("custom_status_id", "includes", (6001, 6002), False),
    (f"custom_fields_{CATEGORY}", "is", "billing", True),
    (f"custom_fields_{CATEGORY}", "is_not", "billing", False),
]


@pytest.mark.parametrize(("field", "operator", "value", "matches"), FILTERS)
def test_filters(desk: Desk, field: str, operator: str, value: Any, matches: bool) -> None:
    """Each field of a filter, alone and beside one that holds."""
    record = ticket(desk, OPEN)
    record.type, record.organization_id, record.group_id = "incident", ACME, 1
    policy(desk, "One", first_reply(), (field, operator, value))
    policy(desk, "Some", first_reply(), some=((field, operator, value), ("type", "is", "task")))
    update(desk, OPEN, priority="high")
    assert title(desk, OPEN) == ("One" if matches else None)


def test_each_priority_has_its_own_targets(desk: Desk) -> None:
    """A priority without a row gets nothing; the metrics are those of the row's priority."""
    rows = [*first_reply(10, priority="urgent"), *first_reply(20, priority="high")]
    policy(desk, "All", [*rows, Target("urgent", "agent_work_time", 99, business_hours=False)])
    made = create(desk, priority="high")
    assert shown(desk, made.id)["first_reply_time"]["minutes"] == 20
    update(desk, made.id, priority="urgent")
    assert {name: row["minutes"] for name, row in shown(desk, made.id).items()} == {
        "first_reply_time": 10,
        "agent_work_time": 99,
    }
    update(desk, made.id, priority="low")
    assert shown(desk, made.id) == {}


def answer(desk: Desk, key: int, **wish: Any) -> None:
    update(desk, key, AGENT, comment={"body": "Here you are"}, **wish)


def ask(desk: Desk, key: int, **wish: Any) -> None:
    update(desk, key, ANA, comment={"body": "And now?"}, **wish)


def test_every_metric_has_its_own_clock(desk: Desk, clock: FakeClock) -> None:
    """An hour new, answered and pending for an hour, asked again and on hold for an hour, then solved."""
    policy(desk, "All", everything(600))
    made = create(desk, priority="high")
    clock.advance(HOUR)
    answer(desk, made.id, status="pending")
    clock.advance(HOUR)
    stages = {name: row["stage"] for name, row in shown(desk, made.id).items()}
    assert stages == {
        "first_reply_time": "achieved",
        "requester_wait_time": "paused",
        "agent_work_time": "paused",
        "periodic_update_time": "active",
        "pausable_update_time": "paused",
        "total_resolution_time": "active",
    }
    ask(desk, made.id, status="open")
    update(desk, made.id, status="hold")
    clock.advance(HOUR)
    left = {name: row.get("hours") for name, row in shown(desk, made.id).items()}
    assert left == {
        "first_reply_time": None,
        "next_reply_time": 9,
        "requester_wait_time": 8,
        "agent_work_time": None,
        "periodic_update_time": 8,
        "pausable_update_time": 9,
        "total_resolution_time": 7,
    }
    update(desk, made.id, status="solved")
    assert {row["stage"] for row in shown(desk, made.id).values()} == {"achieved"}
    assert {row["breach_at"] for row in shown(desk, made.id).values()} == {None}


def test_a_solved_ticket_that_is_opened_again_counts_on(desk: Desk, clock: FakeClock) -> None:
    """Time spent solved does not count, time before does, and the activation has a number of its own."""
    policy(desk, "All", [Target("high", "agent_work_time", 180, business_hours=False)])
    made = create(desk, priority="high")
    clock.advance(HOUR)
    update(desk, made.id, status="solved")
    clock.advance(10 * HOUR)
    ask(desk, made.id, status="open")
    assert shown(desk, made.id)["agent_work_time"]["hours"] == 2
    assert [event[:2] for event in events(desk, made.id, "agent_work_time") if event[0] == "activate"] == [
        ("activate", 1),
        ("activate", 2),
    ]


@pytest.mark.parametrize(
    ("minutes", "unit", "value"),
    [(118, "minutes", 118), (120, "hours", 2), (47 * 60 + 59, "hours", 47), (48 * 60, "days", 2)],
)
def test_remaining_time_comes_in_a_unit_that_suits_it(
    desk: Desk, clock: FakeClock, minutes: int, unit: str, value: int
) -> None:
    """Minutes below two hours, hours below two days, and below zero once the promise is broken."""
    policy(desk, "All", first_reply(minutes))
    made = create(desk, priority="high")
    assert shown(desk, made.id)["first_reply_time"][unit] == value
    clock.advance(2 * minutes * 60)
    assert shown(desk, made.id)["first_reply_time"][unit] == -value


def test_business_hours_move_the_breach(desk: Desk) -> None:
    """From Sunday noon an hour of business ends on Monday at ten in the schedule's zone."""
    office = Schedule(
        id=1, name="Office", time_zone="Berlin", created_at=0, updated_at=0,
        intervals=tuple((day * 1440 + 540, day * 1440 + 1020) for day in range(1, 6)),
    )  # fmt: skip
    desk.rules.schedules.add(office)
    policy(desk, "All", first_reply(60, business=True))
    made = create(desk, priority="high")
    row = shown(desk, made.id)["first_reply_time"]
    assert (row["breach_at"], row["minutes"]) == ("2026-10-19T08:00:00Z", 60)


def test_the_diary_of_a_clock(desk: Desk, clock: FakeClock) -> None:
    """Activation, promise, a breach foretold; with the answer it is void and the clock's status is told."""
    policy(desk, "All", first_reply(60))
    made = create(desk, priority="high")
    begun = [("measure", 0, 0), ("activate", 1, 0), ("apply_sla", 1, 0)]
    assert events(desk, made.id, "reply_time") == [*begun, ("breach", 1, 60)]
    clock.advance(600)
    answer(desk, made.id)
    told = [("fulfill", 1, 10), ("update_status", 1, 10)]
    assert events(desk, made.id, "reply_time") == [*begun, ("breach!", 1, 60), *told]
    assert next(event.more for event in desk.metric_events if event.type == "update_status") == (10, 10)


def test_a_breach_that_happened_stays(desk: Desk, clock: FakeClock) -> None:
    """An answer after the deadline fulfils the metric and leaves the breach as it was."""
    policy(desk, "All", first_reply(60))
    made = create(desk, priority="high")
    clock.advance(2 * HOUR)
    answer(desk, made.id)
    assert ("breach", 1, 60) in events(desk, made.id, "reply_time")


def test_another_policy_promises_anew(desk: Desk, clock: FakeClock) -> None:
    """When the policy changes the old breach is void, and the new one counts from the same start."""
    policy(desk, "VIP", first_reply(30), ("current_tags", "includes", "vip"))
    policy(desk, "Rest", first_reply(60))
    made = create(desk, priority="high")
    clock.advance(600)
    update(desk, made.id, tags=["vip"])
    told = events(desk, made.id, "reply_time")
    assert ("breach!", 1, 60) in told
    assert told[-2:] == [("apply_sla", 1, 10), ("breach", 1, 30)]


def test_a_paused_clock_takes_its_breach_back(desk: Desk, clock: FakeClock) -> None:
    """Pending stops the requester's wait, its foretold breach is void, and a later one replaces it."""
    policy(desk, "All", [Target("high", "requester_wait_time", 60, business_hours=False)])
    made = create(desk, priority="high")
    clock.advance(600)
    update(desk, made.id, status="pending")
    clock.advance(600)
    update(desk, made.id, status="open")
    assert events(desk, made.id, "requester_wait_time")[2:] == [
        ("apply_sla", 1, 0),
        ("breach!", 1, 60),
        ("pause", 1, 10),
        ("update_status", 1, 10),
        ("activate", 1, 20),
        ("breach", 1, 70),
    ]


def test_levels_show_beside_tickets_and_in_the_export(client: Client, desk: Desk, clock: FakeClock) -> None:
    """``include=slas`` works on one ticket, on several and in both exports, and costs nothing otherwise."""
    policy(desk, "All", first_reply(60))
    made = create(desk, priority="high")
    clock.advance(61)
    paths = (
        f"/api/v2/tickets/{made.id}?",
        f"/api/v2/tickets/show_many?ids={made.id}&",
        f"/api/v2/incremental/tickets/cursor?start_time={NOON - 1}&",
        f"/api/v2/incremental/tickets?start_time={NOON - 1}&",
    )
    for path in paths:
        body = client.get(f"{path}include=slas")
        record = body["ticket"] if "ticket" in body else body["tickets"][0]
        assert record["slas"]["policy_metrics"][0]["minutes"] == 58
        plain = client.get(path)
        assert "slas" not in (plain["ticket"] if "ticket" in plain else plain["tickets"][0])


def test_metric_events_are_exported(client: Client, desk: Desk, clock: FakeClock) -> None:
    """By time without the last minute, in pages where asked, each with what belongs to its type."""
    policy(desk, "All", first_reply(60))
    made = create(desk, priority="high")
    path = f"/api/v2/incremental/ticket_metric_events?start_time={NOON - 100}"
    assert client.get(path)["ticket_metric_events"] == []
    clock.advance(600)
    answer(desk, made.id)
    clock.advance(61)
    body = client.get(path)
    found = {
        event["type"]: event for event in body["ticket_metric_events"] if event["metric"] == "reply_time"
    }
    assert (body["end_of_stream"], body["end_time"]) == (True, NOON + 600)
    assert found["apply_sla"]["sla"] == {
        "target": 60,
        "target_in_seconds": 3600,
        "business_hours": False,
        "policy": {"id": 1, "title": "All", "description": ""},
    }
    assert (found["breach"]["deleted"], found["breach"]["time"]) == (True, stamp(NOON + HOUR))
    assert found["update_status"]["status"] == {"calendar": 10, "business": 10}
    pages = client.get(f"{path}&page%5Bsize%5D=5")
    assert (len(pages["ticket_metric_events"]), pages["meta"]["has_more"]) == (5, True)
    hidden = client.get(f"{path}&exclude_deleted=true")["ticket_metric_events"]
    assert not [event for event in hidden if event["type"] == "breach"]


def test_a_long_diary_is_told_in_several_answers(client: Client, desk: Desk, clock: FakeClock) -> None:
    """After many updates one request works off a part, and says that there is more to come."""
    for _ in range(1_050):
        clock.advance(1)
        create(desk)
    clock.advance(61)
    start, seen, asked = NOON, set(), 0
    while True:
        body = client.get(f"/api/v2/incremental/ticket_metric_events?start_time={start}&per_page=10000")
        seen |= {event["ticket_id"] for event in body["ticket_metric_events"]}
        start, asked = body["end_time"], asked + 1
        if body["end_of_stream"]:
            break
    assert len(seen) == 1_050
    assert asked > 1
