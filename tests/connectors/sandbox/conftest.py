"""What the tests of the sandbox share: a clock that stands still, a small desk, a client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.sandbox.server import RunningSandbox
from connectors.sandbox.state import Desk
from tests.clock import FakeClock
from tests.connectors.sandbox.rig import Client, small_desk


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def desk(clock: FakeClock) -> Desk:
    return small_desk(clock)


@pytest.fixture
def client(desk: Desk) -> Iterator[Client]:
    with RunningSandbox(desk, sidebar="http://127.0.0.1:9/sidebar") as sandbox:
        yield Client(sandbox)
