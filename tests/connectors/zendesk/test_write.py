"""Changing tickets: what is sent, what a job's answer means, and what is left for the reader to find out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.changes import Change, Field, Outcome, TicketUpdate, Value
from connectors.errors import (
    AuthenticationError,
    RejectedError,
    RetryableError,
    UnavailableError,
    UnknownOutcomeError,
)
from connectors.zendesk.api_token import ApiToken
from connectors.zendesk.write import WRITES
from tests.clock import FakeClock
from tests.connectors.fault_server import as_json, response
from tests.connectors.zendesk.scripted import Script, a_ticket, desk

QUEUED = as_json({"job_status": {"id": "82de0b", "status": "queued", "results": None, "total": None}})
STAMP = "2026-10-02T09:30:00Z"


def change(field: Field, before: Value, after: Value) -> Change:
    return Change(field=field, before=before, after=after, reason="a test wants it")


def update(ticket: str, *changes: Change) -> TicketUpdate:
    return TicketUpdate(ticket_id=ticket, stamp=STAMP, changes=changes)


def job(status: str, results: object = None, name: str = "82de0b") -> dict[str, object]:
    return {"id": name, "status": status, "results": results, "message": None}


def asked(status: str, results: object) -> list[Outcome]:
    """What ``outcomes`` makes of one job."""
    with desk(Script(job_statuses_show_many=[as_json({"job_statuses": [job(status, results)]})])) as account:
        return list(account.outcomes(["82de0b"])["82de0b"])


def test_every_field_has_a_row() -> None:
    """Each writeable field can be said in Zendesk's words, and the capabilities name them all."""
    assert set(WRITES) == set(Field)
    with desk(Script()) as account:
        assert set(account.capabilities.fields) == set(Field)
        assert account.capabilities.batch == 100


def test_one_call_changes_many_tickets_each_on_its_stamp() -> None:
    """Tags are added and removed one by one, the level is a tag, and every ticket carries its stamp."""
    script = Script(tickets_update_many=[QUEUED])
    with desk(script) as account:
        job = account.send(
            [
                update(
                    "7",
                    change(Field.TAGS, ("cue_a", "cue_b"), ("cue_b", "cue_c")),
                    change(Field.PRIORITY, "low", "high"),
                    change(Field.SERVICE_LEVEL, "bronze", "gold"),
                ),
                update("8", change(Field.PRIORITY, "low", None)),
                update("9", change(Field.SERVICE_LEVEL, "gold", None)),
            ]
        )
        assert job == "82de0b"
        assert account.requests == {"update": 1}
    (request,) = script.requests
    assert (request.method, request.target) == ("PUT", "/api/v2/tickets/update_many")
    safe = {"safe_update": True, "updated_stamp": STAMP}
    sent: Any = request.json
    for ticket in sent["tickets"]:
        assert set(ticket.pop("metadata")["deskcue"]) == {"marks"}
    assert sent == {
        "tickets": [
            {
                "id": 7,
                **safe,
                "additional_tags": ["cue_c", "cue_sla_gold"],
                "remove_tags": ["cue_a", "cue_sla_bronze"],
                "priority": "high",
            },
            {"id": 8, **safe, "priority": None},
            {"id": 9, **safe, "remove_tags": ["cue_sla_gold"]},
        ]
    }


@pytest.mark.parametrize(
    "ids", [[], [str(at) for at in range(1, 102)], ["7/../8"], ["0"], ["-1"], ["7,8"], [""]]
)
def test_a_call_that_cannot_be_meant_is_not_sent(ids: list[str]) -> None:
    """No ticket, more than a hundred, or an id that is none: refused before anything is sent."""
    script = Script(tickets_update_many=[QUEUED])
    with desk(script) as account, pytest.raises(RejectedError):
        account.send([update(each, change(Field.PRIORITY, None, "low")) for each in ids])
    assert script.requests == []


@pytest.mark.parametrize(
    "answer",
    [
        response(500),
        as_json({}),
        as_json({"job_status": None}),
        as_json({"job_status": job("queued", None, "../x")}),
    ],
)
def test_f_http_19_a_call_whose_job_is_not_known_is_in_doubt(answer: bytes) -> None:
    """Without a usable job id nobody can ask what became of the call: it is unknown and sent once."""
    script = Script(tickets_update_many=[answer])
    with desk(script) as account, pytest.raises(UnknownOutcomeError):
        account.send([update("7", change(Field.PRIORITY, None, "low"))])
    assert len(script.requests) == 1


def test_too_many_jobs_is_a_reason_to_wait() -> None:
    """When the desk has too many jobs under way the caller is told to come back, after a stated time."""
    busy = as_json({"error": "TooManyJobs", "description": "Too many jobs", "current_job_ids": ["a"]}, 429)
    with desk(Script(tickets_update_many=[busy])) as account:
        with pytest.raises(RetryableError, match="TooManyJobs") as caught:
            account.send([update("7", change(Field.PRIORITY, None, "low"))])
        assert caught.value.wait == 10
        assert account.requests == {"update": 5}


def test_a_missing_scope_is_named() -> None:
    """A token that may not write says which scope is missing; it is not asked for again."""
    no = as_json({"error": "Forbidden", "description": "Missing the following required scopes: write"}, 403)
    script = Script(tickets_update_many=[no])
    with desk(script) as account, pytest.raises(UnavailableError, match="required scopes: write"):
        account.send([update("7", change(Field.PRIORITY, None, "low"))])
    assert len(script.requests) == 1


def test_a_finished_job_speaks_ticket_by_ticket() -> None:
    """Completed does not mean done: each item is read, and unreadable ones are left for a read-back."""
    results = [
        {"id": 1, "action": "update", "success": True, "status": "Updated"},
        {"id": 2, "success": False, "error": "UpdateConflict", "details": "Safe Update prevented the update"},
        {"id": 3, "success": False, "error": "TooManyRequests", "details": "Too many requests to update"},
        {"id": 4, "success": False, "error": "RecordNotFound", "details": "Not found"},
        {
            "id": 5,
            "success": False,
            "error": "TicketUpdateFailed",
            "details": "Status: closed\x1b ana@example.com",
        },
        {"id": 6, "success": False},
        {"id": 7, "success": False, "error": "Odd", "details": {"base": [{"description": "x" * 900}]}},
        {"id": 8, "status": "Updated"},
        {"index": 0, "success": True},
        "what",
    ]
    found = asked("completed", results)
    assert [(each.ticket_id, each.result) for each in found] == [
        ("1", "accepted"),
        ("2", "conflict"),
        ("3", "later"),
        ("4", "gone"),
        ("5", "rejected"),
        ("6", "rejected"),
        ("7", "rejected"),
    ]
    assert found[4].reason == "TicketUpdateFailed: Status: closed ***"
    assert all(each.reason for each in found[1:])
    assert all(len(each.reason) < 420 for each in found)


@pytest.mark.parametrize("status", ["completed", "failed", "killed"])
@pytest.mark.parametrize("results", [None, {"success": True}, []])
def test_f_out_07_a_job_that_ended_without_results_tells_nothing(status: str, results: object) -> None:
    """A finished job without a list of results has no outcome for any ticket: the caller has to read."""
    assert asked(status, results) == []


def test_running_jobs_are_absent_and_forgotten_ones_are_empty() -> None:
    """Queued and working jobs are left out; one that the desk does not list any more has no outcome."""
    listed = as_json({"job_statuses": [job("queued", name="a"), job("working", name="b")]})
    script = Script(job_statuses_show_many=[listed])
    with desk(script) as account:
        assert account.outcomes(["a", "b", "c"]) == {"c": ()}
        assert account.requests == {"job": 1}
    assert script.asked == [("job_statuses_show_many", {"ids": "a,b,c"})]


def test_f_out_07_one_forgotten_job_does_not_hide_the_others() -> None:
    """Where the desk answers 404 for all because of one, each is asked for alone."""
    gone = as_json({"error": "RecordNotFound", "description": "Not found"}, 404)
    done = as_json({"job_statuses": [job("completed", [{"id": 1, "success": True}], "b")]})
    with desk(Script(job_statuses_show_many=[gone, gone, done])) as account:
        found = account.outcomes(["a", "b"])
    assert found == {"a": (), "b": [Outcome(ticket_id="1", result="accepted")]}


def test_a_state_nobody_knows_ends_after_ten_minutes() -> None:
    """A job in an unknown state counts as running, and as finished once it has been so for long."""
    clock = FakeClock()
    strange = as_json({"job_statuses": [job("paused", [{"id": 1, "success": True}], "a")]})
    with desk(Script(job_statuses_show_many=[strange]), clock=clock) as account:
        assert account.outcomes(["a"]) == {}
        clock.advance(599)
        assert account.outcomes(["a"]) == {}
        clock.advance(2)
        assert account.outcomes(["a"]) == {"a": [Outcome(ticket_id="1", result="accepted")]}


def test_many_jobs_are_asked_for_in_hundreds() -> None:
    """No question names more than a hundred jobs; none is asked about no job."""
    script = Script(job_statuses_show_many=[as_json({"job_statuses": []})])
    with desk(script) as account:
        assert len(account.outcomes([f"j{at}" for at in range(150)])) == 150
        assert account.outcomes([]) == {}
        with pytest.raises(RejectedError):
            account.outcomes(["a,b"])
    assert [len(query["ids"].split(",")) for _, query in script.asked] == [100, 50]


def test_tickets_are_shown_as_they_are_now() -> None:
    """Known tickets come by id with their metrics; unknown and deleted ones are absent."""
    shown = {
        "tickets": [a_ticket(1), a_ticket(2, status="deleted")],
        "metric_sets": [{"ticket_id": 1, "replies": 2}],
    }
    script = Script(tickets_show_many=[as_json(shown)])
    with desk(script) as account:
        found = account.tickets(["1", "2", "3"])
        assert account.tickets([]) == {}
    assert list(found) == ["1"]
    assert found["1"].replies == 2
    assert found["1"].stamp == STAMP
    assert script.asked == [("tickets_show_many", {"ids": "1,2,3", "include": "metric_sets,slas"})]


def test_a_ticket_that_cannot_be_read_does_not_pass_for_gone() -> None:
    """An unreadable ticket raises RejectedError, as its absence would mean that it does not exist."""
    script = Script(tickets_show_many=[as_json({"tickets": [a_ticket(1, status="parked")]})])
    with desk(script) as account, pytest.raises(RejectedError, match="Ticket 1 cannot be understood: status"):
        account.tickets(["1"])


@pytest.mark.parametrize("ids", [["1/2"], ["x"], ["1\r\nX: y"], ["%31"], ["9" * 20]])
def test_a_ssrf_10_ids_are_numbers_or_nothing(ids: list[str]) -> None:
    """What is no number never reaches a request."""
    script = Script(tickets_show_many=[as_json({"tickets": []})])
    with desk(script) as account, pytest.raises(RejectedError):
        account.tickets(ids)
    assert script.requests == []


def test_an_api_token_that_is_refused_stops_everything() -> None:
    """A token that cannot be renewed is reported at the first refusal."""
    token = ApiToken(email="a@acme.example", token="tok-1", clock=FakeClock())
    no = as_json({"error": "invalid_token", "error_description": "expired"}, 401)
    script = Script(tickets_show_many=[no])
    refused = pytest.raises(AuthenticationError, match="does not accept the API token")
    with desk(script, credentials=token) as account, refused:
        account.tickets(["1"])
    assert len(script.requests) == 1
    assert json.dumps([request.target for request in script.requests]).count("tok-") == 0
