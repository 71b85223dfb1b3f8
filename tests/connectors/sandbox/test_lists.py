"""Lists and single records: both kinds of pages, both kinds of ids, everything that is missing."""

from __future__ import annotations

import pytest

from connectors.sandbox.records import User
from connectors.sandbox.state import Desk
from tests.clock import NOON, FakeClock
from tests.connectors.sandbox.rig import ACME, ANA, BEFORE, CATEGORY, GONE, Client


def test_a_list_by_cursor_is_complete(client: Client) -> None:
    """``page[size]`` gives pages that join without gap; ``links.next`` is null on the last one."""
    path = "/api/v2/tickets?page%5Bsize%5D=3"
    seen = []
    for _ in range(10):
        page = client.get(path)
        seen += [ticket["id"] for ticket in page["tickets"]]
        if not page["meta"]["has_more"]:
            break
        path = page["links"]["next"].removeprefix(client.sandbox.address)
    assert seen == [101, 102, 103, 104, 105, 106, 107, 108]
    assert page["links"]["next"] is None


def test_a_list_by_offset_has_a_count_and_both_neighbours(client: Client) -> None:
    """Without ``page[size]`` the same list answers in the old form."""
    page = client.get("/api/v2/tickets?page=2&per_page=3")
    assert (page["count"], [ticket["id"] for ticket in page["tickets"]]) == (8, [104, 105, 106])
    assert "page=3" in page["next_page"]
    assert "page=1" in page["previous_page"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("page=101", "InvalidPaginationDepth"),
        ("page%5Bsize%5D=101", "InvalidPaginationParameter"),
        ("page%5Bsize%5D=5&page%5Bafter%5D=nonsense", "InvalidPaginationParameter"),
    ],
)
def test_f_page_06_pages_that_are_not_given(client: Client, query: str, code: str) -> None:
    """Beyond 10,000 records by offset, above 100 a page, or after an unknown place: 400 with a code."""
    reply = client.ask("GET", f"/api/v2/tickets?{query}")
    assert (reply.status, reply.json["errors"][0]["code"]) == (400, code)


def test_old_closed_tickets_leave_the_list_but_not_the_desk(client: Client, clock: FakeClock) -> None:
    """120 days after closing a ticket is archived: gone from the list, still there by its id."""
    clock.advance(121 * 86_400)
    assert 108 not in {ticket["id"] for ticket in client.get("/api/v2/tickets")["tickets"]}
    assert client.get("/api/v2/tickets/108")["ticket"]["status"] == "closed"


def test_paths_work_with_and_without_json_at_the_end(client: Client) -> None:
    """Old and new clients ask differently for the same thing."""
    assert client.get("/api/v2/users/11.json") == client.get("/api/v2/users/11")


@pytest.mark.parametrize(
    ("kind", "ids", "known"),
    [
        ("tickets", "103,999,101,109", [103, 101]),
        ("users", f"{GONE},{ANA},999", [GONE, ANA]),
        ("organizations", f"{ACME},999", [ACME]),
    ],
)
def test_show_many_leaves_out_what_is_missing(client: Client, kind: str, ids: str, known: list[int]) -> None:
    """Unknown ids and deleted tickets are absent without a word; the order is the asker's."""
    answer = client.get(f"/api/v2/{kind}/show_many?ids={ids}")
    assert [record["id"] for record in answer[kind]] == known


def test_show_many_takes_a_hundred_ids(client: Client) -> None:
    """One more is refused."""
    ids = ",".join(str(key) for key in range(1, 102))
    assert client.ask("GET", f"/api/v2/tickets/show_many?ids={ids}").status == 400
    ids = ids.removesuffix(",101")
    assert client.ask("GET", f"/api/v2/tickets/show_many?ids={ids}").status == 200


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/api/v2/tickets/109", 404, {"error": "RecordNotFound", "description": "Not found"}),
        ("/api/v2/tickets/109/comments", 404, {"error": "RecordNotFound", "description": "Not found"}),
        ("/api/v2/nothing", 404, {"error": "InvalidEndpoint", "description": "Not found"}),
    ],
)
def test_what_is_not_there(client: Client, path: str, status: int, body: dict[str, str]) -> None:
    """A missing record and a missing address are told apart."""
    reply = client.ask("GET", path)
    assert (reply.status, reply.json) == (status, body)


def test_an_id_that_is_no_number_is_a_bad_request(client: Client) -> None:
    """The envelope with title and message says so."""
    reply = client.ask("GET", "/api/v2/tickets/abc")
    assert (reply.status, reply.json["error"]["title"]) == (400, "Invalid attribute")


def test_a_ticket_as_it_is_read(client: Client) -> None:
    """Whole-second UTC times, custom fields twice, priority null, ids as integers."""
    ticket = client.get("/api/v2/tickets/101")["ticket"]
    assert ticket["created_at"].endswith("Z")
    assert "." not in ticket["created_at"]
    assert ticket["custom_fields"] == ticket["fields"]
    assert {"id": CATEGORY, "value": "billing"} in ticket["fields"]
    assert ticket["priority"] is None
    assert ticket["generated_timestamp"] == BEFORE
    assert ticket["satisfaction_rating"] == {"score": "unoffered"}


def test_the_count_leaves_out_the_deleted(client: Client) -> None:
    """Eight of nine tickets are there."""
    assert client.get("/api/v2/tickets/count")["count"]["value"] == 8


def test_field_definitions_come_all_at_once(client: Client) -> None:
    """System and own ticket fields with their options; user and organization fields by key."""
    fields = {field["title"]: field for field in client.get("/api/v2/ticket_fields")["ticket_fields"]}
    assert [o["value"] for o in fields["Category"]["custom_field_options"]] == ["billing", "hardware"]
    assert fields["Priority"]["removable"] is False
    assert client.get(f"/api/v2/ticket_fields/{CATEGORY}")["ticket_field"]["type"] == "tagger"
    assert client.get("/api/v2/user_fields")["user_fields"][0]["key"] == "device"
    assert client.get("/api/v2/organization_fields")["organization_fields"][0]["key"] == "plan"
    assert client.get("/api/v2/groups")["groups"][0]["name"] == "Support"


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", [31, 32]),
        ("?score=good", [31]),
        ("?score=received_without_comment", [32]),
        ("?score=bad_with_comment", []),
        ("?score=offered", []),
        (f"?start_time={BEFORE + 32}", [32]),
        (f"?end_time={BEFORE + 31}", [31]),
        ("?page%5Bsize%5D=1", [31]),
    ],
)
def test_ratings_are_filtered_by_score_and_time(client: Client, query: str, ids: list[int]) -> None:
    """Scores with and without comment, and times that include their ends."""
    answer = client.get(f"/api/v2/satisfaction_ratings{query}")
    assert [rating["id"] for rating in answer["satisfaction_ratings"]] == ids


def test_a_rating_by_its_id(client: Client) -> None:
    """With score and comment, and on a wrong score an answer that says so."""
    rating = client.get("/api/v2/satisfaction_ratings/31")["satisfaction_rating"]
    assert (rating["score"], rating["comment"]) == ("good", "Quick")
    assert client.ask("GET", "/api/v2/satisfaction_ratings?score=fine").status == 400


def test_new_records_can_be_listed_at_once(client: Client, desk: Desk) -> None:
    """The lists are in the order of ids, whatever the order in which records were added."""
    desk.users.add(User(id=5, name="Early", created_at=NOON, updated_at=NOON))
    ids = [user["id"] for user in client.get("/api/v2/users")["users"]]
    assert ids == [1, 2, 5, 11, 12]
