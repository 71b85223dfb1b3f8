"""Taking a run back: our values go where they still stand, nobody's edit is touched, and nothing returns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.changes import Change, Field, Value
from connectors.errors import RetryableError
from connectors.records import Ticket
from connectors.sandbox.server import RunningSandbox
from connectors.sandbox.wire import ticket as shown
from integration import jobs
from integration.plan import Kept, Rules, TicketPlan, plan_ticket
from integration.plan_file import PlanError, lines
from integration.progress import silent
from integration.release import release_run, release_ticket
from integration.store import effects, holds, planning
from integration.store.effects import Effect
from integration.store.planning import Known
from integration.undo import undo_ticket
from integration.undo_plan import Only, run_of
from tests.integration.desk import beside, small_desk
from tests.integration.rounds import RULES, Rounds
from tests.integration.test_cli import run
from tests.integration.world import CrashError, Trick, decide

RUN = "run-1"


def seen(**values: object) -> Ticket:
    stated = {"id": "5", "version": 1, "stamp": "s", "status": "open", "created_at": 1, "updated_at": 1}
    return msgspec.convert(stated | values, Ticket)


def made(field: Field, before: Value, after: Value) -> dict[Field, Effect]:
    return {field: Effect(Change(field=field, before=before, after=after, reason="Because."), 1)}


def way_back(
    ticket: Ticket, effect: dict[Field, Effect], owned: dict[Field, Value], rules: Rules = RULES
) -> TicketPlan:
    return undo_ticket(Known(ticket, None, owned), effect, RUN, rules)


def reasons(found: TicketPlan) -> list[tuple[Value, str]]:
    return [(kept.value, kept.reason) for kept in found.kept]


def test_what_still_stands_goes_back() -> None:
    """A priority that is ours and untouched gets its former value, with the run and its reason named."""
    effect = made(Field.PRIORITY, "normal", "high")
    found = way_back(seen(priority="high"), effect, {Field.PRIORITY: "high"})
    (change,) = found.changes
    assert (change.before, change.after) == ("high", "normal")
    assert change.reason == "Takes back run-1: Because."
    assert found.update.undoes == RUN


@pytest.mark.parametrize(
    ("priority", "owned", "reason"),
    [
        ("normal", "high", "it is as it was before"),
        ("low", "high", "it was set since, not by Deskcue"),
        ("high", "urgent", "it was set since, not by Deskcue"),
        ("urgent", "urgent", "a later run wrote it"),
    ],
)
def test_inv_07_what_anybody_wrote_since_stays(priority: str, owned: str, reason: str) -> None:
    """A person's value, the old one set by a person, and a later run's are left with the reason."""
    effect = made(Field.PRIORITY, "normal", "high")
    found = way_back(seen(priority=priority), effect, {Field.PRIORITY: owned})
    assert found.changes == ()
    assert reasons(found) == [(priority, reason)]


def test_tags_go_back_one_by_one() -> None:
    """Ours come off, what we took off comes back, what others did with them since stays."""
    effect = made(Field.TAGS, ("cue_old", "cue_older"), ("cue_a", "cue_b", "cue_c"))
    ticket = seen(tags=("billing", "cue_a", "cue_c", "cue_older"))
    found = way_back(ticket, effect, {Field.TAGS: ("cue_a", "cue_b")})
    (change,) = found.changes
    assert (change.added, change.removed) == (("cue_old",), ("cue_a",))
    assert reasons(found) == [
        ("cue_b", "it is off already"),
        ("cue_c", "it was set since, not by Deskcue"),
        ("cue_older", "it is there again"),
    ]


def test_what_nobody_can_take_back_is_listed() -> None:
    """A note stays read, and a ticket at rest or deleted bears no change."""
    assert reasons(way_back(seen(), made(Field.NOTE, None, "Hello"), {})) == [
        (None, "a note cannot be taken back")
    ]
    effect, ours = made(Field.PRIORITY, None, "high"), {Field.PRIORITY: "high"}
    closed = way_back(seen(priority="high", status="closed"), effect, dict(ours))
    assert reasons(closed) == [("high", "the ticket is closed")]
    gone = way_back(seen(priority="high", deleted=True), effect, dict(ours))
    assert reasons(gone) == [("high", "the ticket was deleted")]


def test_tags_of_tickets_at_rest_go_back_where_they_are_written() -> None:
    """With write_to = all, tags were put on solved tickets, and come off them."""
    effect = made(Field.TAGS, (), ("cue_a",))
    ticket, ours = seen(tags=("cue_a",), status="solved"), {Field.TAGS: ("cue_a",)}
    everywhere = Rules(tag_prefix="cue_", write_to="all")
    assert way_back(ticket, effect, dict(ours), everywhere).update.at_rest
    assert reasons(way_back(ticket, effect, dict(ours))) == [(("cue_a",), "the ticket is solved")]


def fill(rounds: Rounds, tickets: int) -> dict[str, tuple[object, ...]]:
    """Tickets that are all to become ``cue_vip``, high and fast; what they show before."""
    for number in range(1, tickets + 1):
        rounds.world.add(number, tags=("billing",), priority=None)
    rounds.sync()
    for number in range(1, tickets + 1):
        decide(rounds.store, rounds.world, str(number), "vip", priority="high", level="fast")
    return desk(rounds)


def desk(rounds: Rounds) -> dict[str, tuple[object, ...]]:
    return {
        name: (sorted(one.tags), one.priority, one.service_level) for name, one in rounds.world.desk.items()
    }


def test_f_out_13_apply_and_undo_leave_the_desk_as_it_was(rounds: Rounds) -> None:
    """Every ticket is as before; later plans hold what was taken back, until it is released."""
    before = fill(rounds, 25)
    run = rounds.cycle().run
    assert desk(rounds) != before
    undone = rounds.apply(rounds.undo("last")[0])
    assert (undone.written, undone.changes) == (25, 75)
    assert desk(rounds) == before
    rounds.sync()
    _, foot = rounds.plan()
    assert foot.changes == 0
    assert foot.kept == {
        f"{field}: taken back ({run}) until it is released": 25
        for field in ("tags", "priority", "service_level")
    }
    assert release_run(rounds.store, run).held == 75
    assert rounds.cycle().written == 25
    assert desk(rounds)["1"] == (["billing", "cue_vip"], "high", "fast")


def test_what_agents_do_meanwhile_stands(rounds: Rounds) -> None:
    """One tag taken off, one priority set, one ticket solved between apply and undo: all stay."""
    fill(rounds, 4)
    rounds.cycle()
    rounds.world.edit("1", tags=("billing", "urgent"))
    rounds.world.edit("2", priority="low")
    rounds.world.edit("3", status="solved")
    rounds.sync()
    path, foot = rounds.undo("last")
    rounds.apply(path)
    assert desk(rounds) == {
        "1": (["billing", "urgent"], None, None),
        "2": (["billing"], "low", None),
        "3": (["billing", "cue_vip"], "high", "fast"),
        "4": (["billing"], None, None),
    }
    assert foot.kept == {
        "tags: it is off already": 1,
        "priority: it was set since, not by Deskcue": 1,
        "tags: the ticket is solved": 1,
        "priority: the ticket is solved": 1,
        "service_level: the ticket is solved": 1,
    }
    assert rounds.world.wronged == []


def test_an_edit_between_the_plan_and_its_sending_stands(rounds: Rounds) -> None:
    """The way back is planned again for the ticket as it is now."""
    fill(rounds, 2)
    rounds.cycle()
    path, _ = rounds.undo("last")
    rounds.world.edit("1", priority="low")
    applied = rounds.apply(path)
    assert applied.replanned == 1
    assert desk(rounds)["1"] == (["billing"], "low", None)


def test_the_run_before_shines_through(rounds: Rounds) -> None:
    """Of two runs the second is taken back: what the first wrote is there again, and stays."""
    fill(rounds, 1)
    rounds.cycle()
    decide(rounds.store, rounds.world, "1", "gold", priority="urgent", level="fast")
    rounds.cycle()
    assert desk(rounds)["1"] == (["billing", "cue_gold"], "urgent", "fast")
    rounds.apply(rounds.undo("last")[0])
    assert desk(rounds)["1"] == (["billing", "cue_vip"], "high", "fast")
    rounds.settle()
    assert desk(rounds)["1"] == (["billing", "cue_vip"], "high", "fast")


def test_only_a_part_is_taken_back(rounds: Rounds) -> None:
    """By ticket, by field and by the segment that asked for it; the rest stays written."""
    fill(rounds, 3)
    run = rounds.cycle().run
    rounds.apply(rounds.undo(run, Only(ticket="1", field=Field.TAGS))[0])
    assert desk(rounds)["1"] == (["billing"], "high", "fast")
    assert desk(rounds)["2"] == (["billing", "cue_vip"], "high", "fast")
    assert rounds.undo(run, Only(segment="nobody"))[1].changes == 0
    rounds.apply(rounds.undo(run, Only(segment="vip", ticket="2"))[0])
    assert desk(rounds)["2"] == (["billing"], None, None)
    assert rounds.undo(run)[1].changes == 5


def test_everything_that_was_ever_written_is_taken_back(rounds: Rounds) -> None:
    """Over several runs, one of them partly taken back: the desk is as before the first."""
    before = fill(rounds, 6)
    rounds.cycle()
    for number, tag in (("1", "gold"), ("2", "silver")):
        decide(rounds.store, rounds.world, number, tag, "vip", priority="urgent")
    rounds.cycle()
    rounds.apply(rounds.undo("last", Only(ticket="2"))[0])
    rounds.world.edit("3", priority="low")
    rounds.sync()
    _, foot = rounds.undo("all", Only(ticket="2"))
    assert foot.fields == {"tags": 1, "priority": 1, "service_level": 1}
    rounds.apply(rounds.undo("all")[0])
    assert desk(rounds) == before | {"3": (["billing"], "low", None)}
    rounds.settle()
    assert desk(rounds) == before | {"3": (["billing"], "low", None)}


def test_a_segment_that_is_not_known_any_more_is_said(rounds: Rounds) -> None:
    """Where the decision of then has been let go, nobody can tell what a segment had asked for."""
    fill(rounds, 1)
    run = rounds.cycle().run
    with rounds.store.write() as connection:
        connection.exec_driver_sql("DELETE FROM decisions")
    path, foot = rounds.undo(run, Only(segment="vip"))
    assert foot.changes == 0
    (line,) = lines(path)
    assert {kept.reason for kept in line.plan.kept} == {"what asked for it is not kept any more"}


@pytest.mark.parametrize("trick", ["swallowed", "never arrived", "late", "halved", "forgotten", "endless"])
def test_f_out_01_a_lost_answer_takes_nothing_back_twice(rounds: Rounds, trick: Trick) -> None:
    """Calls whose end nobody hears of are settled by reading: all is back, each value once."""
    before = fill(rounds, 12)
    rounds.cycle()
    count = len(rounds.world.audits)
    path, _ = rounds.undo("last")
    rounds.world.tricks.append(trick)
    rounds.apply(path)
    rounds.settle()
    assert desk(rounds) == before
    assert len(rounds.world.audits) - count == 36


def test_a_plan_does_not_push_the_way_back_aside(rounds: Rounds) -> None:
    """While taking back waits, a plan for the same ticket is applied: the taking back still happens."""
    fill(rounds, 1)
    run = rounds.cycle().run
    path, _ = rounds.undo(run, Only(field=Field.TAGS))
    rounds.world.tricks.append("busy")
    with pytest.raises(RetryableError):
        rounds.apply(path)
    decide(rounds.store, rounds.world, "1", "vip", priority="urgent", level="fast")
    rounds.apply(rounds.plan()[0])
    rounds.settle()
    assert desk(rounds)["1"] == (["billing"], "urgent", "fast")


@pytest.mark.parametrize("run", ["last", "all"])
def test_what_has_not_left_yet_never_leaves(rounds: Rounds, run: str) -> None:
    """A run that was broken off is taken back: its other tickets are not written by the next run."""
    before = fill(rounds, 25)
    path, _ = rounds.plan()
    rounds.world.parallel = 1
    rounds.world.batch = 10
    rounds.world.sent.clear()
    rounds.fuse.left = 25
    with pytest.raises(CrashError):
        rounds.apply(path)
    rounds.reopen()
    rounds.world.deliver()
    left = {audit.ticket_id for audit in rounds.world.audits}
    assert 0 < len(left) < 25
    rounds.apply(rounds.undo(run)[0])
    rounds.apply(rounds.undo(run)[0])
    assert {audit.ticket_id for audit in rounds.world.audits} == left
    assert desk(rounds) == before
    rounds.settle()
    assert desk(rounds) == before


def test_a_run_is_named_or_refused(rounds: Rounds) -> None:
    """Unknown runs, runs before the first and runs that take back others end in a sentence."""
    with pytest.raises(PlanError, match="No run has written anything yet"):
        run_of(rounds.store, "last")
    with pytest.raises(PlanError, match="`deskcue runs` lists them"):
        run_of(rounds.store, "run-0")
    fill(rounds, 1)
    first = rounds.cycle().run
    undone = rounds.apply(rounds.undo(first)[0]).run
    with pytest.raises(PlanError, match=f"deskcue release --run {first}"):
        run_of(rounds.store, undone)
    assert run_of(rounds.store, "last").id == first
    with rounds.store.read() as connection:
        newest, oldest = effects.runs(connection, 9)
    assert (newest.id, newest.undoes, newest.changes) == (undone, first, 3)
    assert (oldest.id, oldest.undoes, oldest.held) == (first, None, 3)


def test_a_released_field_of_a_person_is_ours_again(rounds: Rounds) -> None:
    """A tag taken off, a priority set and a level of others: after a release the policy's wish is written."""
    fill(rounds, 1)
    rounds.world.edit("1", service_level="slow")
    rounds.cycle()
    rounds.world.edit("1", tags=("billing", "cue_other"), priority="low")
    rounds.settle()
    assert desk(rounds)["1"] == (["billing", "cue_other"], "low", "slow")
    released = release_ticket(rounds.store, rounds.clock, RULES, "1", [Field.TAGS, Field.PRIORITY])
    assert released.adopted == (Field.TAGS, Field.PRIORITY)
    rounds.cycle()
    assert desk(rounds)["1"] == (["billing", "cue_vip"], "high", "slow")
    assert "released" in rounds.events("1")
    again = release_ticket(rounds.store, rounds.clock, RULES, "1", [Field.TAGS, Field.PRIORITY])
    assert (again.held, again.adopted) == (0, ())


def test_a_group_that_was_taken_back_is_released(rounds: Rounds) -> None:
    """Held like any other field, and let go by its name; what stands there counts as ours."""
    rounds.world.add(1, group_id="11")
    rounds.sync()
    with rounds.store.write() as connection:
        holds.put(connection, [("1", Field.GROUP)], RUN, 1)
    released = release_ticket(rounds.store, rounds.clock, RULES, "1", [Field.GROUP])
    assert (released.held, released.adopted) == (1, (Field.GROUP,))


def test_a_held_field_of_one_ticket_is_released(rounds: Rounds) -> None:
    """The others of the run stay held."""
    fill(rounds, 2)
    run = rounds.cycle().run
    rounds.apply(rounds.undo(run)[0])
    release_ticket(rounds.store, rounds.clock, RULES, "2", [Field.PRIORITY])
    with rounds.store.read() as connection:
        found = effects.run(connection, run)
        assert found is not None
        assert found.held == 5
        (known,) = planning.known(connection, [rounds.world.desk["2"]], 1.0)
    planned = plan_ticket(known, RULES)
    assert [change.field for change in planned.changes] == [Field.PRIORITY]
    assert {type(kept) for kept in planned.kept} == {Kept}


def wire(sandbox: RunningSandbox) -> dict[int, dict[str, Any]]:
    """Every ticket as the desk gives it out, without when it changed."""
    changing = ("updated_at", "generated_timestamp")
    return {
        one.id: {
            name: value
            for name, value in shown(sandbox.desk, one, sandbox.address).items()
            if name not in changing
        }
        for one in sandbox.desk.tickets
    }


def test_a_sandbox_desk_is_byte_identical_after_undo(tmp_path: Path) -> None:
    """The whole way over HTTP: sync, assign, plan, apply, undo. Tags, priorities and fields are as before."""
    with RunningSandbox(small_desk(), delay=0.0) as sandbox, beside(sandbox, tmp_path) as app:
        before = json.dumps(wire(sandbox))
        cycle = jobs.cycle(app, silent)
        assert cycle.applied is not None
        assert cycle.applied.written > 0
        written = json.dumps(wire(sandbox))
        assert written != before
        undone = jobs.make_undo(app, silent, "last", Only())
        assert undone.foot.kept == {}
        taken_back = jobs.apply_plan(app, undone.path, silent)
        assert taken_back.written == cycle.applied.written
        assert json.dumps(wire(sandbox)) == before
        assert jobs.cycle(app, silent).planned.foot.changes == 0


def test_the_commands_of_taking_back(tmp_path: Path) -> None:
    """Runs are listed, one is taken back and released, all with JSON; on an observed desk nothing is sent."""
    with RunningSandbox(small_desk(), delay=0.0) as sandbox:
        desk = {
            "DESKCUE_DESK__ADDRESS": sandbox.address,
            "DESKCUE_DESK__LOOPBACK": "true",
            "DESKCUE_DESK__CLIENT_ID": "deskcue",
            "DESKCUE_DESK__CLIENT_SECRET": sandbox.token,
            "DESKCUE_DATA": "var",
        }
        with beside(sandbox, tmp_path / "var") as app:
            jobs.cycle(app, silent)
        settled = run(tmp_path, "plan", "--exit-code", "--tickets", "0", **desk)
        assert settled.returncode == 0
        listed = run(tmp_path, "runs", **desk)
        assert listed.returncode == 0
        name = next(word for word in listed.stdout.split() if word.startswith("run-"))
        planned = run(tmp_path, "undo", name, "--tickets", "1", **desk)
        assert planned.returncode == 0
        assert f"Takes back {name}" in planned.stdout
        assert "Send it with: deskcue apply" in planned.stdout
        refused = run(tmp_path, "undo", "--apply", **desk)
        assert refused.returncode == 1
        assert "only observed" in refused.stderr
        sent = run(tmp_path, "undo", "last", "--apply", "--json", DESKCUE_WRITING__MODE="write", **desk)
        document = json.loads(sent.stdout)
        assert (sent.returncode, document["undoes"], document["applied"]["refused"]) == (0, name, 0)
        assert document["applied"]["changes"] == document["changes"] > 0
        first, second = json.loads(run(tmp_path, "runs", "--json", **desk).stdout)
        assert (first["undoes"], second["held"]) == (name, document["changes"])
        released = run(tmp_path, "release", "--run", name, **desk)
        assert f"{document['changes']} fields taken back with {name} may be written again." in released.stdout
        assert run(tmp_path, "plan", "--exit-code", "--tickets", "0", **desk).returncode == 10


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["undo", "--only", "mood=bad"], "segment=NAME"),
        (["undo", "--only", "field=colour"], "is no field"),
        (["release"], "Name a ticket"),
        (["release", "7", "note"], "nothing to release"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(tmp_path: Path, arguments: list[str], said: str) -> None:
    """Said before anything is opened, with exit code 2."""
    done = run(tmp_path, *arguments)
    assert done.returncode == 2
    assert said in done.stderr
