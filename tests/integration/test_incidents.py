"""A real desk's year, read over HTTP: the traits agree with a calculation that shares nothing with ours.

The file is not part of the project: name it in DESKCUE_INCIDENTS to run this.
"""

from __future__ import annotations

import csv
import gzip
import os
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.clock import SystemClock
from connectors.sandbox.csv_desk import from_csv
from connectors.sandbox.server import RunningSandbox
from integration import jobs
from integration.progress import silent
from integration.store import assignments
from tests.integration.desk import beside

INCIDENTS = os.environ.get("DESKCUE_INCIDENTS")

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(not INCIDENTS, reason="DESKCUE_INCIDENTS names no file of tickets"),
]


def expected(path: Path) -> dict[str, tuple[int, float, float | None, int]]:
    """By caller: tickets, share reopened, share with the service level met, last ticket; in plain Python."""
    rows = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["requester_id"]:
                rows[row["requester_id"]].append(row)
    found = {}
    for caller, mine in rows.items():
        reopened = sum(int(row["reopens"]) > 0 for row in mine) / len(mine)
        stated = [row["sla_met"] == "true" for row in mine if row["sla_met"]]
        met = sum(stated) / len(stated) if stated else None
        last = max(
            datetime.strptime(row["created_at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) for row in mine
        )
        found[caller] = (len(mine), reopened, met, int(last.timestamp()))
    return found


def test_traits_agree_with_an_independent_calculation_for_every_caller(tmp_path: Path) -> None:
    """24,918 tickets go through HTTP; every caller's four traits are right, and the second cycle is empty."""
    path = Path(INCIDENTS or "")
    wanted = expected(path)
    filled = from_csv(path, SystemClock().wall())
    filled.limits.plan = "unlimited"
    with (
        RunningSandbox(filled) as desk,
        beside(desk, tmp_path, writing={"mode": "write", "write_to": "all"}) as app,
    ):
        first, second = jobs.cycle(app, silent), jobs.cycle(app, silent)
        with app.store.read() as connection:
            seen = {caller: assignments.standing(connection, caller) for caller in wanted}
    with gzip.open(path) as file:
        assert first.tickets == sum(1 for _ in file) - 1
    assert first.customers == len(wanted)
    for caller, (tickets, reopened, met, last) in wanted.items():
        found = seen[caller]
        assert found is not None, caller
        traits = found[0].traits
        assert traits["tickets_total"] == tickets, caller
        assert traits["reopened_share"] == pytest.approx(reopened), caller
        assert traits["sla_met_share"] == pytest.approx(met), caller
        assert traits["last_ticket"] == last, caller
    assert first.applied is not None
    assert 0 < first.requests["update"] <= -(-first.applied.written // 100)
    assert second.planned.foot.changes == 0
    assert second.requests["update"] == 0
