"""What is never written unasked: plans over their caps, segments that moved too far, customers kept apart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from connectors.changes import Field
from connectors.clock import SystemClock
from connectors.records import Ticket
from connectors.sandbox.server import RunningSandbox
from integration import jobs
from integration.app import App
from integration.doctor import writing
from integration.overview import overview
from integration.plan import Rules, TicketPlan, plan_ticket
from integration.plan_file import Foot, PlanError, lines
from integration.progress import silent
from integration.restraint import Limits, moved, over
from integration.store import ground, records
from integration.store.ground import Ground
from integration.store.planning import Known
from integration.undo_plan import Only
from integration.web.home import render_home
from policies.treatment import Claim, Decision, Part
from tests.integration.desk import beside, settings, small_desk

FOOT = Foot(
    looked_at=9, tickets=2_500, changes=9, calls=1, fields={"tags": 2_500, "priority": 40},
    segments={"vip": 300}, kept={}, hash="",
)  # fmt: skip


@pytest.fixture
def desk() -> Iterator[RunningSandbox]:
    with RunningSandbox(small_desk(), delay=0.0) as found:
        yield found


def test_f_out_08_the_larger_of_number_and_share_is_the_limit() -> None:
    """2,500 tickets are too many of 10,000 open ones, and not too many of 20,000."""
    (reason,) = over(FOOT, 10_000, Limits())
    assert reason == (
        "The plan changes 2,500 tickets; 2,000 may be changed unasked (2,000, or 20% of 10,000 open ones)."
    )
    assert list(over(FOOT, 20_000, Limits())) == []


def test_segments_and_fields_have_caps_of_their_own() -> None:
    """Each that is passed is named; one that is kept is not."""
    limits = Limits(
        tickets=9_999,
        by_segment={"vip": 299, "quiet": 0},
        by_field={Field.PRIORITY: 39, Field.TAGS: 2_500},
    )
    assert list(over(FOOT, 1, limits)) == [
        "300 tickets of the segment vip change; 299 may.",
        "The field priority changes on 40 tickets; 39 may.",
    ]


def test_a_segment_that_moved_too_far_is_named_with_the_likely_reason() -> None:
    """More than half and more than a hundred; new segments and small ones are no surprise."""
    before = Ground(1, "a", {"vip": 1_000, "small": 10, "steady": 1_000})
    sizes = {"vip": 400, "small": 100, "steady": 1_500, "new": 9_999}
    (reason,) = moved(before, sizes, "b", Limits())
    assert reason == "The segment vip went from 1,000 to 400 members; the policy is another one since."
    (reason,) = moved(before, sizes, "a", Limits())
    assert "the records are others" in reason
    assert list(moved(before, {"vip": 500, "steady": 1_000}, "a", Limits())) == []


def cue(desk: RunningSandbox) -> int:
    """How many tickets carry a tag of ours."""
    return sum(any(tag.startswith("cue_") for tag in one.tags) for one in desk.desk.tickets)


def test_f_out_08_a_first_run_over_the_cap_writes_nothing_until_approved(
    desk: RunningSandbox, tmp_path: Path
) -> None:
    """The cycle plans and waits, everywhere it is said why; approval sends it, and the next cycle is free."""
    writing_few = {"mode": "write", "most_tickets": 0, "most_share": 0.0}
    with beside(desk, tmp_path, writing=writing_few) as app:
        cycle = jobs.cycle(app, silent)
        assert cycle.applied is None
        assert cue(desk) == 0
        (reason,) = cycle.waits
        assert reason.startswith(f"The plan changes {cycle.planned.foot.tickets} tickets; 0 may")
        with pytest.raises(PlanError, match="--yes"):
            jobs.demand_moderate(app, cycle.planned.path)
        seen = overview(app, None)
        assert seen.waits == cycle.waits
        assert "deskcue approve" in render_home(seen, now=app.clock.wall(), zone="UTC", nonce="n")
        (found,) = writing(settings(desk, tmp_path), SystemClock())
        assert found.level == "warning"
        assert reason in found.what
        assert jobs.approve(app, silent).written == cycle.planned.foot.tickets
        assert jobs.waiting_plan(app) is None
        again = jobs.cycle(app, silent)
        assert (again.waits, again.planned.foot.changes) == ((), 0)
        with pytest.raises(PlanError, match="Nothing waits"):
            jobs.approve(app, silent)


def test_taking_back_is_never_held_up(desk: RunningSandbox, tmp_path: Path) -> None:
    """A run of any size can be taken back at once."""
    with beside(desk, tmp_path) as app:
        jobs.cycle(app, silent)
    with beside(desk, tmp_path, writing={"mode": "write", "most_tickets": 0, "most_share": 0.0}) as app:
        undone = jobs.make_undo(app, silent, "last", Only())
        jobs.demand_moderate(app, undone.path)
        assert jobs.apply_plan(app, undone.path, silent).written == undone.foot.tickets
    assert cue(desk) == 0


def test_after_a_segment_moved_nothing_is_written_until_approved(
    desk: RunningSandbox, tmp_path: Path
) -> None:
    """Sizes are those of the last time plans were allowed; approval makes today's the ground."""
    with beside(desk, tmp_path) as app:
        jobs.cycle(app, silent)
        segment = next(iter(app.policy.segments))
        pretend(app, segment, 5_000)
        cycle = jobs.cycle(app, silent)
        (reason,) = cycle.waits
        assert reason.startswith(f"The segment {segment} went from 5,000 to ")
        jobs.cycle(app, silent)
        assert jobs.waiting_plan(app) is not None
        jobs.approve(app, silent)
        assert jobs.cycle(app, silent).waits == ()


def pretend(app: App, segment: str, size: int) -> None:
    """The segment had so many members when plans were last allowed."""
    with app.store.write() as connection:
        before = ground.ground(connection)
        assert before is not None
        ground.allow(connection, msgspec.structs.replace(before, sizes={**before.sizes, segment: size}))


def planned(customer: str, rules: Rules) -> TicketPlan:
    ticket = Ticket(
        id="1", version=1, stamp="s", customer_id=customer, status="open", created_at=1, updated_at=1
    )
    tag = Part("vip", Claim("vip", "segment:vip", "Key account asks for the tag vip."))
    decision = Decision(
        ticket_id="1", policy="p", segment=None, segments=(), situations=(), tags=(tag,)
    )  # fmt: skip
    return plan_ticket(Known(ticket, decision, {}), rules)


def written(rules: Rules) -> set[str]:
    """Of a thousand customers those for whom something would be written."""
    return {str(one) for one in range(1000) if planned(str(one), rules).changes}


def test_canary_and_holdout_are_stable_shares_of_the_customers() -> None:
    """Always the same customers, about as many as said, more of them as the share grows."""
    plain = Rules(tag_prefix="cue_")
    few, more = (written(replace_canary(plain, share)) for share in (0.05, 0.2))
    assert 30 < len(few) < 75
    assert few < more
    assert written(replace_canary(plain, 0.05)) == few
    held = set(map(str, range(1000))) - written(msgspec.structs.replace(plain, holdout=0.3))
    assert 250 < len(held) < 350
    assert 0.2 < len(held & more) / len(more) < 0.4


def replace_canary(rules: Rules, share: float) -> Rules:
    return msgspec.structs.replace(rules, canary=share)


def test_who_is_kept_apart_is_told_why() -> None:
    """The plan names the group, and what had been wanted is seen in it."""
    (kept,) = planned("7", Rules(tag_prefix="cue_", canary=0.0)).kept
    assert kept.reason == "canary: only 0% of the customers are written for"
    (kept,) = planned("7", Rules(tag_prefix="cue_", holdout=1.0)).kept
    assert kept.reason == "held out: nothing is written for 100% of the customers"


def test_a_canary_writes_for_its_share_alone(desk: RunningSandbox, tmp_path: Path) -> None:
    """The mode writes, and a customer's tickets are written to or left alone, never both."""
    with beside(desk, tmp_path, writing={"mode": "canary", "canary": 0.5}) as app:
        cycle = jobs.cycle(app, silent)
        assert cycle.applied is not None
        planned = [line.plan for line in lines(cycle.planned.path)]
        with app.store.read() as connection:
            tickets = records.read(connection, Ticket, [plan.ticket_id for plan in planned])
    owners = {name: ticket.customer_id for name, ticket in tickets.items()}
    written = {owners[plan.ticket_id] for plan in planned if plan.changes}
    apart = {
        owners[plan.ticket_id]
        for plan in planned
        if any(kept.reason.startswith("canary:") for kept in plan.kept)
    }
    assert written
    assert apart
    assert written.isdisjoint(apart)
    assert cycle.applied.written == sum(bool(plan.changes) for plan in planned)
