"""The incremental exports: order, places, the withheld minute, deletions."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest

from connectors.sandbox.records import Organization
from connectors.sandbox.state import Desk
from tests.clock import NOON, FakeClock
from tests.connectors.sandbox.rig import BEFORE, DELETED, GONE, Client, ticket

TICKETS = "/api/v2/incremental/tickets/cursor.json"
USERS = "/api/v2/incremental/users/cursor"
ORGANIZATIONS = "/api/v2/incremental/organizations.json"


def walk(client: Client, path: str, name: str, query: str) -> list[list[dict[str, Any]]]:
    """The records of each page, followed by cursor to the end of the stream."""
    pages = []
    page = client.get(f"{path}?{query}")
    for _ in range(50):
        pages.append(page[name])
        if page["end_of_stream"]:
            return pages
        page = client.get(page["after_url"].removeprefix(client.sandbox.address))
    raise AssertionError("the stream does not end")


def test_pages_follow_each_other_without_gap_or_repetition(client: Client) -> None:
    """Nine tickets in pages of four arrive once each, oldest change first."""
    pages = walk(client, TICKETS, "tickets", "start_time=0&per_page=4")
    assert [len(page) for page in pages] == [4, 4, 1]
    assert [record["id"] for page in pages for record in page] == list(range(101, 110))


@pytest.mark.parametrize("size", [1, 8, 9, 10])
def test_f_page_12_page_sizes_around_the_number_of_records(client: Client, size: int) -> None:
    """One, one less, exactly and one more than there are: every record once, and the stream ends."""
    pages = walk(client, TICKETS, "tickets", f"start_time=0&per_page={size}")
    assert [record["id"] for page in pages for record in page] == list(range(101, 110))


def test_the_cursor_of_the_last_page_starts_the_next_poll(
    client: Client, desk: Desk, clock: FakeClock
) -> None:
    """After the end the same cursor gives nothing until something changes, and then only that."""
    last = client.get(f"{TICKETS}?start_time=0")
    assert last["end_of_stream"] is True
    cursor = last["after_cursor"]
    again = client.get(f"{TICKETS}?cursor={cursor}")
    assert (again["tickets"], again["after_cursor"]) == ([], cursor)
    client.ask("PUT", "/api/v2/tickets/103", {"ticket": {"priority": "high"}})
    clock.advance(60)
    later = client.get(f"{TICKETS}?cursor={cursor}")
    assert [record["id"] for record in later["tickets"]] == [103]
    assert later["tickets"][0]["generated_timestamp"] == NOON
    assert ticket(desk, 103).generated_timestamp == NOON


def test_the_latest_minute_is_withheld(client: Client, clock: FakeClock) -> None:
    """F-PAGE-02: a change is not handed out before it is sixty seconds old, and not skipped after."""
    client.ask("PUT", "/api/v2/tickets/101", {"ticket": {"subject": "Changed"}})
    clock.advance(59)
    early = client.get(f"{TICKETS}?start_time={NOON - 100}")
    assert early["tickets"] == []
    clock.advance(1)
    assert [t["id"] for t in client.get(f"{TICKETS}?cursor={early['after_cursor']}")["tickets"]] == [101]


def test_a_start_in_the_latest_minute_is_refused(client: Client) -> None:
    """Both documented forms exist: 400 from the cursor exports, 422 from the time-based one."""
    reply = client.ask("GET", f"{TICKETS}?start_time={NOON - 59}")
    assert (reply.status, reply.json["errors"][0]["code"]) == (400, "StartTimeTooRecent")
    reply = client.ask("GET", f"{ORGANIZATIONS}?start_time={NOON - 59}")
    assert (reply.status, reply.json["error"]) == (422, "InvalidValue")
    assert client.get(f"{TICKETS}?start_time={NOON - 60}")["end_of_stream"] is True


def test_the_cursor_is_opaque_but_has_the_known_shape(client: Client) -> None:
    """It decodes to the instant and the id of the last record."""
    cursor = client.get(f"{TICKETS}?start_time=0&per_page=3")["after_cursor"]
    assert b64decode(cursor).decode() == f"{BEFORE + 2}.0||103|"


@pytest.mark.parametrize("cursor", ["garbage", "MTIz", "e30="])
def test_f_page_04_a_cursor_that_is_none_is_refused(client: Client, cursor: str) -> None:
    """The answer says that the cursor is invalid or expired."""
    reply = client.ask("GET", f"{TICKETS}?cursor={cursor}")
    assert reply.status == 400
    assert "cursor is invalid or expired" in reply.json["error"]["message"]


def test_deleted_records_arrive_as_deleted(client: Client) -> None:
    """F-PAGE-11: a ticket with its status, unless excluded; a user as not active."""
    by_id = {t["id"]: t for t in client.get(f"{TICKETS}?start_time=0")["tickets"]}
    assert by_id[DELETED]["status"] == "deleted"
    present = client.get(f"{TICKETS}?start_time=0&exclude_deleted=true")["tickets"]
    assert DELETED not in {t["id"] for t in present}
    users = {u["id"]: u for u in client.get(f"{USERS}?start_time=0")["users"]}
    assert users[GONE]["active"] is False


def test_metric_sets_come_with_the_tickets_that_ask_for_them(client: Client) -> None:
    """``include=metric_sets`` puts the set inside the ticket, and the page's address keeps asking for it."""
    page = client.get(f"{TICKETS}?start_time=0&include=metric_sets&per_page=2")
    assert page["tickets"][0]["metric_set"]["ticket_id"] == 101
    assert page["tickets"][0]["metric_set"]["reply_time_in_minutes"] == {"calendar": None, "business": None}
    assert "include=metric_sets" in page["after_url"]
    assert "metric_set" not in client.get(f"{TICKETS}?start_time=0")["tickets"][0]


def add_companies(desk: Desk, count: int, at: int) -> None:
    for key in range(1_000, 1_000 + count):
        desk.organizations.add(Organization(id=key, name=f"C{key}", created_at=at, updated_at=at))


def test_f_page_01_more_than_a_page_in_one_second_still_gets_on(client: Client, desk: Desk) -> None:
    """Following ``end_time`` ends, although 5,000 organizations share one second, and loses none."""
    add_companies(desk, 5_000, BEFORE + 5)
    desk.organizations.add(Organization(id=9_000, name="Late", created_at=BEFORE + 6, updated_at=BEFORE + 6))
    seen: set[int] = set()
    start = 0
    for _ in range(4):
        page = client.get(f"{ORGANIZATIONS}?start_time={start}")
        seen |= {record["id"] for record in page["organizations"]}
        assert page["next_page"].endswith(f"start_time={page['end_time']}")
        start = page["end_time"]
        if page["end_of_stream"]:
            break
    assert page["end_of_stream"] is True
    assert len(seen) == 5_002


def test_the_time_based_export_repeats_its_boundary(client: Client, desk: Desk) -> None:
    """``end_time`` is inclusive and ``next_page`` is never null, so the last second comes on every poll."""
    add_companies(desk, 3, BEFORE + 5)
    page = client.get(f"{ORGANIZATIONS}?start_time=0")
    assert (page["count"], page["end_of_stream"], page["end_time"]) == (4, True, BEFORE + 5)
    again = client.get(page["next_page"].removeprefix(client.sandbox.address))
    assert [record["id"] for record in again["organizations"]] == [1_000, 1_001, 1_002]
    assert again["next_page"] is not None


def test_an_empty_desk_ends_at_once(client: Client, desk: Desk) -> None:
    """Nothing after the start: an empty page that is the last, with a place to go on from."""
    page = client.get(f"{USERS}?start_time={NOON - 100}")
    assert (page["users"], page["end_of_stream"]) == ([], True)
    assert page["after_cursor"]
    assert len(desk.users) == 5


@pytest.mark.parametrize("query", ["", "start_time=soon", "start_time=0&per_page=0", "start_time=-1"])
def test_a_parameter_that_is_no_number_is_refused(client: Client, query: str) -> None:
    """The envelope with a title names the attribute."""
    reply = client.ask("GET", f"{TICKETS}?{query}")
    assert (reply.status, reply.json["error"]["title"]) == (400, "Invalid attribute")


@pytest.mark.parametrize(("name", "ids"), [("tickets", list(range(101, 110))), ("users", [1, 2, 11, 12, 13])])
def test_tickets_and_users_can_be_walked_by_time(client: Client, name: str, ids: list[int]) -> None:
    """The older protocol that client libraries still use by default: every record, the last ones again."""
    path, seen = f"/api/v2/incremental/{name}.json?start_time=1&per_page=2", []
    for _ in range(20):
        page = client.get(path)
        seen += [record["id"] for record in page[name]]
        if page["end_of_stream"]:
            break
        path = page["next_page"].removeprefix(client.sandbox.address)
    assert page["end_of_stream"] is True
    assert sorted(set(seen)) == ids


def test_deleted_tickets_can_be_left_out_by_time_too(client: Client) -> None:
    """``exclude_deleted`` holds for both protocols."""
    page = client.get("/api/v2/incremental/tickets?start_time=0&exclude_deleted=true")
    assert DELETED not in {record["id"] for record in page["tickets"]}


@pytest.mark.parametrize("path", [TICKETS, USERS, ORGANIZATIONS])
def test_a_start_time_may_be_a_float(client: Client, path: str) -> None:
    """Sync tools send ``1577836800.0``; what is no number is refused all the same."""
    assert client.get(f"{path}?start_time={BEFORE}.0") == client.get(f"{path}?start_time={BEFORE}")
    for wrong in ("1.", "1.x", ".5", "-1.0", "1.0.0", "nan", "2026-01-01T00:00:00Z"):
        assert client.ask("GET", f"{path}?start_time={wrong}").status == 400, wrong


def test_acceptance_05_tickets_of_ai_agents_come_only_when_asked_for(client: Client, desk: Desk) -> None:
    """Hidden by default, alone with ``ai_agent``, among the others with ``all``; another word is refused."""
    ticket(desk, 103).support_type = "ai_agent"
    everyone = set(range(101, 110))
    for scope, wanted in (
        ("", everyone - {103}),
        ("&support_type_scope=agent", everyone - {103}),
        ("&support_type_scope=ai_agent", {103}),
        ("&support_type_scope=all", everyone),
    ):
        for path in (TICKETS, "/api/v2/incremental/tickets"):
            found = client.get(f"{path}?start_time=0{scope}")["tickets"]
            assert {record["id"] for record in found} == wanted, scope
    assert client.ask("GET", f"{TICKETS}?start_time=0&support_type_scope=robot").status == 400


def test_acceptance_05_a_cursor_export_may_give_an_empty_page(client: Client, desk: Desk) -> None:
    """With that trouble on, no two empty pages follow each other, and every record comes all the same."""
    desk.trouble.set({"export-empty-page": 1.0})
    pages = walk(client, TICKETS, "tickets", "start_time=0&per_page=4")
    assert [len(page) for page in pages] == [0, 4, 0, 4, 0, 1]
    assert [record["id"] for page in pages for record in page] == list(range(101, 110))


def test_a_cursor_can_expire_and_stand_still_on_demand(client: Client, desk: Desk) -> None:
    """Both faults hit what is asked by cursor and leave the beginning alone."""
    cursor = client.get(f"{TICKETS}?start_time=0&per_page=2")["after_cursor"]
    desk.trouble.set({"export-stuck": 1.0})
    assert client.get(f"{TICKETS}?cursor={cursor}&per_page=2")["after_cursor"] == cursor
    desk.trouble.set({"export-cursor-expired": 1.0})
    assert client.ask("GET", f"{TICKETS}?cursor={cursor}").status == 400
    assert client.ask("GET", f"{TICKETS}?start_time=0").status == 200


def test_a_slow_export_manages_two_hundred_records(client: Client, desk: Desk) -> None:
    """Asked for more it ends in 504, by cursor and by time."""
    desk.trouble.set({"export-slow": 1.0})
    for path in (TICKETS, USERS, ORGANIZATIONS):
        assert client.ask("GET", f"{path}?start_time=0").status == 504
        assert client.ask("GET", f"{path}?start_time=0&per_page=201").status == 504
        assert client.ask("GET", f"{path}?start_time=0&per_page=200").status == 200


def test_people_companies_and_teams_come_beside_the_tickets(client: Client) -> None:
    """``include`` adds each named once, and only those of the page's tickets."""
    page = client.get(f"{TICKETS}?start_time=0&include=users,groups,organizations")
    assert [user["id"] for user in page["users"]] == [11]
    assert page["groups"] == page["organizations"] == []
    assert "users" not in client.get(f"{TICKETS}?start_time=0")


def test_brands_and_statuses_are_what_tickets_name(client: Client) -> None:
    """The brand and the finer status of a ticket are on the lists of brands and custom statuses."""
    shown = client.get("/api/v2/tickets/101")["ticket"]
    assert shown["brand_id"] in {one["id"] for one in client.get("/api/v2/brands")["brands"]}
    statuses = {one["id"]: one for one in client.get("/api/v2/custom_statuses")["custom_statuses"]}
    assert statuses[shown["custom_status_id"]]["status_category"] == shown["status"]


def test_an_account_has_one_kind_of_ratings(client: Client, desk: Desk) -> None:
    """Ratings or surveys, never both: the other address does not exist."""
    old, new = "/api/v2/satisfaction_ratings", "/api/v2/guide/survey_responses"
    assert client.ask("GET", new).status == 404
    verdicts = client.get(old)["satisfaction_ratings"]
    desk.trouble.set({"surveys": 1.0})
    assert client.ask("GET", old).status == 404
    page = client.get(f"{new}?page[size]=1")
    assert page["meta"]["has_more"] is True
    surveys = client.get(new)["survey_responses"]
    assert [one["answers"][0]["rating_category"] for one in surveys] == [one["score"] for one in verdicts]
    assert surveys[0]["subjects"][0]["zrn"] == "zen:ticket:105"
