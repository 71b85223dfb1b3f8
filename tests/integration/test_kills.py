"""SIGKILL while a plan is being sent: a process of its own dies again and again."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

import pytest

from connectors.changes import Field
from connectors.clock import SystemClock
from connectors.sandbox.seed import seed
from connectors.sandbox.server import RunningSandbox
from integration import jobs
from integration.app import opened
from integration.progress import silent
from integration.settings import Settings
from integration.store import outbox
from integration.store.engine import Store
from tests.integration.desk import beside, settings
from tests.integration.hands import PREFIX, STANDS, asked

POLICY = """\
policy: kills
goal: Change every ticket, round by round
owner: Nobody
metric: Tickets changed
review_by: 2099-12-31
traits:
  tickets_total: {{count: tickets}}
segments:
  everyone:
    kind: behavioural
    label: Everyone
    rank: 10
    when: tickets_total >= 1
    treatment: {{tags: [{tag}], priority: {{at_least: {priority}}}}}
tones:
  plain: {{label: Plain, do: [Answer the question], opening: {{en: "Hello,"}}}}
house: {{tone: plain}}
"""
UNSAID = {STANDS[Field.SEGMENT] + "everyone"}
"""What this desk was not set up to hold."""
ROUNDS = (("red", "normal"), ("blue", "normal"), ("green", "high"), ("white", "high"))
"""What the policy asks for, round by round: each changes every open ticket."""


def beside_with(desk: RunningSandbox, folder: Path, round_: int) -> Settings:
    """The settings of an app whose policy asks for this round's tag and priority."""
    tag, priority = ROUNDS[round_ % len(ROUNDS)]
    path = folder / f"{tag}-{priority}.yaml"
    path.write_text(POLICY.format(tag=tag, priority=priority))
    return settings(desk, folder, policy=(path,), writing={"mode": "write", "most_share": 1.0})


def send(stated: Settings, plan: Path) -> None:
    """What the process that is killed does: `deskcue apply`."""
    with opened(stated, writer=True) as app:
        jobs.apply_plan(app, plan, silent)


def killed_while_sending(
    context: ForkServerContext, stated: Settings, plan: Path, draw: random.Random, span: float
) -> tuple[int, float]:
    """Send the plan in processes that are killed at random moments until one ends by itself.

    Gives how many were killed and how long the one that ended took, in seconds.
    """
    killed = 0
    while True:
        began = time.monotonic()
        process: ForkServerProcess = context.Process(target=send, args=(stated, plan))
        process.start()
        # The more often it was killed the longer the next may live, so that every round ends.
        process.join(draw.uniform(0.0, span * (1.1 + 0.2 * killed)))
        process.kill()
        process.join()
        code = process.exitcode
        process.close()
        if code == 0:
            return killed, time.monotonic() - began
        assert code == -9, f"apply ended with {code}"
        killed += 1


@pytest.fixture
def desk() -> Iterator[RunningSandbox]:
    """Some 250 open tickets: a plan for all of them takes three calls, of which two run at once."""
    desk = seed(SystemClock().wall(), customers=300, organizations=20, tickets=2500)
    desk.limits.plan = "unlimited"
    with RunningSandbox(desk, delay=0.2) as found:
        yield found


@pytest.mark.parametrize("kills", [12, pytest.param(500, marks=pytest.mark.full)])
def test_f_crash_01_and_03_kills_while_a_plan_is_sent(
    desk: RunningSandbox, tmp_path: Path, kills: int
) -> None:
    """INV-3, INV-4, F-CRASH-01, F-CRASH-03: the desk shows every decision, each changed a field once."""
    chance = random.randrange(1 << 30)
    draw, context = random.Random(chance), multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.integration.test_kills"])
    killed, round_, span = 0, 0, 1.0
    with beside(desk, tmp_path) as app:
        jobs.sync_desk(app, silent)
    while killed < kills:
        stated = beside_with(desk, tmp_path, round_)
        with opened(stated, writer=True) as app:
            jobs.sync_desk(app, silent)
            jobs.assign_customers(app, silent)
            plan = jobs.make_plan(app, silent)
        assert plan.foot.changes > 100, f"seed {chance}: nothing to kill"
        before = len(desk.desk.ledger.effects)
        died, took = killed_while_sending(context, stated, plan.path, draw, span)
        killed, round_, span = killed + died, round_ + 1, min(span, took)
        told(desk, stated, before, f"seed {chance}, round {round_}, {killed} killed")


def told(desk: RunningSandbox, stated: Settings, before: int, where: str) -> None:
    """The desk shows every decision, and each field of a ticket moved once in this round."""
    effects = list(desk.desk.ledger.effects)[before:]
    times = Counter((one.id, one.field) for one in effects if one.author_id == desk.desk.owner_id)
    assert set(times.values()) == {1}, where
    store = Store(stated.store, writer=False)
    with store.read() as connection:
        assert outbox.count(connection) == {}, where
        bodies = connection.exec_driver_sql("SELECT ticket_id, body FROM decisions").fetchall()
    store.close()
    for number, body in bodies:
        ticket = desk.desk.tickets.get(int(number))
        assert ticket is not None
        if ticket.status not in ("solved", "closed"):
            wanted = {one for one in asked(body) if one.startswith(PREFIX) and one not in UNSAID}
            assert {tag for tag in ticket.tags if tag.startswith(PREFIX)} == wanted, f"{where}: {number}"
    with opened(stated, writer=True) as app:
        jobs.sync_desk(app, silent)
        assert jobs.make_plan(app, silent).foot.changes == 0, where
