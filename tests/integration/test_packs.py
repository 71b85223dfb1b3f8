"""The shipped packs on the demo desk: in every segment there is somebody, and in none everybody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.clock import SystemClock
from connectors.sandbox.seed import seed
from connectors.sandbox.server import RunningSandbox
from integration import jobs
from integration.app import App
from integration.assign import assign
from integration.preview import preview
from integration.progress import silent
from tests.integration.desk import beside
from tests.policies.test_packs import PACKS


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    desk = seed(SystemClock().wall())
    desk.limits.plan = "unlimited"
    folder = tmp_path_factory.mktemp("demo")
    with RunningSandbox(desk, delay=0.0) as running, beside(running, folder) as app:
        jobs.sync_desk(app, silent)
        yield app


@pytest.mark.parametrize("name", PACKS)
def test_every_segment_of_a_pack_has_members_on_the_demo_desk(demo: App, name: str) -> None:
    """Whoever tries a pack in the demo sees each of its segments at work."""
    found = preview(demo.store, PACKS[name], demo.clock.wall(), silent)
    sizes = {segment: view.members for segment, view in found.segments.items()}
    assert [segment for segment, size in sizes.items() if size == 0] == []
    assert [segment for segment, size in sizes.items() if size == found.customers] == []


def test_a_pack_decides_for_the_tickets_of_the_demo_desk(demo: App) -> None:
    """Assigned like any policy: everybody is looked at, and open tickets have their decisions."""
    found = assign(demo.store, PACKS["sentiment"], demo.clock, silent, at_rest=False, everyone=True)
    assert found.customers > 300
    assert found.decisions > 100
