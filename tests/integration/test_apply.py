"""Writing back when things go wrong: one effect a decision, nothing lost, nobody's work overwritten."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from connectors.changes import Change, Field
from connectors.errors import (
    AuthenticationError,
    ConflictError,
    ConnectorError,
    RejectedError,
    RetryableError,
    UnavailableError,
)
from integration.apply import PATIENCE, recover
from integration.plan import TicketPlan
from integration.plan_file import Head, Line, PlanError, write_plan
from integration.progress import silent
from integration.store import facts, outbox
from tests.integration.rounds import RULES, Rounds
from tests.integration.world import CrashError, Trick, decide

QUIET_TRICKS: tuple[Trick, ...] = ("swallowed", "never arrived", "late", "halved", "forgotten", "endless")
"""Those after which a run ends by itself, everything written."""


def fill(rounds: Rounds, tickets: int) -> None:
    """Tickets that are all to become ``cue_vip`` and high."""
    for number in range(1, tickets + 1):
        rounds.world.add(number, tags=("billing",))
    rounds.sync()
    for number in range(1, tickets + 1):
        decide(rounds.store, rounds.world, str(number), "vip", priority="high")


def effects(rounds: Rounds) -> Counter[tuple[str, str]]:
    return Counter((audit.ticket_id, audit.field.value) for audit in rounds.world.audits)


def everything_once(rounds: Rounds, tickets: int) -> None:
    """INV-3, INV-4: every ticket shows the decision, and was changed once for it."""
    for number in range(1, tickets + 1):
        ticket = rounds.world.desk[str(number)]
        assert (ticket.tags, ticket.priority) == (("billing", "cue_vip"), "high")
    assert set(effects(rounds).values()) == {1}
    rounds.check()


@pytest.mark.parametrize("trick", QUIET_TRICKS)
def test_f_http_19_an_answer_that_is_lost_costs_no_second_effect(rounds: Rounds, trick: Trick) -> None:
    """F-OUT-07: calls done without an answer, half done, forgotten or never ended are settled by reading."""
    fill(rounds, 25)
    rounds.world.tricks.extend([trick])
    rounds.cycle()
    rounds.settle()
    everything_once(rounds, 25)


def test_f_http_19_every_answer_is_swallowed_once(rounds: Rounds) -> None:
    """60 calls whose answers all get lost after the work was done: as many effects as decisions."""
    rounds.world.batch = 1
    fill(rounds, 60)
    rounds.world.tricks.extend(["swallowed"] * 60)
    applied = rounds.cycle()
    assert (applied.written, applied.refused, rounds.world.requests["update"]) == (60, 0, 60)
    everything_once(rounds, 60)


def test_f_http_20_a_call_that_arrives_late_is_ours_and_not_repeated(rounds: Rounds) -> None:
    """Sent, not seen, sent again and then refused as outdated: it was our own doing, so we own it."""
    fill(rounds, 3)
    rounds.world.tricks.extend(["late", "overtaken"])
    rounds.cycle()
    everything_once(rounds, 3)
    for number in "123":
        decide(rounds.store, rounds.world, number)
    rounds.settle()
    assert all(ticket.tags == ("billing",) for ticket in rounds.world.desk.values())


def test_a_call_that_arrives_between_two_runs_is_ours(rounds: Rounds) -> None:
    """The run stopped while nobody knew; the next one reads before it drops or sends anything."""
    fill(rounds, 3)
    rounds.world.tricks.extend(["late", "busy"])
    path, _ = rounds.plan()
    with pytest.raises(RetryableError):
        rounds.apply(path)
    rounds.world.deliver()
    rounds.cycle()
    assert len(rounds.world.sent) == 2
    everything_once(rounds, 3)
    for number in "123":
        decide(rounds.store, rounds.world, number)
    rounds.settle()
    assert all(ticket.tags == ("billing",) for ticket in rounds.world.desk.values())


def test_f_crash_03_a_crash_at_every_point_of_a_run_ends_well(tmp_path: Path, template: Path) -> None:
    """F-OUT-01: dying before and after each transaction, call and answer, each alone, leaves one effect."""
    k = 1
    while crashed(tmp_path / f"{k}", template, k):
        k += 1
    assert k > 60, "a run has fewer points than it had"


@pytest.mark.parametrize("again", [1, 2, 3, 5, 8])
def test_f_crash_04_a_crash_during_recovery_ends_well_too(tmp_path: Path, template: Path, again: int) -> None:
    """Two crashes in a row, the second early or late in the recovery from the first."""
    for k in range(4, 60, 7):
        crashed(tmp_path / f"{k}", template, k, again)


def crashed(folder: Path, template: Path, *points: int) -> bool:
    """Whether a run had these points to die at; whatever happened, it must have ended well."""
    folder.mkdir()
    rounds = Rounds(folder, template)
    rounds.world.batch = 2
    fill(rounds, 4)
    rounds.world.tricks.extend(["late", "halved"])
    path, _ = rounds.plan()
    died = False
    for point in points:
        rounds.fuse.left = point
        try:
            rounds.apply(path)
        except CrashError:
            died = True
        rounds.reopen()
    rounds.settle()
    everything_once(rounds, 4)
    rounds.close()
    return died


@pytest.mark.parametrize(
    ("trick", "fault"),
    [("busy", RetryableError), ("signed out", AuthenticationError), ("not offered", UnavailableError)],
)
def test_a_call_that_was_not_taken_does_not_count(
    rounds: Rounds, trick: Trick, fault: type[ConnectorError]
) -> None:
    """However often the desk turns a call away at the door, its wishes wait unharmed."""
    fill(rounds, 5)
    path, _ = rounds.plan()
    for _ in range(5):
        rounds.world.tricks.extend([trick])
        with pytest.raises(fault):
            rounds.apply(path)
        assert rounds.waiting() == {"pending": 5}
    assert rounds.apply(path).written == 5
    assert rounds.events("1")[:2] == ["sending"] * 2
    everything_once(rounds, 5)


def test_a_fault_nobody_foresaw_is_settled_by_reading(rounds: Rounds) -> None:
    """An error from outside the promise leaves the wishes claimed; the next run reads before it sends."""
    fill(rounds, 5)
    rounds.world.tricks.extend(["broken"])
    path, _ = rounds.plan()
    with pytest.raises(ValueError, match="unforeseen"):
        rounds.apply(path)
    assert rounds.waiting() == {"claimed": 5}
    recover(rounds.store, rounds.world, rounds.clock, RULES, silent)
    everything_once(rounds, 5)


def test_busy_because_of_others_waits_for_a_job_of_ours(rounds: Rounds) -> None:
    """Others use up the desk's jobs: with one of ours under way the run goes on when it ends."""
    fill(rounds, 40)
    rounds.world.tricks.extend(["halved", "busy"])
    applied = rounds.cycle()
    assert applied.written == 40
    everything_once(rounds, 40)


def test_a_job_that_never_ends_is_waited_for_no_longer_than_stated(rounds: Rounds) -> None:
    """After PATIENCE its tickets are read and sent again; the desk is asked ever less often."""
    fill(rounds, 5)
    rounds.world.tricks.extend(["endless"])
    rounds.cycle()
    assert PATIENCE <= sum(rounds.clock.sleeps) < PATIENCE + 60
    assert rounds.world.requests["job"] < 150
    everything_once(rounds, 5)


def test_a_desk_that_never_tells_of_jobs_is_read_instead(rounds: Rounds) -> None:
    """Job statuses that are not shown to us hold up nothing for good."""
    fill(rounds, 5)
    rounds.world.deaf = True
    assert rounds.cycle().written == 5
    rounds.calm()
    everything_once(rounds, 5)


@pytest.mark.parametrize("trick", ["rejected", "conflict", "never arrived"])
def test_f_out_09_one_ticket_that_fails_every_call_fails_alone(rounds: Rounds, trick: Trick) -> None:
    """F-HTTP-09: a ticket that the desk cannot bear is found and given up; all others are written."""
    rounds.world.batch = 20
    fill(rounds, 60)
    rounds.world.poison["33"] = trick
    applied = rounds.cycle()
    assert (applied.written, applied.refused) == (59, 1)
    assert list(rounds.given_up()) == ["33"]
    assert len(rounds.world.sent) < 40
    rounds.check()
    assert {name for name, _ in effects(rounds)} == set(rounds.world.desk) - {"33"}


@pytest.mark.parametrize(
    ("trick", "fault"),
    [("rejected", RejectedError), ("conflict", ConflictError), ("never arrived", RetryableError)],
)
def test_a_desk_that_does_nothing_at_all_is_left_alone(
    rounds: Rounds, trick: Trick, fault: type[ConnectorError]
) -> None:
    """Three calls in a row without effect end the run; nothing is given up, and the next run goes on."""
    fill(rounds, 60)
    rounds.world.tricks.extend([trick] * 3)
    path, _ = rounds.plan()
    with pytest.raises(fault):
        rounds.apply(path)
    assert rounds.waiting() == {"pending": 60}
    assert len(rounds.world.sent) == 3
    assert rounds.apply(path).written == 60
    everything_once(rounds, 60)


def test_new_plans_do_not_let_a_wish_be_sent_for_ever(rounds: Rounds) -> None:
    """F-OUT-09: while its ticket stands still its tries go on counting from plan to plan."""
    fill(rounds, 1)
    rounds.world.poison["1"] = "never arrived"
    for _ in range(10):
        rounds.sync()
        path, _ = rounds.plan()
        try:
            rounds.apply(path)
        except RetryableError:
            rounds.clock.advance(900)
    assert len(rounds.world.sent) <= 8
    assert rounds.waiting() == {"blocked": 1}
    assert outbox.LOST in rounds.given_up()["1"]


def test_one_unreadable_ticket_holds_up_nobody(rounds: Rounds) -> None:
    """A ticket that cannot be read back is put aside with the reason; all others are settled."""
    rounds.world.batch = 20
    fill(rounds, 40)
    rounds.world.unreadable.add("7")
    applied = rounds.cycle()
    assert (applied.written, applied.refused) == (39, 1)
    assert "cannot be read back" in rounds.given_up()["7"]
    rounds.world.unreadable.clear()
    rounds.settle()
    everything_once(rounds, 40)


def test_a_desk_whose_tickets_cannot_be_read_at_all_stops_the_run(rounds: Rounds) -> None:
    """When no ticket of many can be read the desk has changed: nothing is given up, the error goes out."""
    fill(rounds, 8)
    rounds.world.unreadable |= set(rounds.world.desk)
    path, _ = rounds.plan()
    with pytest.raises(RejectedError, match="cannot be understood"):
        rounds.apply(path)
    assert rounds.waiting() == {"claimed": 8}
    rounds.world.unreadable.clear()
    rounds.apply(path)
    everything_once(rounds, 8)


def test_f_out_02_only_the_newest_decision_is_sent(rounds: Rounds) -> None:
    """A plan left unsent, then two changes of mind: what the older plans wanted never reaches the desk."""
    fill(rounds, 3)
    rounds.world.tricks.extend(["busy"])
    path, _ = rounds.plan()
    with pytest.raises(RetryableError):
        rounds.apply(path)
    decide(rounds.store, rounds.world, "1", "gold")
    decide(rounds.store, rounds.world, "2")
    second, _ = rounds.plan()
    rounds.apply(second)
    assert [rounds.world.desk[one].tags for one in "123"] == [
        ("billing", "cue_gold"), ("billing",), ("billing", "cue_vip"),
    ]  # fmt: skip
    assert rounds.world.desk["2"].priority is None
    rounds.check()


def test_a_plan_older_than_the_last_one_undoes_nothing(rounds: Rounds) -> None:
    """Applied after a newer plan, an old one sends only what would still be planned."""
    fill(rounds, 2)
    old, _ = rounds.plan()
    decide(rounds.store, rounds.world, "1")
    new, _ = rounds.plan()
    rounds.apply(new)
    applied = rounds.apply(old)
    assert (applied.written, applied.already) == (0, 2)
    assert rounds.world.desk["1"].tags == ("billing",)
    decide(rounds.store, rounds.world, "1", "gold")
    assert rounds.apply(rounds.plan()[0]).written == 1
    rounds.check()


def test_an_old_plan_pushes_no_waiting_wish_of_a_newer_one_aside(rounds: Rounds) -> None:
    """INV-3: the newer plan was taken and not sent; after the older one it can still be carried on."""
    fill(rounds, 2)
    old, _ = rounds.plan()
    decide(rounds.store, rounds.world, "1", level="fast")
    new, _ = rounds.plan()
    rounds.world.tricks.extend(["busy"])
    with pytest.raises(RetryableError):
        rounds.apply(new)
    applied = rounds.apply(old)
    assert (applied.written, applied.outdated) == (2, 1)
    assert rounds.events("1")[-4:] == ["dropped"] * 2 + ["sending", "written"]
    assert rounds.world.desk["1"].service_level == "fast"
    assert not rounds.plan()[1].changes
    rounds.check()


def test_a_changed_mind_is_counted_and_written_down(rounds: Rounds) -> None:
    """What a plan holds that was decided otherwise since is left out, told and journalled."""
    fill(rounds, 2)
    path, _ = rounds.plan()
    decide(rounds.store, rounds.world, "1", "gold")
    applied = rounds.apply(path)
    assert (applied.written, applied.outdated) == (1, 1)
    assert rounds.events("1") == ["dropped"] * 2
    assert rounds.cycle().written == 1
    rounds.check()


def test_what_somebody_else_set_is_not_ours_even_after_a_crash(rounds: Rounds) -> None:
    """INV-7: a conflict answered to a process that died still says that it was another's hand."""
    fill(rounds, 1)
    path, _ = rounds.plan()
    rounds.world.edit("1", tags=("billing", "cue_vip"), priority="high")
    before = rounds.fuse.passed
    with pytest.raises(CrashError):
        crash_while_the_job_runs(rounds, path)
    assert rounds.fuse.passed > before
    rounds.reopen()
    rounds.apply(path)
    assert rounds.events("1")[-1] == "found"
    decide(rounds.store, rounds.world, "1", priority="urgent")
    rounds.settle()
    assert (rounds.world.desk["1"].tags, rounds.world.desk["1"].priority) == (("billing", "cue_vip"), "high")


def crash_while_the_job_runs(rounds: Rounds, path: Path) -> None:
    """Die at the first question about a job."""
    for left in range(1, 60):
        rounds.fuse.left = left
        try:
            rounds.apply(path)
        except CrashError:
            if any(one.said is None for one in rounds.world.jobs.values()):
                with rounds.store.read() as connection:
                    if connection.exec_driver_sql("SELECT job FROM outbox").scalar() is not None:
                        raise
            rounds.reopen()


def test_f_out_05_a_change_right_after_ours_is_the_persons(rounds: Rounds) -> None:
    """Between our write and our look an agent lowers the priority: it stays, and the tag is known as ours."""
    fill(rounds, 1)
    rounds.world.tricks.extend(["swallowed"])
    path, _ = rounds.plan()
    for left in range(1, 60):
        rounds.fuse.left = left
        try:
            rounds.apply(path)
        except CrashError:
            rounds.reopen()
            if rounds.world.audits:
                break
    rounds.world.edit("1", priority="low")
    rounds.apply(path)
    assert rounds.world.desk["1"].priority == "low"
    rounds.check()
    decide(rounds.store, rounds.world, "1", priority="urgent")
    rounds.settle()
    assert (rounds.world.desk["1"].tags, rounds.world.desk["1"].priority) == (("billing",), "low")


def test_a_desk_that_says_yes_and_does_nothing_is_found_out(rounds: Rounds) -> None:
    """Success is what the ticket shows: an accepted change that is not there is given up with that reason."""
    fill(rounds, 3)
    rounds.world.tricks.extend(["lying"])
    applied = rounds.cycle()
    assert (applied.written, applied.refused) == (0, 3)
    assert set(rounds.given_up().values()) == {"the desk accepted the change and did not make it"}
    rounds.check()
    rounds.world.edit("1", subject="moved")
    rounds.settle()
    assert rounds.world.desk["1"].tags == ("billing", "cue_vip")


def test_f_http_07_a_ticket_that_is_gone_is_given_up_once(rounds: Rounds) -> None:
    """A ticket deleted between plan and apply ends as gone and is not asked for again."""
    fill(rounds, 2)
    path, _ = rounds.plan()
    rounds.world.edit("1", deleted=True)
    applied = rounds.apply(path)
    assert (applied.written, applied.refused) == (1, 1)
    assert rounds.events("1")[-1] == "gone"
    rounds.check()


def test_f_out_03_our_own_echo_is_no_news(rounds: Rounds) -> None:
    """What we wrote comes back by the export: fifty cycles later every ticket was written once."""
    fill(rounds, 5)
    for _ in range(50):
        rounds.cycle()
    everything_once(rounds, 5)


def test_f_out_04_an_automation_that_undoes_us_is_met_once(rounds: Rounds) -> None:
    """Whatever it undoes is its own from then on: nothing is written again, and the plan says why."""
    fill(rounds, 1)
    for _ in range(20):
        rounds.cycle()
        rounds.world.edit("1", tags=("billing",), priority="low", service_level=None)
    rounds.cycle()
    assert set(effects(rounds).values()) == {1}
    _, foot = rounds.plan()
    assert foot.kept == {
        "tags: a person took this tag off": 1,
        "priority: low was set on the desk, not by Deskcue; high was asked for": 1,
    }


def test_f_out_10_six_hours_without_a_desk_cost_a_row_a_ticket(rounds: Rounds) -> None:
    """Minds change while nothing can be sent: one wish waits for each ticket, and the newest is written."""
    fill(rounds, 12)
    for number in range(24):
        rounds.world.tricks.append("busy")
        decide(rounds.store, rounds.world, "1", f"mind_{number}", priority="urgent")
        with pytest.raises(RetryableError):
            rounds.cycle()
        rounds.clock.advance(900)
        assert sum(rounds.waiting().values()) <= 12
    decide(rounds.store, rounds.world, "1", "vip", priority="high")
    rounds.world.tricks.clear()
    rounds.cycle()
    everything_once(rounds, 12)


def tags_of(rounds: Rounds, ticket: str = "1") -> list[str]:
    return list(rounds.world.desk[ticket].tags)


def test_f_crash_03_what_arrives_after_nobody_asks_for_it_any_more_is_still_ours(rounds: Rounds) -> None:
    """Sent, killed before the answer, withdrawn, and done all the same: the next plan takes it off."""
    fill(rounds, 1)
    rounds.world.tricks.extend(["late", "busy"])
    with pytest.raises(RetryableError):
        rounds.cycle()
    decide(rounds.store, rounds.world, "1")
    rounds.cycle()
    assert rounds.waiting() == {}
    rounds.world.deliver()
    assert tags_of(rounds) == ["billing", "cue_vip"]
    rounds.settle()
    assert tags_of(rounds) == ["billing"]


def test_f_crash_03_what_was_taken_off_unseen_is_nobody_elses_doing(rounds: Rounds) -> None:
    """A removal that arrives after it was dropped: asked for again, the tag is set again."""
    fill(rounds, 1)
    rounds.cycle()
    decide(rounds.store, rounds.world, "1")
    rounds.world.tricks.extend(["late", "busy"])
    with pytest.raises(RetryableError):
        rounds.cycle()
    decide(rounds.store, rounds.world, "1", "vip", priority="high")
    rounds.cycle()
    rounds.world.deliver()
    assert tags_of(rounds) == ["billing"]
    rounds.settle()
    assert tags_of(rounds) == ["billing", "cue_vip"]


def test_f_out_10_what_is_most_urgent_leaves_first(rounds: Rounds) -> None:
    """After an outage: what breaks soonest, who waits longest, and at last whom nobody waits for."""
    rounds.world.batch = rounds.world.parallel = 1
    now = rounds.clock.wall()
    times: dict[int, dict[str, int | None]] = {
        1: {"waiting_since": None}, 2: {"waiting_since": now - 7200}, 3: {"breach_at": now + 60},
        4: {"waiting_since": now - 9000}, 5: {"breach_at": now - 60}, 6: {"waiting_since": now - 90_000},
    }  # fmt: skip
    for number, values in times.items():
        rounds.world.add(number, tags=("billing",), **{"waiting_since": None, **values})
        decide(rounds.store, rounds.world, str(number), "vip", priority="high")
    rounds.world.tricks.append("busy")
    with pytest.raises(RetryableError):
        rounds.cycle()
    rounds.cycle()
    assert [tickets[0] for tickets in rounds.world.sent[-6:]] == ["6", "5", "3", "4", "2", "1"]


def test_f_out_06_a_tag_added_between_read_and_write_survives(rounds: Rounds) -> None:
    """Another app tags the ticket after the plan was made: both tags are there in the end."""
    fill(rounds, 3)
    path, _ = rounds.plan()
    rounds.world.edit("2", tags=("billing", "other_app"))
    applied = rounds.apply(path)
    assert (applied.written, applied.replanned) == (3, 1)
    assert rounds.world.desk["2"].tags == ("billing", "cue_vip", "other_app")
    rounds.check()


def test_a_tag_we_took_off_comes_back_when_it_is_asked_for_again(rounds: Rounds) -> None:
    """Only what a person took off stays off."""
    fill(rounds, 1)
    for tags in (("vip",), (), ("vip",), ("gold",), ("vip", "gold")):
        decide(rounds.store, rounds.world, "1", *tags, level="fast")
        rounds.cycle()
        assert set(rounds.world.desk["1"].tags) == {"billing", *(f"cue_{tag}" for tag in tags)}
    rounds.check()


def test_a_run_that_was_sent_is_told_so_unless_it_had_work(rounds: Rounds) -> None:
    """``repeated`` means that nothing was done: settling what another run left is not nothing."""
    fill(rounds, 2)
    path, _ = rounds.plan()
    rounds.apply(path)
    assert rounds.apply(path).repeated
    decide(rounds.store, rounds.world, "1", "gold")
    rounds.world.tricks.extend(["busy"])
    with pytest.raises(RetryableError):
        rounds.apply(rounds.plan()[0])
    again = rounds.apply(path)
    assert (again.repeated, again.written) == (False, 1)


def test_a_run_is_finished_when_nothing_of_it_waits(rounds: Rounds) -> None:
    """A run that was stopped stays open; one whose rest was given up is finished, and says how many."""
    fill(rounds, 2)
    rounds.world.tricks.extend(["busy"])
    path, foot = rounds.plan()
    with pytest.raises(RetryableError):
        rounds.apply(path)
    run = f"run-{foot.hash[:10]}"
    with rounds.store.read() as connection:
        assert not outbox.is_finished(connection, run)
    rounds.world.poison["1"] = "rejected"
    assert rounds.apply(path).refused == 1
    with rounds.store.read() as connection:
        assert outbox.is_finished(connection, run)
    assert rounds.waiting() == {"dead": 1}


def test_a_plan_of_another_desk_is_refused(rounds: Rounds) -> None:
    """Ticket ids mean other tickets elsewhere; nothing is sent."""
    fill(rounds, 1)
    path, _ = rounds.plan()
    with rounds.store.write() as connection:
        facts.put(connection, {"desk": "https://other.example"})
    with pytest.raises(PlanError, match=r"world\.example.*other\.example"):
        rounds.apply(path)
    assert rounds.world.sent == []


def test_lines_below_the_total_are_no_part_of_a_plan(rounds: Rounds) -> None:
    """The seal covers what stands above it: a line added below it makes the plan unusable."""
    fill(rounds, 2)
    path, _ = rounds.plan()
    whole = path.read_bytes().splitlines(keepends=True)
    for text in ([*whole, whole[1]], [*whole, whole[0]], [*whole, whole[-1]], whole[1:], whole[:-1], []):
        path.write_bytes(b"".join(text))
        with pytest.raises(PlanError, match="not a whole, unchanged plan"):
            rounds.apply(path)
    assert rounds.world.sent == []


def test_a_plan_made_by_hand_cannot_touch_what_is_not_ours(rounds: Rounds) -> None:
    """A sealed file that asks for other people's tags is not sent: no plan would ask for that (INV-7)."""
    fill(rounds, 1)
    path, _ = rounds.plan()
    evil = Change(field=Field.TAGS, before=("billing",), after=(), reason="")
    plan = TicketPlan(ticket_id="1", stamp=rounds.world.desk["1"].stamp, changes=(evil,))
    head = Head(desk="https://world.example", policy="p", made_at=1)
    write_plan(path, head, [Line(plan=plan)], batch=10)
    assert rounds.apply(path).outdated == 1
    assert rounds.world.sent == []


def test_a_seal_is_the_hash_of_the_lines_above(rounds: Rounds) -> None:
    """Anybody can check a plan without Deskcue: SHA-256 over every line but the last."""
    fill(rounds, 1)
    path, foot = rounds.plan()
    above = path.read_bytes().splitlines(keepends=True)[:-1]
    assert foot.hash == hashlib.sha256(b"".join(above)).hexdigest()
    assert msgspec.json.decode(above[0])["line"] == "plan"
