"""The desk's limits as a client meets them: by plan, by address, by record, with the headers that tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from connectors.sandbox.limits import CEILING, PLANS, Asked
from connectors.sandbox.refusals import RefusedError
from connectors.sandbox.server import RunningSandbox
from connectors.sandbox.state import Desk
from tests.clock import FakeClock
from tests.connectors.sandbox.rig import AGENT, Client, Reply, basic, small_desk

EXPORT = "/api/v2/incremental/tickets/cursor?start_time=0"
OTHER_EXPORT = "/api/v2/incremental/organizations?start_time=0"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def desk(clock: FakeClock) -> Desk:
    found = small_desk(clock)
    found.limits.plan = "enterprise"
    return found


@pytest.fixture
def client(desk: Desk) -> Iterator[Client]:
    with RunningSandbox(desk) as sandbox:
        yield Client(sandbox)


def told(reply: Reply, name: str) -> dict[str, int]:
    """What an endpoint header states."""
    return {
        word: int(number)
        for word, number in re.findall(r"(\w+)=(\d+)", reply.headers[f"zendesk-ratelimit-{name}"])
    }


def test_every_api_answer_tells_what_is_left_of_the_minute(client: Client, clock: FakeClock) -> None:
    """Both families of account headers count down, errors included, and count in seconds from now."""
    for path, left in (("/api/v2/users/me", 699), ("/api/v2/tickets/999", 698), ("/api/v2/nothing", 697)):
        reply = client.ask("GET", path)
        assert reply.headers["x-rate-limit"] == reply.headers["ratelimit-limit"] == "700"
        assert reply.headers["x-rate-limit-remaining"] == reply.headers["ratelimit-remaining"] == str(left)
        assert reply.headers["ratelimit-reset"] == "60"
        assert "retry-after" not in reply.headers
    clock.advance(19.5)
    assert client.ask("GET", "/api/v2/users/me").headers["ratelimit-reset"] == "41"
    clock.advance(40.5)
    assert client.ask("GET", "/api/v2/users/me").headers["ratelimit-remaining"] == "699"


def test_pages_for_people_are_not_counted(client: Client) -> None:
    """The agents' pages and the sign-in are no API requests."""
    assert client.ask("GET", "/healthz").status == 200
    assert "x-rate-limit" not in client.ask("POST", "/oauth/tokens", {}).headers
    assert client.ask("GET", "/api/v2/users/me").headers["x-rate-limit-remaining"] == "699"


@pytest.mark.parametrize(("plan", "total"), [(name, plan.account) for name, plan in PLANS.items()])
def test_the_plan_sets_the_accounts_minute(client: Client, desk: Desk, plan: str, total: int) -> None:
    """Each plan has its own number, which the headers state."""
    desk.limits.plan = plan
    assert client.ask("GET", "/api/v2/users/me").headers["x-rate-limit"] == str(total)


def test_an_unknown_plan_is_refused(clock: FakeClock) -> None:
    """A misspelt plan is an error that names the plans there are."""
    with pytest.raises(ValueError, match="team, growth, professional"):
        Desk(clock=clock, plan="entreprise")


def test_the_account_that_used_up_its_minute_waits_for_the_next(
    client: Client, desk: Desk, clock: FakeClock
) -> None:
    """When others have used the rest, 429 says for how long; the next minute is whole again."""
    desk.limits.spend(10_000)
    clock.advance(20)
    reply = client.ask("GET", "/api/v2/users/me")
    assert (reply.status, reply.headers["retry-after"], reply.headers["x-rate-limit-remaining"]) == (
        429,
        "40",
        "0",
    )
    assert reply.json["error"] == "APIRateLimitExceeded"
    clock.advance(40)
    assert client.ask("GET", "/api/v2/users/me").status == 200


def test_acceptance_06_exports_are_ten_a_minute_for_all_of_them_together(
    client: Client, clock: FakeClock
) -> None:
    """The eleventh incremental call of a minute gets 429, while the account has plenty left."""
    for left in range(9, -1, -1):
        reply = client.ask("GET", EXPORT if left % 2 else OTHER_EXPORT)
        assert reply.status == 200
        assert told(reply, "incremental-exports") == {"total": 10, "remaining": left, "resets": 60}
    clock.advance(35)
    reply = client.ask("GET", EXPORT)
    assert reply.status == 429
    assert reply.headers["retry-after"] == "25"
    assert int(reply.headers["x-rate-limit-remaining"]) > 600
    assert reply.json == {
        "error": "APIRateLimitExceeded",
        "description": "Number of allowed incremental export API requests per minute exceeded",
    }
    assert client.ask("GET", "/api/v2/tickets/101").status == 200
    clock.advance(25)
    assert client.ask("GET", EXPORT).status == 200


def test_acceptance_06_the_31st_update_of_a_ticket_in_ten_minutes_is_refused(
    client: Client, clock: FakeClock
) -> None:
    """One user may update one ticket thirty times; other tickets and other users are not affected."""
    wish = {"ticket": {"priority": "high"}}
    for _ in range(30):
        assert client.ask("PUT", "/api/v2/tickets/101", wish).status == 200
    reply = client.ask("PUT", "/api/v2/tickets/101", wish)
    assert (reply.status, reply.headers["retry-after"]) == (429, "600")
    assert client.ask("PUT", "/api/v2/tickets/101/tags", {"tags": ["one"]}).status == 429
    assert client.ask("PUT", "/api/v2/tickets/102", wish).status == 200
    agent = client.sandbox.desk.users.get(AGENT)
    assert agent is not None
    other = basic(f"{agent.email}/token", client.sandbox.token)
    assert client.ask("PUT", "/api/v2/tickets/101", wish, authorization=other).status == 200
    clock.advance(600)
    assert client.ask("PUT", "/api/v2/tickets/101", wish).status == 200


def test_the_101st_ticket_update_of_a_minute_is_refused(client: Client, clock: FakeClock) -> None:
    """An account updates a hundred times a minute, bulk calls included, three hundred with High Volume."""
    for turn in range(100):
        assert client.ask("PUT", f"/api/v2/tickets/{101 + turn % 7}", {"ticket": {}}).status == 200
    reply = client.ask("PUT", "/api/v2/tickets/update_many", {"tickets": [{"id": 101}]})
    assert reply.status == 429
    assert told(reply, "tickets-update") == {"total": 100, "remaining": 0, "resets": 60}
    client.sandbox.desk.limits.plan = "high_volume"
    reply = client.ask("PUT", "/api/v2/tickets/101", {"ticket": {}})
    assert told(reply, "tickets-update")["remaining"] == 299
    assert told(client.ask("GET", EXPORT), "incremental-exports")["total"] == 30


def test_a_job_cannot_update_a_ticket_more_often_than_a_call(client: Client, clock: FakeClock) -> None:
    """The 31st update of a ticket fails inside a job, too; the job's other tickets are changed."""
    for _ in range(30):
        client.ask("PUT", "/api/v2/tickets/101", {"ticket": {"priority": "high"}})
    items = {"tickets": [{"id": 101, "priority": "low"}, {"id": 102, "priority": "low"}]}
    job = client.ask("PUT", "/api/v2/tickets/update_many", items).json["job_status"]["id"]
    clock.advance(1)
    first, second = client.get(f"/api/v2/job_statuses/{job}")["job_status"]["results"]
    assert (first["success"], first["error"], second["success"]) == (False, "APIRateLimitExceeded", True)


def test_calls_that_queue_jobs_tell_how_many_more_there_may_be(client: Client, clock: FakeClock) -> None:
    """Thirty jobs may be on their way; the header counts them, and the 31st call names those that run."""
    wish = {"tickets": [{"id": 101}]}
    for left in (29, 28):
        reply = client.ask("PUT", "/api/v2/tickets/update_many", wish)
        assert told(reply, "inflight-jobs") == {"total": 30, "remaining": left, "resets": 60}
    for _ in range(28):
        client.ask("PUT", "/api/v2/tickets/update_many", wish)
    reply = client.ask("PUT", "/api/v2/tickets/update_many", wish)
    assert (reply.status, reply.json["error"]) == (429, "TooManyJobs")
    assert told(reply, "inflight-jobs")["remaining"] == 0
    clock.advance(1)
    reply = client.ask("PUT", "/api/v2/tickets/update_many", wish)
    assert told(reply, "inflight-jobs")["remaining"] == 29


LIMITED = (
    ("PUT", "/api/v2/users/{id}", 5, 2.0),
    ("POST", "/api/v2/users/create_or_update", 5, 2.0),
    ("PUT", "/api/v2/organizations/{id}", 5, 0.0),
    ("GET", "/api/v2/views/{id}/execute", 5, 0.0),
    ("GET", "/api/v2/views/{id}/count", 5, 0.0),
    ("POST", "/api/v2/views/preview", 5, 0.0),
    ("GET", "/api/v2/views/count_many", 6, 0.0),
    ("GET", "/api/v2/search", 2500, 0.0),
    ("GET", "/api/v2/search/export", 100, 0.0),
    ("GET", "/api/v2/ticket_fields", 300, 0.0),
    ("PUT", "/api/v2/ticket_fields/{id}", 75, 0.0),
    ("POST", "/api/v2/ticket_fields/{id}/options", 100, 0.0),
    ("DELETE", "/api/v2/tickets/{id}", 400, 0.0),
    ("GET", "/api/v2/deleted_tickets", 10, 0.0),
    ("GET", "/api/v2/incremental/tickets/sample", 10, 0.0),
    ("DELETE", "/api/v2/deleted_users/{id}", 700, 0.0),
)


@pytest.mark.parametrize(("method", "path", "total", "apart"), LIMITED)
def test_acceptance_06_an_address_has_its_own_limit(
    clock: FakeClock, method: str, path: str, total: int, apart: float
) -> None:
    """One request more than the documented number gets 429; the same for another user starts at one again."""
    limits = Desk(clock=clock).limits

    def ask(key: str) -> int:
        visit = limits.visit()
        body = b'{"user": {"email": "%s@acme.example"}}' % key.encode()
        try:
            visit.address(method, path, Asked(int(key), {"id": key}, {}, body))
        except RefusedError as refusal:
            assert int(visit.headers["Retry-After"]) >= 1
            return refusal.status
        return 200

    for _ in range(total):
        assert ask("1") == 200
        clock.advance(apart)
    assert ask("1") == 429
    if "{id}" in path and "ticket" not in path and "deleted" not in path:
        assert ask("2") == 200


def test_users_are_updated_once_a_second(clock: FakeClock) -> None:
    """Two users in the same second are one too many for the account."""
    limits = Desk(clock=clock).limits
    limits.visit().address("PUT", "/api/v2/users/{id}", Asked(1, {"id": "11"}))
    with pytest.raises(RefusedError):
        limits.visit().address("PUT", "/api/v2/users/{id}", Asked(1, {"id": "12"}))
    clock.advance(1)
    limits.visit().address("PUT", "/api/v2/users/{id}", Asked(1, {"id": "12"}))


def test_deep_pages_have_a_limit_of_their_own(clock: FakeClock) -> None:
    """Only pages beyond the 500th are held to fifty a minute."""
    limits = Desk(clock=clock).limits
    for page in ("500", "501", "junk", ""):
        visit = limits.visit()
        visit.address("GET", "/api/v2/tickets", Asked(query={"page": page}))
        assert bool(visit.headers) == (page == "501")


def test_an_organization_over_its_limit_is_told_in_its_own_envelope(clock: FakeClock) -> None:
    """The sixth update of an organization answers with a list of errors."""
    limits = Desk(clock=clock).limits
    for _ in range(5):
        limits.visit().address("PUT", "/api/v2/organizations/{id}", Asked(1, {"id": "21"}))
    with pytest.raises(RefusedError) as caught:
        limits.visit().address("PUT", "/api/v2/organizations/{id}", Asked(1, {"id": "21"}))
    assert caught.value.body["errors"][0]["code"] == "TooManyRequests"


def test_without_limits_the_headers_still_stand(client: Client, desk: Desk) -> None:
    """The desk for demonstrations has one large limit everywhere, and says so."""
    desk.limits.plan = "unlimited"
    for _ in range(12):
        reply = client.ask("GET", EXPORT)
        assert reply.status == 200
    assert told(reply, "incremental-exports")["total"] == CEILING


def test_neighbours_use_up_what_is_left(client: Client, desk: Desk) -> None:
    """With the fault on, what is left falls faster than our own use, by the seed."""
    desk.trouble.set({"neighbours": 1.0})
    left = [int(client.ask("GET", "/api/v2/users/me").headers["x-rate-limit-remaining"]) for _ in range(3)]
    assert left[0] < 640
    assert left == sorted(left, reverse=True)
    assert desk.trouble.struck["neighbours"] == 3


def test_windows_of_single_records_are_forgotten(clock: FakeClock) -> None:
    """A million updated tickets leave no million windows behind."""
    limits = Desk(clock=clock).limits
    for key in range(12_000):
        limits.take_ticket(1, key)
        clock.advance(1)
    assert len(limits._windows) <= 5_000
