"""Writing to an account whose jobs are nearly all somebody else's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import httpx
import msgspec
import pytest

from connectors.base import Capabilities
from connectors.changes import Outcome, TicketUpdate
from connectors.http import Door
from connectors.sandbox.app import application
from connectors.sandbox.seed import seed
from connectors.sandbox.state import Desk
from connectors.zendesk.api import SUFFIXES, Zendesk
from connectors.zendesk.faults import words
from connectors.zendesk.limits import LIMITS
from connectors.zendesk.oauth import ClientCredentials
from integration.app import EVERYWHERE
from integration.apply import apply
from integration.assign import assign
from integration.plan import Rules, plan_ticket
from integration.plan_file import Head, Line, write_plan
from integration.progress import silent
from integration.store import planning
from integration.store.engine import Store
from integration.sync import sync
from policies.model import MOST_HIGH
from tests.clock import NOON, FakeClock
from tests.integration.drawn_desk import policies
from tests.integration.quiet import BASE
from tests.wire import Wire

TOKEN = "tok-crowded"
TAKES = 40.0
"""Seconds that a job takes."""

RULES = Rules(tag_prefix="cue_", fields=EVERYWHERE)
UPDATE_MANY = "/api/v2/tickets/update_many"


class Crowd:
    """Another program of the same account, which sees to it that so many jobs of its own are on their way."""

    def __init__(self, desk: Desk, wire: Wire, jobs: int) -> None:
        self._client = httpx.Client(
            transport=wire, base_url=BASE, headers={"authorization": f"Bearer {TOKEN}"}, trust_env=False
        )
        self._closed = next(each.id for each in desk.tickets if each.status == "closed")
        self._jobs = jobs
        self._running: list[str] = []

    def fill(self) -> None:
        """Put a new job in the place of each that has ended; on a closed ticket it changes nothing."""
        if self._running:
            asked = self._client.get(
                "/api/v2/job_statuses/show_many", params={"ids": ",".join(self._running)}
            )
            self._running = [
                one["id"] for one in asked.json()["job_statuses"] if one["status"] in ("queued", "working")
            ]
        while len(self._running) < self._jobs:
            wish = {"tickets": [{"id": self._closed, "priority": "low"}]}
            started = self._client.put(UPDATE_MANY, json=wish)
            self._running.append(started.json()["job_status"]["id"])

    def close(self) -> None:
        self._client.close()


class Counting(Zendesk):
    """The connector with one ticket a call, so that there are many; it counts its jobs under way."""

    ours: set[str]
    most = 0

    @property
    def capabilities(self) -> Capabilities:
        return msgspec.structs.replace(super().capabilities, batch=1)

    def send(self, updates: Sequence[TicketUpdate]) -> str:
        job = super().send(updates)
        self.ours.add(job)
        self.most = max(self.most, len(self.ours))
        return job

    def outcomes(self, jobs: Sequence[str]) -> Mapping[str, Sequence[Outcome]]:
        found = super().outcomes(jobs)
        self.ours -= found.keys()
        return found


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = Store(tmp_path / "deskcue.db", writer=True)
    yield found
    found.close()


def planned(store: Store, desk: Counting, clock: FakeClock, path: Path) -> Path:
    """A plan for the whole desk."""
    sync(store, desk, clock, silent)
    assign(store, policies()[0], clock, silent, at_rest=False)
    known = list(planning.everything(store, at_rest=False, most_high=MOST_HIGH))
    lines = (Line(plan=plan_ticket(one, RULES)) for one in known)
    write_plan(path, Head(desk=BASE, policy="p", made_at=clock.wall()), lines, batch=1)
    return path


@pytest.mark.parametrize(("theirs", "left"), [(25, 5), (29, 1), (0, 30)])
def test_no_more_jobs_are_in_flight_than_the_account_has_left(
    store: Store, tmp_path: Path, theirs: int, left: int
) -> None:
    """Somebody else keeps so many of the thirty: ours fit into the rest, none is refused, all is written."""
    clock = FakeClock()
    desk = seed(NOON, customers=40, organizations=8, tickets=160, clock=clock)
    desk.limits.plan = "unlimited"
    app = application(desk, token=TOKEN, delay=TAKES)
    crowd = Crowd(desk, Wire(app, clock), theirs)
    door = Door(
        BASE, clock=clock, user_agent="t", suffixes=SUFFIXES, words=words, limits=LIMITS, loopback=True,
        transport=Wire(app, clock, crowd.fill),
    )  # fmt: skip
    credentials = ClientCredentials(door, client_id="deskcue", client_secret=TOKEN, clock=clock)
    account = Counting(door, credentials, clock=clock, tag_prefix="cue_", page_size=100)
    account.ours = set()
    path = planned(store, account, clock, tmp_path / "a.plan.jsonl")
    applied = apply(store, account, clock, RULES, path, silent)
    account.close()
    crowd.close()
    assert applied.written > 8
    assert applied.refused == 0
    assert 1 <= account.most <= max(1, left // 2)
    refused = [one for one in desk.ledger.requests if one.template == UPDATE_MANY and one.status == 429]
    assert refused == []
