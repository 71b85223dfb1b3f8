"""What a help desk like this must do with writes: stamps, closed tickets, jobs."""

from __future__ import annotations

import pytest

from connectors.sandbox.state import Desk
from tests.clock import FakeClock
from tests.connectors.sandbox.rig import CLOSED, Client, fresh, ticket

MANY = "/api/v2/tickets/update_many"
OLD = "2020-01-01T00:00:00Z"


@pytest.mark.parametrize("flag", [True, False, "true", "false"])
def test_acceptance_02_safe_update_asks_for_the_stamp_whatever_its_value(
    client: Client, desk: Desk, flag: object
) -> None:
    """Present with either value an old stamp conflicts; the present stamp passes."""
    path, wish = "/api/v2/tickets/102", {"priority": "high", "safe_update": flag}
    refused = client.ask("PUT", path, {"ticket": {**wish, "updated_stamp": OLD}})
    assert (refused.status, refused.json["error"]) == (409, "UpdateConflict")
    assert ticket(desk, 102).priority is None
    assert client.ask("PUT", path, {"ticket": {**wish, "updated_stamp": fresh(desk, 102)}}).status == 200


def test_acceptance_02_without_the_flag_the_last_write_wins(client: Client, desk: Desk) -> None:
    """No ``safe_update``: an old stamp is no matter, whoever writes last has it."""
    for priority in ("high", "low"):
        wish = {"priority": priority, "updated_stamp": OLD}
        assert client.ask("PUT", "/api/v2/tickets/102", {"ticket": wish}).status == 200
    assert ticket(desk, 102).priority == "low"


def test_acceptance_03_a_closed_ticket_is_refused_alone_and_in_a_job(
    client: Client, desk: Desk, clock: FakeClock
) -> None:
    """Alone 422 with details by field; in a job the job completes and that item has failed."""
    alone = client.ask("PUT", f"/api/v2/tickets/{CLOSED}", {"ticket": {"priority": "low"}})
    assert alone.status == 422
    assert alone.json["details"]["status"][0]["description"]
    body = {"tickets": [{"id": CLOSED, "priority": "low"}, {"id": 101, "priority": "low"}]}
    job = client.ask("PUT", MANY, body).json["job_status"]["id"]
    clock.advance(1)
    said = client.get(f"/api/v2/job_statuses/{job}")["job_status"]
    assert said["status"] == "completed"
    assert [item["success"] for item in said["results"]] == [False, True]
    assert ticket(desk, CLOSED).priority is None


def test_acceptance_04_a_job_takes_its_time_and_thirty_are_the_most(
    client: Client, desk: Desk, clock: FakeClock
) -> None:
    """200 with a queued job that works and completes over later questions; the 31st open one is refused."""
    first = client.ask("PUT", MANY, {"tickets": [{"id": 101, "priority": "low"}]})
    assert (first.status, first.json["job_status"]["status"]) == (200, "queued")
    address = f"/api/v2/job_statuses/{first.json['job_status']['id']}"
    clock.advance(0.1)
    assert client.get(address)["job_status"]["status"] == "working"
    for _ in range(29):
        assert client.ask("PUT", MANY, {"tickets": [{"id": 102}]}).status == 200
    refused = client.ask("PUT", MANY, {"tickets": [{"id": 102}]})
    assert (refused.status, refused.json["error"]) == (429, "TooManyJobs")
    assert len(refused.json["current_job_ids"]) == 30
    clock.advance(0.1)
    assert client.get(address)["job_status"]["status"] == "completed"
    assert ticket(desk, 101).priority == "low"


@pytest.mark.parametrize("query", ["", "?ids=" + ",".join(map(str, range(1, 102)))])
def test_acceptance_04_101_tickets_are_too_many(client: Client, query: str) -> None:
    """In either form a call of more than a hundred is refused as a whole."""
    body = {"ticket": {"priority": "low"}} if query else {"tickets": [{"id": n} for n in range(1, 102)]}
    assert client.ask("PUT", MANY + query, body).status in (400, 422)
