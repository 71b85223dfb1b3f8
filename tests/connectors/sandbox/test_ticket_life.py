"""The life of tickets beyond one update: sorting, repeating, importing, merging, deleting, looking on."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.sandbox.state import Desk
from tests.clock import NOON, FakeClock
from tests.connectors.sandbox.rig import ACME, ANA, BEN, OWNER, Client, ticket

TICKETS = "/api/v2/tickets"
NEW = {"ticket": {"subject": "Help", "comment": {"body": "Broken"}}}


def made(client: Client, **wish: Any) -> int:
    """A new ticket."""
    reply = client.ask("POST", TICKETS, {"ticket": {**NEW["ticket"], **wish}})
    assert reply.status == 201, reply.text
    key: int = reply.json["ticket"]["id"]
    return key


def job(client: Client, clock: FakeClock, reply: Any) -> Any:
    """A job, once it is done."""
    assert reply.status == 200, reply.text
    clock.advance(0.2)
    return client.get(f"/api/v2/job_statuses/{reply.json['job_status']['id']}")["job_status"]


def ids(client: Client, query: str, name: str = "tickets") -> list[int]:
    return [one["id"] for one in client.get(query)[name]]


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("?sort_by=created_at&sort_order=desc", 108, 101),
        ("?sort_by=status", 101, 108),
        ("?page%5Bsize%5D=100&sort=-updated_at", 108, 101),
        ("?page%5Bsize%5D=100&sort=status", 101, 108),
        ("?page%5Bsize%5D=100&sort_by=created_at&sort_order=desc", 101, 108),
    ],
)
def test_lists_are_sorted(client: Client, query: str, first: int, last: int) -> None:
    """By offset with sort_by and sort_order, by cursor with sort, which drops the old words silently."""
    got = ids(client, f"{TICKETS}{query}")
    assert (got[0], got[-1], len(got)) == (first, last, 8)


def test_a_cursor_sorts_by_a_few_things_only(client: Client) -> None:
    """Anything else is 400 InvalidPaginationParameter; so is a cursor that was not given here."""
    reply = client.ask("GET", f"{TICKETS}?page%5Bsize%5D=2&sort=subject")
    assert (reply.status, reply.json["errors"][0]["code"]) == (400, "InvalidPaginationParameter")
    other = client.get(f"{TICKETS}?page%5Bsize%5D=2")["meta"]["after_cursor"]
    assert client.ask("GET", f"{TICKETS}?page%5Bsize%5D=2&page%5Bafter%5D={other}x").status == 400


@pytest.mark.parametrize("sort", ["id", "-id", "updated_at", "-updated_at", "status", "-status"])
def test_sorted_pages_join_both_ways(client: Client, sort: str) -> None:
    """Pages by cursor are the whole list once, and the way back shows the page before."""
    whole = ids(client, f"{TICKETS}?page%5Bsize%5D=100&sort={sort}")
    pages, target = [], f"{TICKETS}?page%5Bsize%5D=3&sort={sort}"
    while target:
        page = client.get(target)
        pages.append([one["id"] for one in page["tickets"]])
        target = (page["links"]["next"] or "").removeprefix(client.sandbox.address)
    assert [key for keys in pages for key in keys] == whole
    back = page["links"]["prev"].removeprefix(client.sandbox.address)
    assert ids(client, back) == pages[-2]


def test_a_list_can_be_narrowed_to_an_external_id(client: Client) -> None:
    """Which need not be unique."""
    keys = [made(client, external_id="crm-1"), made(client, external_id="crm-1")]
    assert ids(client, f"{TICKETS}?external_id=crm-1") == keys


def test_a_creation_with_a_key_can_be_repeated(client: Client, desk: Desk, clock: FakeClock) -> None:
    """The same key and body give the same ticket; another body 400; after two hours the key is free."""
    key = {"Idempotency-Key": "k-1"}
    first = client.ask("POST", TICKETS, NEW, headers=key)
    again = client.ask("POST", TICKETS, NEW, headers=key)
    assert (first.headers["x-idempotency-lookup"], again.headers["x-idempotency-lookup"]) == ("miss", "hit")
    assert again.json == first.json
    other = client.ask("POST", TICKETS, {"ticket": {"comment": {"body": "Else"}}}, headers=key)
    assert (other.status, other.json["error"]) == (400, "IdempotentRequestError")
    clock.advance(7_200)
    late = client.ask("POST", TICKETS, NEW, headers=key)
    assert late.headers["x-idempotency-lookup"] == "miss"
    assert len(desk.tickets) == 11


def test_a_refused_creation_does_not_use_up_its_key(client: Client) -> None:
    """After a 422 the corrected body may be sent with the same key."""
    key = {"Idempotency-Key": "k-1"}
    assert client.ask("POST", TICKETS, {"ticket": {"comment": {"body": " "}}}, headers=key).status == 422
    assert client.ask("POST", TICKETS, NEW, headers=key).status == 201


def test_people_who_look_on(client: Client, desk: Desk) -> None:
    """Followers and copies are put and taken one by one; collaborators are replaced as a list."""
    key = made(
        client, email_ccs=[{"user_email": "new@else.example", "user_name": "New"}], collaborators=[BEN]
    )
    cc = client.get(f"{TICKETS}/{key}/email_ccs")["users"]
    assert [one["name"] for one in cc] == ["New"]
    assert ids(client, f"{TICKETS}/{key}/collaborators", "users") == [BEN]
    wish: dict[str, Any] = {
        "followers": [{"user_id": OWNER, "action": "put"}],
        "email_ccs": [{"user_id": cc[0]["id"], "action": "delete"}],
    }
    shown = client.ask("PUT", f"{TICKETS}/{key}", {"ticket": wish}).json["ticket"]
    assert (shown["follower_ids"], shown["email_cc_ids"]) == ([OWNER], [])
    wish = {"collaborators": ["ana@acme.example", {"name": "X", "email": "x@else.example"}]}
    shown = client.ask("PUT", f"{TICKETS}/{key}", {"ticket": wish}).json["ticket"]
    assert (len(shown["collaborator_ids"]), shown["collaborator_ids"][0]) == (2, ANA)


def test_people_named_by_address(client: Client) -> None:
    """The assignee must work here; a requester whom nobody knows is made."""
    wish = {
        "assignee_email": "robin.vale@desk.example",
        "requester": {"name": "N", "email": "n@else.example"},
    }
    shown = client.ask("PUT", f"{TICKETS}/102", {"ticket": wish}).json["ticket"]
    assert client.get(f"/api/v2/users/{shown['requester_id']}")["user"]["email"] == "n@else.example"
    assert shown["assignee_id"] == 2
    wish = {"assignee_email": "ana@acme.example"}
    assert client.ask("PUT", f"{TICKETS}/102", {"ticket": wish}).status == 422


def test_a_company_must_be_one_of_the_requesters(client: Client) -> None:
    """Any other is refused."""
    other = client.ask("POST", "/api/v2/organizations", {"organization": {"name": "Else"}}).json[
        "organization"
    ]
    assert client.ask("PUT", f"{TICKETS}/102", {"ticket": {"organization_id": other["id"]}}).status == 422
    assert client.ask("PUT", f"{TICKETS}/102", {"ticket": {"organization_id": ACME}}).status == 200


def test_side_loads_come_once_each(client: Client) -> None:
    """People, teams and companies as lists beside the tickets; counts within each."""
    client.ask("PUT", f"{TICKETS}/101", {"ticket": {"organization_id": ACME, "group_id": 1}})
    query = "include=users,groups,organizations,comment_count,metric_sets,dates,last_audits"
    for path in (f"{TICKETS}?{query}", f"{TICKETS}/show_many?ids=101,102&{query}", f"{TICKETS}/101?{query}"):
        page = client.get(path)
        assert [one["id"] for one in page["users"]] == [ANA], path
        assert [one["id"] for one in page["groups"]] == [1]
        assert [one["id"] for one in page["organizations"]] == [ACME]
        shown = page["ticket"] if "ticket" in page else page["tickets"][0]
        assert (shown["comment_count"], shown["metric_set"]["ticket_id"]) == (0, 101)
        assert shown["last_audits"][0]["events"]
    assert "users" not in client.get(TICKETS)


def test_an_imported_ticket_keeps_its_history(client: Client) -> None:
    """Times, authors and order of its comments are those that were sent."""
    wish = {
        "subject": "Old", "requester_id": ANA, "status": "closed", "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2020-01-03T00:00:00Z", "solved_at": "2020-01-02T00:00:00Z", "tags": ["old"],
        "comments": [
            {"author_id": ANA, "value": "First", "created_at": "2020-01-01T00:00:00Z"},
            {"author_id": OWNER, "value": "Second", "public": False, "created_at": "2020-01-02T00:00:00Z"},
        ],
    }  # fmt: skip
    shown = client.ask("POST", "/api/v2/imports/tickets", {"ticket": wish}).json["ticket"]
    assert (shown["created_at"], shown["status"]) == ("2020-01-01T00:00:00Z", "closed")
    assert (shown["description"], shown["updated_at"]) == ("First", "2020-01-03T00:00:00Z")
    said = client.get(f"{TICKETS}/{shown['id']}/comments")["comments"]
    assert [(one["body"], one["public"], one["author_id"]) for one in said] == [
        ("First", True, ANA), ("Second", False, OWNER),
    ]  # fmt: skip
    metrics = client.get(f"{TICKETS}/{shown['id']}/metrics")["ticket_metric"]
    assert metrics["solved_at"] == "2020-01-02T00:00:00Z"
    assert len(client.get(f"{TICKETS}/{shown['id']}/audits")["audits"]) == 2


def test_many_tickets_are_made_in_a_job(client: Client, clock: FakeClock) -> None:
    """Results go by their place and carry the new id; what cannot be made fails alone."""
    body = {"tickets": [NEW["ticket"], {"subject": "No words"}]}
    done = job(client, clock, client.ask("POST", f"{TICKETS}/create_many", body))
    first, second = done["results"]
    assert (first["index"], first["success"], second["index"], second["success"]) == (0, True, 1, False)
    assert client.get(f"{TICKETS}/{first['id']}")["ticket"]["subject"] == "Help"


def test_merged_tickets_are_closed_into_another(client: Client, desk: Desk, clock: FakeClock) -> None:
    """The target says what came to it; the sources are closed, tagged, and say where they went."""
    body = {"ids": [102, 999], "target_comment": "Came here", "source_comment": "Went there"}
    done = job(client, clock, client.ask("POST", f"{TICKETS}/103/merge", body))
    assert [row["success"] for row in done["results"]] == [True, False]
    assert (ticket(desk, 102).status, "closed_by_merge" in ticket(desk, 102).tags) == ("closed", True)
    assert desk.comments[103][-1].body == "Came here"
    assert (desk.comments[102][-1].body, desk.comments[102][-1].public) == ("Went there", False)
    assert client.ask("POST", f"{TICKETS}/103/merge", {"ids": [103]}).status == 400


def test_a_deleted_ticket_can_come_back(client: Client, clock: FakeClock) -> None:
    """It is gone everywhere but from the list of the deleted, which says who and from which status."""
    assert client.ask("DELETE", f"{TICKETS}/102").status == 204
    assert client.ask("GET", f"{TICKETS}/102").status == 404
    rows = {row["id"]: row for row in client.get("/api/v2/deleted_tickets")["deleted_tickets"]}
    assert rows[102]["actor"] == {"id": OWNER, "name": "Dana Whitlock"}
    assert (rows[102]["previous_state"], rows[102]["subject"]) == ("open", "Subject 102")
    assert client.ask("PUT", "/api/v2/deleted_tickets/102/restore").status == 200
    assert client.get(f"{TICKETS}/102")["ticket"]["status"] == "open"
    assert client.ask("PUT", "/api/v2/deleted_tickets/102/restore").status == 404


def test_a_ticket_deleted_for_good_is_scrubbed(client: Client, desk: Desk, clock: FakeClock) -> None:
    """The job's results are one object; the export then shows fixed text, no words, and status deleted."""
    job(client, clock, client.ask("DELETE", f"{TICKETS}/destroy_many?ids=102,103"))
    done = job(client, clock, client.ask("DELETE", "/api/v2/deleted_tickets/102"))
    assert done["results"] == {"success": True}
    clock.advance(61)
    page = client.get("/api/v2/incremental/tickets/cursor?start_time=0")["tickets"]
    seen = next(one for one in page if one["id"] == 102)
    assert (seen["subject"], seen["description"], seen["status"]) == ("SCRUBBED", "SCRUBBED", "deleted")
    assert (seen["tags"], seen["external_id"]) == ([], None)
    assert all(field["value"] is None for field in seen["custom_fields"])
    assert ids(client, "/api/v2/deleted_tickets", "deleted_tickets") == [103, 109]
    assert client.ask("PUT", "/api/v2/deleted_tickets/102/restore").status == 404


def test_spam_takes_the_ticket_and_suspends_its_sender(client: Client) -> None:
    """Who works here is never suspended."""
    assert client.ask("PUT", f"{TICKETS}/102/mark_as_spam").status == 200
    assert client.ask("GET", f"{TICKETS}/102").status == 404
    assert client.get(f"/api/v2/users/{ANA}")["user"]["suspended"] is True
    client.ask("PUT", f"{TICKETS}/{made(client)}/mark_as_spam")
    assert client.get(f"/api/v2/users/{OWNER}")["user"]["suspended"] is False


def test_comments_and_audits_in_every_order(client: Client, clock: FakeClock) -> None:
    """Oldest first unless asked otherwise, by both kinds of pages, with counts and people beside."""
    key = made(client)
    for text in ("one", "two"):
        clock.advance(1)
        client.ask("PUT", f"{TICKETS}/{key}", {"ticket": {"comment": {"body": text, "public": False}}})
    for query, bodies in (
        ("", ["Broken", "one", "two"]),
        ("?sort_order=desc", ["two", "one", "Broken"]),
        ("?page%5Bsize%5D=2", ["Broken", "one"]),
        ("?page%5Bsize%5D=2&sort=-created_at", ["two", "one"]),
    ):
        assert [one["body"] for one in client.get(f"{TICKETS}/{key}/comments{query}")["comments"]] == bodies
    page = client.get(f"{TICKETS}/{key}/comments?include=users")
    assert [one["id"] for one in page["users"]] == [OWNER]
    assert client.get(f"{TICKETS}/{key}/comments/count")["count"]["value"] == 3
    audits = client.get(f"{TICKETS}/{key}/audits")["audits"]
    one = client.get(f"{TICKETS}/{key}/audits/{audits[1]['id']}")["audit"]
    assert [event["body"] for event in one["events"] if event["type"] == "Comment"] == ["one"]
    assert client.ask("GET", f"{TICKETS}/102/audits/{audits[1]['id']}").status == 404
    newest = client.get("/api/v2/ticket_audits?limit=2")
    assert [row["id"] for row in newest["audits"]] == [audits[2]["id"], audits[1]["id"]]
    path = newest["after_url"].removeprefix(client.sandbox.address)
    assert client.get(path)["audits"][0]["id"] == audits[0]["id"]


def test_a_comment_can_be_made_private_for_ever(client: Client, desk: Desk) -> None:
    """What the customer could see before is hidden from then on."""
    key = made(client)
    comment = desk.comments[key][0].id
    client.ask("PUT", f"{TICKETS}/{key}/comments/{comment}/make_private")
    assert client.get(f"{TICKETS}/{key}/comments")["comments"][0]["public"] is False
    assert client.ask("PUT", f"{TICKETS}/102/comments/{comment}/make_private").status == 400


def test_incidents_hang_on_a_problem(client: Client) -> None:
    """A problem lists them; only a problem can have them."""
    problem = made(client, type="problem")
    incident = made(client, type="incident", problem_id=problem)
    assert ids(client, f"{TICKETS}/{problem}/incidents") == [incident]
    assert ids(client, "/api/v2/problems") == [problem]
    assert client.get(f"{TICKETS}/{problem}/related")["ticket_related"]["incidents"] == 1
    assert client.ask("PUT", f"{TICKETS}/102", {"ticket": {"problem_id": incident}}).status == 422


def test_the_event_export_shows_what_moved(client: Client, clock: FakeClock) -> None:
    """A field under its own name with what it was; words only where they are asked for."""
    key = made(client)
    clock.advance(5)
    wish = {"priority": "high", "comment": {"body": "Secret", "public": False}}
    client.ask("PUT", f"{TICKETS}/{key}", {"ticket": wish})
    clock.advance(61)
    path = f"/api/v2/incremental/ticket_events?start_time={NOON - 60}"
    events = client.get(path)["ticket_events"]
    moved = [child for child in events[-1]["child_events"] if "priority" in child]
    assert [(child["priority"], child["previous_value"]) for child in moved] == [("high", None)]
    assert [event["ticket_id"] for event in events] == [key, key]
    assert "Secret" not in str(events)
    assert "Secret" in str(client.get(f"{path}&include=comment_events")["ticket_events"])
    clock.advance(5)
    client.ask("PUT", f"{TICKETS}/{key}", {"ticket": {"priority": "low"}})
    clock.advance(61)
    assert len(client.get(path)["ticket_events"]) == 3


def test_a_sample_of_an_export_is_small(client: Client, desk: Desk) -> None:
    """Fifty records at most, of every time-based kind."""
    for kind in ("tickets", "users", "organizations", "ticket_events"):
        page = client.get(f"/api/v2/incremental/{kind}/sample?start_time=0")
        assert len(page[kind]) == page["count"] <= 50
    assert client.ask("GET", "/api/v2/incremental/cars/sample?start_time=0").status == 404


def test_requests_show_what_a_customer_may_see(client: Client) -> None:
    """One's own, without private notes; only comments may be added and the end declared."""
    key = client.ask("POST", "/api/v2/requests", {"request": NEW["ticket"]}).json["request"]["id"]
    client.ask("PUT", f"{TICKETS}/{key}", {"ticket": {"comment": {"body": "Note", "public": False}}})
    assert ids(client, "/api/v2/requests", "requests") == [key]
    assert [one["body"] for one in client.get(f"/api/v2/requests/{key}/comments")["comments"]] == ["Broken"]
    wish = {"request": {"priority": "urgent", "comment": {"body": "More"}}}
    shown = client.ask("PUT", f"/api/v2/requests/{key}", wish).json["request"]
    assert (shown["priority"], "tags" in shown) == (None, False)
    assert client.ask("PUT", f"/api/v2/requests/{key}", {"request": {"solved": True}}).status == 422
    client.ask("PUT", f"{TICKETS}/{key}", {"ticket": {"assignee_id": OWNER}})
    assert client.ask("PUT", f"/api/v2/requests/{key}", {"request": {"solved": True}}).json["request"][
        "solved"
    ]


@pytest.mark.parametrize(
    ("title", "keys"),
    [
        ("Your unsolved tickets", [102]),
        ("Unassigned tickets", [101, 103, 104, 106, 107]),
        ("All unsolved tickets", [101, 102, 103, 104, 106, 107]),
        ("Pending tickets", [103]),
        ("Recently solved tickets", [105]),
        ("Recently updated tickets", [101, 102, 103, 104, 105, 106, 107]),
    ],
)
def test_the_views_of_a_new_account(client: Client, desk: Desk, title: str, keys: list[int]) -> None:
    """Each shows its tickets as a list and as a table, and counts them."""
    ticket(desk, 102).assignee_id = OWNER
    view = next(one for one in client.get("/api/v2/views")["views"] if one["title"] == title)
    path = f"/api/v2/views/{view['id']}"
    assert sorted(ids(client, f"{path}/tickets")) == keys
    table = client.get(f"{path}/execute")
    assert sorted(row["ticket"]["id"] for row in table["rows"]) == keys
    assert client.get(f"{path}/count")["view_count"]["value"] == len(keys)
    assert all(view["active"] for view in client.get("/api/v2/views/active")["views"])


def test_a_view_can_be_tried_before_it_is_saved(client: Client) -> None:
    """Conditions that are understood show their tickets; others are refused rather than passed over."""
    status = {"field": "status", "operator": "is_not", "value": "open"}
    unsolved = {"field": "status", "operator": "less_than", "value": "solved"}
    table = client.ask("POST", "/api/v2/views/preview", {"view": {"all": [status, unsolved]}}).json
    assert sorted(row["ticket"]["id"] for row in table["rows"]) == [101, 103, 104]
    counted = client.ask("POST", "/api/v2/views/preview/count", {"view": {"all": [status, unsolved]}}).json
    assert counted["view_count"]["value"] == 3
    odd = {"field": "weather", "operator": "is", "value": "rain"}
    assert client.ask("POST", "/api/v2/views/preview", {"view": {"all": [odd]}}).status == 422


def test_words_can_be_blotted_out(client: Client, clock: FakeClock) -> None:
    """The comment keeps its length; a closed ticket only takes the newer of the two calls."""
    key = made(client, comment={"body": "My card is 4711, really 4711"})
    comment = client.get(f"{TICKETS}/{key}/comments")["comments"][0]["id"]
    path = f"{TICKETS}/{key}/comments/{comment}/redact"
    assert client.ask("PUT", path, {"text": "0815"}).status == 422
    assert client.ask("PUT", path, {"text": "4711"}).json["comment"]["body"] == "My card is ▇▇▇▇, really ▇▇▇▇"
    assert "4711" not in client.get(f"{TICKETS}/{key}")["ticket"]["description"]
    client.ask("PUT", f"{TICKETS}/{key}", {"ticket": {"status": "closed", "assignee_id": OWNER}})
    assert client.ask("PUT", path, {"text": "card"}).status == 422
    wish = {"ticket_id": key, "html_body": "My <redact>card</redact> is …"}
    shown = client.ask("PUT", f"/api/v2/comment_redactions/{comment}", wish).json["comment"]
    assert shown["body"].startswith("My ▇▇▇▇ is")


def test_tags_in_use(client: Client) -> None:
    """Most used first, with how often; completed from two letters on."""
    client.ask("PUT", f"{TICKETS}/102/tags", {"tags": ["fine"]})
    rows = client.get("/api/v2/tags")["tags"]
    assert [(row["name"], row["count"]) for row in rows] == [("billing", 8), ("first", 8), ("fine", 1)]
    assert client.get("/api/v2/tags/count")["count"]["value"] == 3
    assert client.get("/api/v2/autocomplete/tags?name=fi")["tags"] == ["first", "fine"]
    assert client.ask("GET", "/api/v2/autocomplete/tags?name=f").status == 400
    page = client.get("/api/v2/tags?page%5Bsize%5D=2")
    rest = client.get(page["links"]["next"].removeprefix(client.sandbox.address))
    assert [row["name"] for row in rest["tags"]] == ["fine"]
