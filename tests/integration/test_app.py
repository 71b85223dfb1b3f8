"""The parts put together: which desk a store belongs to, and what a desk that is away means."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connectors.sandbox.server import RunningSandbox
from connectors.sandbox.state import Desk
from integration import faults, jobs
from integration.app import App, opened
from integration.commands import how_well
from integration.progress import silent
from integration.settings import SettingsError, stated
from integration.store import facts
from integration.store.engine import StoreError
from integration.sync import Read, Synced
from tests.clock import FakeClock
from tests.integration.desk import beside, small_desk

NOBODY = "http://127.0.0.1:9"
"""Nobody listens at port 9."""


@contextmanager
def at(address: str, folder: Path, token: str = NOBODY) -> Iterator[App]:
    desk = {"address": address, "client_id": "deskcue", "client_secret": token, "loopback": True}
    with opened(stated(desk=desk, data=folder), writer=True, clock=FakeClock()) as app:
        yield app


@pytest.fixture
def desk() -> Iterator[RunningSandbox]:
    found: Desk = small_desk()
    with RunningSandbox(found, delay=0.0) as running:
        yield running


def test_a_desk_nobody_can_reach_is_for_later(tmp_path: Path) -> None:
    """Nothing was read, so it is not partly done; every stream says why."""
    with at(NOBODY, tmp_path) as app:
        synced = jobs.sync_desk(app, silent)
    assert how_well(synced) == faults.LATER
    assert all("cannot be reached" in (read.fault or "") for read in synced.streams.values())


@pytest.mark.parametrize(
    ("reads", "code"),
    [
        ((Read(seen=3), Read()), faults.OK),
        ((Read(seen=3), Read(fault="slow", later=True)), faults.PARTIAL),
        ((Read(seen=3, fault="slow", later=True),), faults.PARTIAL),
        ((Read(fault="slow", later=True), Read(fault="no scope")), faults.LATER),
        ((Read(fault="no scope"), Read(fault="no scope")), faults.FAILURE),
    ],
)
def test_partly_done_needs_a_part(reads: tuple[Read, ...], code: int) -> None:
    """The exit code of a sync tells a scheduler whether to wait, to ask somebody, or to go on."""
    assert how_well(Synced({str(number): read for number, read in enumerate(reads)})) == code


def test_a_mistyped_address_does_not_stick_to_the_store(tmp_path: Path) -> None:
    """One that may not be called is never written down; one that gave nothing may be set right."""
    with (
        at("https://desk.example/agent", tmp_path) as app,
        pytest.raises(SettingsError, match="may be called"),
    ):
        _ = app.connector
    with at(NOBODY, tmp_path) as app:
        jobs.sync_desk(app, silent)
    with at("http://127.0.0.1:7/", tmp_path) as app:
        _ = app.connector
        with app.store.read() as connection:
            assert facts.get(connection)["desk"] == "http://127.0.0.1:7"


def test_a_store_with_records_stays_with_its_desk(desk: RunningSandbox, tmp_path: Path) -> None:
    """Once something was read, another address is refused, and another spelling is not."""
    with at(desk.address, tmp_path, desk.token) as app:
        assert jobs.sync_desk(app, silent).complete
    with at(desk.address.replace("http", "HTTP") + "/", tmp_path, desk.token) as app:
        assert app.desk == desk.address
    with at(NOBODY, tmp_path) as app, pytest.raises(StoreError, match="holds the desk"):
        _ = app.connector


def test_a_plan_tells_its_cost_and_the_next_process_knows_the_limits(
    desk: RunningSandbox, tmp_path: Path
) -> None:
    """The foot counts requests, by what the desk stated, which a later process still knows."""
    desk.desk.limits.plan = "team"
    with beside(desk, tmp_path) as app:
        jobs.sync_desk(app, silent)
        jobs.assign_customers(app, silent)
    with beside(desk, tmp_path) as app:
        foot = jobs.make_plan(app, silent).foot
        assert app.connector.requests.total() == 0
    assert foot.measured
    assert foot.requests == 3 * foot.calls > 0
    assert foot.seconds < 120
