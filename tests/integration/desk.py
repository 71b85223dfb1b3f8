"""A sandbox desk and an app beside it, for tests that run the whole way over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.clock import Clock, SystemClock
from connectors.sandbox.seed import seed
from connectors.sandbox.server import RunningSandbox
from connectors.sandbox.state import Desk
from integration.app import App, opened
from integration.settings import Settings


def small_desk(clock: Clock | None = None) -> Desk:
    """A desk that is quick to read, 60 customers and 300 tickets, and never asks anybody to wait."""
    desk = seed((clock or SystemClock()).wall(), customers=60, organizations=12, tickets=300)
    desk.limits.plan = "unlimited"
    return desk


def settings(desk: RunningSandbox, folder: Path, **over: object) -> Settings:
    """The settings of an app beside that desk, allowed to write."""
    stated: dict[str, object] = {
        "desk": {
            "address": desk.address, "client_id": "deskcue", "client_secret": desk.token, "loopback": True,
            "page_size": 100,
        },
        "writing": {"mode": "write"},
        "data": folder,
    } | over  # fmt: skip
    return Settings.model_validate(stated)


@contextmanager
def beside(desk: RunningSandbox, folder: Path, **over: object) -> Iterator[App]:
    """An app beside a running desk."""
    with opened(settings(desk, folder, **over), writer=True) as app:
        yield app
