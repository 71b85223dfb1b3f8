"""Bulk updates: jobs that take their time, results item by item."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.sandbox.state import Desk
from tests.clock import FakeClock
from tests.connectors.sandbox.rig import Client, Reply, fresh, ticket

MANY = "/api/v2/tickets/update_many.json"


def queue(client: Client, *tickets: dict[str, Any]) -> str:
    reply = client.ask("PUT", MANY, {"tickets": list(tickets)})
    assert reply.status == 200, reply.text
    return str(reply.json["job_status"]["id"])


def status(client: Client, job: str) -> Any:
    return client.get(f"/api/v2/job_statuses/{job}.json")["job_status"]


def finished(client: Client, clock: FakeClock, job: str) -> dict[int, Any]:
    """The results of a job by ticket, once it is done."""
    clock.advance(0.2)
    said = status(client, job)
    assert said["status"] == "completed"
    return {result["id"]: result for result in said["results"]}


def test_a_job_is_queued_works_and_completes(client: Client, desk: Desk, clock: FakeClock) -> None:
    """Nothing has happened while it is queued or working; then each item says how it went."""
    job = queue(client, {"id": 101, "additional_tags": ["seg_vip"]})
    said = status(client, job)
    assert (said["status"], said["progress"], said["results"]) == ("queued", None, None)
    clock.advance(0.1)
    assert status(client, job)["status"] == "working"
    assert "seg_vip" not in ticket(desk, 101).tags
    assert finished(client, clock, job) == {
        101: {"id": 101, "action": "update", "success": True, "status": "Updated"}
    }
    assert ticket(desk, 101).tags == ["first", "billing", "seg_vip"]


def test_the_same_change_for_many(client: Client, desk: Desk, clock: FakeClock) -> None:
    """The form with ids in the query gives all of them one change, tags added and removed."""
    wish = {"ticket": {"priority": "high", "additional_tags": ["a"], "remove_tags": ["first"]}}
    job = client.ask("PUT", f"{MANY}?ids=101,102", wish).json["job_status"]["id"]
    assert all(result["success"] for result in finished(client, clock, job).values())
    for key in (101, 102):
        assert (ticket(desk, key).tags, ticket(desk, key).priority) == (["billing", "a"], "high")


def test_completed_does_not_mean_that_all_worked(client: Client, desk: Desk, clock: FakeClock) -> None:
    """Conflict, closed, unknown and invalid items fail alone; the good one beside them is done."""
    job = queue(
        client,
        {"id": 101, "priority": "low", "safe_update": True, "updated_stamp": fresh(desk, 101)},
        {"id": 102, "priority": "low", "safe_update": True, "updated_stamp": "2020-01-01T00:00:00Z"},
        {"id": 108, "priority": "low"},
        {"id": 999, "priority": "low"},
        {"id": 103, "priority": "nonsense"},
    )
    results = finished(client, clock, job)
    assert {key for key, result in results.items() if result["success"]} == {101}
    assert results[102]["error"] == "UpdateConflict"
    assert "closed prevents ticket update" in results[108]["details"]
    assert results[999]["error"] == "RecordNotFound"
    assert "Priority" in results[103]["details"]
    assert ticket(desk, 102).priority is None


def test_tags_of_a_closed_ticket_may_be_added_and_removed(
    client: Client, desk: Desk, clock: FakeClock
) -> None:
    """With those two keys alone, and only in a job."""
    wish = {"additional_tags": ["kept"], "remove_tags": ["first"]}
    job = queue(client, {"id": 108, **wish, "safe_update": True, "updated_stamp": fresh(desk, 108)})
    assert finished(client, clock, job)[108]["success"] is True
    assert ticket(desk, 108).tags == ["billing", "kept"]
    job = queue(client, {"id": 108, "tags": ["all"]})
    assert finished(client, clock, job)[108]["success"] is False


def test_a_job_without_a_stamp_holds_for_the_moment_it_was_queued(client: Client, clock: FakeClock) -> None:
    """Bulk updates are always safe: a ticket that changed since the job was queued is not touched."""
    clock.advance(5)
    job = queue(client, {"id": 101, "priority": "low"}, {"id": 102, "priority": "low"})
    clock.jump(1)
    client.ask("PUT", "/api/v2/tickets/101", {"ticket": {"subject": "Somebody was quicker"}})
    results = finished(client, clock, job)
    assert (results[101]["success"], results[102]["success"]) == (False, True)


@pytest.mark.parametrize("stamped", [{"safe_update": True}, {"updated_stamp": "2020-01-01T00:00:00Z"}])
def test_half_a_guard_is_a_guard(client: Client, clock: FakeClock, stamped: dict[str, Any]) -> None:
    """Flag without stamp, or an old stamp without flag: the item fails rather than being forced."""
    job = queue(client, {"id": 101, "priority": "low", **stamped})
    assert finished(client, clock, job)[101]["error"] == "UpdateConflict"


def test_jobs_are_done_in_order(client: Client, desk: Desk, clock: FakeClock) -> None:
    """The later of two jobs for one ticket has the last word."""
    first = queue(client, {"id": 101, "priority": "low"})
    second = queue(client, {"id": 101, "priority": "urgent"})
    clock.advance(0.2)
    both = client.get(f"/api/v2/job_statuses/show_many?ids={first},{second},unknown")["job_statuses"]
    assert [job["status"] for job in both] == ["completed", "completed"]
    assert ticket(desk, 101).priority == "urgent"


def test_the_31st_job_is_refused(client: Client, clock: FakeClock) -> None:
    """Thirty may be on their way; the refusal names them; when they are done there is room again."""
    jobs = [queue(client, {"id": 101}) for _ in range(30)]
    reply: Reply = client.ask("PUT", MANY, {"tickets": [{"id": 101}]})
    assert (reply.status, reply.json["error"]) == (429, "TooManyJobs")
    assert reply.json["current_job_ids"] == jobs
    clock.advance(0.2)
    queue(client, {"id": 101})


def test_a_job_is_forgotten_after_a_day(client: Client, clock: FakeClock) -> None:
    """Its address then answers 404."""
    job = queue(client, {"id": 101})
    finished(client, clock, job)
    clock.advance(86_399)
    assert client.ask("GET", f"/api/v2/job_statuses/{job}").status == 200
    clock.advance(1)
    assert client.ask("GET", f"/api/v2/job_statuses/{job}").status == 404


@pytest.mark.parametrize(
    "body",
    [
        {"tickets": [{"id": key} for key in range(1, 102)]},
        {"tickets": []},
        {"tickets": [{"priority": "low"}]},
        {"tickets": [{"id": "101"}]},
        {"ticket": {"priority": "low"}},
    ],
)
def test_a_job_that_cannot_be_understood_is_refused_at_once(client: Client, body: dict[str, Any]) -> None:
    """More than a hundred tickets, none, or one without a whole number as id: 400 and no job."""
    assert client.ask("PUT", MANY, body).status == 400


def test_a_whole_job_is_one_update_of_each_ticket(client: Client, desk: Desk, clock: FakeClock) -> None:
    """A hundred items in one call leave one audit each, in the name of who asked."""
    job = queue(client, *({"id": key, "additional_tags": ["seg_x"]} for key in range(101, 108)))
    finished(client, clock, job)
    for key in range(101, 108):
        assert len(desk.audits[key]) == 1
        assert desk.audits[key][0].author_id == desk.owner_id
