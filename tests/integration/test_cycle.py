"""The whole way over HTTP: sync, assign, plan, apply, and what holds across them."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest
from sqlalchemy import func, select

from connectors.errors import AuthenticationError
from connectors.records import Customer, Ticket
from connectors.sandbox.server import RunningSandbox
from integration import jobs
from integration.app import App, opened
from integration.explain import NotKnownError, why
from integration.jobs import ObserveError
from integration.progress import silent
from integration.scheduler import TABLE
from integration.store import assignments, dump, facts, outbox, records, rows, status
from integration.store.engine import Store
from integration.store.schema import metadata
from tests.clock import FakeClock
from tests.integration.desk import beside, settings, small_desk

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def desk() -> Iterator[RunningSandbox]:
    with RunningSandbox(small_desk(), delay=0.0) as found:
        yield found


@pytest.fixture
def app(desk: RunningSandbox, tmp_path: Path) -> Iterator[App]:
    with beside(desk, tmp_path) as found:
        yield found


def decided(app: App) -> dict[str, set[str]]:
    """The tags every unsolved ticket should carry, by ticket."""
    found = {}
    with app.store.read() as connection:
        ids = [row[0] for row in connection.exec_driver_sql("SELECT ticket_id FROM decisions")]
        for ticket in ids:
            stored = assignments.decision(connection, ticket)
            assert stored is not None
            found[ticket] = {"cue_" + part.value for part in stored.decision.tags}
    return found


def ours(desk: RunningSandbox, ticket: str) -> set[str]:
    found = desk.desk.tickets.get(int(ticket))
    assert found is not None
    return {tag for tag in found.tags if tag.startswith("cue_") and not tag.startswith("cue_sla_")}


def test_a_cycle_brings_every_decision_to_the_desk(app: App, desk: RunningSandbox) -> None:
    """After one cycle the desk shows what was decided, in at most one call for a hundred tickets."""
    cycle = jobs.cycle(app, silent)
    assert cycle.synced.complete
    assert cycle.applied is not None
    assert cycle.applied.written > 0
    assert cycle.applied.refused == 0
    assert cycle.requests["update"] == -(-cycle.applied.written // 100)
    wanted = decided(app)
    assert any(wanted.values())
    for ticket, tags in wanted.items():
        assert ours(desk, ticket) == tags


def test_a_second_run_does_nothing(app: App) -> None:
    """Nothing changed on the desk: nothing is planned, written or asked to be written (F-OUT-03)."""
    jobs.cycle(app, silent)
    again = jobs.cycle(app, silent)
    assert again.planned.foot.changes == 0
    assert again.applied is not None
    assert again.applied.written == 0
    assert (again.requests["update"], again.requests["job"]) == (0, 0)


def test_f_out_12_an_observed_desk_is_never_written_to(desk: RunningSandbox, tmp_path: Path) -> None:
    """In observe mode plans are made and no update leaves; apply says how to allow it."""
    with beside(desk, tmp_path, writing={"mode": "observe"}) as app:
        cycle = jobs.cycle(app, silent)
        assert cycle.planned.foot.changes > 0
        assert cycle.applied is None
        assert app.connector.requests["update"] == 0
        with pytest.raises(ObserveError, match="mode = "):
            jobs.apply_plan(app, cycle.planned.path, silent)
    assert not any(tag.startswith("cue_") for ticket in desk.desk.tickets for tag in ticket.tags)


def test_f_out_05_what_an_agent_changes_afterwards_stays(app: App, desk: RunningSandbox) -> None:
    """An agent takes our tag off and lowers our priority: later cycles leave both alone and say why."""
    jobs.cycle(app, silent)
    number = next(int(one) for one, tags in decided(app).items() if tags)
    edit(desk, number, remove=sorted(ours(desk, str(number)))[:1], priority="low")
    after = ours(desk, str(number))
    wait_for_export(app, number)
    again = jobs.cycle(app, silent)
    assert again.applied is not None
    assert ours(desk, str(number)) == after
    found = desk.desk.tickets.get(number)
    assert found is not None
    assert found.priority == "low"
    reasons = {kept.reason for kept in why(app.store, app.policy, app.rules, str(number)).plan.kept}
    assert "a person took this tag off" in reasons


def edit(desk: RunningSandbox, number: int, *, remove: list[str], priority: str) -> None:
    """What an agent does in the browser, through the desk's own API."""
    headers = {"authorization": f"Bearer {desk.token}"}
    base = f"{desk.address}/api/v2/tickets/{number}"
    with httpx.Client(headers=headers, trust_env=False) as client:
        assert client.request("DELETE", f"{base}/tags", json={"tags": remove}).status_code in (200, 204)
        assert client.put(base, json={"ticket": {"priority": priority}}).status_code == 200


def wait_for_export(app: App, number: int) -> None:
    """The export withholds the last minute, so the ticket is read by its number, as a webhook would."""
    fresh = app.connector.tickets([str(number)])
    with app.store.write() as connection:
        records.save(connection, list(fresh.values()))


def test_f_http_08_a_ticket_that_moved_since_the_plan_is_planned_again(
    app: App, desk: RunningSandbox
) -> None:
    """An agent edits between plan and apply: the edit stays, ours is added, and the result says so."""
    jobs.sync_desk(app, silent)
    jobs.assign_customers(app, silent)
    planned = jobs.make_plan(app, silent)
    number = next(
        int(one) for one, tags in decided(app).items()
        if tags and (found := desk.desk.tickets.get(int(one))) and found.priority is None
    )  # fmt: skip
    time.sleep(1.1)  # stamps have whole seconds: an edit within one passes the desk's check
    edit(desk, number, remove=["nothing_there"], priority="low")
    applied = jobs.apply_plan(app, planned.path, silent)
    assert applied.replanned == 1
    assert applied.refused == 0
    found = desk.desk.tickets.get(number)
    assert found is not None
    assert found.priority == "low"
    assert ours(desk, str(number)) == decided(app)[str(number)]


def test_a_plan_is_applied_once(app: App) -> None:
    """The same plan again writes nothing."""
    first = jobs.cycle(app, silent)
    again = jobs.apply_plan(app, first.planned.path, silent)
    assert (again.written, again.refused) == (0, 0)


def test_every_write_is_in_the_journal_before_and_after(app: App) -> None:
    """Each written change has a line from before it was sent and one from after, under its run."""
    cycle = jobs.cycle(app, silent)
    assert cycle.applied is not None
    with app.store.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT event, count(*) FROM journal WHERE run = ? GROUP BY event", (cycle.applied.run,)
        ).fetchall()
        assert dict(rows) == {"sending": cycle.applied.changes, "written": cycle.applied.changes}
        assert outbox.count(connection) == {}


def test_why_names_segments_lines_values_and_what_was_not_written(app: App) -> None:
    """The explanation of a ticket holds every line with what was seen, and both sides of the writing."""
    jobs.cycle(app, silent)
    number = next(one for one, tags in decided(app).items() if tags)
    found = why(app.store, app.policy, app.rules, number)
    assert {one.segment for one in found.segments} == set(app.policy.segments)
    member = next(one for one in found.segments if one.segment in found.memberships)
    assert member.truth is True
    assert all(line.seen for line in member.lines)
    assert found.decision is not None
    assert found.journal
    assert found.plan.kept
    with pytest.raises(NotKnownError, match="deskcue sync"):
        why(app.store, app.policy, app.rules, "999999999")


def test_incremental_equals_full(app: App) -> None:
    """Assigning everyone again changes nothing that assigning the changed ones left."""
    jobs.cycle(app, silent)
    before = stored(app.store)
    everyone = jobs.assign_customers(app, silent, everyone=True)
    assert everyone.customers > 0
    assert stored(app.store) == before


def stored(store: Store) -> list[str]:
    with store.read() as connection:
        return list(dump.canonical(connection))


def test_f_sch_05_a_clock_that_was_ahead_leaves_nothing_behind(app: App) -> None:
    """What was true at a time that lies ahead says nothing about now: everyone is looked at again, once."""
    jobs.cycle(app, silent)
    everyone = jobs.assign_customers(app, silent, everyone=True).customers
    assert jobs.assign_customers(app, silent).customers == 0 < everyone
    with app.store.write() as connection:
        facts.put(connection, {"assigned at": str(app.clock.wall() + 365 * 24 * 3600)})
    assert jobs.assign_customers(app, silent).customers == everyone
    assert jobs.assign_customers(app, silent).customers == 0


def test_a_customer_deleted_on_the_desk_leaves_their_segments(app: App, desk: RunningSandbox) -> None:
    """F-PAGE-11: a tombstone takes memberships and decisions with it."""
    jobs.sync_desk(app, silent)
    jobs.assign_customers(app, silent)
    with app.store.read() as connection:
        victim = connection.exec_driver_sql("SELECT customer_id FROM memberships LIMIT 1").scalar_one()
        row = connection.exec_driver_sql("SELECT * FROM customers WHERE id = ?", (victim,)).mappings().one()
    gone = rows.decode(Customer, row)
    with app.store.write() as connection:
        records.save(connection, [msgspec.structs.replace(gone, version=gone.version + 1, deleted=True)])
    jobs.assign_customers(app, silent)
    with app.store.read() as connection:
        for table in ("memberships", "standings", "decisions"):
            column = metadata.tables[table].c.customer_id
            query = select(func.count()).select_from(metadata.tables[table]).where(column == victim)
            assert connection.execute(query).scalar() == 0


def command(folder: Path, desk: RunningSandbox, *arguments: str, **more: str) -> subprocess.Popen[bytes]:
    """A command of its own process, beside the desk; ``more`` are variables of its environment."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DESKCUE_")}
    stated = {
        "DESKCUE_DESK__ADDRESS": desk.address, "DESKCUE_DESK__CLIENT_ID": "deskcue",
        "DESKCUE_DESK__CLIENT_SECRET": desk.token, "DESKCUE_DESK__LOOPBACK": "1",
        "DESKCUE_DESK__PAGE_SIZE": "10", "DESKCUE_DATA": str(folder), "DESKCUE_WRITING__MODE": "write",
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-m", "integration.cli", *arguments],
        cwd=ROOT, env=clean | stated | more, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def finish(process: subprocess.Popen[bytes]) -> tuple[int, bytes]:
    out, fault = process.communicate(timeout=120)
    assert b"Traceback" not in fault, fault.decode()
    return process.returncode, out


def test_f_crash_01_a_sync_killed_again_and_again_ends_in_the_same_store(
    desk: RunningSandbox, tmp_path: Path
) -> None:
    """INV-1, INV-5: after four SIGKILLs at random moments the store equals that of an undisturbed run."""
    seed = random.randrange(1 << 30)
    draw = random.Random(seed)
    began = time.monotonic()
    assert finish(command(tmp_path / "calm", desk, "sync"))[0] == 0
    span = time.monotonic() - began
    killed = 0
    for _ in range(4):
        process = command(tmp_path / "killed", desk, "sync")
        time.sleep(draw.uniform(0.3, 0.9) * span)
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        process.communicate()
    assert finish(command(tmp_path / "killed", desk, "sync"))[0] == 0
    dumps = [finish(command(tmp_path / name, desk, "dump", "--canonical"))[1] for name in ("calm", "killed")]
    assert killed > 0, f"seed {seed}"
    assert dumps[0] == dumps[1], f"seed {seed}"
    assert dumps[0].count(b'["tickets"') == 300


def test_f_crash_03_an_apply_that_is_killed_goes_on_and_writes_each_change_once(tmp_path: Path) -> None:
    """INV-3, INV-4: killed while a job runs, the next apply settles it by reading and repeats nothing."""
    with RunningSandbox(small_desk(), delay=2.0) as desk:
        for verb in ("sync", "assign", "plan"):
            assert finish(command(tmp_path, desk, verb))[0] == 0
        process = command(tmp_path, desk, "apply")
        wait_for_job(desk, process)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        code, out = finish(command(tmp_path, desk, "apply", "--json"))
        assert code == 0
        assert json.loads(out)["written"] > 0
        with beside(desk, tmp_path) as app:
            for ticket, tags in decided(app).items():
                assert ours(desk, ticket) == tags
                assert audits_by_us(desk, int(ticket)) <= 1
            assert jobs.cycle(app, silent).planned.foot.changes == 0


def wait_for_job(desk: RunningSandbox, process: subprocess.Popen[bytes]) -> None:
    """Wait until the desk has taken an update call."""
    for _ in range(400):
        if any("update_many" in request.template for request in desk.desk.ledger.requests):
            return
        assert process.poll() is None
        time.sleep(0.02)
    raise AssertionError("apply sent nothing")


def audits_by_us(desk: RunningSandbox, number: int) -> int:
    """How many audits of a ticket put a tag of ours on it or take one off."""
    return sum(
        any(event.get("field_name") == "tags" and "cue_" in str(event) for event in audit.events)
        for audit in desk.desk.audits.get(number, [])
    )


def test_the_second_process_is_told_to_try_later(desk: RunningSandbox, tmp_path: Path) -> None:
    """F-SQL-03: while one process writes, another exits with 75 and names it."""
    with beside(desk, tmp_path):
        process = command(tmp_path, desk, "sync")
        _, fault = process.communicate(timeout=60)
    assert process.returncode == 75
    assert f"pid {os.getpid()}".encode() in fault


def test_a_wrong_secret_ends_with_5(desk: RunningSandbox, tmp_path: Path) -> None:
    """The desk refuses the client: the exit code and the sentence say so, the secret does not show."""
    process = command(tmp_path, desk, "sync")
    process.communicate(timeout=60)
    with RunningSandbox(small_desk()) as other:
        other.token = "s3cr3t-canary"
        process = command(tmp_path / "other", other, "sync")
        _, fault = process.communicate(timeout=60)
    assert process.returncode == 5
    assert b"s3cr3t-canary" not in fault


def test_tickets_read_back_are_known_before_the_export_shows_them(app: App, desk: RunningSandbox) -> None:
    """What we wrote is in the store at once, with the desk's new stamp."""
    cycle = jobs.cycle(app, silent)
    assert cycle.applied is not None
    number = next(one for one, tags in decided(app).items() if tags)
    with app.store.read() as connection:
        found = records.read(connection, Ticket, [number])[number]
    assert {tag for tag in found.tags if tag.startswith("cue_")} == ours(desk, number)


def test_f_http_05_a_refused_account_pauses_the_cycles(tmp_path: Path) -> None:
    """INV-10: an hour of cycles, one a minute: named at each, probed every five minutes, then it goes on."""
    clock = FakeClock()
    small = small_desk(clock)
    with (
        RunningSandbox(small, delay=0.0) as running,
        opened(settings(running, tmp_path), writer=True, clock=clock) as app,
    ):
        jobs.cycle(app, silent)
        small.trouble.set({"suspended-user": 1})
        before, kept = len(small.ledger.requests), _but_streams(app)
        for _ in range(60):
            clock.advance(60)
            with pytest.raises(AuthenticationError):
                TABLE[0].run(app)
            with app.store.read() as connection:
                assert "does not accept our credentials (401" in str(status.freshness(connection).fault)
        asked = [one for one in list(small.ledger.requests)[before:] if one.template.startswith("/api/")]
        assert len(asked) <= 2 * 12
        assert {one.status for one in asked} == {401}
        assert _but_streams(app) == kept
        small.trouble.clear()
        clock.advance(300)
        assert jobs.cycle(app, silent).synced.complete


def _but_streams(app: App) -> list[str]:
    """What is stored, without how reading went."""
    return [line for line in stored(app.store) if not line.startswith('["streams"')]
